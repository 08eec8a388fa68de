"""How does a mixture over the grid become an estimate that people can read?"""

from __future__ import annotations

from collections.abc import Sequence

from openspiff.measure._types import Caution, Estimate

from ._grid import Mixture
from ._records import FinishedProgram, payee_count, weakest_tier


def estimate_from(
    found: Mixture,
    programs: Sequence[FinishedProgram],
    *,
    name: str,
    method: str,
    unit: str,
    warnings: tuple[Caution, ...] = (),
) -> Estimate:
    """Return the first quantity of a mixture; its clusters are the programs."""
    low, high = found.interval
    return Estimate(
        name=name,
        value=float(found.mean[0]),
        standard_error=float(found.deviation[0]),
        low=float(low[0]),
        high=float(high[0]),
        method=method,
        tier=weakest_tier(programs),
        unit=unit,
        unit_count=payee_count(programs),
        cluster_count=len(programs),
        warnings=warnings,
    )
