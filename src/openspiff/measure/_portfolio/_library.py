"""What does a library of finished programs teach about each of them and about the next?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.measure._types import Caution, Estimate, MeasureError

from ._attributes import attribute_effects, waiting_index
from ._curse import WinnersCurse, expected_excess
from ._grid import Posterior, posterior
from ._records import FinishedProgram, payee_count, require_programs, weakest_tier
from ._summary import estimate_from

_METHOD: Final = "normal-normal, half-normal spread, on a grid"
_FEW: Final = 10


@attrs.frozen(kw_only=True)
class ShrunkEffect:
    """An effect as measured, beside what it is among the others.

    `pull_share` is how far the shrunk effect was pulled from the raw to the common mean.
    """

    program_id: str
    raw: Estimate
    shrunk: Estimate
    pull_share: float


@attrs.frozen(kw_only=True)
class Portfolio:
    """What finished programs say together.

    `mean` and `spread` (a standard deviation) describe the true effects; `next_program` is
    what to expect of one more like these, the prior of a forecast, and
    `next_above_zero_share` the probability that it adds anything. `attributes` compares
    kinds of programs, `not_possible` holds pairs of (question, why not).
    """

    effects: tuple[ShrunkEffect, ...]
    mean: Estimate
    spread: Estimate
    next_program: Estimate
    next_above_zero_share: float
    winners_curse: WinnersCurse
    attributes: tuple[Estimate, ...]
    waiting: Estimate | None
    not_possible: tuple[tuple[str, str], ...]
    warnings: tuple[Caution, ...]


def portfolio(programs: Sequence[FinishedProgram], *, spread_scale: float) -> Portfolio:
    """Shrink the effects of finished programs to what they have in common.

    True effects are normal about a mean, with a half-normal prior of `spread_scale` on
    their standard deviation (in the unit of the effects; `SPREAD_OF_SHARES` for shares of
    the baseline), integrated on a grid. The library must hold every program that was
    measured, not only the good ones. Answers are in the order of program ids.
    Raises MeasureError with every reason why they cannot be taken together: fewer than 3,
    several units, no error, before-and-after numbers.
    Rover (2020), Journal of Statistical Software 93(6); Efron and Morris (1975), Journal
    of the American Statistical Association 70(350).
    """
    require_programs(programs, spread_scale)
    ordered = sorted(programs, key=lambda one: one.program_id)
    values = np.array([one.effect.value for one in ordered])
    errors = np.array([one.error for one in ordered])
    alone = np.ones((values.size, 1))
    found = posterior(values, errors, alone, spread_scale=spread_scale)
    cautions = _cautions(found, spread_scale)
    unit = ordered[0].effect.unit
    attributes, refused = attribute_effects(ordered, spread_scale=spread_scale)
    waiting = None
    try:
        waiting = waiting_index(ordered)
    except MeasureError as error:
        refused.append(("waiting index", "; ".join(map(str, error.problems))))
    effects = _shrunk(found, ordered, cautions)
    return Portfolio(
        effects=effects,
        mean=estimate_from(
            found.coefficient,
            ordered,
            name="mean of programs",
            method=_METHOD,
            unit=unit,
            warnings=cautions,
        ),
        spread=_spread(found, ordered, cautions),
        next_program=estimate_from(
            found.next_effect,
            ordered,
            name="next program",
            method=f"{_METHOD}, prediction",
            unit=unit,
            warnings=cautions,
        ),
        next_above_zero_share=1.0 - float(found.next_effect.below(0.0)[0]),
        winners_curse=_curse(found, effects),
        attributes=tuple(attributes),
        waiting=waiting,
        not_possible=tuple(refused),
        warnings=cautions,
    )


def _shrunk(
    found: Posterior, programs: Sequence[FinishedProgram], cautions: tuple[Caution, ...]
) -> tuple[ShrunkEffect, ...]:
    mixture = found.shrunk
    low, high = mixture.interval
    pulls = found.shares @ found.pull
    rows = zip(programs, mixture.mean, mixture.deviation, low, high, pulls, strict=True)
    return tuple(
        ShrunkEffect(
            program_id=one.program_id,
            raw=one.effect,
            shrunk=attrs.evolve(
                one.effect,
                value=float(mean),
                standard_error=float(deviation),
                low=float(bottom),
                high=float(top),
                method=f"{one.effect.method}; {_METHOD}",
                degrees_of_freedom=None,
                p_value=None,
                shape="between",
                warnings=(*one.effect.warnings, *cautions),
            ),
            pull_share=float(pull),
        )
        for one, mean, deviation, bottom, top, pull in rows
    )


def _spread(
    found: Posterior, programs: Sequence[FinishedProgram], cautions: tuple[Caution, ...]
) -> Estimate:
    mean = float(found.shares @ found.spread)
    low, high = found.spread_interval()
    return Estimate(
        name="spread of programs",
        value=mean,
        standard_error=float(np.sqrt(found.shares @ (found.spread - mean) ** 2)),
        low=low,
        high=high,
        method=f"{_METHOD}, shortest interval",
        tier=weakest_tier(programs),
        unit=programs[0].effect.unit,
        unit_count=payee_count(programs),
        cluster_count=len(programs),
        warnings=cautions,
    )


def _curse(found: Posterior, effects: tuple[ShrunkEffect, ...]) -> WinnersCurse:
    best = max(effects, key=lambda one: one.raw.value)
    raw, shrunk = best.raw.value, best.shrunk
    sentence = (
        "The largest of several measured effects is too large on average, because luck "
        "helped to make it the largest; plan with the shrunk one."
    )
    excess = attrs.evolve(
        shrunk,
        name="raw less shrunk",
        value=raw - shrunk.value,
        low=raw - (shrunk.high or 0.0),
        high=raw - (shrunk.low or 0.0),
        warnings=(Caution("winners_curse", sentence), *shrunk.warnings),
    )
    return WinnersCurse(
        program_id=best.program_id,
        raw=best.raw,
        shrunk=shrunk,
        excess=excess,
        expected_excess=expected_excess(found),
    )


def _cautions(found: Posterior, spread_scale: float) -> tuple[Caution, ...]:
    cautions, count = [], found.effects.size
    if count < _FEW:
        sentence = (
            f"Only {count} programs: how much programs differ rests largely on the prior, "
            f"a half-normal with scale {spread_scale:g}."
        )
        cautions.append(Caution("few_programs", sentence))
    if float(found.shares @ found.spread) > 2 * spread_scale:
        sentence = (
            f"The programs differ far more than the prior expects (scale "
            f"{spread_scale:g}): look for a mistaken effect, or give a larger scale."
        )
        cautions.append(Caution("prior_conflict", sentence))
    return tuple(cautions)
