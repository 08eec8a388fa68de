"""How does a claim that an assistant drafted reach the form? In a link, and nowhere else.

Nothing is stored: what was drafted stands in the link, signed for one person and one
program, for a day. The person reads it in the form, mends it and sends it, or does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import Viewer

_SALT: Final = "openspiff.claim_draft"
_SECONDS: Final = 24 * 60 * 60
_LONGEST: Final = 3_500
"""What servers take of an address, with room for what proxies add."""


class ClaimDraftError(OpenSpiffError):
    """A draft of a claim that fits no form, or no link."""

    code = "claim_draft"


def draft_address(viewer: Viewer, program_id: str, said: Mapping[str, str]) -> str:
    """Return the address of the form of a claim, filled in for this viewer.

    `said` goes from fields of the form to what stands in them. Raises ClaimDraftError
    when it is too long for an address.
    """
    text = signing.dumps(
        [program_id, dict(said)], salt=f"{_SALT}.{viewer.pk}", compress=True
    )
    path = reverse("claim_new", kwargs={"program_id": program_id})
    address = f"{settings.OPENSPIFF_ADDRESS}{path}?draft={text}"
    if len(address) > _LONGEST:
        problem = Problem("note", "the draft is too long for a link", "say it shorter")
        raise ClaimDraftError("no draft was made", [problem])
    return address


def drafted_claim(viewer: Viewer, program_id: str, text: str) -> dict[str, Any]:
    """Return what a link says for the fields; nothing unless it is this viewer's."""
    try:
        named, said = signing.loads(text, salt=f"{_SALT}.{viewer.pk}", max_age=_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return {}
    return dict(said) if named == program_id else {}
