"""What is asked of cohorts, few firms, one series and a shelf, and what is true of them?"""

from __future__ import annotations

import functools

import attrs
import numpy as np
from calibration.other_worlds import PAYEES_A_FIRM, DrawnShelf

from openspiff.market import DrawnPanel, PanelTruth
from openspiff.measure import (
    NEVER,
    SPREAD_OF_SHARES,
    Estimate,
    Moments,
    Phases,
    Series,
    aggregate,
    group_time_effects,
    imputed_path,
    moments_of,
    own_past,
    portfolio,
    synthetic_comparison,
)

# Sets enough for a p-value of .025; more take longer and change little.
SET_COUNT = 39


@functools.lru_cache(maxsize=1)  # several methods ask the same moments
def cohort_moments(panel: DrawnPanel) -> Moments:
    """Return the moments of the focal units by week, with the first week of each window."""
    setting = panel.setting
    lead = setting.baseline_weeks + setting.announcement_weeks
    starts = lead + np.array(setting.starts_after)[np.maximum(panel.cohort, 0)]
    return moments_of(
        panel.values["focal"][:, :, None],
        payees=np.arange(panel.firm.size),
        outcomes=("focal",),
        periods=range(setting.week_count),
        first_no=np.where(panel.is_treated, starts, NEVER),
        firms=panel.firm,
        is_active=panel.active,
    )


def imputed(panel: DrawnPanel, effect: str) -> Estimate:
    setting = panel.setting
    phases = Phases(
        announcement_count=setting.announcement_weeks,
        window_count=setting.window_weeks,
        horizon_count=setting.horizon_weeks,
    )
    return imputed_path(cohort_moments(panel), phases, clusters="firm").part(effect)


def imputed_gross(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    return imputed(panel, "gross")


def imputed_net(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    return imputed(panel, "net")


def group_time(panel: DrawnPanel, kind: str) -> Estimate:
    effects = group_time_effects(
        cohort_moments(panel),
        announcement_count=panel.setting.announcement_weeks,
        clusters="firm",
    )
    return aggregate(effects, kind).overall


def group_time_simple(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    return group_time(panel, "simple")


def group_time_dynamic(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    del truth, seed
    return group_time(panel, "dynamic")


def effects_by_week(truth: PanelTruth) -> np.ndarray:
    """Return the expected effect on a payee of each cohort in each week (C x T).

    Over everyone's talent and shocks, at the level of the treated.
    """
    level = np.where(truth.is_treated, 1.0, 1.0 / truth.setting.untreated_level)
    anyway = level @ truth.anyway / level.size
    parts = ("gross", "hold_back", "dip", "persistence")
    shares = np.sum([truth.focal[part] for part in parts], axis=0)
    return shares[: len(truth.setting.starts_after)] * anyway


def path_rate(truth: PanelTruth, *, is_net: bool) -> float:
    """Return the effect per payee and week of the window, cohorts by their payees."""
    setting = truth.setting
    cohort_count = len(setting.starts_after)
    size = np.bincount(truth.row[truth.is_treated], minlength=cohort_count)
    weeks = np.arange(setting.week_count)
    since = weeks - np.array(setting.starts_after)[:, None] - setting.baseline_weeks
    since = since - setting.announcement_weeks
    first = -setting.announcement_weeks if is_net else 0
    last = setting.window_weeks + (setting.horizon_weeks if is_net else 0)
    inside = (since >= first) & (since < last)
    total = (effects_by_week(truth) * inside).sum(axis=1) / setting.window_weeks
    return float(size @ total / size.sum())


def path_gross(truth: PanelTruth) -> float:
    return path_rate(truth, is_net=False)


def path_net(truth: PanelTruth) -> float:
    return path_rate(truth, is_net=True)


def _since_start(truth: PanelTruth) -> np.ndarray:
    """Return the effects (C x T) by weeks since each start; NaN beyond the last week."""
    setting = truth.setting
    found = effects_by_week(truth)
    lead = setting.baseline_weeks + setting.announcement_weeks
    table = np.full(found.shape, np.nan)
    for row, late in zip(range(len(found)), setting.starts_after, strict=True):
        rest = found[row, lead + late :]
        table[row, : rest.size] = rest
    return table


def simple_rate(truth: PanelTruth) -> float:
    """Return the mean over all treated weeks; by lot, cohorts are equally likely."""
    return float(np.nanmean(_since_start(truth)))


def dynamic_rate(truth: PanelTruth) -> float:
    """Return the mean over weeks since the start of what the cohorts seen then show."""
    table = _since_start(truth)
    seen = ~np.isnan(table).all(axis=0)
    return float(np.nanmean(table[:, seen], axis=0).mean())


def few_firms(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """Synthetic difference in differences on each firm's mean per payee and week."""
    del truth
    firms = panel.setting.firm_count
    rate = np.zeros((firms, panel.setting.week_count))
    np.add.at(rate, panel.firm, panel.values["focal"] / PAYEES_A_FIRM)
    return synthetic_comparison(
        rate,
        np.bincount(panel.firm, weights=panel.is_treated, minlength=firms) > 0,
        pre_count=panel.setting.baseline_weeks,
        most_sets=SET_COUNT,
        seed=seed,
    ).estimate


def on_the_treated(truth: PanelTruth) -> float:
    """Return the effect on those who happened to be treated: chance drew them once."""
    return truth.rate("gross")


def one_series(panel: DrawnPanel, truth: PanelTruth, seed: int) -> Estimate:
    """Everyone's mean per payee and week against a forecast from its own past."""
    del truth, seed
    setting = panel.setting
    lead = setting.baseline_weeks + setting.announcement_weeks
    return own_past(
        Series(outcome=panel.values["focal"].mean(axis=0), payee_count=setting.payee_count),
        baseline_before=setting.baseline_weeks,
        window_from=lead,
        window_before=lead + setting.window_weeks,
    ).average


def shrunk_first(shelf: DrawnShelf, truth: np.ndarray, seed: int) -> Estimate:
    """The first program among the others; by lot, any is like any other."""
    del truth, seed
    found = portfolio(shelf.programs, spread_scale=SPREAD_OF_SHARES)
    return found.effects[0].shrunk


def plug_in_first(shelf: DrawnShelf, truth: np.ndarray, seed: int) -> Estimate:
    """Empirical Bayes that takes the estimated spread for the truth, as one should not.

    DerSimonian and Laird (1986), Controlled Clinical Trials 7(3).
    """
    del truth, seed
    raw = [one.effect for one in shelf.programs]
    values, errors = np.array([(one.value, one.standard_error) for one in raw]).T
    weights = errors**-2.0
    center = weights @ values / weights.sum()
    scatter = weights @ (values - center) ** 2 - (values.size - 1)
    room = weights.sum() - weights @ weights / weights.sum()
    variance = max(scatter / room, 0.0)
    weights = 1 / (errors**2 + variance)
    center = weights @ values / weights.sum()
    pull = errors[0] ** 2 * weights[0]
    value = float(pull * center + (1 - pull) * values[0])
    error = float(np.sqrt((1 - pull) * errors[0] ** 2))
    return attrs.evolve(
        raw[0],
        value=value,
        standard_error=error,
        low=value - 1.96 * error,
        high=value + 1.96 * error,
        method="plug-in empirical Bayes",
    )


def first_effect(truth: np.ndarray) -> float:
    return float(truth[0])
