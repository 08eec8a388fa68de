"""What does the same phase of an earlier quarter or year suggest (tier E)?"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem

from ._least_squares import Integers
from ._rates import clustered_interval, rate_of
from ._sums import Sums, codes_of, require_sound
from ._types import Caution, Estimate, MeasureError


@attrs.frozen(kw_only=True, eq=False)
class Growth:
    """The ineligible (m) in both spans, from whom growth is taken; firms as codes."""

    during: Sums
    prior: Sums
    firms: Integers


def prior_period(
    during: Sums,
    prior: Sums,
    *,
    firms: Integers,
    growth: Growth | None = None,
    name: str = "prior period",
    unit: str = "units per payee-week",
) -> Estimate:
    """Return the change from the same phase of an earlier period, less growth if known.

    Rates of the treated (n) in both spans. With `growth` the prior rate is first grown by
    the factor by which that of the ineligible grew; their `firms` are codes of the same
    list. Errors are clustered by firm and linearized. Raises MeasureError with fewer than
    5 active payees in a span or when nothing varies.
    """
    require_sound(firms, during=during, prior=prior)
    names = firms if growth is None else np.concatenate([firms, growth.firms])
    cluster = codes_of(names)
    count = int(cluster.max(initial=-1)) + 1
    mine, theirs = cluster[: firms.size], cluster[firms.size :]
    now = rate_of(during, mine, count, place="window")
    then = rate_of(prior, mine, count, place="earlier period")
    factor, drift = 1.0, np.zeros(count)
    if growth is not None:
        grown = rate_of(growth.during, theirs, count, place="ineligible, window")
        base = rate_of(growth.prior, theirs, count, place="ineligible, earlier period")
        if base.value <= 0:
            remedy = "leave growth out, or measure a broader behavior"
            text = "they sold nothing in the earlier period"
            problem = Problem("ineligible", text, remedy)
            raise MeasureError("growth cannot be told", [problem])
        factor = grown.value / base.value
        drift = (grown.influence - factor * base.influence) / base.value
    value = now.value - factor * then.value
    influence = now.influence - factor * then.influence - then.value * drift
    error, low, high = clustered_interval(
        value, influence, name, taken_from=now.size + abs(factor) * then.size
    )
    return Estimate(
        name=name,
        value=value,
        standard_error=error,
        low=low,
        high=high,
        method="same phase of an earlier period"
        + (", growth not subtracted" if growth is None else ", grown like the ineligible"),
        tier="E",
        unit=unit,
        unit_count=int(during.total.size),
        cluster_count=count,
        degrees_of_freedom=float(count - 1),
        warnings=(_caution(knows_growth=growth is not None),),
    )


def _caution(*, knows_growth: bool) -> Caution:
    tail = (
        "growth is taken from the ineligible"
        if knows_growth
        else "growth since then is still in it"
    )
    sentence = (
        "Everything else that differed between the two periods is in this number; "
        f"the season is matched, {tail}. It is no evidence of what the program added."
    )
    return Caution("prior_period", sentence)
