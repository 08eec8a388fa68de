"""What is the market like, and what does a program do to it?

Shares are 0 to 1, amounts minor units of the market's currency, rates parts per million.
All defaults describe a small software vendor that sells through partner firms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import attrs

from openspiff.errors import Problem
from openspiff.market._check import (
    day,
    many,
    number,
    parts,
    require,
    share,
    text,
    whole,
    yes_no,
)
from openspiff.money import PPM, MoneyError, currency_exponent
from openspiff.program import day_start

_MOST_TERM: Final = 120
_QUARTER_MONTHS: Final = 3


def _term(value: object) -> str | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return None if is_whole and 1 <= value <= _MOST_TERM else "months"  # type: ignore[operator]


def _weight(value: object) -> str | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if is_number and 0 < value <= 100 else "a weight"  # type: ignore[operator]  # noqa: PLR2004


def _name(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "a name"


@attrs.frozen(kw_only=True)
class ProductLine:
    """One product: its price, its margin, and its share of all deals.

    `price_minor` is for one unit, and for one unit and month where `is_recurring`: then a
    deal is worth price x quantity x term, and its MRR is price x quantity, both after
    discount. `quantity_mean` is the mean of a geometric number of units (1 or more).
    """

    product_id: str = text()
    family: str = text()
    price_minor: int = whole(1, 10**9)
    deal_share: float = number(1e-6, 1.0)
    margin_ppm: int = whole(0, PPM, default=600_000)
    is_recurring: bool = yes_no(default=True)
    term_months: tuple[int, ...] = many(
        _term, f"months from 1 to {_MOST_TERM}", default=(12, 24, 36)
    )
    quantity_mean: float = number(1.0, 10_000.0, default=8.0)
    revenue_type: str = text(default="subscription")

    def __attrs_post_init__(self) -> None:
        """Refuse values that no market has, all at once."""
        require(self, "market.products", self._crossed)

    def _crossed(self) -> list[Problem]:
        if self.is_recurring and not self.term_months:
            place = "market.products.term_months"
            return [Problem(place, "expected at least one term where is_recurring")]
        return []


_PRODUCTS: Final = (
    ProductLine(
        product_id="Voice Desk",
        family="Voice",
        price_minor=2_400,
        deal_share=0.30,
        margin_ppm=550_000,
    ),
    ProductLine(
        product_id="Voice Desk Plus",
        family="Voice",
        price_minor=3_900,
        deal_share=0.15,
        margin_ppm=600_000,
    ),
    ProductLine(
        product_id="Contact Hub",
        family="Contact",
        price_minor=7_500,
        deal_share=0.20,
        margin_ppm=650_000,
    ),
    ProductLine(
        product_id="Link Fiber",
        family="Access",
        price_minor=45_000,
        deal_share=0.15,
        margin_ppm=350_000,
        quantity_mean=1.4,
        term_months=(24, 36),
    ),
    ProductLine(
        product_id="Desk Phone",
        family="Hardware",
        price_minor=14_900,
        deal_share=0.20,
        margin_ppm=180_000,
        is_recurring=False,
        term_months=(),
        quantity_mean=12.0,
        revenue_type="hardware",
    ),
)


@attrs.frozen(kw_only=True)
class MarketSetting:
    """Everything that makes a market what it is before any program runs in it.

    Rates of deals are per active payee and week. Talent, and the weekly shock, are
    log-normal with mean 1 and the given standard deviation of their logarithm, of whose
    variance `firm_correlation` is common to the payees of a firm. `season` weighs the
    three months of a quarter. `zero_week_share` of all payee-weeks sell nothing at all and
    the others accordingly more, so that the mean stays.
    """

    starts_on: dt.date = day(default=dt.date(2024, 12, 30))  # noqa: RUF009 (an attrs field)
    week_count: int = whole(1, 1_040, default=78)
    zone: str = text(default="America/New_York")
    currency: str = text(default="USD")
    firm_count: int = whole(1, 100_000, default=40)
    payee_count: int = whole(1, 2_000_000, default=240)
    firm_size_spread: float = number(0.0, 2.0, default=0.5)
    roles: Mapping[str, float] = parts(default={"seller": 0.8, "engineer": 0.2})
    tiers: Mapping[str, float] = parts(default={"gold": 0.2, "silver": 0.3, "member": 0.5})
    regions: Mapping[str, float] = parts(
        default={"north": 0.3, "south": 0.3, "east": 0.2, "west": 0.2}
    )
    segments: Mapping[str, float] = parts(default={"business": 0.7, "enterprise": 0.3})
    joiner_share: float = share(default=0.08)
    leaver_share: float = share(default=0.06)
    deals_per_week: float = number(0.0, 1_000.0, default=0.5)
    talent_spread: float = number(0.0, 3.0, default=0.6)
    shock_spread: float = number(0.0, 3.0, default=0.0)
    shock_autocorrelation: float = number(-0.99, 0.99, default=0.0)
    firm_correlation: float = share(default=0.1)
    zero_week_share: float = share(default=0.0, most=0.99)
    season: tuple[float, ...] = many(
        _weight,
        "three weights above 0, one a month of the quarter",
        default=(0.8, 0.9, 1.3),
    )
    growth_per_year: float = number(-0.9, 10.0, default=0.12)
    weekend_share: float = share(default=0.03)
    products: tuple[ProductLine, ...] = many(
        lambda one: None if isinstance(one, ProductLine) else "a product",
        "products",
        default=_PRODUCTS,
    )
    discount_mean: float = share(default=0.08, most=0.4)
    lost_share: float = share(default=0.3, most=0.95)
    pipeline_days: float = number(0.1, 365.0, default=40.0)
    pipeline_spread: float = number(0.0, 2.0, default=0.6)
    report_days: float = number(0.0, 90.0, default=1.5)
    customers_per_payee: int = whole(1, 10_000, default=25)
    government_share: float = share(default=0.04)
    cancellation_share: float = share(default=0.04)
    cancellation_days: float = number(0.1, 730.0, default=25.0)
    churn_share: float = share(default=0.12)
    churn_days: float = number(0.1, 3_650.0, default=300.0)

    def __attrs_post_init__(self) -> None:
        """Refuse values that no market has, all at once."""
        require(self, "market", self._crossed)

    def _crossed(self) -> list[Problem]:
        found = []
        if self.payee_count < self.firm_count:
            message = f"expected at least one payee a firm, got {self.payee_count}"
            found.append(Problem("market.payee_count", message))
        if len(self.season) != _QUARTER_MONTHS:
            message = f"expected three weights, got {len(self.season)}"
            found.append(Problem("market.season", message))
        if self.joiner_share + self.leaver_share > 1:
            message = "expected joiner_share + leaver_share of at most 1"
            found.append(Problem("market.leaver_share", message))
        ids = [one.product_id for one in self.products]
        if not ids or len(set(ids)) < len(ids):
            message = f"expected products with different ids, got {ids}"
            found.append(Problem("market.products", message))
        total = sum(one.deal_share for one in self.products)
        if ids and abs(total - 1) > 1e-6:  # noqa: PLR2004 (shares typed by hand)
            message = f"expected deal_share of all products to sum to 1, got {total:g}"
            found.append(Problem("market.products.deal_share", message))
        try:
            currency_exponent(self.currency)
        except MoneyError as error:
            found.append(Problem("market.currency", error.message))
        try:
            day_start(self.starts_on, self.zone)
        except ValueError as error:
            found.append(Problem("market.zone", str(error)))
        return found

    @property
    def ends_before(self) -> dt.date:
        """The first day after the market's last week."""
        return self.starts_on + dt.timedelta(weeks=self.week_count)


@attrs.frozen(kw_only=True)
class ProgramEffect:
    """What a program does to the payees it treats, on its products, in its window.

    `lift_ppm` is the expected number of added deals in the window per deal that would have
    been there anyway. Of these, `pull_forward_share` come out of the `pull_forward_weeks`
    after the window and the rest are new. In the `hold_back_weeks` before the window
    `hold_back_share` of the deals wait for it; they come on top of the lift.
    `persistence_share` of the rate of new deals stays after the window and halves every
    `half_life_weeks`. `cannibalized_share` of the new deals of the window take the place of
    a deal of `substitutes`. In-window deals of the treated carry `extra_discount_share`
    more discount, and of those that would have stood, so many more are cancelled
    (`extra_cancellation_share`) or churn (`extra_churn_share`). Empty `products` means all.
    """

    starts_on: dt.date = day()  # noqa: RUF009 (an attrs field)
    ends_before: dt.date = day()  # noqa: RUF009 (an attrs field)
    lift_ppm: int = whole(0, 10 * PPM)
    products: tuple[str, ...] = many(_name, "product ids", default=())
    pull_forward_share: float = share(default=0.0)
    pull_forward_weeks: int = whole(1, 104, default=8)
    hold_back_share: float = share(default=0.0)
    hold_back_weeks: int = whole(1, 104, default=3)
    persistence_share: float = share(default=0.0)
    half_life_weeks: float = number(0.1, 520.0, default=6.0)
    cannibalized_share: float = share(default=0.0)
    substitutes: tuple[str, ...] = many(_name, "product ids", default=())
    extra_discount_share: float = share(default=0.0, most=0.5)
    extra_cancellation_share: float = share(default=0.0)
    extra_churn_share: float = share(default=0.0)

    def __attrs_post_init__(self) -> None:
        """Refuse values that no program has, all at once."""
        require(self, "effect", self._crossed)

    def _crossed(self) -> list[Problem]:
        found = []
        if self.ends_before <= self.starts_on:
            message = f"expected a day after starts_on, got {self.ends_before}"
            found.append(Problem("effect.ends_before", message))
        if self.cannibalized_share > 0 and not self.substitutes:
            message = "expected substitutes where cannibalized_share is above 0"
            found.append(Problem("effect.substitutes", message))
        both = sorted(set(self.products) & set(self.substitutes))
        if both or (self.substitutes and not self.products):
            message = "expected substitutes that are not products of the program"
            found.append(Problem("effect.substitutes", f"{message}, got {both or 'all'}"))
        return found


def effect_problems(effect: ProgramEffect, setting: MarketSetting) -> list[Problem]:
    """Return what keeps the effect from fitting into the market.

    Weeks before and after the window must lie inside the market, and products be its own.
    """
    found = []
    first = effect.starts_on - dt.timedelta(weeks=effect.hold_back_weeks)
    if effect.hold_back_share == 0:
        first = effect.starts_on
    last = effect.ends_before + dt.timedelta(weeks=effect.pull_forward_weeks)
    if effect.pull_forward_share == 0:
        last = effect.ends_before
    if first < setting.starts_on:
        message = f"begins on {first}, the market on {setting.starts_on}"
        found.append(Problem("effect.starts_on", message, "start later, or hold back less"))
    if last > setting.ends_before:
        message = f"reaches until {last}, the market ends before {setting.ends_before}"
        found.append(Problem("effect.ends_before", message, "add weeks to the market"))
    known = {one.product_id for one in setting.products}
    for name in ("products", "substitutes"):
        unknown = sorted(set(getattr(effect, name)) - known)
        if unknown:
            message = f"unknown products {unknown}; the market has {sorted(known)}"
            found.append(Problem(f"effect.{name}", message))
    return found
