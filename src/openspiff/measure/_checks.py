"""Is the comparison what it claims to be? Ratio, balance, leakage, attrition, pre-trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy.special import ndtr, stdtr

from openspiff.money import PPM, format_money
from openspiff.program import Outcome, Program

from ._compare import Comparison
from ._differences import pre_trend
from ._holdout import holdout_comparison
from ._least_squares import Flags, choose_errors, dummies, fit_coefficient
from ._panel import Panel
from ._people import HELD_OUT, HELD_OUT_JOINER, INELIGIBLE, TREATED
from ._silence import silence_checks
from ._sums import codes_of
from ._types import Check, MeasureError

_RARE: Final = 0.001
"""A sample ratio or balance this unlikely by chance is taken for a fault."""

_UNCOMMON: Final = 0.01
_LARGE_GAP: Final = 0.05
"""So many more leavers on one side moved known lifts by a tenth to a third."""

_MANY_PAYEES: Final = 200
"""Among fewer, so large a gap is too often a matter of five people."""

_DIGITS: Final = 9
_NOTABLE: Final = 0.25
"""So many standard deviations apart regressions begin to lean on their form; Imbens and
Rubin (2015), Causal Inference, chapter 14."""

_WIDE: Final = 1.0
_SEEN_ERRORS: Final = 2.8
"""So many standard errors of a difference are found four times in five."""

_LEAK_WEEKS: Final = 2
_MATURE_SHARE: Final = 0.98


def find_checks(
    program: Program,
    comparison: Comparison,
    outcome: Outcome,
    *,
    paid_by_payee: Mapping[str, int] | None,
    overlap: Sequence[Check],
) -> tuple[Check, ...]:
    """Run every check that these data allow; `overlap` are those of other programs."""
    panel = comparison.panel
    found: list[Check] = []
    if panel.people.on(HELD_OUT).any() or program.holdout is not None:
        found.append(_sample_ratio(program, panel))
    if panel.people.on(HELD_OUT).any():
        found += _balance(panel, outcome)
        found += _leakage(program, panel, paid_by_payee)
        found.append(_shared(panel))
    for other, name in ((HELD_OUT, "held out"), (INELIGIBLE, "ineligible")):
        found += _attrition(panel, other, name)
    found += _pre_trend(comparison, outcome)
    found += _announcement_leak(comparison, outcome)
    found += overlap
    found.append(_late_data(panel))
    found += silence_checks(panel.calendar, panel.silent)
    return tuple(found)


def _two_sided(z: float) -> float:
    return float(2.0 * ndtr(-abs(z)))


def _sample_ratio(program: Program, panel: Panel) -> Check:
    """Compare the share of units held out, among the active, with the share drawn.

    Fabijan et al. (2019), KDD, on sample ratio mismatch.
    """
    people = panel.people
    active = panel.sums(Outcome.UNITS, "window").weeks > 0
    kept = people.on(TREATED, HELD_OUT) & active
    held = np.unique(people.unit[people.on(HELD_OUT) & active]).size
    count = np.unique(people.unit[kept]).size
    share = held / max(count, 1)
    planned = 0 if program.holdout is None else program.holdout.share_ppm / PPM
    spread = max(planned * (1 - planned) / max(count, 1), 1e-12) ** 0.5
    is_ok = _two_sided((share - planned) / spread) >= _RARE
    text = (
        f"{held} of {count} units that were active are held out ({share:.1%}); "
        f"{planned:.1%} were to be."
    )
    return Check(code="sample_ratio", is_ok=is_ok, sentence=text, value=share)


def _balance(panel: Panel, outcome: Outcome) -> list[Check]:
    people = panel.people
    before = panel.sums(outcome, "baseline")
    kept = people.on(TREATED, HELD_OUT) & (before.weeks > 0)
    side, cluster = people.on(TREATED)[kept], codes_of(people.unit[kept])
    rate = before.only(kept).rate
    spread = float(rate.std()) if rate.size else 0.0
    if spread <= 0 or side.all() or not side.any():
        return []
    try:
        fit = fit_coefficient(
            rate,
            side.astype(np.float64),
            dummies(codes_of(people.stratum[kept])),
            cluster=cluster,
            errors=choose_errors(side, cluster),
        )
    except MeasureError:
        return []
    apart = fit.coefficient / spread
    strength = -abs(fit.coefficient / fit.standard_error)
    is_ok = 2.0 * float(stdtr(fit.degrees_of_freedom, strength)) >= _RARE
    text = (
        f"Before the program the treated stood {apart:+.2f} standard deviations from the "
        f"held out; the comparison adjusts for it."
    )
    unseen = _SEEN_ERRORS * fit.standard_error / spread
    if unseen > _WIDE and abs(apart) > _NOTABLE:
        is_ok = False
        text += (
            f" So few payees cannot tell whether chance alone did that: a gap below "
            f"{unseen:.1f} standard deviations would mostly go unseen."
        )
    return [Check(code="balance", is_ok=is_ok, sentence=text, value=apart)]


def _leakage(
    program: Program, panel: Panel, paid_by_payee: Mapping[str, int] | None
) -> list[Check]:
    if paid_by_payee is None:
        return []
    held = set(panel.people.payee_id[panel.people.on(HELD_OUT, HELD_OUT_JOINER)].tolist())
    paid = {one: paid_by_payee[one] for one in held if paid_by_payee.get(one, 0) > 0}
    amount = format_money(sum(paid.values()), program.currency)
    text = f"{len(paid)} of {len(held)} payees held out were paid by the program"
    text += f" ({amount})." if paid else "."
    return [Check(code="leakage", is_ok=not paid, sentence=text, value=float(len(paid)))]


def _shared(panel: Panel) -> Check:
    count = panel.shared_count
    text = f"{count} events in the window are shared by treated and held-out payees"
    text += "; what the one gained the other may have shared." if count else "."
    return Check(code="shared", is_ok=count == 0, sentence=text, value=float(count))


def _attrition(panel: Panel, other: int, name: str) -> list[Check]:
    """Compare who left before the last week of the window, on both sides.

    A gap that is uncommon by chance fails; of a holdout of many, a large one fails too,
    since what leavers hide is as large whatever made them leave.
    """
    calendar, people = panel.calendar, panel.people
    window = calendar.where("window")
    there = panel.active[:, window[0]] > 0
    gone = there & (panel.active[:, window[-1]] <= 0)

    def share(side: int) -> tuple[float, int]:
        mine: Flags = people.on(side) & there
        return float(gone[mine].mean()) if mine.any() else 0.0, int(mine.sum())

    (treated, treated_count), (others, other_count) = share(TREATED), share(other)
    if not treated_count or not other_count:
        return []
    whole = treated_count + other_count
    pooled = (treated * treated_count + others * other_count) / whole
    spread = pooled * (1 - pooled) * (1 / treated_count + 1 / other_count)
    strength = (treated - others) / spread**0.5 if spread > 0 else 0.0
    gap = round(abs(treated - others), _DIGITS)
    is_large = other == HELD_OUT and whole >= _MANY_PAYEES and gap >= _LARGE_GAP
    is_ok = _two_sided(strength) >= _UNCOMMON and not is_large
    text = (
        f"{treated:.1%} of the treated and {others:.1%} of the {name} left before the "
        f"window ended."
    )
    code = "attrition" if other == HELD_OUT else "attrition_ineligible"
    return [Check(code=code, is_ok=is_ok, sentence=text, value=treated - others)]


def _pre_trend(comparison: Comparison, outcome: Outcome) -> list[Check]:
    panel, people = comparison.panel, comparison.panel.people
    weeks = panel.calendar.where("baseline")
    kept = people.on(TREATED, INELIGIBLE)
    if len(weeks) < 2 or not people.on(INELIGIBLE).any():  # noqa: PLR2004 (two halves)
        return []
    half = len(weeks) // 2
    try:
        check = pre_trend(
            panel.sums_of(outcome, weeks[half:]).only(kept),
            panel.sums_of(outcome, weeks[:half]).only(kept),
            people.on(TREATED)[kept],
            firms=codes_of(comparison.firms(kept)),
        )
    except MeasureError:
        return []
    return [check]


def _announcement_leak(comparison: Comparison, outcome: Outcome) -> list[Check]:
    """Compare the last two weeks of the baseline with the rest of it, by the holdout."""
    panel, people = comparison.panel, comparison.panel.people
    weeks = panel.calendar.where("baseline")
    kept = people.on(TREATED, HELD_OUT)
    if len(weeks) < 2 * _LEAK_WEEKS or not people.on(HELD_OUT).any():
        return []
    try:
        found = holdout_comparison(
            panel.sums_of(outcome, weeks[-_LEAK_WEEKS:]).only(kept),
            people.on(TREATED)[kept],
            units=codes_of(people.unit[kept]),
            strata=codes_of(people.stratum[kept]),
            before=panel.sums_of(outcome, weeks[:-_LEAK_WEEKS]).only(kept),
            redraw=None,
        )
    except MeasureError:
        return []
    text = (
        f"In the last {_LEAK_WEEKS} weeks before the announcement the treated sold "
        f"{found.value:+.3g} per payee-week against the held out"
    )
    if not found.excludes_zero:
        text += ": nothing shows that they knew of the program."
    elif found.value < 0:
        text += ": less, as if they had known of the program and held back for it."
    else:
        text += (
            ": more. That is not how waiting for a program looks; they began early, or the "
            "two sides had parted before for another reason."
        )
    is_ok = not found.excludes_zero
    return [Check(code="announcement_leak", is_ok=is_ok, sentence=text, value=found.value)]


def _late_data(panel: Panel) -> Check:
    share = panel.maturity_share
    text = (
        f"By how late earlier events became known, {share:.1%} of the window's events are "
        "in."
    )
    is_ok = share >= _MATURE_SHARE
    if not is_ok:
        text += " Measure again later: what is missing may not be missing alike."
    return Check(code="late_data", is_ok=is_ok, sentence=text, value=share)
