"""When is a call tried again, and after how long? Back-off, with chance from the door."""

from __future__ import annotations

import datetime as dt
import email.utils
import ssl
from typing import Final

import attrs

_PASSING: Final = frozenset({429, 502, 503, 504})
_BUSY: Final = "idempotency_key_busy"
_STEEPEST: Final = 16


@attrs.frozen(kw_only=True)
class Patience:
    """How often a call is tried again, and how long it waits before: in seconds.

    The wait doubles from `first_seconds` to `most_seconds`, and chance takes away up to
    half of it, so that many clients do not come back together. A server that says how long
    to wait (Retry-After) is believed up to `longest_seconds`; beyond that the call fails.
    """

    retries: int = 6
    first_seconds: float = 0.25
    most_seconds: float = 20.0
    longest_seconds: float = 120.0

    def wait_before(self, retry: int, *, chance: float, said: float | None) -> float | None:
        """Return how long to wait before a retry (the first is 1), None: give up.

        `chance` lies between 0 and 1; `said` is what the server asked for.
        """
        if retry > self.retries or (said is not None and said > self.longest_seconds):
            return None
        steps = min(retry - 1, _STEEPEST)
        usual = min(self.first_seconds * 2.0**steps, self.most_seconds)
        jittered = usual * (1 - chance / 2)
        # What the server asks for is the least: chance only adds to it.
        return jittered if said is None else max(said + usual * chance / 2, jittered)


def may_pass(status: int, code: str) -> bool:
    """Tell whether an answer is worth another try: it speaks of now, not of the call."""
    return status in _PASSING or code == _BUSY


def is_hopeless(error: BaseException) -> bool:
    """Tell whether a line will fail in the same way next time: a false certificate."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def seconds_said(header: str | None, *, now: dt.datetime) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date; None without one."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - now).total_seconds())
