"""What would one say who only looks at the weeks just before (tier E)?"""

from __future__ import annotations

from ._least_squares import Integers
from ._rates import clustered_interval, rate_of
from ._sums import Sums, codes_of, require_sound
from ._types import Caution, Estimate

NAIVE_SENTENCE = (
    "This compares the window with the weeks just before it: season, growth of the market "
    "and deals held back for the program are all counted as its success, so it says how "
    "sales moved, not what the program added."
)


def before_after(
    during: Sums,
    before: Sums,
    *,
    firms: Integers,
    name: str = "naive",
    unit: str = "units per payee-week",
) -> Estimate:
    """Return the change from the weeks just before the window; never call it incremental.

    Pooled rates of the same payees (n each), errors clustered by `firms` (n). Carries the
    sentence that says what is wrong with it. Raises MeasureError with fewer than 5 active
    payees in a span or when nothing varies.
    """
    require_sound(firms, during=during, before=before)
    cluster = codes_of(firms)
    count = int(cluster.max(initial=-1)) + 1
    now = rate_of(during, cluster, count, place="window")
    then = rate_of(before, cluster, count, place="weeks before the window")
    value = now.value - then.value
    error, low, high = clustered_interval(
        value, now.influence - then.influence, name, taken_from=now.size + then.size
    )
    return Estimate(
        name=name,
        value=value,
        standard_error=error,
        low=low,
        high=high,
        method="window against the weeks just before",
        tier="E",
        unit=unit,
        unit_count=int(during.total.size),
        cluster_count=count,
        degrees_of_freedom=float(count - 1),
        warnings=(Caution("naive", NAIVE_SENTENCE),),
    )
