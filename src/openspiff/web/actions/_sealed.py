"""How is a secret kept in the database? Sealed by the install's key, for one place only."""

from __future__ import annotations

import base64
import hashlib
from typing import ClassVar, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

from openspiff.errors import OpenSpiffError, Problem

_NONCE_BYTES: Final = 12


class SealError(OpenSpiffError):
    """A secret that this install's key does not open: another key, or another row's."""

    code: ClassVar[str] = "seal"


def _cipher() -> AESGCM:
    digest = salted_hmac("openspiff.seal", "", secret=settings.SECRET_KEY).digest()
    return AESGCM(hashlib.sha256(digest).digest())


def seal(text: str, *, place: str, nonce: bytes) -> str:
    """Return `text` sealed for `place` (table, column, owner); copied elsewhere it fails.

    `nonce` is 12 fresh random bytes; the door makes them.
    """
    sealed = _cipher().encrypt(nonce[:_NONCE_BYTES], text.encode(), place.encode())
    return base64.urlsafe_b64encode(nonce[:_NONCE_BYTES] + sealed).decode("ascii")


def unseal(sealed: str, *, place: str) -> str:
    """Return what was sealed for `place`; raises SealError when key or place differ."""
    try:
        whole = base64.urlsafe_b64decode(sealed.encode("ascii"))
        nonce, rest = whole[:_NONCE_BYTES], whole[_NONCE_BYTES:]
        return _cipher().decrypt(nonce, rest, place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        remedy = "put back the secret.key that this workspace was made with"
        raise SealError(
            "a stored secret cannot be opened", [Problem(place, "another key", remedy)]
        ) from error
