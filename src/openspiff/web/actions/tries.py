"""How is guessing slowed down? Refusals are counted by door, by name and by address."""

from __future__ import annotations

from typing import ClassVar, Final

import attrs

from openspiff.errors import OpenSpiffError
from openspiff.web.models import Door, SignInFailure

_QUARTER_HOUR: Final = 15 * 60 * 1_000_000
_DAY: Final = 24 * 60 * 60 * 1_000_000
_TRIES_OF_ONE_NAME: Final = 10
_TRIES_OF_ONE_ADDRESS: Final = 100
_TRIES_FROM_EVERYWHERE: Final = 100


class TooManyTriesError(OpenSpiffError):
    """Too many refusals from one place; `retry_seconds` says when to come back."""

    code: ClassVar[str] = "too_many_tries"
    retry_seconds: Final = _QUARTER_HOUR // 1_000_000


@attrs.frozen(kw_only=True)
class Visitor:
    """Where a try comes from: its network address and the browser in words."""

    address: str = ""
    browser: str = ""


def refuse_guessing(*, door: Door, username: str, visitor: Visitor, at: int) -> None:
    """Raise TooManyTriesError when too many tries at this door were refused lately.

    Ten of one name from one address and a hundred from one address close the door to that
    address for a quarter of an hour, so that the owner of a name can still enter from
    elsewhere. Where whoever guesses has shown something already (a password, a session), a
    hundred a day close it from everywhere: six digits must not be found by many machines.
    """
    recent = SignInFailure.objects.filter(
        door=door, address=visitor.address, failed_at__gt=at - _QUARTER_HOUR
    )
    is_closed = (
        recent.count() >= _TRIES_OF_ONE_ADDRESS
        or recent.filter(username=username).count() >= _TRIES_OF_ONE_NAME
    )
    if not is_closed and door in {Door.SECOND_FACTOR, Door.CONFIRMATION}:
        everywhere = SignInFailure.objects.filter(
            door=door, username=username, failed_at__gt=at - _DAY
        )
        is_closed = everywhere.count() >= _TRIES_FROM_EVERYWHERE
    if is_closed:
        raise TooManyTriesError("too many tries: wait a quarter of an hour")


def note_refusal(*, door: Door, username: str, visitor: Visitor, at: int) -> None:
    """Count one refusal; outside any transaction that the refusal takes back."""
    SignInFailure.objects.create(
        door=door, username=username[:150], address=visitor.address, failed_at=at
    )
