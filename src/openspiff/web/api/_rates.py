"""How often may a token call? So many times a minute, counted in packs.

A process takes a pack of calls from the database's counter and hands them out itself, so
that counting costs next to nothing; a pack is never taken past the limit.
"""

from __future__ import annotations

import threading
from typing import Final

import attrs

from openspiff.web.actions.calls import MINUTE, TooManyCallsError, take_calls
from openspiff.web.queries.tokens import Caller

_PACKS_A_LIMIT: Final = 100
_MOST_TOKENS: Final = 10_000
_LOCK: Final = threading.Lock()


@attrs.define
class _Pack:
    minute_at: int
    here: int
    elsewhere: int


_PACKS: Final[dict[str, _Pack]] = {}


@attrs.frozen(kw_only=True)
class Rate:
    """What is left to a token this minute, for the headers of an answer."""

    limit: int
    left: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """Return the headers that tell it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.reset_seconds),
        }


def count_call(caller: Caller, *, limit: int, at: int) -> Rate:
    """Count one call; raises TooManyCallsError when none is left this minute."""
    minute_at = at - at % MINUTE
    reset_seconds = max(1, (minute_at + MINUTE - at) // 1_000_000)
    with _LOCK:
        pack = _PACKS.get(caller.token_name)
        if pack is not None and pack.minute_at == minute_at and pack.here > 0:
            pack.here -= 1
            return Rate(
                limit=limit, left=pack.here + pack.elsewhere, reset_seconds=reset_seconds
            )
    size = max(1, limit // _PACKS_A_LIMIT)
    left = take_calls(token_id=caller.token_id, count=size, limit=limit, at=at)
    if left is None and size > 1:
        size = 1
        left = take_calls(token_id=caller.token_id, count=1, limit=limit, at=at)
    if left is None:
        message = f"at most {limit} calls a minute: wait for the next one"
        raise TooManyCallsError(message, retry_seconds=reset_seconds)
    with _LOCK:
        if len(_PACKS) > _MOST_TOKENS:
            _PACKS.clear()
        _PACKS[caller.token_name] = _Pack(minute_at, size - 1, left)
    return Rate(limit=limit, left=left + size - 1, reset_seconds=reset_seconds)
