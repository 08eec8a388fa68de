"""What becomes of a form that came at the wrong moment? It is kept, sealed, for its sender.

Only for the one address and the one user, never a password, a code or a file. Nothing is
written: the caller keeps the text in the session.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import attrs

from ._sealed import SealError, seal, unseal

_LONGEST: Final = 64 * 1024
_KEPT_FOR: Final = 30 * 60 * 1_000_000
_SECRETS: Final = ("password", "code", "credential", "token", "secret")
_PLACE: Final = "a kept form"


@attrs.frozen(kw_only=True)
class KeptForm:
    """The fields of a form in order, and the names of what could not be kept."""

    path: str
    user_id: int
    at: int
    fields: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()

    @property
    def may_be_sent(self) -> bool:
        """Tell whether nothing is missing, so that it can be sent as it is."""
        return not self.missing


def kept_form(
    *,
    path: str,
    user_id: int,
    at: int,
    fields: Iterable[tuple[str, str]],
    files: Iterable[str] = (),
) -> KeptForm:
    """Return what can be kept of a form; secrets and files are only named."""
    given = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    secrets = [name for name, _ in given if any(word in name.lower() for word in _SECRETS)]
    return KeptForm(
        path=path,
        user_id=user_id,
        at=at,
        fields=tuple(one for one in given if one[0] not in secrets),
        missing=(*dict.fromkeys(secrets), *files),
    )


def sealed_form(kept: KeptForm, *, nonce: bytes) -> str:
    """Return a form as text that only this install reads; nothing if it is too long."""
    text = json.dumps(attrs.asdict(kept))
    return seal(text, place=_PLACE, nonce=nonce) if len(text) <= _LONGEST else ""


def opened_form(sealed: str, *, path: str, user_id: int, at: int) -> KeptForm | None:
    """Return a form that was kept for this address and user, while it is fresh."""
    try:
        said = json.loads(unseal(sealed, place=_PLACE))
    except SealError:
        return None
    found = KeptForm(
        path=said["path"],
        user_id=said["user_id"],
        at=said["at"],
        fields=tuple((name, value) for name, value in said["fields"]),
        missing=tuple(said["missing"]),
    )
    is_fresh = 0 <= at - found.at < _KEPT_FOR
    return found if (found.path, found.user_id) == (path, user_id) and is_fresh else None
