"""When is that, in microseconds since 1970 UTC?"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from whenever import PlainDateTime, RepeatedTime, SkippedTime, ZonedDateTime

from openspiff.events._cells import Failure
from openspiff.events._mapping import DateRule, Gap, Repeat

_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2199
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
_HAS_TIME: Final = re.compile(r"%[HIMSfpXcTR]")


def day_start(day: dt.date, zone: str) -> int:
    """Return the first instant of a local day; its midnight may not exist."""
    noon = ZonedDateTime(day.year, day.month, day.day, 12, tz=zone)
    return noon.start_of("day").timestamp(unit="microsecond")


class MomentReader:
    """Reads dates and times as a mapping says they are written.

    A date alone is the first instant of that local day. `skipped_count` and
    `repeated_count` tell how many different local times met a change of the clocks.
    """

    def __init__(self, rule: DateRule) -> None:
        """Read by `rule`."""
        self.rule = rule
        self.skipped_count = 0
        self.repeated_count = 0

    def __call__(self, text: str) -> int | Failure | None:
        """Return the instant, None for an empty cell, or why not."""
        if not text:
            return None
        found = self._readings(text)
        if not found:
            listed = " or ".join(self.rule.formats) or "ISO, such as 2026-03-31"
            return Failure(
                f"expected a date ({listed})", "say dates.formats if others occur"
            )
        if len(found) > 1:
            return Failure(f"can be read as {' and as '.join(map(str, sorted(found)))}")
        moment = found.pop()
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            return Failure(f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")
        return self._instant(moment)

    def day(self, text: str) -> dt.date | Failure | None:
        """Return the local day of a cell that holds a date alone."""
        if not text:
            return None
        found = self._readings(text)
        if len(found) == 1:
            moment = found.pop()
            if type(moment) is dt.date:
                return moment
            if isinstance(moment, dt.datetime) and moment.time() == dt.time(0):
                return moment.date()
        return Failure("expected a date without a time")

    def _readings(self, text: str) -> set[dt.date]:
        found: set[dt.date] = set()
        for one in self.rule.formats or ("ISO",):
            try:
                found.add(_iso(text) if one == "ISO" else _parsed(text, one))
            except ValueError:
                continue
        return found

    def _instant(self, moment: dt.date) -> int | Failure:
        zone = self.rule.zone
        if not isinstance(moment, dt.datetime):
            return day_start(moment, zone)
        if moment.tzinfo is not None:
            return (moment - _EPOCH) // _MICROSECOND
        plain = PlainDateTime(moment)
        try:
            local = plain.assume_tz(zone, disambiguation="raise")
        except SkippedTime:
            self.skipped_count += 1
            if self.rule.skipped is Gap.REJECT:
                return Failure(f"this local time does not exist in {zone}")
            local = plain.assume_tz(zone, disambiguation="later")
        except RepeatedTime:
            self.repeated_count += 1
            if self.rule.repeated is Repeat.REJECT:
                return Failure(f"this local time exists twice in {zone}")
            local = plain.assume_tz(
                zone,
                disambiguation="later" if self.rule.repeated is Repeat.LATER else "earlier",
            )
        return local.timestamp(unit="microsecond")


def _iso(text: str) -> dt.date:
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    if len(text) == len("2026-03-31"):
        return dt.date.fromisoformat(text)
    return dt.datetime.fromisoformat(text)


def _parsed(text: str, pattern: str) -> dt.date:
    moment = dt.datetime.strptime(text, pattern)  # noqa: DTZ007 (the zone comes later)
    return moment if _HAS_TIME.search(pattern) else moment.date()
