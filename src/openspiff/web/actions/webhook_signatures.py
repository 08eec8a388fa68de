"""How does a webhook show whose it is? Signed as Standard Webhooks says, with one secret.

Specification: Standard Webhooks, https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, Protocol

import attrs

from openspiff.errors import OpenSpiffError, Problem

from ._sealed import seal, unseal

PREFIX: Final = "whsec_"
TOLERANCE: Final = 5 * 60 * 1_000_000
"""How far the moment of a message may lie from ours, in microseconds."""

LONGEST_OVERLAP: Final = 14
"""For how many days an old secret may go on beside a new one."""

_SECOND: Final = 1_000_000
_HOUR: Final = 3_600 * _SECOND
_FEWEST_BYTES, _MOST_BYTES = 24, 64
_MESSAGE_ID: Final = re.compile(r"[!-~]{1,200}")
_MOMENT: Final = re.compile(r"[0-9]{1,12}")


class ForgedMessageError(OpenSpiffError):
    """A message that is not signed by its source, or too old to be taken for new."""

    code: ClassVar[str] = "forged_message"


@attrs.frozen(kw_only=True)
class HookSecret:
    """A new secret from the door, and the nonce (12 bytes) that seals it."""

    key: bytes = attrs.field(repr=False)
    nonce: bytes = attrs.field(repr=False)

    def __str__(self) -> str:
        """Return the secret as it is shown, once."""
        return PREFIX + base64.b64encode(self.key).decode()


class HasSecrets(Protocol):
    """A record with a sealed secret, and perhaps an old one that holds for a while."""

    sealed_secret: str
    old_sealed_secret: str
    old_until_at: int

    @property
    def place(self) -> str:
        """Return for which place its secrets are sealed."""


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret as it is shown; raises ValueError for anything else."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        message = "a secret is base64 behind whsec_"
        raise ValueError(message) from error
    if not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        message = f"a secret has {_FEWEST_BYTES} to {_MOST_BYTES} bytes"
        raise ValueError(message)
    return key


def signature(secret: str, *, message_id: str, seconds: int, body: bytes) -> str:
    """Return the signature of a message: `v1,` and the HMAC-SHA256 of id, moment, body."""
    said = f"{message_id}.{seconds}.".encode() + body
    digest = hmac.new(key_of(secret), said, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def signed_headers(
    secrets_now: Iterable[str], *, message_id: str, at: int, body: bytes
) -> dict[str, str]:
    """Return the three headers of a message, signed by every secret that holds."""
    seconds = at // _SECOND
    signed = [
        signature(one, message_id=message_id, seconds=seconds, body=body)
        for one in secrets_now
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signed),
    }


def checked_message_id(
    headers: Mapping[str, str], *, body: bytes, secrets_now: Iterable[str], at: int
) -> str:
    """Return the id of a message that is what it says; `headers` by lower-case names.

    Raises ForgedMessageError, whose problem says to the log which of the three it was.
    """
    message_id = headers.get("webhook-id", "")
    moment = headers.get("webhook-timestamp", "")
    said = headers.get("webhook-signature", "").split(" ")
    if not _MESSAGE_ID.fullmatch(message_id) or not _MOMENT.fullmatch(moment):
        raise _forged("webhook-id", "an id or a moment is missing")
    seconds = int(moment)
    if abs(seconds * _SECOND - at) > TOLERANCE:
        raise _forged("webhook-timestamp", "too old, or from the future")
    expected = [
        signature(one, message_id=message_id, seconds=seconds, body=body).encode()
        for one in secrets_now
    ]
    given = [one.encode("utf-8", "replace") for one in said[:10]]
    if not any(hmac.compare_digest(a, b) for a in expected for b in given):
        raise _forged("webhook-signature", "not by a secret of this source")
    return message_id


def sealed(secret: HookSecret, *, place: str) -> str:
    """Return a new secret as it is kept."""
    return seal(str(secret), place=place, nonce=secret.nonce)


def secrets_of(row: HasSecrets, *, at: int) -> list[str]:
    """Return the secrets of a record that hold now, the newest first."""
    found = [unseal(row.sealed_secret, place=row.place)]
    if row.old_sealed_secret and at < row.old_until_at:
        found.append(unseal(row.old_sealed_secret, place=row.place))
    return found


def rotated_fields(
    row: HasSecrets, secret: HookSecret, *, overlap_hours: int, at: int
) -> dict[str, object]:
    """Return the fields of a record whose secret is replaced.

    Two hold at once at most: what was old before is dropped. Raises ForgedMessageError
    never; ValueError for an overlap that nobody offers.
    """
    if not 0 <= overlap_hours <= LONGEST_OVERLAP * 24:
        message = f"the overlap is 0 to {LONGEST_OVERLAP * 24} hours"
        raise ValueError(message)
    return {
        "sealed_secret": sealed(secret, place=row.place),
        "old_sealed_secret": row.sealed_secret if overlap_hours else "",
        "old_until_at": at + overlap_hours * _HOUR if overlap_hours else 0,
    }


def _forged(place: str, why: str) -> ForgedMessageError:
    return ForgedMessageError(
        "the message does not show that it comes from this source, and now",
        [Problem(place, why, "sign id, moment and body with the source's secret")],
    )
