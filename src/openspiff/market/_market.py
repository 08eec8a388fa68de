"""How is a market made? From a setting and a seed; the same two give the same market."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.market._base import draw_base, draw_rates
from openspiff.market._calendar import Calendar, make_calendar
from openspiff.market._check import MarketError
from openspiff.market._deals import Deals
from openspiff.market._effect import apply_effect, make_scene
from openspiff.market._roster import Roster, draw_roster
from openspiff.market._setting import MarketSetting, ProgramEffect, effect_problems
from openspiff.market._truth import Truth, count_truth
from openspiff.market._types import Real, Whole, Yes

OUTCOMES = ("units", "quantity", "amount", "margin")


@attrs.frozen(kw_only=True, eq=False)
class Market:
    """A market with a known truth.

    `deals` are in the order in which they were registered, and those that a program added
    come after them; their number, from 1, is their name, so that a deal is called the same
    with the program and without. `is_government` has one value a customer. `treated` are
    the places of the treated payees; `truth` is None where no program ran.
    """

    setting: MarketSetting
    seed: int
    calendar: Calendar
    roster: Roster
    deals: Deals
    is_government: Yes
    effect: ProgramEffect | None
    treated: Whole
    truth: Truth | None

    @property
    def ends_at(self) -> int:
        """First instant after the market."""
        return self.calendar.ends_at

    def panel(
        self,
        outcome: str = "units",
        *,
        product_ids: Sequence[str] | None = None,
        is_anyway: bool = False,
    ) -> Whole:
        """Return what each payee sold in each week, shape (payees, weeks), whole numbers.

        Of deals that stand at the market's end; `outcome` is one of OUTCOMES (units are
        deals, quantity units of product, amount and margin minor units), `product_ids`
        None for all products. `is_anyway` shows the world without the program. Raises
        MarketError for an unknown outcome.
        """
        if outcome not in OUTCOMES:
            problem = Problem("outcome", f"expected one of {OUTCOMES}, got {outcome!r}")
            raise MarketError("no such panel", [problem])
        deals = self.deals
        wanted = np.array(
            [
                product_ids is None or one.product_id in product_ids
                for one in self.setting.products
            ]
        )
        kept = deals.stands(self.ends_at, is_anyway=is_anyway) & wanted[deals.product]
        deals = deals.take(kept)
        week = self.calendar.weeks_of(
            deals.closed_anyway_at if is_anyway else deals.closed_at
        )
        shape = (self.roster.count, self.setting.week_count)
        cells = deals.payee.astype(np.int64) * shape[1] + week
        if outcome == "units":
            return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        values = deals.quantity
        if outcome != "quantity":
            values = deals.amount_minor(is_anyway=is_anyway)
        if outcome == "margin":
            values = values - deals.cost_minor
        found = np.zeros(shape[0] * shape[1], dtype=np.int64)
        np.add.at(found, cells, values)
        return found.reshape(shape)


def _streams(seed: int) -> list[np.random.Generator]:
    """Return generators for roster, base and effect: none disturbs the others."""
    return np.random.default_rng(seed).spawn(3)


def market_roster(setting: MarketSetting, *, seed: int) -> Roster:
    """Return the roster that `simulate_market` will have, to choose the treated from."""
    return draw_roster(setting, make_calendar(setting), _streams(seed)[0])


def _both_worlds(
    calendar: Calendar,
    roster: Roster,
    *,
    streams: Sequence[np.random.Generator],
    effect: ProgramEffect | None,
    treated: Whole,
) -> tuple[Deals, Truth | None]:
    rates: Real = draw_rates(calendar, roster, streams[1])
    deals = draw_base(calendar, rates, streams[1])
    if effect is None:
        return deals, None
    scene = make_scene(calendar, roster, rates, effect=effect, treated=treated)
    deals = apply_effect(scene, deals, streams[2])
    return deals, count_truth(scene, deals)


def simulate_market(
    setting: MarketSetting,
    *,
    seed: int,
    effect: ProgramEffect | None = None,
    treated: Sequence[str] | None = None,
) -> Market:
    """Simulate a market, and what a program does in it to the `treated` payee ids.

    The same setting, seed, effect and treated give the same market. Without an effect the
    deals are those that the market with it has as its counterfactual. `treated` None means
    every payee. Raises MarketError for an effect that does not fit into the market,
    unknown payees, a negative seed, and `treated` without an effect.
    """
    found = [] if effect is None else effect_problems(effect, setting)
    if seed < 0:
        found.append(Problem("seed", f"expected zero or more, got {seed}"))
    if effect is None and treated is not None:
        found.append(Problem("treated", "there is no effect to treat anybody with"))
    if found:
        raise MarketError("the market cannot be simulated as asked", found)
    calendar = make_calendar(setting)
    streams = _streams(seed)
    roster = draw_roster(setting, calendar, streams[0])
    places: Whole = np.arange(0 if effect is None else roster.count)
    if treated is not None:
        places = roster.places(treated)
    customers = roster.count * setting.customers_per_payee
    is_government = streams[0].random(customers) < setting.government_share
    deals, truth = _both_worlds(
        calendar, roster, streams=streams, effect=effect, treated=places
    )
    return Market(
        setting=setting,
        seed=seed,
        calendar=calendar,
        roster=roster,
        deals=deals,
        is_government=is_government,
        effect=effect,
        treated=places,
        truth=truth,
    )
