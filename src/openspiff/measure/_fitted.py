"""How does a fitted coefficient become an estimate that people can read?"""

from __future__ import annotations

from typing import Final

from ._least_squares import Fit
from ._types import Caution, Estimate, Tier

_FEW: Final = 5
"""Below this many degrees of freedom an interval leans on normality."""


def estimate_of(
    fit: Fit,
    *,
    name: str,
    method: str,
    tier: Tier,
    unit: str,
    unit_count: int,
    p_value: float | None = None,
) -> Estimate:
    """Return a fit as an estimate; a caution says when few units carry its error."""
    freedom = fit.degrees_of_freedom
    return Estimate(
        name=name,
        value=fit.coefficient,
        standard_error=fit.standard_error,
        low=fit.low,
        high=fit.high,
        method=f"{method}, {fit.errors}",
        tier=tier,
        unit=unit,
        unit_count=unit_count,
        cluster_count=fit.cluster_count,
        degrees_of_freedom=freedom,
        p_value=p_value,
        warnings=few_units(freedom),
    )


def few_units(freedom: float) -> tuple[Caution, ...]:
    """Return a caution where few independent comparisons carry an error."""
    if freedom >= _FEW:
        return ()
    sentence = (
        f"The error rests on about {freedom:.1f} independent comparisons; the interval is "
        "wide for that reason and leans on the error being normal."
    )
    return (Caution("few_units", sentence),)
