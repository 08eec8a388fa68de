"""How are account numbers kept so that a copy of the database tells nobody?

AES-GCM under the key of the workspace, with table, column and row as associated data: what
is copied into another row cannot be opened there. Nothing is guessed: a key that is missing
or another one is refused.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from openspiff.errors import OpenSpiffError, Problem

PAYOUT_KEY_FILE: Final = "payout.key"
NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_REMEDY: Final = "restore it from your backup; without it no account can be read"


class PayoutKeyError(OpenSpiffError):
    """The key that account numbers are sealed with is missing, broken or another one."""

    code: ClassVar[str] = "payout_key"


@attrs.frozen
class PayoutKey:
    """The key of a workspace, and what is derived from it; never printed."""

    secret: bytes = attrs.field(repr=False)

    @property
    def mark(self) -> str:
        """Name the key, so that another one is noticed before anything is opened."""
        return self._derived("mark").hex()[:16]

    def seal(self, said: Mapping[str, str], *, nonce: bytes, row: str) -> str:
        """Return the values as text that only this key opens, and only for this row."""
        if len(nonce) != NONCE_BYTES:
            message = f"expected {NONCE_BYTES} bytes of chance, got {len(nonce)}"
            raise ValueError(message)
        plain = json.dumps(dict(said), sort_keys=True).encode()
        sealed = AESGCM(self._derived("seal")).encrypt(nonce, plain, row.encode())
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str, *, nonce: bytes, row: str) -> dict[str, str]:
        """Return the values again; raises PayoutKeyError where they were not sealed so."""
        try:
            coded = base64.b64decode(sealed, validate=True)
            plain = AESGCM(self._derived("seal")).decrypt(nonce, coded, row.encode())
        except (InvalidTag, binascii.Error) as error:
            problem = Problem(row, "not sealed with this key for this row", _REMEDY)
            message = "an account cannot be opened"
            raise PayoutKeyError(message, [problem]) from error
        return {str(name): str(value) for name, value in json.loads(plain).items()}

    def same_as(self, said: str) -> str:
        """Return a digest that is equal for equal accounts, and tells nothing else."""
        return hmac.digest(self._derived("same"), said.encode(), "sha256").hex()

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self.secret, f"openspiff {purpose}".encode(), "sha256")


def payout_key() -> PayoutKey:
    """Return the key of this workspace; raises PayoutKeyError when there is none."""
    place = Path(settings.OPENSPIFF_HOME) / PAYOUT_KEY_FILE
    given = settings.OPENSPIFF_PAYOUT_KEY
    where = "OPENSPIFF_PAYOUT_KEY" if given else PAYOUT_KEY_FILE
    if not given and not place.is_file():
        problem = Problem(PAYOUT_KEY_FILE, "no such file in the workspace", _REMEDY)
        raise PayoutKeyError("the key of the payout accounts is missing", [problem])
    text = given or place.read_text(encoding="utf-8", errors="replace")
    try:
        secret = base64.urlsafe_b64decode(text.strip().encode())
    except (ValueError, binascii.Error):
        secret = b""
    if len(secret) != _KEY_BYTES:
        problem = Problem(where, f"expected {_KEY_BYTES} bytes in base64", _REMEDY)
        raise PayoutKeyError("the key of the payout accounts is broken", [problem])
    return PayoutKey(secret)


def row_of(payee_id: str, number: int) -> str:
    """Return the associated data of one method: table, column and row."""
    return json.dumps(["web_payoutmethod", "sealed", payee_id, number])
