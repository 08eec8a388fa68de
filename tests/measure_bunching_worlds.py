"""Ten months of events around a deadline, where what a program moved is known."""

from __future__ import annotations

import datetime as dt

import attrs
import numpy as np

from openspiff.measure import Estimate
from openspiff.measure._bunching import DatedEvents, Deadline

FIRST = dt.date(2024, 1, 1)


def after(days: int) -> dt.date:
    return FIRST + dt.timedelta(days=days)


# The window ends on the last day of June.
DEADLINE = Deadline(
    observed_on=FIRST,
    announced_on=after(133),
    starts_on=after(140),
    ends_before=after(182),
    settled_before=after(203),
    observed_before=after(300),
)
DAYS = 300
DAY = np.arange(DAYS)
SHAPE = (  # events expected of a payee by day without a program
    0.06
    * (1 + 0.4 * (DAY / DAYS) - 0.3 * (DAY / DAYS) ** 2)
    * np.array([1.2, 1.0, 1.0, 1.1, 1.3, 0.2, 0.2])[DAY % 7]
)
for end in (30, 59, 90, 120, 151, 181, 212, 243, 273):  # last days of months
    SHAPE[end] *= 2.0
# The same without a season, which a polynomial and days of the week describe exactly.
EVEN = 0.06 * (1 + 0.4 * (DAY / DAYS) - 0.3 * (DAY / DAYS) ** 2)


@attrs.frozen(kw_only=True)
class Moves:
    """How many events of each payee the program moves, as shares of what is expected."""

    announcement: float = -0.2
    early: float = 0.1
    deadline: float = 0.6
    after: float = -0.3

    def by_day(self, shape: np.ndarray = SHAPE) -> np.ndarray:
        share = np.zeros(DAYS)
        share[133:140] = self.announcement
        share[140:175] = self.early
        share[175:182] = self.deadline
        share[182:203] = self.after
        return share * shape


def make_events(
    seed: int,
    *,
    moves: Moves | None = None,
    firm_count: int = 60,
    firm_size: int = 3,
    holdout_share: float = 0.3,
    shock: float = 0.0,
    shape: np.ndarray = SHAPE,
) -> DatedEvents:
    """Make events of payees whose firms differ, change slowly, and are assigned by lot."""
    generator = np.random.default_rng(seed)
    firm = np.repeat(np.arange(firm_count), firm_size)
    treated_firm = np.ones(firm_count, dtype=np.bool_)
    held = generator.permutation(firm_count)[: round(holdout_share * firm_count)]
    treated_firm[held] = False
    is_treated = treated_firm[firm]
    moved = np.zeros(DAYS) if moves is None else moves.by_day(shape)
    rate = np.where(is_treated[:, None], shape + moved, shape)
    rate = rate * generator.gamma(4.0, 0.25, size=(firm_count, 1))[firm]
    # What is on in a firm lasts for weeks: a new level every 30 days.
    spell = generator.gamma(8.0, 0.125, size=(firm_count, DAYS // 30))
    rate *= np.repeat(spell, 30, axis=1)[firm]
    rate *= np.exp(shock * generator.normal(size=DAYS) - shock**2 / 2)
    count = generator.poisson(rate)
    payee, place = np.nonzero(count)
    times = count[payee, place]
    return DatedEvents(
        day=np.repeat(place, times) + FIRST.toordinal(),
        payee=np.repeat(payee, times),
        is_treated=is_treated,
        clusters=firm,
    )


def truth(
    events: DatedEvents, moved: np.ndarray, start: int = 175, stop: int = 182
) -> float:
    return float(events.is_treated.sum() * moved[start:stop].sum())


def holds(estimate: Estimate | None, value: float) -> bool:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= value <= estimate.high


def only_treated(events: DatedEvents) -> DatedEvents:
    number = np.cumsum(events.is_treated) - 1
    kept = events.is_treated[events.payee]
    return DatedEvents(
        day=events.day[kept],
        payee=number[events.payee[kept]],
        is_treated=events.is_treated[events.is_treated],
        clusters=np.asarray(events.clusters)[events.is_treated],
    )
