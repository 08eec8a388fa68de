"""When does an event count? Local days in a zone, turned into instants."""

from __future__ import annotations

import datetime as dt

import attrs
from whenever import Instant, TimeZoneNotFoundError, ZonedDateTime


def day_start(day: dt.date, zone: str) -> int:
    """Return the first instant of a local day, in microseconds since 1970 UTC.

    A day whose midnight does not exist starts at its first instant. Raises ValueError for
    a zone that the IANA database does not know.
    """
    try:
        noon = ZonedDateTime(
            day.year, day.month, day.day, 12, tz=zone, disambiguation="compatible"
        )
    except TimeZoneNotFoundError:
        message = f"expected an IANA zone such as America/New_York, got {zone!r}"
        raise ValueError(message) from None
    return noon.start_of("day").timestamp(unit="microsecond")


def day_of(at: int, zone: str) -> dt.date:
    """Return the local day in which an instant lies (microseconds since 1970 UTC)."""
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return dt.date(plain.year, plain.month, plain.day)


@attrs.frozen(kw_only=True)
class EarlyEnd:
    """The rule by which a window may end before its last day, promised with the terms.

    Payees are told at least `notice_days` whole days ahead; once the budget is spent, and
    `when_budget_is_spent` says so, the day after they were told.
    """

    notice_days: int
    when_budget_is_spent: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse an end without notice."""
        if self.notice_days < 1:
            message = f"expected at least a day of notice, got {self.notice_days}"
            raise ValueError(message)


@attrs.frozen(kw_only=True)
class Window:
    """The local days on which an event counts, and until when it may be reported."""

    zone: str
    starts_on: dt.date
    ends_before: dt.date
    reported_before: dt.date | None = None
    may_end_early: EarlyEnd | None = None
    """None: it lasts to its last day, whatever happens."""

    def __attrs_post_init__(self) -> None:
        """Refuse windows that are empty, or that close for reporting before they end."""
        if self.ends_before <= self.starts_on:
            message = f"expected ends_before after starts_on, got {self.ends_before}"
            raise ValueError(message)
        if self.reported_before is not None and self.reported_before < self.ends_before:
            message = (
                "expected reported_before on or after ends_before, "
                f"got {self.reported_before}"
            )
            raise ValueError(message)
        day_start(self.starts_on, self.zone)

    @property
    def starts_at(self) -> int:
        """First instant that counts."""
        return day_start(self.starts_on, self.zone)

    @property
    def ends_at(self) -> int:
        """First instant that no longer counts."""
        return day_start(self.ends_before, self.zone)

    @property
    def reported_before_at(self) -> int | None:
        """First instant at which a report comes too late; None without a deadline."""
        return (
            None
            if self.reported_before is None
            else day_start(self.reported_before, self.zone)
        )
