"""What was sold? Deals as columns, drawn for given payees, weeks and products.

Every deal is kept as it happened and as it would have happened without a program, so that
both worlds share one set of random numbers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import attrs
import numpy as np

from openspiff.market._calendar import Calendar
from openspiff.market._setting import MarketSetting
from openspiff.market._types import Real, Whole, Yes
from openspiff.money import PPM

NEVER: Final = 2**62
"""Stands for an instant, or a delay, that does not come."""

DAY: Final = 86_400_000_000
_HOUR: Final = DAY // 24
_SECOND: Final = 1_000_000
_OPENS: Final = 9 * _HOUR
_OPEN_FOR: Final = 9 * _HOUR
_WEEK_DAYS: Final = 7
_MOST_UNITS: Final = 1_000_000
_FITS: Final = 2**62 // PPM  # amounts of which a share is one product and one division


class Origin(IntEnum):
    """Why a deal is where it is."""

    BASE = 0  # in both worlds, at the same time
    NEW = 1  # in the window because of the program; nowhere without it
    HELD = 2  # waited for the window; earlier without the program
    PULLED = 3  # drawn into the window; later without the program
    LASTING = 4  # after the window because the effect persists; nowhere without it
    TAKEN = 5  # a substitute that a new deal replaced; only without the program


@attrs.define(kw_only=True, eq=False)
class Deals:
    """Columns of deals, one value each.

    `payee`, `product` and `customer` are places. Instants are microseconds since 1970 UTC;
    `..._after` are delays from the day the deal was closed, NEVER for those that do not
    come. Names with `anyway` tell the world without the program. `is_lost` deals close
    without a sale. A deal closes at `closed_at` (NEVER: not in this world).
    """

    payee: Whole
    product: Whole
    customer: Whole
    quantity: Whole
    term_months: Whole  # 0: none
    list_minor: Whole
    cost_minor: Whole
    discount_ppm: Whole
    discount_anyway_ppm: Whole
    registered_at: Whole
    closed_at: Whole
    closed_anyway_at: Whole
    reported_after: Whole
    cancelled_after: Whole
    cancelled_anyway_after: Whole
    churned_after: Whole
    churned_anyway_after: Whole
    is_lost: Yes
    origin: Whole

    @property
    def count(self) -> int:
        """How many deals there are."""
        return len(self.payee)

    def take(self, places: Whole | Yes) -> Deals:
        """Return the deals at these places, in this order."""
        return Deals(
            **{name: getattr(self, name)[places] for name in attrs.fields_dict(Deals)}
        )

    def amount_minor(self, *, is_anyway: bool = False) -> Whole:
        """Return what each deal is worth after discount."""
        discount = self.discount_anyway_ppm if is_anyway else self.discount_ppm
        return self.list_minor - share_of(self.list_minor, discount)

    def margin_minor(self, *, is_anyway: bool = False) -> Whole:
        """Return amount less cost, which deep discounts can turn negative."""
        return self.amount_minor(is_anyway=is_anyway) - self.cost_minor

    def stands(self, until_at: int, *, is_anyway: bool = False) -> Yes:
        """Say which deals are sold and not cancelled just before `until_at`."""
        closed = self.closed_anyway_at if is_anyway else self.closed_at
        after = self.cancelled_anyway_after if is_anyway else self.cancelled_after
        is_sold = (closed < until_at) & ~self.is_lost
        is_kept: Yes = is_sold & (after >= until_at - closed)
        return is_kept


def joined(*parts: Deals) -> Deals:
    """Return the deals of all parts, one part after the other."""
    return Deals(
        **{
            name: np.concatenate([getattr(one, name) for one in parts])
            for name in attrs.fields_dict(Deals)
        }
    )


def share_of(amount_minor: Whole, rate_ppm: Whole) -> Whole:
    """Return rounded-half-up shares; the columns' twin of `money.share_of`."""
    if len(amount_minor) and int(amount_minor.max()) < _FITS:
        product = amount_minor * np.asarray(rate_ppm, dtype=np.int64) + PPM // 2
        small: Whole = product // PPM
        return small
    whole, rest = np.divmod(amount_minor, PPM)
    found: Whole = whole * rate_ppm + (rest * rate_ppm + PPM // 2) // PPM
    return found


def seconds(durations: Real) -> Whole:
    """Return durations in microseconds cut to whole seconds, as exports write them."""
    found: Whole = durations.astype(np.int64) // _SECOND * _SECOND
    return found


def delays(
    mean_days: float, share: float | Real, count: int, rng: np.random.Generator
) -> Whole:
    """Draw exponential delays in microseconds for `share` of `count`, NEVER for others."""
    is_coming = rng.random(count) < share
    found = np.full(count, NEVER, dtype=np.int64)
    drawn = rng.exponential(mean_days * DAY, int(is_coming.sum()))
    found[is_coming] = seconds(drawn)
    return found


def days_in_week(calendar: Calendar, count: int, rng: np.random.Generator) -> Whole:
    """Draw the day of the week, 0 to 6 from the market's first, of `count` deals."""
    edges = np.cumsum(calendar.day_shares)[:-1]
    found: Whole = np.searchsorted(edges, rng.random(count), side="right")
    return found


def instants_on(calendar: Calendar, days: Whole, rng: np.random.Generator) -> Whole:
    """Draw instants within the business hours of these days."""
    inside = seconds(rng.random(len(days)) * _OPEN_FOR)
    found: Whole = calendar.day_starts[days] + _OPENS + inside
    return found


def _units(means: Real, rng: np.random.Generator) -> Whole:
    """Draw geometric numbers of units (1 or more) with these means."""
    with np.errstate(divide="ignore"):
        scale = np.log1p(-1 / means)  # minus infinity where the mean is 1
        found = 1 + np.floor(np.log1p(-rng.random(len(means))) / scale)
    units: Whole = np.minimum(found, _MOST_UNITS).astype(np.int32)
    return units


def _terms(setting: MarketSetting, product: Whole, rng: np.random.Generator) -> Whole:
    longest = max(1, *(len(one.term_months) for one in setting.products))
    table = np.zeros((len(setting.products), longest), dtype=np.int16)
    sizes = np.ones(len(setting.products), dtype=np.int64)
    for place, one in enumerate(setting.products):
        if one.is_recurring:
            table[place, : len(one.term_months)] = one.term_months
            sizes[place] = len(one.term_months)
    chosen = (rng.random(len(product)) * sizes[product]).astype(np.int64)
    found: Whole = table[product, chosen]
    return found


def draw_deals(
    calendar: Calendar,
    rng: np.random.Generator,
    *,
    payee: Whole,
    days: Whole,
    product_weights: Real,
) -> Deals:
    """Draw everything else about deals of these payees that close on these days.

    `product_weights` gives the chance of each product of the setting, in any scale.
    """
    setting, count = calendar.setting, len(payee)
    edges = np.cumsum(product_weights / product_weights.sum())[:-1]
    product = np.searchsorted(edges, rng.random(count), side="right").astype(np.int16)
    closed_at = instants_on(calendar, days, rng)
    means = np.array([one.quantity_mean for one in setting.products])
    quantity = _units(means[product], rng)
    term = _terms(setting, product, rng)
    prices = np.array([one.price_minor for one in setting.products], dtype=np.int64)
    list_minor = prices[product] * quantity * np.maximum(term, 1)
    margins = np.array([one.margin_ppm for one in setting.products], dtype=np.int64)
    discount = (rng.random(count) * (2 * setting.discount_mean * PPM)).astype(np.int32)
    normals = rng.standard_normal(count)
    age = setting.pipeline_days * DAY * np.exp(setting.pipeline_spread * normals)
    report = seconds(rng.exponential(setting.report_days * DAY, count))
    pool = setting.customers_per_payee
    own = (rng.random(count) * pool).astype(np.int32)
    cancelled = delays(setting.cancellation_days, setting.cancellation_share, count, rng)
    churned = delays(setting.churn_days, setting.churn_share, count, rng)
    return Deals(
        payee=payee.astype(np.int32),
        product=product,
        customer=payee.astype(np.int64) * pool + own,
        quantity=quantity,
        term_months=term,
        list_minor=list_minor,
        cost_minor=list_minor - share_of(list_minor, margins[product]),
        discount_ppm=discount,
        discount_anyway_ppm=discount,
        registered_at=closed_at - seconds(age),
        closed_at=closed_at,
        closed_anyway_at=closed_at,
        reported_after=report,
        cancelled_after=cancelled,
        cancelled_anyway_after=cancelled,
        churned_after=churned,
        churned_anyway_after=churned,
        is_lost=rng.random(count) < setting.lost_share,
        origin=np.zeros(count, dtype=np.int8),
    )
