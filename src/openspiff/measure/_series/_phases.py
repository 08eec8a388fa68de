"""In which part of its quarter does a period lie?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import numpy as np

from openspiff.measure._least_squares import Integers

_MONTH_COUNT: Final = 12
_QUARTER_MONTHS: Final = 3
_LAST_WEEK: Final = 4


def quarter_phases(
    starts_on: Sequence[dt.date], *, day_count: int, fiscal_month: int = 1
) -> Integers:
    """Return the phase of quarter (n) of periods of `day_count` days: 0 up to 4.

    A period belongs to the month of its middle day: 0, 1, 2. Periods of up to 10 days are
    told apart further where deadlines press: 3 is the last week of the quarter but one, 4
    the last. `fiscal_month` is the month, 1 to 12, in which a year of quarters begins.
    """
    is_short = day_count <= 10  # noqa: PLR2004 (weeks, not months)
    codes = []
    for start in starts_on:
        middle = start + dt.timedelta(days=day_count // 2)
        month = (middle.month - fiscal_month) % _QUARTER_MONTHS
        left = (_quarter_end(middle, month) - middle).days // 7 if is_short else 2
        codes.append(_LAST_WEEK - left if left <= 1 else month)
    return np.array(codes, dtype=np.int64)


def _quarter_end(day: dt.date, month: int) -> dt.date:
    """Return the last day of the quarter of which `day` lies in the month 0, 1 or 2."""
    after = day.month + _QUARTER_MONTHS - month - 1  # months since January of this year
    first = dt.date(day.year + after // _MONTH_COUNT, after % _MONTH_COUNT + 1, 1)
    return first - dt.timedelta(days=1)
