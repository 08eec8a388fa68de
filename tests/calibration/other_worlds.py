"""Which worlds lie beside the grid? Few treated firms, one series, a shelf of programs.

Each is a list of named settings: the properties that matter there are not those of the
grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs
import numpy as np

from openspiff.market import PanelSetting
from openspiff.measure import Estimate, FinishedProgram

PAYEES_A_FIRM: Final = 6
DONOR_AND_TREATED_FIRMS: Final = 40
MEAN_SHARE: Final = 0.05


@attrs.frozen(kw_only=True)
class Shelf:
    """Finished programs whose true effects, shares of the baseline, are known.

    They differ by `spread` about a mean of 5%. Each was measured with a normal error whose
    size, between the two `errors`, was itself estimated with `freedom` degrees of freedom.
    """

    count: int
    spread: float
    errors: tuple[float, float] = (0.02, 0.08)
    freedom: int = 30


@attrs.frozen(kw_only=True, eq=False)
class DrawnShelf:
    """Programs as they were measured, and the true effect of each, in the same order."""

    programs: tuple[FinishedProgram, ...]
    truth: np.ndarray


def draw_shelf(shelf: Shelf, *, seed: int) -> DrawnShelf:
    """Draw the true effects of programs, and what was measured of them."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(MEAN_SHARE, shelf.spread, shelf.count)
    errors = np.exp(draw.uniform(*np.log(shelf.errors), shelf.count))
    values = draw.normal(truth, errors)
    shown = errors * np.sqrt(draw.chisquare(shelf.freedom, shelf.count) / shelf.freedom)
    programs = tuple(
        FinishedProgram(
            program_id=f"p{number:02d}",
            effect=_measured(float(value), float(error), freedom=shelf.freedom),
            behavior_kind="deal_won",
            audience="sellers",
            year=2024,
            window_day_count=42,
        )
        for number, (value, error) in enumerate(zip(values, shown, strict=True))
    )
    return DrawnShelf(programs=programs, truth=truth)


def _measured(value: float, error: float, *, freedom: int) -> Estimate:
    return Estimate(
        name="net",
        value=value,
        standard_error=error,
        low=value - 2 * error,
        high=value + 2 * error,
        method="randomized holdout",
        tier="A",
        unit="share of the baseline",
        unit_count=200,
        cluster_count=200,
        degrees_of_freedom=float(freedom),
    )


def _few(
    treated: int, *, lift: float, correlation: float, carry: float, step: float = 0.0
) -> tuple[str, PanelSetting]:
    """Return 40 firms over 30 weeks of which a few were treated by lot in the last ten."""
    name = f"{treated} of 40 firms, icc {correlation:g}"
    name += f", ar {carry:g}" if carry else ""
    name += f", step {step:g}" if step else ""
    name += f", lift {lift:g}" if lift else ""
    return name, PanelSetting(
        payee_count=PAYEES_A_FIRM * DONOR_AND_TREATED_FIRMS,
        firm_count=DONOR_AND_TREATED_FIRMS,
        is_by_firm=True,
        treated_share=treated / DONOR_AND_TREATED_FIRMS,
        baseline_weeks=20,
        announcement_weeks=0,
        window_weeks=10,
        horizon_weeks=0,
        firm_correlation=correlation,
        autocorrelation=carry,
        level_step_spread=step,
        lift_share=lift,
    )


def _everyone(
    *, lift: float, step: float = 0.0, carry: float = 0.0, baseline_weeks: int = 78
) -> tuple[str, PanelSetting]:
    """Return 60 payees who all took part for six weeks, after weeks without a program."""
    name = f"{baseline_weeks} weeks before"
    name += f", step {step:g}" if step else ""
    name += f", ar {carry:g}" if carry else ""
    name += f", lift {lift:g}" if lift else ""
    return name, PanelSetting(
        payee_count=60,
        firm_count=10,
        treated_share=1.0,
        baseline_weeks=baseline_weeks,
        horizon_weeks=0,
        # Shocks that payees have in common are what carries over in their mean.
        firm_correlation=0.15,
        autocorrelation=carry,
        level_step_spread=step,
        lift_share=lift,
    )


def _shelves(*shelves: Shelf) -> dict[str, Shelf]:
    return {f"{one.count} programs, spread {one.spread:g}": one for one in shelves}


OTHER_WORLDS: Final[Mapping[str, Mapping[str, PanelSetting | Shelf]]] = {
    "few treated firms": dict(
        [
            _few(1, lift=0.0, correlation=0.15, carry=0.5),
            _few(3, lift=0.2, correlation=0.15, carry=0.5, step=0.03),
            _few(5, lift=0.0, correlation=0.02, carry=0.0, step=0.03),
        ]
    ),
    "everyone treated": dict(
        [
            _everyone(lift=0.0),
            _everyone(lift=0.1, step=0.01),
            _everyone(lift=0.0, step=0.03),
            _everyone(lift=0.1, step=0.1),
            _everyone(lift=0.0, carry=0.8),
            _everyone(lift=0.1, carry=0.5, step=0.03, baseline_weeks=130),
        ]
    ),
    "shelf of programs": _shelves(
        Shelf(count=3, spread=0.03),
        Shelf(count=3, spread=0.06),
        Shelf(count=5, spread=0.05),
        Shelf(count=8, spread=0.02),
        Shelf(count=20, spread=0.05),
    ),
}
"""Worlds that have points of their own, by the name of each point."""
