"""Did the cohorts move alike before, and what drift would such a test have missed?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
from scipy.special import fdtr, fdtri, ncfdtr

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import (
    Clusters,
    Correction,
    Linear,
    Spread,
    estimates_of,
    spread_of,
)
from openspiff.measure._cohorts._refusals import require_cohorts, untreated_periods
from openspiff.measure._cohorts._two_way import two_way
from openspiff.measure._least_squares import Flags, Floats
from openspiff.measure._moments import NEVER, Moments
from openspiff.measure._types import LEVEL, Check, Estimate, MeasureError

_LARGE_FREEDOM: Final = 1e6
"""Beyond this an F distribution is a chi-square one to all digits that are shown."""


@attrs.frozen(kw_only=True, eq=False)
class PreTrendTest:
    """Differences before the program (Q), tested together, and what the test could see.

    `slope_at_half` and `slope_at_80` are the drifts per period, of the treated against the
    others, that the test finds in half and in 80% of all samples.
    """

    leads: tuple[Estimate, ...]
    statistic: float
    degrees_of_freedom: tuple[float, float]
    p_value: float
    slope_at_half: float
    slope_at_80: float

    def check(self, *, name: str = "pre_trend") -> Check:
        """Return the test as a check with its sentence."""
        text = (
            f"Before the program the cohorts moved "
            f"{'alike' if self.p_value >= 1 - LEVEL else 'apart'} "
            f"(p = {self.p_value:.2g} over {len(self.leads)} periods); a drift of "
            f"{self.slope_at_half:.3g} per payee and period would have been found in half "
            f"of all cases, one of {self.slope_at_80:.3g} in 80%."
        )
        is_ok = self.p_value >= 1 - LEVEL
        return Check(code=name, is_ok=is_ok, sentence=text, value=self.p_value)


def pre_trend_test(
    moments: Moments,
    *,
    lead_count: int,
    announcement_count: int = 0,
    unit: str = "units per payee-period",
    clusters: Clusters = "payee",
    correction: Correction | None = None,
) -> PreTrendTest:
    """Test whether cohorts moved alike in the last periods before the program.

    Regresses one outcome in untreated periods on a level for each of the last `lead_count`
    periods before announcement (or treatment), with payee and period effects; earlier
    periods are the reference. No treated period enters, so the test does not depend on the
    effect. All leads are tested together by Wald's F.
    Raises MeasureError with one cohort, or fewer than `lead_count` + 1 periods before.
    Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6), test 1; Roth
    (2022), American Economic Review: Insights 4(3), on the power of such tests.
    """
    untreated = untreated_periods(moments, announcement_count)
    require_cohorts(moments, untreated)
    number = np.arange(untreated.shape[1])
    first = moments.first_no[:, None]
    since = np.where(first == NEVER, lead_count + 1, number - first + announcement_count)
    wanted = -np.arange(lead_count, 0, -1)
    columns = (since[:, :, None] == wanted) & untreated[:, :, None]
    _require_reference(lead_count, columns.any(axis=2), untreated)
    linear = two_way(moments, columns.astype(np.float64), untreated)
    spread = spread_of(linear, clusters=clusters, correction=correction)
    leads = estimates_of(
        linear,
        spread,
        names=[f"{one:+d} periods" for one in wanted.tolist()],
        method="untreated periods on leads, payee and period effects",
        tier="B",
        unit=unit,
    )
    drift = np.where(first == NEVER, 0.0, number - first)
    expected = np.einsum("cjt,ct->j", linear.loads, drift * untreated)
    return _tested(leads, linear, spread, expected)


def _require_reference(lead_count: int, leads: Flags, untreated: Flags) -> None:
    """Raise MeasureError unless some cohort with leads has an earlier period too."""
    has_both = leads.any(axis=1) & (untreated & ~leads).any(axis=1)
    if lead_count >= 1 and has_both.any():
        return
    remedy = "ask for fewer leads, or add weeks of baseline"
    raise MeasureError(
        "there are too few periods before the program to test them",
        [Problem("lead_count", f"{lead_count} leads and no period before them", remedy)],
    )


def _tested(
    leads: tuple[Estimate, ...], linear: Linear, spread: Spread, expected: Floats
) -> PreTrendTest:
    from scipy.optimize import brentq  # noqa: PLC0415 (slow to load, used here only)

    size = linear.values.size
    freedom = float(np.clip(spread.degrees_of_freedom.min() - size + 1, 1, _LARGE_FREEDOM))
    inverse = np.linalg.pinv(spread.covariance, hermitian=True)
    statistic = float(linear.values @ inverse @ linear.values) / size
    bound = float(fdtri(size, freedom, LEVEL))
    strength = float(expected @ inverse @ expected)

    def slope(power: float) -> float:
        """Return the slope at which the test rejects with this probability."""

        def missing(center: float) -> float:
            return 1 - float(ncfdtr(size, freedom, center, bound)) - power

        return float((brentq(missing, 1e-6, 1e4) / strength) ** 0.5)

    return PreTrendTest(
        leads=leads,
        statistic=statistic,
        degrees_of_freedom=(float(size), freedom),
        p_value=1 - float(fdtr(size, freedom, statistic)),
        slope_at_half=slope(0.5),
        slope_at_80=slope(0.8),
    )
