"""Which estimators are calibrated? One small function each, and what it should find.

To add one: write a function (panel, truth, seed) -> Estimate and a line in METHODS.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np
from calibration.grid import Point
from calibration.more_methods import (
    dynamic_rate,
    few_firms,
    first_effect,
    group_time_dynamic,
    group_time_simple,
    imputed_gross,
    imputed_net,
    on_the_treated,
    one_series,
    path_gross,
    path_net,
    plug_in_first,
    shrunk_first,
    simple_rate,
)

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

# What is drawn and its truth are a panel's, or a shelf's of programs.
Ask = Callable[[Any, Any, int], Estimate]
COST_MINOR: Final = 1_000_000

TARGETS: Final = frozenset(
    {
        "coverage",
        "bias",
        "false positives",
        "re-drawn false positives",
        "error",
        "power",
    }
)


def no_limits(point: Point) -> frozenset[str]:
    """Every target is expected to be hit everywhere."""
    del point
    return frozenset()


def limits_of_payees(point: Point) -> frozenset[str]:
    """Untreated colleagues gain too, or the weaker of them leave: less lift is seen."""
    is_biased = point.attrition > 0 or point.spillover > 0
    return frozenset({"bias", "coverage"} if is_biased else ())


def limits_of_firms(point: Point) -> frozenset[str]:
    """The weaker of the untreated leave, which their baseline makes good in part only."""
    return frozenset({"bias", "coverage"} if point.attrition > 0 else ())


def limits_of_controls(point: Point) -> frozenset[str]:
    """Nothing is expected of what should fail."""
    del point
    return TARGETS


@attrs.frozen(kw_only=True)
class Method:
    """An estimator, the kind of world it is meant for, its truth and its target.

    `coverage` is what share of 95% intervals should hold the truth (None: not judged),
    `targets` those that apply to it, `most_false_share` how often it may see what is not
    there. `limits` names the targets that are known to be missed at a point of the grid.
    What `is_control` is here to fail.
    """

    name: str
    world: str
    ask: Ask
    truth: Callable[[Any], float]
    coverage: tuple[float, float] | None
    targets: frozenset[str] = TARGETS
    most_false_share: float = 0.065
    limits: Callable[[Point], frozenset[str]] = no_limits
    is_control: bool = False


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


NEAR: Final = (0.935, 0.965)
FIELLER: Final = (0.93, 1.0)
FEW: Final = (0.93, 0.97)
OWN_PAST: Final = (0.90, 1.0)
SHRUNK: Final = (0.92, 0.99)

# Where the interval comes from ranks, from placebo windows or from a prior, the error is
# not meant to be multiplied by a quantile, so neither it nor the power by it is judged.
BY_INTERVAL: Final = frozenset({"coverage", "bias", "false positives"})

METHODS: Final = (
    Method(
        name="holdout, gross",
        world="holdout of payees",
        ask=holdout_gross,
        truth=gross,
        coverage=NEAR,
        limits=limits_of_payees,
    ),
    Method(
        name="cost per unit, Fieller",
        world="holdout of payees",
        ask=holdout_cost,
        truth=true_cost,
        coverage=FIELLER,
        limits=limits_of_payees,
    ),
    Method(
        name="holdout, net",
        world="holdout of payees",
        ask=holdout_net,
        truth=net,
        coverage=NEAR,
        limits=limits_of_payees,
    ),
    Method(
        name="holdout of firms, gross",
        world="holdout of firms",
        ask=holdout_gross,
        truth=gross,
        coverage=NEAR,
        limits=limits_of_firms,
    ),
    Method(
        name="holdout of firms, net",
        world="holdout of firms",
        ask=holdout_net,
        truth=net,
        coverage=NEAR,
        limits=limits_of_firms,
    ),
    Method(
        name="differences, gross",
        world="comparison of firms",
        ask=differences_gross,
        truth=gross,
        coverage=NEAR,
    ),
    Method(
        name="differences, net",
        world="comparison of firms",
        ask=differences_net,
        truth=net,
        coverage=NEAR,
    ),
    Method(
        name="prior period, grown",
        world="comparison of firms",
        ask=prior_period_gross,
        truth=gross,
        coverage=None,
    ),
    Method(
        name="imputation, gross",
        world="staggered firms",
        ask=imputed_gross,
        truth=path_gross,
        coverage=NEAR,
    ),
    Method(
        name="imputation, net",
        world="staggered firms",
        ask=imputed_net,
        truth=path_net,
        coverage=NEAR,
    ),
    Method(
        name="group-time, simple",
        world="staggered firms",
        ask=group_time_simple,
        truth=simple_rate,
        coverage=NEAR,
    ),
    Method(
        name="group-time, dynamic",
        world="staggered firms",
        ask=group_time_dynamic,
        truth=dynamic_rate,
        coverage=NEAR,
    ),
    Method(
        name="two-way fixed effects",
        world="staggered firms",
        ask=two_way_fixed_effects,
        truth=path_gross,
        coverage=NEAR,
        limits=limits_of_controls,
        is_control=True,
    ),
    Method(
        name="synthetic, few treated firms",
        world="few treated firms",
        ask=few_firms,
        truth=on_the_treated,
        coverage=FEW,
        targets=BY_INTERVAL,
    ),
    Method(
        name="own past",
        world="everyone treated",
        ask=one_series,
        truth=on_the_treated,
        coverage=OWN_PAST,
        targets=BY_INTERVAL,
        most_false_share=0.07,
    ),
    Method(
        name="shrunk effect",
        world="shelf of programs",
        ask=shrunk_first,
        truth=first_effect,
        coverage=SHRUNK,
        targets=BY_INTERVAL,
    ),
    Method(
        name="plug-in empirical Bayes",
        world="shelf of programs",
        ask=plug_in_first,
        truth=first_effect,
        coverage=SHRUNK,
        targets=BY_INTERVAL,
        is_control=True,
    ),
)
