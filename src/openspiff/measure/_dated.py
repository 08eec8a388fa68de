"""On which days did whom show the behavior, and at what discount?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ._least_squares import Floats, Integers


@attrs.frozen(kw_only=True, eq=False)
class Dated:
    """Done events (E) that the program pays for: whose, and on which local day.

    `payee` are row numbers of the panel, `day` ordinals as of `date.toordinal`, `depth` the
    discounts as shares of the list price (not a number where that is not known or zero).
    """

    payee: Integers
    day: Integers
    depth: Floats


def dated_of(columns: Mapping[str, Any]) -> Dated:
    """Return the events of `measured_days`, given as columns (E) that may be masked."""
    told = np.ma.asarray(columns["list_price_minor"], dtype=np.float64)
    listed: Floats = np.ma.filled(told, math.nan)
    known = listed > 0
    depth = np.full(listed.size, math.nan)
    depth[known] = 1.0 - columns["amount_minor"][known].astype(float) / listed[known]
    return Dated(
        payee=columns["payee_no"].astype(np.int64),
        day=columns["day"].astype(np.int64),
        depth=depth,
    )
