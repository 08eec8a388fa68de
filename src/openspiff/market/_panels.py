"""What would payees sell, week by week, where it is known what the program adds?"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from openspiff.market._panel_setting import PanelSetting
from openspiff.market._panel_truth import OutcomeName, PanelTruth, effect_tables
from openspiff.market._roster import common_normals
from openspiff.market._types import Real, Whole, Yes

_YEAR_WEEKS = 365.25 / 7


@attrs.frozen(kw_only=True, eq=False)
class DrawnPanel:
    """Payees (n) by weeks (T): who they are, what they sold, and the truth.

    `firm`, `stratum` and `unit` (what chance assigned) are codes, `cohort` numbers the
    treated from 0 and is -1 for the others. `values` holds focal and substitutes in units
    and margin in minor units (n x T); they are 0 where a payee is not `active`.
    """

    setting: PanelSetting
    firm: Whole
    stratum: Whole
    unit: Whole
    cohort: Whole
    active: Yes
    values: Mapping[OutcomeName, Real]
    truth: PanelTruth

    @property
    def is_treated(self) -> Yes:
        """Which payees (n) the program is open to."""
        found: Yes = self.cohort >= 0
        return found

    def sums(self, outcome: OutcomeName, *phases: str) -> tuple[Real, Real]:
        """Return totals and active weeks (n each) over these phases of each payee's own.

        The untreated go by the first cohort.
        """
        inside = self.truth.phase_of(*phases)
        total: Real = (self.values[outcome] * inside).sum(axis=1)
        weeks: Real = (self.active & inside).sum(axis=1).astype(np.float64)
        return total, weeks

    def net_sums(self, outcome: OutcomeName) -> tuple[Real, Real]:
        """Return totals from announcement to horizon, per week of the window (n each)."""
        setting = self.setting
        total, weeks = self.sums(outcome, "announcement", "window", "horizon")
        whole = setting.announcement_weeks + setting.window_weeks + setting.horizon_weeks
        return total, weeks * (setting.window_weeks / whole)


def draw_panel(setting: PanelSetting, *, seed: int) -> DrawnPanel:
    """Draw a panel with a known truth; equal settings and seeds give equal panels.

    Returns codes (n), outcomes (n x T) and the expected effect of the program on each
    payee and week. Raises MarketError when the program moves more than there is.
    """
    rng = np.random.default_rng(seed)
    firm = _firms(setting, rng)
    stratum = firm % setting.stratum_count
    unit, cohort = _assignment(setting, firm, rng)
    talent = common_normals(firm, setting.firm_count, setting.firm_correlation, rng)
    is_treated = cohort >= 0
    counts = np.zeros((setting.firm_count, len(setting.starts_after)), dtype=np.int64)
    np.add.at(counts, (firm[is_treated], cohort[is_treated]), 1)
    level = _level(setting, rng)
    sizes = np.bincount(firm, minlength=setting.firm_count)
    focal, taken = effect_tables(setting, level, counts, sizes)
    height = np.where(is_treated, 1.0, setting.untreated_level)
    height = height * setting.units_per_week * _stratum_levels(setting)[stratum]
    height *= _log_normal(talent, setting.talent_spread)
    truth = PanelTruth(
        setting=setting,
        anyway=_shocks(setting, firm, rng) * level * height[:, None],
        row=np.where(is_treated, cohort, len(setting.starts_after) + firm),
        active=_activity(setting, is_treated, talent, cohort, rng),
        focal=focal,
        taken=taken,
    )
    return DrawnPanel(
        setting=setting,
        firm=firm,
        stratum=stratum,
        unit=unit,
        cohort=cohort,
        active=truth.active,
        values=_outcomes(truth, rng),
        truth=truth,
    )


def _log_normal(normals: Real, spread: float) -> Real:
    """Return log-normal numbers of mean 1 from standard normal ones."""
    found: Real = spread * normals
    found -= spread**2 / 2
    return np.exp(found, out=found)


def _firms(setting: PanelSetting, rng: np.random.Generator) -> Whole:
    """Return the firm of each payee; every firm has one at least."""
    number: Whole = np.arange(setting.payee_count) % setting.firm_count
    if setting.firm_size_spread == 0:
        return number
    weights = np.exp(setting.firm_size_spread * rng.standard_normal(setting.firm_count))
    rest = setting.payee_count - setting.firm_count
    number[setting.firm_count :] = rng.choice(
        setting.firm_count, rest, p=weights / weights.sum()
    )
    return number


def _assignment(
    setting: PanelSetting, firm: Whole, rng: np.random.Generator
) -> tuple[Whole, Whole]:
    """Return the unit and the cohort (-1: untreated) of each payee, by lot in strata."""
    unit = firm if setting.is_by_firm else np.arange(setting.payee_count)
    home = (np.arange(setting.firm_count) if setting.is_by_firm else firm) % (
        setting.stratum_count
    )
    sizes = np.bincount(home, minlength=setting.stratum_count)
    treated = np.rint(setting.treated_share * sizes)
    if 0 < setting.treated_share < 1:
        treated = np.clip(treated, 1, sizes - 1)
    order = np.lexsort((rng.random(home.size), home))
    place = np.empty(home.size, dtype=np.int64)
    place[order] = np.arange(home.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    # Cohorts go round within a stratum, so they are of equal size up to one.
    cohort = np.where(place < treated[home], place % len(setting.starts_after), -1)
    return unit, cohort[unit]


def _stratum_levels(setting: PanelSetting) -> Real:
    """Return the level of each stratum, of mean 1."""
    number = np.arange(setting.stratum_count) - (setting.stratum_count - 1) / 2
    found = np.exp(setting.stratum_spread * number)
    levels: Real = found / found.mean()
    return levels


def _level(setting: PanelSetting, rng: np.random.Generator) -> Real:
    """Return everyone's level (T): growth, and a random walk that starts at 1."""
    weeks = np.arange(setting.week_count)
    steps = setting.level_step_spread * rng.standard_normal(setting.week_count)
    walk = np.cumsum(steps) - steps[0]
    level: Real = (1 + setting.growth_per_year) ** (weeks / _YEAR_WEEKS) * np.exp(walk)
    return level


def _shocks(setting: PanelSetting, firm: Whole, rng: np.random.Generator) -> Real:
    """Return log-normal weekly shocks of mean 1 that follow a stationary AR(1) (n x T)."""
    carry = setting.autocorrelation
    found = np.empty((setting.week_count, firm.size))
    state = np.zeros(firm.size)
    for week in range(setting.week_count):
        fresh = common_normals(firm, setting.firm_count, setting.firm_correlation, rng)
        state = fresh if week == 0 else carry * state + np.sqrt(1 - carry**2) * fresh
        found[week] = state
    return _log_normal(np.ascontiguousarray(found.T), setting.shock_spread)


def _activity(
    setting: PanelSetting,
    is_treated: Yes,
    talent: Real,
    cohort: Whole,
    rng: np.random.Generator,
) -> Yes:
    """Return in which weeks (n x T) each payee is there."""
    count, weeks = setting.payee_count, np.arange(setting.week_count)
    joined = np.zeros(count, dtype=np.int64)
    joiners = rng.permutation(count)[: round(setting.joiner_share * count)]
    joined[joiners] = rng.integers(0, setting.baseline_weeks, joiners.size)
    leavers = rng.permutation(count)[: round(setting.leaver_share * count)]
    untreated = np.flatnonzero(~is_treated)
    extra_count = round(setting.extra_leaver_share * untreated.size)
    weaker = untreated[np.argsort(talent[untreated])][: (untreated.size + 1) // 2]
    weaker = np.setdiff1d(weaker, leavers)
    leavers = np.concatenate([leavers, rng.permutation(weaker)[:extra_count]])
    start = setting.baseline_weeks + np.array(setting.starts_after)[np.maximum(cohort, 0)]
    span = setting.announcement_weeks + setting.window_weeks + setting.horizon_weeks
    left = np.full(count, setting.week_count)
    left[leavers] = start[leavers] + rng.integers(0, span, leavers.size)
    active: Yes = (weeks >= joined[:, None]) & (weeks < left[:, None])
    return active


def _outcomes(truth: PanelTruth, rng: np.random.Generator) -> Mapping[OutcomeName, Real]:
    setting = truth.setting
    swell = truth.active.astype(np.float64)
    if setting.zero_week_share > 0:
        swell *= rng.random(swell.shape) >= setting.zero_week_share
        swell /= 1 - setting.zero_week_share
    swell *= truth.anyway
    factor = 1 + np.sum(list(truth.focal.values()), axis=0)
    focal = _units(setting, swell, factor[truth.row], rng)
    ratio = setting.substitute_ratio + truth.taken
    substitutes = _units(setting, swell, ratio[truth.row], rng)
    margin = setting.unit_margin_minor * focal
    margin += setting.substitute_margin_minor * substitutes
    if setting.margin_spread > 0:
        spread = setting.unit_margin_minor**2 * focal
        spread += setting.substitute_margin_minor**2 * substitutes
        np.sqrt(spread, out=spread)
        spread *= rng.standard_normal(spread.shape)
        spread *= setting.margin_spread
        margin += spread
    return {"focal": focal, "substitutes": substitutes, "margin": margin}


def _units(
    setting: PanelSetting, rates: Real, factors: Real, rng: np.random.Generator
) -> Real:
    """Draw what is sold at the rates times the factors (n x T each; factors are used up).

    Arrays of this size are changed in place: to make them costs more than to fill them.
    """
    factors *= rates
    np.maximum(factors, 0.0, out=factors)  # rounding may leave one just below zero
    if setting.is_count:
        counts: Real = rng.poisson(factors).astype(np.float64)
        return counts
    factors *= _log_normal(rng.standard_normal(factors.shape), setting.error_spread)
    return factors
