"""Do payees who were held out feel that their colleagues take part?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem

from ._fitted import estimate_of
from ._least_squares import FEW_CLUSTERS, Flags, Integers, fit_coefficient
from ._sums import FEWEST_PAYEES, Sums, codes_of, require_flags, require_sound
from ._types import Caution, Check, Estimate, MeasureError

FEWEST_FIRMS: Final = 4
"""A slope over firms takes two of them, and an error at least two more."""

_ROUNDING: Final = 1e-9


def spillover(
    during: Sums,
    before: Sums,
    is_treated: Flags,
    *,
    firms: Integers,
    unit: str = "units per payee-week",
) -> Estimate:
    """Estimate how the held out fare as more of their colleagues are treated.

    Regresses the change of each held-out payee's rate since `before` (n each) on the share
    treated among the other payees of the firm, in firms that have both; errors are
    clustered by `firms` (n). The value is the change from no colleague treated to all of
    them. A caution says so when the interval leaves out zero: the holdout is then no
    picture of a world without the program.
    Raises MeasureError with fewer than 4 firms that have both, fewer than 5 held-out
    payees in them, or the same share treated in each.
    Hudgens and Halloran (2008), Journal of the American Statistical Association 103(482);
    Baird, Bohren, McIntosh and Oezler (2018), Review of Economics and Statistics 100(5).
    """
    require_flags(is_treated=is_treated)
    require_sound(is_treated, firms, during=during, before=before)
    home = codes_of(firms)
    active = (during.weeks > 0) & (before.weeks > 0)
    whole = np.bincount(home, weights=during.weeks > 0)
    treated = np.bincount(home, weights=(during.weeks > 0) & is_treated)
    is_mixed = (treated > 0) & (treated < whole)
    kept = active & ~is_treated & is_mixed[home]
    cluster = codes_of(home[kept])
    count = int(cluster.max(initial=-1)) + 1
    if count < FEWEST_FIRMS or cluster.size < FEWEST_PAYEES:
        text = f"{cluster.size} held-out payees in {count} firms with treated colleagues"
        remedy = f"{FEWEST_PAYEES} payees in {FEWEST_FIRMS} such firms are needed"
        problem = Problem("firms", text, remedy)
        raise MeasureError("too few firms have both treated and held-out payees", [problem])
    share = (treated / np.maximum(whole - 1.0, 1.0))[home[kept]]
    if np.ptp(share) <= _ROUNDING:
        raise _never_varies(float(share[0]))
    now, then = during.only(kept), before.only(kept)
    weights = 1.0 / (1.0 / now.weeks + 1.0 / then.weeks)
    fit = fit_coefficient(
        now.rate - then.rate,
        share,
        np.ones((share.size, 1)),
        cluster=cluster,
        errors="CR2" if count < FEW_CLUSTERS else "CR1",
        weights=weights / weights.mean(),
        taken_from=np.abs(now.rate) + np.abs(then.rate),
    )
    found = estimate_of(
        fit,
        name="spillover on the held out",
        method="change of the held out by share of treated colleagues",
        tier="A",
        unit=f"{unit}, from none to all colleagues treated",
        unit_count=int(share.size),
    )
    if not found.excludes_zero:
        return found
    return attrs.evolve(found, warnings=(*found.warnings, _caution(found)))


def _never_varies(share: float) -> MeasureError:
    remedy = "hold out a different share in some firms"
    problem = Problem("firms", f"it is {share:.1%} in each firm", remedy)
    return MeasureError("the share of treated colleagues never varies", [problem])


def shared_customers(customers: np.ndarray[Any, Any], is_treated: Flags) -> Check:
    """Check how many customers are served by treated and by held-out payees as well.

    One entry an event (m): the customer's id, and the side of the payee; leave out events
    of other payees and without a customer. Raises MeasureError without events.
    """
    if not customers.size or customers.shape != is_treated.shape:
        text = f"{customers.size} customers and {is_treated.size} sides"
        remedy = "give the customer and the side of each event"
        problem = Problem("customers", text, remedy)
        raise MeasureError("there are no events to look for shared customers in", [problem])
    code = codes_of(customers)
    events = np.bincount(code)
    treated = np.bincount(code, weights=is_treated)
    is_shared = (treated > 0) & (treated < events)
    count, both = events.size, int(is_shared.sum())
    text = f"{both} of {count} customers bought from treated and held-out payees"
    text += "; what the one gained the other may have lost." if both else "."
    return Check(code="shared_customers", is_ok=not both, sentence=text, value=both / count)


def _caution(found: Estimate) -> Caution:
    direction = "sold more" if found.value > 0 else "sold less"
    bias = "understates" if found.value > 0 else "overstates"
    sentence = (
        f"Payees held out {direction} the more of their colleagues took part "
        f"({found.value:+.3g} {found.unit}; 95% interval {found.low:.3g} to "
        f"{found.high:.3g}), so the comparison with them {bias} the lift."
    )
    return Caution("spillover", sentence)
