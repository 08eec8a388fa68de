"""Everyone was treated: what does the series do that its own past does not explain?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._error_codes import Coded, NotBegunError, NotFiniteError, refusal_of
from openspiff.measure._least_squares import (
    ROUNDING,
    Floats,
    Integers,
    critical_value,
    dummies,
    orthonormal,
)
from openspiff.measure._series._local_level import (
    Filtered,
    fit_first,
    run_filter,
    smoothed_level,
)
from openspiff.measure._series._placebo import (
    FEWEST_PLACEBOS,
    Layout,
    Placebos,
    foretell,
    posterior_of,
    run_placebos,
    steps_ahead,
)
from openspiff.measure._sums import codes_of
from openspiff.measure._types import Caution, Estimate, MeasureError

RATIOS: Final[Floats] = np.geomspace(0.003, 10.0, 30)
"""Step to noise: from a level that stands still to one that is all there is."""

_MUCH_WIDER: Final = 1.5
_TINY: Final = 1e-9


@attrs.frozen(kw_only=True, eq=False)
class Series:
    """A total or a mean per payee of T periods in order of time, and what moves it.

    `covariates` (T x p) must not be moved by the program: the market's growth, active
    payees. `phases` (T, any codes) say which part of its quarter a period is.
    """

    outcome: Floats
    payee_count: int
    covariates: Floats | None = None
    phases: Integers | None = None


@attrs.frozen(kw_only=True, eq=False)
class SeriesPath:
    """What to draw: the fit of the baseline (n), the forecast after it (h), the effects.

    `fitted` is what the whole baseline says of each of its periods. `forecast` with its
    band runs from the end of the baseline to that of the window; `cumulated` with its band
    over the window only (w). Bands are 95% for each period by itself.
    """

    fitted: Floats
    forecast: Floats
    forecast_low: Floats
    forecast_high: Floats
    cumulated: Floats
    cumulated_low: Floats
    cumulated_high: Floats


@attrs.frozen(kw_only=True, eq=False)
class OwnPast:
    """The effect per period and summed over the window, and the evidence for it."""

    average: Estimate
    total: Estimate
    path: SeriesPath
    placebos: Placebos


def own_past(
    series: Series,
    *,
    baseline_before: int,
    window_from: int,
    window_before: int,
    name: str = "own past",
    unit: str = "units per payee-week",
    total_unit: str = "units per payee",
) -> OwnPast:
    """Compare one series in the window with a forecast from its own past (tier D).

    The baseline is periods 0 up to `baseline_before`, the window `window_from` up to
    `window_before` (ends excluded); what lies between, the announcement, is foretold but
    not counted. A level that wanders beside covariates and phases of the quarter is
    fitted to the baseline. The prior of how far the level wanders, and the width of the
    interval, come from placebo windows of the same length, as far ahead, in the baseline;
    Student's t has as many degrees of freedom as placebo windows fit beside each other.
    Raises MeasureError when an outcome or covariate is not finite, the window is not in
    yet, covariates or phases cannot be told apart before it, the baseline does not vary or
    is too short for 8 placebo windows, or fewer than .90 of them are covered.
    Brodersen et al. (2015), Annals of Applied Statistics 9(1); Harvey (1989), Forecasting,
    Structural Time Series Models and the Kalman Filter.
    """
    columns = _columns(series, baseline_before, window_from, window_before)
    layout = Layout(
        gap_count=window_from - baseline_before, window_count=window_before - window_from
    )
    filtered = run_filter(columns[:baseline_before], RATIOS)
    placebos = run_placebos(filtered, columns[:baseline_before], layout)
    drawn = _Drawn.make(filtered, columns, layout, placebos)
    scale = float(series.outcome[:baseline_before].std())
    value = scale * float(drawn.effect[-1])
    error = scale * placebos.inflation * float(drawn.spread[-1])
    total = Estimate(
        name=f"{name}, total",
        value=value,
        standard_error=error,
        low=value - drawn.critical * error,
        high=value + drawn.critical * error,
        method="local level on its own past, calibrated by placebo in time",
        tier="D",
        unit=total_unit,
        unit_count=series.payee_count,
        cluster_count=baseline_before,
        degrees_of_freedom=drawn.degrees_of_freedom,
        warnings=tuple(_cautions(placebos)),
    )
    return OwnPast(
        average=_per_period(total, layout.window_count, name=name, unit=unit),
        total=total,
        path=_path(series.outcome[:window_before], drawn, scale, placebos.inflation),
        placebos=attrs.evolve(placebos, effects=scale * placebos.effects),
    )


@attrs.frozen(kw_only=True, eq=False)
class _Drawn:
    """Effects and spreads of each period after the baseline, then of the sums so far."""

    effect: Floats
    spread: Floats
    residual: Floats  # n: baseline less its fit
    critical: float
    degrees_of_freedom: float

    @classmethod
    def make(
        cls, filtered: Filtered, columns: Floats, layout: Layout, placebos: Placebos
    ) -> _Drawn:
        """Foretell what comes after the baseline, by the prior that the placebos chose."""
        count = filtered.level.shape[0]
        after = columns[count:]
        so_far = np.tri(layout.window_count, after.shape[0], layout.gap_count)
        so_far[:, : layout.gap_count] = 0.0
        weights = np.vstack([np.eye(after.shape[0]), so_far])
        scales = np.array([placebos.prior_scale])
        foretold = foretell(
            filtered,
            count,
            regressors=after[:, 1:],
            ahead=steps_ahead(after.shape[0]),
            weights=weights,
            scales=scales,
        )
        freedom = float(min(placebos.apart_count, foretold.degrees_of_freedom))
        return cls(
            effect=weights @ after[:, 0] - foretold.mean[0],
            spread=foretold.spread[0],
            residual=_residual(filtered, columns[:count], scales),
            critical=critical_value(freedom),
            degrees_of_freedom=freedom,
        )


def _path(outcome: Floats, drawn: _Drawn, scale: float, inflation: float) -> SeriesPath:
    """Return what to draw, in the units of the outcome."""
    known = drawn.residual.size
    ahead = outcome.size - known
    effect = scale * drawn.effect
    reach = scale * inflation * drawn.critical * drawn.spread
    forecast = outcome[known:] - effect[:ahead]
    summed = effect[ahead:]
    return SeriesPath(
        fitted=outcome[:known] - scale * drawn.residual,
        forecast=forecast,
        forecast_low=forecast - reach[:ahead],
        forecast_high=forecast + reach[:ahead],
        cumulated=summed,
        cumulated_low=summed - reach[ahead:],
        cumulated_high=summed + reach[ahead:],
    )


def _residual(filtered: Filtered, baseline: Floats, scales: Floats) -> Floats:
    """Return the baseline (n) less its fit, over the ratios as the forecast weighs them."""
    count = baseline.shape[0]
    fitted = fit_first(filtered, count)
    posterior = posterior_of(filtered, fitted, scales)[0]
    level = smoothed_level(filtered, fitted, count) @ posterior
    residual: Floats = baseline[:, 0] - level - baseline[:, 1:] @ (posterior @ fitted.slope)
    return residual


def _per_period(total: Estimate, length: int, *, name: str, unit: str) -> Estimate:
    """Return the total of a window as an average over its periods."""
    low, high = total.low or 0.0, total.high or 0.0
    return attrs.evolve(
        total,
        name=name,
        unit=unit,
        value=total.value / length,
        standard_error=(total.standard_error or 0.0) / length,
        low=low / length,
        high=high / length,
    )


def _columns(
    series: Series, baseline_before: int, window_from: int, window_before: int
) -> Floats:
    """Return outcome and regressors (up to the end of the window) in their own spreads."""
    _require_order(baseline_before, window_from, window_before)
    count = series.outcome.size
    others = np.zeros((count, 0)) if series.covariates is None else series.covariates
    _require_numbers(series.outcome, others, window_before)
    if series.phases is not None:
        others = np.column_stack([others, dummies(codes_of(series.phases))[:, 1:]])
    columns = np.column_stack([series.outcome, others])[:window_before]
    baseline = columns[:baseline_before]
    # A column that stands still but for rounding has no spread to be measured in.
    size = np.abs(baseline).max(axis=0)
    spread = np.where(np.ptp(baseline, axis=0) > ROUNDING * size, baseline.std(axis=0), 0.0)
    moved = np.where(spread > 0, columns - baseline.mean(axis=0), 0.0)
    scaled: Floats = moved / np.where(spread > 0, spread, 1.0)
    known = np.column_stack([np.ones(baseline_before), scaled[:baseline_before, 1:]])
    _require_rank(known)
    basis = orthonormal(known)
    rest = scaled[:baseline_before, 0] - basis @ (basis.T @ scaled[:baseline_before, 0])
    if np.linalg.norm(rest) <= _TINY * np.sqrt(baseline_before):
        remedy = "measure a broader behavior, a longer history, or fewer covariates"
        found = "the outcome does not vary beyond covariates and phases"
        problem = Problem("baseline", found, remedy)
        raise MeasureError("there is nothing to learn an error from", [problem])
    return scaled


def _require_order(baseline_before: int, window_from: int, window_before: int) -> None:
    """Raise MeasureError without a period before the program, ValueError out of order."""
    if not 0 <= baseline_before <= window_from < window_before:
        message = "expected 0 <= baseline_before <= window_from < window_before"
        raise ValueError(message)
    if not baseline_before:
        found = "no full period before the announcement is known"
        remedy = "import the events of the time before the announcement"
        message = "there is no past to foretell the window from"
        raise MeasureError(message, [Problem("baseline", found, remedy)])


def _require_rank(known: Floats) -> None:
    """Raise MeasureError unless constant and regressors (n x 1 + p) are independent."""
    if np.linalg.matrix_rank(known) == known.shape[1]:
        return
    found = (
        f"the {known.shape[1] - 1} covariates and phases repeat each other or stand still"
    )
    remedy = (
        "leave out a covariate that does not move or repeats another, or import a "
        "history that holds every phase of the quarter"
    )
    message = "covariates and phases cannot be told apart in the baseline"
    raise MeasureError(message, [Problem("covariates", found, remedy)])


def _require_numbers(outcome: Floats, others: Floats, window_before: int) -> None:
    """Raise MeasureError unless the window is in and all of it is finite."""
    problems: list[Coded] = []
    if outcome.size < window_before:
        found = f"{outcome.size} periods are in, the window ends after {window_before}"
        remedy = "wait for the end of the window, or measure the part that is in"
        problems.append((NotBegunError, Problem("window", found, remedy)))
    for place, values in (("outcome", outcome), ("covariates", others)):
        wrong = int((~np.isfinite(values[:window_before])).sum())
        if wrong:
            remedy = "give every period a number: one without events counts as zero"
            found = f"{wrong} values are missing or infinite"
            problems.append((NotFiniteError, Problem(place, found, remedy)))
    if problems:
        raise refusal_of("the series cannot be used as it is", problems)


def _cautions(placebos: Placebos) -> list[Caution]:
    found = [
        Caution(
            "one_series",
            "Everyone was treated, so whatever else happened in the window, and was not "
            "foretold by the past, is in this number.",
        )
    ]
    if placebos.apart_count < FEWEST_PLACEBOS:
        sentence = (
            f"Only {placebos.apart_count} windows of this length fit beside each other in "
            "the history; the interval is wide for that reason."
        )
        found.append(Caution("few_placebos", sentence))
    if placebos.inflation > _MUCH_WIDER:
        sentence = (
            f"Forecasts of the history were {placebos.inflation:.1f} times further off "
            "than the model expects; the interval was widened by as much."
        )
        found.append(Caution("placebo_inflation", sentence))
    return found
