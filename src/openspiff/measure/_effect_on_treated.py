"""What did the program do for those who did take part, when not all who could did?"""

from __future__ import annotations

import attrs
import numpy as np

from openspiff.errors import Problem

from ._fieller import ratio_estimate
from ._fitted import estimate_of
from ._holdout import REDRAW, arms_of, joint_fit, require_outcome
from ._least_squares import Errors, Flags, Floats, Integers
from ._redraw import Redraw
from ._sums import Sums, require_flags, require_sound
from ._types import Caution, Estimate, MeasureError


def effect_on_treated(  # noqa: PLR0913 (each is one column or one choice)
    during: Sums,
    is_treated: Flags,
    participation: Floats,
    *,
    units: Integers,
    strata: Integers | None = None,
    before: Sums | None = None,
    errors: Errors | None = None,
    seed: int = 0,
    redraw: Redraw | None = REDRAW,
    name: str = "effect on the treated",
    unit: str = "units per payee-week",
) -> Estimate:
    """Estimate the lift per payee and week of taking part, not of being assigned.

    The lift by intention to treat, over the difference that the assignment made to
    `participation` (n, 0 to 1: the share of the span in which a payee took part). Both are
    fitted as in `holdout_comparison`, with their joint covariance by `units`, and the
    interval is Fieller's, which holds however weak the difference is; where it is too weak
    the set is unbounded. Whatever the assignment did is taken to have worked through
    taking part alone. `p_value` is that of the intention to treat: no lift of the one is
    no lift of the other.
    Raises MeasureError as `holdout_comparison` does, and when the assignment did not make
    more payees take part.
    Bloom (1984), Evaluation Review 8(2); Imbens and Angrist (1994), Econometrica 62(2);
    Fieller (1954), Journal of the Royal Statistical Society B 16(2).
    """
    _require_shares(participation, is_treated)
    arms = arms_of(
        during, is_treated, units=units, strata=strata, before=before, errors=errors
    )
    require_outcome(arms.sums)
    rate, took = arms.sums.rate, participation[arms.kept]
    values, covariance = joint_fit(arms.design, np.column_stack([rate, took]))
    if values[1] <= 0:
        raise _not_moved(float(values[1]))
    redrawn = arms.redrawn(rate, seed=seed, redraw=redraw)
    model = estimate_of(
        arms.design.fit(rate),
        name=name,
        method="randomized holdout, by participation",
        tier="A",
        unit=unit,
        unit_count=int(rate.size),
        p_value=None if redrawn is None else redrawn.p_value(),
    )
    held = ~arms.is_treated
    leaked = float(np.average(took[held], weights=arms.sums.weeks[held]))
    cautions = (*model.warnings, *arms.cautions(), *_leakage(leaked))
    return ratio_estimate(
        attrs.evolve(model, warnings=cautions),
        float(values[0]),
        float(values[1]),
        covariance=covariance,
        name=name,
        unit=unit,
        bottom_name="difference in participation",
    )


def _require_shares(participation: Floats, is_treated: Flags) -> None:
    require_flags(is_treated=is_treated)
    taking = Sums(total=participation, weeks=np.ones(participation.shape[0]))
    require_sound(is_treated, participation=taking)
    if ((participation < 0) | (participation > 1)).any():
        text = f"values from {participation.min():g} to {participation.max():g}"
        problem = Problem("participation", text, "give the share of the span, 0 to 1")
        raise MeasureError("participation is no share", [problem])


def _not_moved(difference: float) -> MeasureError:
    text = f"the treated took part {difference:+.1%} more than the held out"
    remedy = "give the lift by intention to treat, and find out why nobody took part"
    message = "the assignment did not make more payees take part"
    return MeasureError(message, [Problem("participation", text, remedy)])


def _leakage(leaked: float) -> tuple[Caution, ...]:
    if leaked <= 0:
        return ()
    sentence = (
        f"Of the held out, {leaked:.1%} took part all the same; the effect is that on "
        "those who took part because they were not held out."
    )
    return (Caution("leakage", sentence),)
