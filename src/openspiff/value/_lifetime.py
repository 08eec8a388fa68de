"""What will a customer without a contract still buy, and what is that worth today?"""

from __future__ import annotations

import numpy as np

from ._purchases import Purchases
from ._repeat import probability_alive, shape_of, shares_of_way
from ._spend import expected_spend
from ._types import MILLION, Fit, Floats, require_horizon, require_rate


def expected_purchases(
    fit: Fit, purchases: Purchases, *, horizon: float, discount_ppm: int = 0
) -> Floats:
    """Return how often each customer (n) is expected to buy from now to the horizon.

    `horizon` is in the unit of time of the fit, `discount_ppm` a rate for one such unit,
    by which a later purchase counts for less. A customer just won (all zeros) buys as
    often as an average new one; the first purchase is not counted.
    Raises WorthError for another kind of fit or a horizon that is not above zero.
    Fader, Hardie and Lee (2005), Marketing Science 24(2); Fader, Hardie and Lee (2005),
    Journal of Marketing Research 42(4), for the discounted number.
    """
    require_horizon("horizon", horizon)
    require_rate("discount_ppm", discount_ppm)
    shape, values = shape_of(fit), fit.values
    force = np.log1p(discount_ppm / MILLION)
    # Later moments matter less and less: steps grow like the customer's own pace.
    pace = shape.pace(values, purchases)
    stretch = np.log1p(horizon / pace)
    total = np.zeros(purchases.age.size)
    for share, weight in shares_of_way(float(stretch.max())):
        ahead = pace * np.expm1(stretch * share)
        rate = shape.rate_ahead(values, purchases, ahead)
        total += weight * rate * np.exp(-force * ahead) * stretch * (pace + ahead)
    return total * probability_alive(fit, purchases)


def lifetime_values(
    purchase_fit: Fit,
    spend_fit: Fit,
    purchases: Purchases,
    mean_spend_minor: Floats,
    *,
    horizon: float,
    discount_ppm: int = 0,
    margin_ppm: int = MILLION,
) -> Floats:
    """Return the expected margin (n, minor units) of each customer from now to the horizon.

    Discounted expected purchases times the expected spend on each, times the margin as a
    share (ppm) of spend. `mean_spend_minor` (n) is over repeat purchases; any number where
    there was none. What was earned before, the first purchase included, is not in it.
    Raises WorthError as `expected_purchases` and `expected_spend` do.
    Fader, Hardie and Lee (2005), Journal of Marketing Research 42(4).
    """
    count = expected_purchases(
        purchase_fit, purchases, horizon=horizon, discount_ppm=discount_ppm
    )
    spend = expected_spend(spend_fit, mean_spend_minor, purchases.frequency)
    return count * spend * (margin_ppm / MILLION)
