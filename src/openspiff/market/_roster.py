"""Who sells in this market? Firms and payees with uneven talent, who come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.events import FIRST_INSTANT, LAST_INSTANT
from openspiff.market._calendar import Calendar
from openspiff.market._check import MarketError
from openspiff.market._names import codes
from openspiff.market._setting import MarketSetting
from openspiff.market._types import Real, Texts, Whole
from openspiff.money import split_exactly


@attrs.frozen(kw_only=True, eq=False)
class Roster:
    """The payees of a market, by place 0..n-1; every array has one value a payee.

    `firm` is the place of the payee's firm. `role`, `tier`, `region` and `segment` are
    places in the setting's mapping of that name. `joined_week` and `left_week` bound the
    weeks in which a payee is active (0 and the number of weeks for those always there).
    `talent` has mean 1 over many markets.
    """

    payee_ids: Texts
    firm_ids: Texts  # one a firm
    firm: Whole
    role: Whole
    tier: Whole
    region: Whole
    segment: Whole
    joined_week: Whole
    left_week: Whole
    from_at: Whole
    before_at: Whole
    talent: Real

    @property
    def count(self) -> int:
        """How many payees there are."""
        return len(self.firm)

    def places(self, payee_ids: Sequence[str]) -> Whole:
        """Return the places of these payees; raises MarketError for unknown ones."""
        known = {name: place for place, name in enumerate(self.payee_ids.tolist())}
        unknown = [name for name in payee_ids if name not in known]
        if unknown:
            problems = [Problem("treated", f"no payee {name!r}") for name in unknown[:20]]
            message = f"{len(unknown)} treated payees are not in the roster"
            raise MarketError(message, problems)
        return np.array(sorted({known[name] for name in payee_ids}), dtype=np.int64)


def _assigned(shares: Mapping[str, float], count: int, rng: np.random.Generator) -> Whole:
    """Give each of `count` one name's place; counts follow the shares to within one."""
    scale = 10**9
    weights = {name: round(value * scale) for name, value in shares.items()}
    wanted = split_exactly(count, weights)
    places = np.repeat(np.arange(len(shares), dtype=np.int16), list(wanted.values()))
    return rng.permutation(places)


def _firms(setting: MarketSetting, rng: np.random.Generator) -> Whole:
    """Return the firm of each payee; each firm has one at least, the rest by weight."""
    count = setting.firm_count
    weights = np.exp(setting.firm_size_spread * rng.standard_normal(count))
    extra = rng.multinomial(setting.payee_count - count, weights / weights.sum())
    return np.repeat(np.arange(count, dtype=np.int32), 1 + extra)


def common_normals(
    firm: Whole, firm_count: int, correlation: float, rng: np.random.Generator
) -> Real:
    """Return one standard normal a payee; those of one firm correlate as given."""
    of_firms = rng.standard_normal(firm_count)[firm]
    own = rng.standard_normal(len(firm))
    mixed: Real = np.sqrt(correlation) * of_firms + np.sqrt(1 - correlation) * own
    return mixed


def draw_roster(
    setting: MarketSetting, calendar: Calendar, rng: np.random.Generator
) -> Roster:
    """Draw firms, attributes, talent and the weeks in which each payee is active."""
    count = setting.payee_count
    firm = _firms(setting, rng)
    normals = common_normals(firm, setting.firm_count, setting.firm_correlation, rng)
    spread = setting.talent_spread
    order = rng.permutation(count)
    joiner_count = round(setting.joiner_share * count)
    leaver_count = round(setting.leaver_share * count)
    weeks = setting.week_count
    joined = np.zeros(count, dtype=np.int32)
    left = np.full(count, weeks, dtype=np.int32)
    if weeks > 1:
        joined[order[:joiner_count]] = rng.integers(1, weeks, joiner_count)
        leavers = order[joiner_count : joiner_count + leaver_count]
        left[leavers] = rng.integers(1, weeks, leaver_count)
    starts = calendar.week_starts
    return Roster(
        payee_ids=codes("P", count),
        firm_ids=codes("F", setting.firm_count),
        firm=firm,
        role=_assigned(setting.roles, count, rng),
        tier=_assigned(setting.tiers, setting.firm_count, rng)[firm],
        region=_assigned(setting.regions, setting.firm_count, rng)[firm],
        segment=_assigned(setting.segments, count, rng),
        joined_week=joined,
        left_week=left,
        from_at=np.where(joined == 0, FIRST_INSTANT, starts[joined]),
        before_at=np.where(left == weeks, LAST_INSTANT, starts[left]),
        talent=np.exp(spread * normals - spread**2 / 2),
    )
