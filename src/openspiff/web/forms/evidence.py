"""How does a file that was kept come back? In a signed text, by whoever sent it only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

import attrs
from django.core import signing

from openspiff.web.access import Viewer
from openspiff.web.actions.evidence import KeptFile

_SALT: Final = "openspiff.evidence"
_KEPT_SECONDS: Final = 24 * 60 * 60


def signed(viewer: Viewer, files: Iterable[KeptFile]) -> str:
    """Return kept files as a text of a form that only this viewer can send back."""
    rows = [attrs.asdict(one) for one in files]
    return signing.dumps(rows, salt=f"{_SALT}.{viewer.pk}", compress=True) if rows else ""


def unsigned(viewer: Viewer, text: str) -> list[KeptFile]:
    """Return the kept files of a form; none where the text is not ours, or a day old."""
    try:
        rows = signing.loads(text, salt=f"{_SALT}.{viewer.pk}", max_age=_KEPT_SECONDS)
    except (signing.BadSignature, json.JSONDecodeError, ValueError):
        return []
    return [KeptFile(**row) for row in rows]
