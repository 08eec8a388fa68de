"""What does a program change? Deals added, moved, replaced, cheapened and cancelled."""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.market._base import draw_cells
from openspiff.market._calendar import Calendar
from openspiff.market._check import MarketError
from openspiff.market._deals import (
    DAY,
    NEVER,
    Deals,
    Origin,
    days_in_week,
    delays,
    draw_deals,
    instants_on,
    joined,
)
from openspiff.market._roster import Roster
from openspiff.market._setting import MarketSetting, ProgramEffect
from openspiff.market._types import Floats, Real, Whole, Yes
from openspiff.money import PPM

_WEEK_DAYS = 7


@attrs.frozen(kw_only=True, eq=False)
class Scene:
    """The market as an effect finds it; days are counted from the market's first."""

    calendar: Calendar
    roster: Roster
    rates: Real
    effect: ProgramEffect
    is_treated: Yes  # one a payee
    first_day: int
    end_day: int

    @property
    def setting(self) -> MarketSetting:
        """The setting of the market."""
        return self.calendar.setting

    def is_of(self, product_ids: tuple[str, ...], *, is_all_when_empty: bool) -> Yes:
        """Say for each product of the setting whether it is among these."""
        everything = is_all_when_empty and not product_ids
        return np.array(
            [everything or one.product_id in product_ids for one in self.setting.products]
        )

    @property
    def is_focal(self) -> Yes:
        """Which products the program is about."""
        return self.is_of(self.effect.products, is_all_when_empty=True)

    @property
    def is_substitute(self) -> Yes:
        """Which products its deals take the place of."""
        return self.is_of(self.effect.substitutes, is_all_when_empty=False)

    @property
    def deal_shares(self) -> Real:
        """Each product's share of all deals."""
        return np.array([one.deal_share for one in self.setting.products])

    @property
    def lift(self) -> float:
        """Added deals per deal that would have been there anyway."""
        return self.effect.lift_ppm / PPM

    @property
    def new_lift(self) -> float:
        """The part of the lift that is not pulled from later weeks."""
        return self.lift * (1 - self.effect.pull_forward_share)

    def day_rates(self, first_day: int, end_day: int) -> Real:
        """Return the expected deals won of each payee from day to day, all products."""
        days = np.arange(first_day, end_day)
        shares = self.calendar.day_shares[days % _WEEK_DAYS]
        weights = np.bincount(days // _WEEK_DAYS, shares, minlength=self.rates.shape[1])
        found: Real = self.rates @ weights
        return found

    def is_there(self) -> Yes:
        """Say which payees are treated and active through the whole window."""
        first, last = self.first_day // _WEEK_DAYS, (self.end_day - 1) // _WEEK_DAYS
        has_joined = self.roster.joined_week <= first
        stays = self.roster.left_week > last
        found: Yes = self.is_treated & has_joined & stays
        return found

    def at(self, day: int) -> int:
        """Return the first instant of a day of the market."""
        return int(self.calendar.day_starts[day])


def make_scene(
    calendar: Calendar,
    roster: Roster,
    rates: Real,
    *,
    effect: ProgramEffect,
    treated: Whole,
) -> Scene:
    """Put effect, treated payees and market together."""
    starts_on = calendar.setting.starts_on
    is_treated = np.zeros(roster.count, dtype=np.bool_)
    is_treated[treated] = True
    return Scene(
        calendar=calendar,
        roster=roster,
        rates=rates,
        effect=effect,
        is_treated=is_treated,
        first_day=(effect.starts_on - starts_on).days,
        end_day=(effect.ends_before - starts_on).days,
    )


def _chance(wanted: float, there: float, name: str) -> float:
    """Return wanted / there; raises MarketError when more is wanted than there is."""
    if wanted == 0:
        return 0.0
    if wanted > there:
        message = f"expects to move {wanted:.1f} deals of {there:.1f} that there are"
        remedy = "a smaller share, a smaller lift, or more weeks or products to take from"
        raise MarketError(
            "the effect asks for more deals than the market has",
            [Problem(f"effect.{name}", message, remedy)],
        )
    return wanted / there


def _window_sum(scene: Scene, payees: Yes, first_day: int, end_day: int) -> float:
    return float(scene.day_rates(first_day, end_day)[payees].sum())


def _picked(candidates: Yes, chance: float, rng: np.random.Generator) -> Yes:
    """Pick each candidate with this chance; draws as many numbers whatever the chance."""
    found: Yes = candidates & (rng.random(len(candidates)) < chance)
    return found


def _landings(
    scene: Scene, days: tuple[int, int], count: int, rng: np.random.Generator
) -> Whole:
    """Draw `count` instants from the first of these days to before the last."""
    offered = np.arange(*days)
    weights = scene.calendar.day_shares[offered % _WEEK_DAYS]
    if weights.sum() == 0:
        weights = np.ones(len(offered))
    chosen = rng.choice(offered, count, p=weights / weights.sum())
    return instants_on(scene.calendar, chosen, rng)


def _move(deals: Deals, moved: Yes, closed_at: Whole, origin: Origin) -> None:
    """Close the moved deals at other instants; registered a day before at least."""
    deals.closed_at[moved] = closed_at
    deals.registered_at[moved] = np.minimum(deals.registered_at[moved], closed_at - DAY)
    deals.origin[moved] = origin


def _shift_deals(scene: Scene, deals: Deals, rng: np.random.Generator) -> None:
    """Hold deals back from before the window, pull deals forward from after it.

    What was held closes in the first weeks of the window, what is pulled in the last ones.
    """
    effect, first, end = scene.effect, scene.first_day, scene.end_day
    is_there = scene.is_there()
    can_move = is_there[deals.payee] & scene.is_focal[deals.product] & ~deals.is_lost
    hold_days = min(effect.hold_back_weeks * _WEEK_DAYS, first)
    is_before = (deals.closed_anyway_at >= scene.at(first - hold_days)) & (
        deals.closed_anyway_at < scene.at(first)
    )
    held = _picked(can_move & is_before, effect.hold_back_share, rng)
    landing = (first, min(end, first + hold_days))
    if held.any():
        closed_at = _landings(scene, landing, int(held.sum()), rng)
        _move(deals, held, closed_at, Origin.HELD)
    last = min(
        end + effect.pull_forward_weeks * _WEEK_DAYS,
        scene.calendar.week_count * _WEEK_DAYS,
    )
    share = scene.deal_shares[scene.is_focal].sum()
    wanted = scene.lift * effect.pull_forward_share
    chance = _chance(
        wanted * share * _window_sum(scene, scene.is_treated, first, end),
        share * _window_sum(scene, is_there, end, last),
        "pull_forward_share",
    )
    is_after = (deals.closed_anyway_at >= scene.at(end)) & (
        deals.closed_anyway_at < scene.at(last)
    )
    pulled = _picked(can_move & is_after, chance, rng)
    landing = (max(first, end - effect.pull_forward_weeks * _WEEK_DAYS), end)
    if pulled.any():
        closed_at = _landings(scene, landing, int(pulled.sum()), rng)
        _move(deals, pulled, closed_at, Origin.PULLED)


def _take_substitutes(scene: Scene, deals: Deals, rng: np.random.Generator) -> None:
    """Let new deals of the window replace deals of substitute products."""
    effect, first, end = scene.effect, scene.first_day, scene.end_day
    expected = _window_sum(scene, scene.is_treated, first, end)
    focal = scene.deal_shares[scene.is_focal].sum()
    others = scene.deal_shares[scene.is_substitute].sum()
    chance = _chance(
        effect.cannibalized_share * scene.new_lift * focal * expected,
        others * expected,
        "cannibalized_share",
    )
    is_inside = (deals.closed_anyway_at >= scene.at(first)) & (
        deals.closed_anyway_at < scene.at(end)
    )
    can_go = scene.is_treated[deals.payee] & scene.is_substitute[deals.product]
    taken = _picked(can_go & is_inside & ~deals.is_lost, chance, rng)
    deals.closed_at[taken] = NEVER
    deals.origin[taken] = Origin.TAKEN


def _added(
    scene: Scene, factors: Floats, first_day: int, end_day: int, rng: np.random.Generator
) -> Deals:
    """Draw deals of the treated at `factors` (one a week) times their rate, day by day."""
    focal = scene.deal_shares * scene.is_focal
    rows = np.flatnonzero(scene.is_treated)
    row, week = draw_cells(scene.rates[rows] * factors * focal.sum(), rng)
    days = week * _WEEK_DAYS + days_in_week(scene.calendar, len(week), rng)
    is_inside = (days >= first_day) & (days < end_day)
    deals = draw_deals(
        scene.calendar,
        rng,
        payee=rows[row[is_inside]],
        days=days[is_inside],
        product_weights=focal,
    )
    deals.is_lost = np.zeros(deals.count, dtype=np.bool_)
    deals.closed_anyway_at = np.full(deals.count, NEVER, dtype=np.int64)
    return deals


def _new_deals(scene: Scene, rng: np.random.Generator) -> Deals:
    effect, first, end = scene.effect, scene.first_day, scene.end_day
    weeks = np.arange(scene.rates.shape[1])
    inside = (weeks >= first // _WEEK_DAYS) & (weeks <= (end - 1) // _WEEK_DAYS)
    new = _added(scene, scene.new_lift * inside, first, end, rng)
    new.origin = np.full(new.count, Origin.NEW, dtype=np.int8)
    since = np.maximum(weeks - end / _WEEK_DAYS, 0)
    kept = effect.persistence_share * 0.5 ** (since / effect.half_life_weeks)
    is_after = (weeks >= end // _WEEK_DAYS) & (weeks < scene.calendar.week_count)
    last = scene.calendar.week_count * _WEEK_DAYS
    lasting = _added(scene, scene.new_lift * kept * is_after, end, last, rng)
    lasting.origin = np.full(lasting.count, Origin.LASTING, dtype=np.int8)
    added = joined(new, lasting)
    # Nobody registers a deal because of a program before its window.
    added.registered_at = np.maximum(added.registered_at, scene.at(first))
    return added.take(np.argsort(added.registered_at, kind="stable"))


def _spoil(scene: Scene, deals: Deals, rng: np.random.Generator) -> None:
    """Discount, cancel and churn more of what the treated sell in the window."""
    effect, setting = scene.effect, scene.setting
    is_touched = (
        scene.is_treated[deals.payee]
        & scene.is_focal[deals.product]
        & (deals.closed_at >= scene.at(scene.first_day))
        & (deals.closed_at < scene.at(scene.end_day))
        & ~deals.is_lost
    )
    deals.discount_ppm[is_touched] += round(effect.extra_discount_share * PPM)
    for share, mean_days, name in (
        (effect.extra_cancellation_share, setting.cancellation_days, "cancelled_after"),
        (effect.extra_churn_share, setting.churn_days, "churned_after"),
    ):
        after = getattr(deals, name)
        extra = delays(mean_days, share, deals.count, rng)
        spoiled = is_touched & (after == NEVER)
        after[spoiled] = extra[spoiled]


def apply_effect(scene: Scene, base: Deals, rng: np.random.Generator) -> Deals:
    """Return the deals of both worlds: those of `base`, changed and tagged, and new ones.

    Raises MarketError when the effect wants to move more deals than there are.
    """
    own = ("closed_at", "registered_at", "origin")
    deals = attrs.evolve(base, **{name: getattr(base, name).copy() for name in own})
    _shift_deals(scene, deals, rng)
    _take_substitutes(scene, deals, rng)
    deals = joined(deals, _new_deals(scene, rng))
    _spoil(scene, deals, rng)
    return deals
