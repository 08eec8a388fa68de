"""How much only moved in time: out of the weeks before, out of those after, what stayed?"""

from __future__ import annotations

import math
from typing import Final

import attrs
import numpy as np
from scipy.linalg import solve_triangular

from openspiff.errors import Problem

from ._fieller import ratio_estimate
from ._fitted import estimate_of
from ._holdout import arms_of, joint_fit, require_outcome
from ._least_squares import Errors, Flags, Floats, Integers, critical_value
from ._sums import Sums, require_flags, require_sound
from ._types import Caution, Estimate, MeasureError

_NET: Final = np.array([1.0, 1.0, 1.0])
_FEWEST_WEEKS: Final = 3
_ROUNDING: Final = 1e-6
"""How far a covariance and the standard errors beside it may differ, relatively."""


@attrs.frozen(kw_only=True, eq=False)
class Timing:
    """What the program did before, in and after the window, in one unit.

    `gross` is the window's effect, `hold_back` that of the announcement weeks (below zero
    where payees waited), `dip` that of the horizon (below zero where sales were pulled
    forward). `covariance` (3 x 3) is in this order. Raises MeasureError when it is none of
    these estimates, or their units differ.
    """

    gross: Estimate
    hold_back: Estimate
    dip: Estimate
    covariance: Floats

    def __attrs_post_init__(self) -> None:
        """Refuse a covariance of other estimates."""
        parts = (self.gross, self.hold_back, self.dip)
        if len({part.unit for part in parts}) > 1:
            text = "; ".join(f"{part.name} in {part.unit}" for part in parts)
            problem = Problem("timing", text, "give all three per week of the window")
            raise MeasureError("effects in different units cannot be added", [problem])
        require_covariance(
            np.array([part.standard_error for part in parts]), self.covariance
        )

    @property
    def values(self) -> Floats:
        """Return the three effects as an array (3)."""
        return np.array([self.gross.value, self.hold_back.value, self.dip.value])


def holdout_timing(  # noqa: PLR0913 (each is one column or one choice)
    window: Sums,
    announcement: Sums,
    horizon: Sums,
    is_treated: Flags,
    *,
    units: Integers,
    strata: Integers | None = None,
    before: Sums | None = None,
    errors: Errors | None = None,
    unit: str = "units per payee-week",
) -> Timing:
    """Estimate gross, hold-back and dip by the holdout, with their joint covariance.

    Arguments as in `holdout_comparison`. All three are totals per active week of the
    window, so that they add up. Raises MeasureError as `holdout_comparison` does.
    """
    require_flags(is_treated=is_treated)
    require_sound(is_treated, announcement=announcement, horizon=horizon)
    arms = arms_of(
        window, is_treated, units=units, strata=strata, before=before, errors=errors
    )
    require_outcome(arms.sums)
    spans = {"gross": window, "hold-back": announcement, "dip": horizon}
    rates = [span.total[arms.kept] / arms.sums.weeks for span in spans.values()]
    estimates = [
        estimate_of(
            arms.design.fit(rate),
            name=name,
            method="randomized holdout, covariance-adjusted",
            tier="A",
            unit=unit,
            unit_count=int(rate.size),
        )
        for name, rate in zip(spans, rates, strict=True)
    ]
    covariance = joint_fit(arms.design, np.column_stack(rates))[1]
    gross, hold_back, dip = estimates
    return Timing(gross=gross, hold_back=hold_back, dip=dip, covariance=covariance)


def net_effect(timing: Timing) -> Estimate:
    """Return gross + hold-back + dip, with the error of the sum."""
    error = math.sqrt(float(_NET @ timing.covariance @ _NET))
    value = float(timing.values.sum())
    reach = _critical(timing.gross) * error
    return attrs.evolve(
        timing.gross,
        name="net",
        value=value,
        standard_error=error,
        low=value - reach,
        high=value + reach,
        p_value=None,
        method=f"{timing.gross.method}; gross + hold-back + dip",
    )


def pull_forward_share(timing: Timing) -> Estimate:
    """Return the share of the gross effect that was taken from the weeks after.

    -dip / gross, by Fieller. Raises MeasureError when the gross effect is not above zero.
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    return _share(timing, 2, name="pull-forward share")


def hold_back_share(timing: Timing) -> Estimate:
    """Return the share of the gross effect that payees had held back for the window.

    -hold-back / gross, by Fieller. Raises MeasureError when the gross effect is not above
    zero.
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    return _share(timing, 1, name="hold-back share")


def persistence(after: Estimate, gross: Estimate, *, covariance: float) -> Estimate:
    """Return the share of the weekly lift that is still there once the dip is over.

    `after` is the effect per payee-week of the weeks after the dip, `gross` that of the
    window in the same unit; `covariance` is between the two. By Fieller. Raises
    MeasureError when the gross effect is not above zero or the units differ.
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    _require_gross(gross, "persistence")
    if after.unit != gross.unit:
        problem = Problem("after", f"{after.unit} against {gross.unit}", "give both alike")
        raise MeasureError("effects in different units cannot be divided", [problem])
    errors = np.array([after.standard_error, gross.standard_error], dtype=np.float64)
    both = np.diag(errors**2)
    both[0, 1] = both[1, 0] = covariance
    require_covariance(errors, both)
    return ratio_estimate(
        attrs.evolve(gross, p_value=None),
        after.value,
        gross.value,
        covariance=both,
        name="persistence",
        unit="share of the weekly lift",
        bottom_name="gross effect",
    )


def half_life(
    effects: tuple[Estimate, ...], *, weeks: Floats, covariance: Floats
) -> Estimate:
    """Return in how many weeks the lift that stayed after the dip falls by half.

    `effects` (k) are per payee-week, `weeks` (k) how long after the dip each was, and
    `covariance` (k x k) theirs. Fits level x exp(-rate x weeks) by generalized least
    squares; the interval is that of the rate, so it has no upper end where the data do not
    exclude that the lift stays for good.
    Raises MeasureError with fewer than 3 weeks, when the data do not exclude that nothing
    stayed, when the lift does not decay, or when no such curve can be fitted.
    Seber and Wild (1989), Nonlinear Regression, chapter 2.
    """
    values = np.array([one.value for one in effects])
    if values.size < _FEWEST_WEEKS or weeks.size != values.size:
        text = f"{values.size} effects at {weeks.size} weeks"
        remedy = f"give at least {_FEWEST_WEEKS} effects, each with its week"
        problem = Problem("weeks", text, remedy)
        raise MeasureError("too few weeks after the dip to see a decay", [problem])
    require_covariance(np.array([one.standard_error for one in effects]), covariance)
    critical = _critical(effects[0])
    mean, error = float(values.mean()), math.sqrt(float(covariance.mean()))
    if mean - critical * error <= 0:
        text = f"{mean:.3g} per payee-week, 95% interval from {mean - critical * error:.3g}"
        remedy = "say that nothing is known to have stayed; wait for more weeks"
        problem = Problem("persistence", text, remedy)
        message = "a half-life needs a lift that stayed after the dip"
        raise MeasureError(message, [problem])
    rate, rate_error = _decay(values, weeks, covariance)
    if rate <= 0:
        text = f"it grew by {math.expm1(-rate):.1%} a week"
        problem = Problem("persistence", text, "say that it has not faded so far")
        raise MeasureError("a lift that does not decay has no half-life", [problem])
    slowest = rate - critical * rate_error
    cautions = effects[0].warnings
    low = math.log(2) / (rate + critical * rate_error)
    if slowest <= 0:
        sentence = (
            f"The data allow any half-life from {low:.3g} weeks on, because they do not "
            "exclude that the lift stays for good."
        )
        cautions = (*cautions, Caution("unbounded", sentence))
    return attrs.evolve(
        effects[0],
        name="half-life",
        value=math.log(2) / rate,
        standard_error=math.log(2) * rate_error / rate**2 if slowest > 0 else None,
        low=low,
        high=math.log(2) / slowest if slowest > 0 else None,
        shape="between" if slowest > 0 else "from",
        unit="weeks",
        p_value=None,
        method=f"{effects[0].method}; exponential decay",
        warnings=cautions,
    )


def require_covariance(standard_errors: Floats, covariance: Floats) -> None:
    """Raise MeasureError unless covariance (k x k) is one, and of these errors (k).

    Errors that are missing (nan) are taken from the covariance.
    """
    errors = standard_errors.astype(np.float64)
    size, faults = errors.size, []
    if covariance.shape != (size, size) or not np.isfinite(covariance).all():
        faults.append(f"{covariance.shape} with gaps, for {size} estimates")
    else:
        diagonal = np.diag(covariance)
        scale = np.sqrt(np.outer(np.abs(diagonal), np.abs(diagonal))) + np.finfo(float).tiny
        stated = np.where(np.isfinite(errors), errors, np.sqrt(np.abs(diagonal)))
        if (np.abs(covariance - covariance.T) > _ROUNDING * scale).any():
            faults.append("it is not symmetric")
        elif np.linalg.eigvalsh(covariance / scale).min() < -_ROUNDING:
            faults.append("it has a variance below zero")
        if (np.abs(stated**2 - diagonal) > _ROUNDING * np.abs(diagonal)).any():
            faults.append("its diagonal is not the squared standard errors")
    if faults:
        remedy = "give the covariance from the fit that gave the estimates, in their order"
        problems = [Problem("covariance", fault, remedy) for fault in faults]
        raise MeasureError("this is no covariance of these estimates", problems)


def _share(timing: Timing, part: int, *, name: str) -> Estimate:
    _require_gross(timing.gross, name)
    turn = np.zeros((2, 3))
    turn[0, part], turn[1, 0] = -1.0, 1.0
    top, bottom = turn @ timing.values
    return ratio_estimate(
        attrs.evolve(timing.gross, p_value=None),
        float(top),
        float(bottom),
        covariance=turn @ timing.covariance @ turn.T,
        name=name,
        unit="share of the gross effect",
        bottom_name="gross effect",
    )


def _require_gross(gross: Estimate, name: str) -> None:
    if gross.value <= 0:
        text = f"the gross effect is {gross.value:.3g}"
        remedy = "give the effects themselves: there was no lift to take a share of"
        problem = Problem("gross", text, remedy)
        message = f"{name} needs a gross effect above zero"
        raise MeasureError(message, [problem])


def _critical(estimate: Estimate) -> float:
    return critical_value(estimate.degrees_of_freedom or math.inf)


def _decay(values: Floats, weeks: Floats, covariance: Floats) -> tuple[float, float]:
    """Return the weekly rate of decay and its standard error."""
    from scipy.optimize import least_squares  # noqa: PLC0415 (slow to load, used here only)

    size = float(np.abs(values).max())  # the unit of the effects decides nothing
    values = values / size
    try:
        root = np.linalg.cholesky(covariance / size**2)
    except np.linalg.LinAlgError as error:
        remedy = "join weeks, so that none follows from the others"
        problem = Problem("covariance", "some weeks follow from the others", remedy)
        raise MeasureError("the weeks cannot be told apart", [problem]) from error
    far = float(np.ptp(weeks)) or 1.0

    def misses(parameters: Floats) -> Floats:
        level, rate = parameters
        curve = level * np.exp(np.clip(-rate * weeks / far, -50.0, 50.0))
        missed: Floats = solve_triangular(root, values - curve, lower=True)
        return missed

    found = least_squares(misses, x0=(values.mean(), 0.1))
    information = found.jac.T @ found.jac
    if not found.success or np.linalg.cond(information) > 1 / np.finfo(float).eps:
        remedy = "wait for more weeks after the dip"
        problem = Problem("weeks", "no level and rate fit best", remedy)
        raise MeasureError("no decay can be fitted to these weeks", [problem])
    variance = float(np.linalg.inv(information)[1, 1])
    return float(found.x[1]) / far, math.sqrt(variance) / far
