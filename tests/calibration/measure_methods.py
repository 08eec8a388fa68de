"""What is asked of two sides, by lot or not, and how should one not ask?"""

from __future__ import annotations

import functools
from typing import Final

import attrs
import numpy as np

from openspiff.market import DrawnPanel, PanelTruth
from openspiff.measure import (
    Estimate,
    Growth,
    Sums,
    before_after,
    difference_in_differences,
    holdout_comparison,
    prior_period,
)
from openspiff.measure._redraw import Redraw
from openspiff.measure._worth import cost_per_unit

COST_MINOR: Final = 1_000_000


def sums_of(panel: DrawnPanel, effect: str) -> Sums:
    """Return what gross or net are made of, or the sums of a phase."""
    if effect == "net":
        total, weeks = panel.net_sums("focal")
    else:
        total, weeks = panel.sums("focal", "window" if effect == "gross" else effect)
    return Sums(total=total, weeks=weeks)


@functools.lru_cache(maxsize=1)  # the cost asks again what the gross effect just said
def _holdout(panel: DrawnPanel, seed: int, effect: str) -> Estimate:
    setting = panel.setting
    is_null = setting.lift_share == 0 and setting.hold_back_share == 0
    return holdout_comparison(
        sums_of(panel, effect),
        panel.is_treated,
        units=panel.unit,
        strata=panel.stratum,
        before=sums_of(panel, "baseline"),
        seed=seed,
        redraw=Redraw(draw_count=999) if is_null else None,
        name=effect,
    )


def holdout_gross(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth
    return _holdout(panel, seed, "gross")


def holdout_net(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth
    return _holdout(panel, seed, "net")


def holdout_total(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """The units that the window gained, all treated together."""
    found = holdout_gross(panel, truth, seed)
    weeks = float(sums_of(panel, "gross").only(panel.is_treated).weeks.sum())
    return attrs.evolve(
        found,
        value=found.value * weeks,
        standard_error=found.standard_error * weeks,
        low=found.low * weeks,
        high=found.high * weeks,
    )


def holdout_cost(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    total = holdout_total(panel, truth, seed)
    return cost_per_unit(total, cost_minor=COST_MINOR, currency="USD")


def true_cost(truth: PanelTruth) -> float:
    weeks = (truth.phase_of("window") & truth.active & truth.is_treated[:, None]).sum()
    total = truth.expected_rate("gross") * weeks
    return COST_MINOR / total if total > 0 else np.inf


def _differences(panel: DrawnPanel, effect: str, *, before: str = "baseline") -> Estimate:
    earlier = sums_of(panel, before)
    if effect == "net":  # per week of the window, like the net sums that it is taken from
        setting = panel.setting
        lead, tail = setting.announcement_weeks, setting.horizon_weeks
        part = setting.window_weeks / (lead + setting.window_weeks + tail)
        earlier = Sums(total=earlier.total, weeks=earlier.weeks * part)
    return difference_in_differences(
        sums_of(panel, effect),
        earlier,
        panel.is_treated,
        firms=panel.firm,
        name=effect,
    )


def differences_gross(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    return _differences(panel, "gross")


def differences_net(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    return _differences(panel, "net")


def prior_period_gross(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """The baseline stands for the earlier period; there is no season in these worlds."""
    del truth, seed
    treated = panel.is_treated
    during, prior = sums_of(panel, "gross"), sums_of(panel, "baseline")
    growth = Growth(
        during=during.only(~treated),
        prior=prior.only(~treated),
        firms=panel.firm[~treated],
    )
    return prior_period(
        during.only(treated), prior.only(treated), firms=panel.firm[treated], growth=growth
    )


def textbook_differences(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """Differences from the weeks just before, in which payees already hold back."""
    del truth, seed
    return _differences(panel, "gross", before="announcement")


def naive_before_after(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    treated = panel.is_treated
    return before_after(
        sums_of(panel, "gross").only(treated),
        sums_of(panel, "baseline").only(treated),
        firms=panel.firm[treated],
    )


def delta_cost(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """The cost per unit added with the usual symmetric interval, as one should not."""
    total = holdout_total(panel, truth, seed)
    found = cost_per_unit(total, cost_minor=COST_MINOR, currency="USD")
    critical = (total.high - total.value) / total.standard_error
    error = found.value * total.standard_error / total.value
    return attrs.evolve(
        found,
        standard_error=error,
        low=found.value - critical * error,
        high=found.value + critical * error,
        shape="between",
        method="delta method",
    )


def two_way_fixed_effects(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """Payee and week effects and one dummy for weeks in the window, as one should not.

    Payees who are there throughout. Errors are clustered by firm.
    """
    del seed
    stays = panel.active.all(axis=1)
    y = panel.values["focal"][stays]
    is_on = truth.phase_of("window")[stays] & panel.is_treated[stays, None]
    rest, left = _two_way(is_on.astype(float)), _two_way(y)
    length = (rest**2).sum()
    value = float((rest * left).sum() / length)
    scores = np.bincount(panel.firm[stays], (rest * (left - value * rest)).sum(axis=1))
    error = float(np.sqrt((scores**2).sum()) / length)
    return Estimate(
        name="gross",
        value=value,
        standard_error=error,
        low=value - 1.96 * error,
        high=value + 1.96 * error,
        method="two-way fixed effects",
        tier="B",
        unit="units per payee-week",
        unit_count=int(stays.sum()),
        cluster_count=int(scores.size),
    )


def _two_way(table: np.ndarray) -> np.ndarray:
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    return table - rows - columns + table.mean()


def gross(truth: PanelTruth) -> float:
    return truth.expected_rate("gross")


def net(truth: PanelTruth) -> float:
    return truth.expected_rate("net")
