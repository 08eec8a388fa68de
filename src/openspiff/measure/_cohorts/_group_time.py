"""What did the program do to each cohort in each period, against who had none yet?"""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import (
    Clusters,
    Correction,
    Linear,
    Spread,
    estimates_of,
    spread_of,
)
from openspiff.measure._cohorts._refusals import (
    never_here,
    require_cohorts,
    untreated_periods,
)
from openspiff.measure._error_codes import OneCohortError
from openspiff.measure._least_squares import Flags, Floats, Integers
from openspiff.measure._moments import NEVER, Moments
from openspiff.measure._types import Caution, Estimate, MeasureError

Controls = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]


@attrs.frozen(kw_only=True, eq=False)
class GroupTimeEffects:
    """The effect on each cohort in each period (J), in order, with their covariance."""

    first_no: Integers  # (J) the cohort's first treated period
    period_no: Integers  # (J)
    linear: Linear
    spread: Spread
    method: str
    warnings: tuple[Caution, ...]

    @property
    def values(self) -> Floats:
        """Return the effects (J)."""
        return self.linear.values

    def estimates(self, *, unit: str) -> tuple[Estimate, ...]:
        """Return each effect as an estimate."""
        periods = self.linear.moments.periods
        pairs = zip(self.first_no.tolist(), self.period_no.tolist(), strict=True)
        return estimates_of(
            self.linear,
            self.spread,
            names=[f"cohort {periods[one]} in {periods[at]}" for one, at in pairs],
            method=self.method,
            tier="B",
            unit=unit,
            warnings=self.warnings,
        )


def group_time_effects(
    moments: Moments,
    *,
    controls: Controls = "never",
    base: Base = "varying",
    announcement_count: int = 0,
    clusters: Clusters = "payee",
    correction: Correction | None = None,
) -> GroupTimeEffects:
    """Estimate the effect on every cohort in every period from the moments of one outcome.

    Compares the change of a cohort since its base period with that of payees never
    treated, or not treated yet. The base of a period from the announcement (so many
    periods before the first treated one) on is the last period before it; that of an
    earlier one is the period before (varying) or the same (universal). Only payees active
    in both periods count; strata are added together. Errors as in `spread_of`.
    Raises MeasureError with one cohort, no period before, or no controls at all.
    Callaway and Sant'Anna (2021), Journal of Econometrics 225(2).
    """
    require_cohorts(moments, untreated_periods(moments, announcement_count))
    pooled = moments.without_strata()
    count = len(pooled.periods)
    parts: list[tuple[int, int, Floats, Floats]] = []
    firsts = np.unique(pooled.first_no)
    never = never_here(pooled, announcement_count)
    for first in firsts[(firsts > announcement_count) & (firsts < count)].tolist():
        for period in range(0 if base == "universal" else 1, count):
            last = first - announcement_count - 1
            start = period - 1 if base == "varying" and period <= last else last
            if start == period:
                continue
            rivals = _rivals(pooled, first, max(start, period) + announcement_count)
            others = rivals if controls == "not_yet" else never
            found = _change(pooled, pooled.first_no == first, others, start, period)
            if found is not None:
                parts.append((first, period, *found))
    if not parts:
        raise _no_controls(controls)
    loads = np.stack([one[2] for one in parts], axis=1)
    linear = Linear(
        moments=pooled,
        values=np.einsum("cjt,ct->j", loads, pooled.mean),
        loads=loads,
        offsets=np.stack([one[3] for one in parts], axis=1),
    )
    against = "never treated" if controls == "never" else "not yet treated"
    return GroupTimeEffects(
        first_no=np.array([one[0] for one in parts]),
        period_no=np.array([one[1] for one in parts]),
        linear=linear,
        spread=spread_of(linear, clusters=clusters, correction=correction),
        method=f"group-time effects against the {against}, {base} base",
        warnings=_always_treated(moments, announcement_count),
    )


def _rivals(moments: Moments, first: int, until: int) -> Flags:
    """Return the other cohorts (C) that no program had reached until this period."""
    others = moments.first_no
    found: Flags = (others == NEVER) | ((others > until) & (others != first))
    return found


def _change(
    moments: Moments, treated: Flags, others: Flags, start: int, period: int
) -> tuple[Floats, Floats] | None:
    """Return loads (C x T) and offsets (C) of one difference of changes.

    None when no payee of a side was active in both periods.
    """
    active = moments.is_active
    there = moments.count * (active[:, start] & active[:, period])
    mean = moments.mean
    moved = mean[:, period] - mean[:, start]
    loads, offsets = np.zeros_like(mean), np.zeros(there.size)
    for side, sign in ((treated, 1.0), (others, -1.0)):
        size = float((there * side).sum())
        if size == 0:
            return None
        share = sign * there * side / size
        loads[:, period] += share
        loads[:, start] -= share
        # What sets a cohort of these off from the others is part of their spread.
        offsets += share * (moved - sign * float(share @ moved))
    return loads, offsets


def _always_treated(moments: Moments, announcement_count: int) -> tuple[Caution, ...]:
    first = moments.first_no
    early = (first != NEVER) & (first <= announcement_count)
    if not early.any():
        return ()
    sentence = (
        f"{int(moments.count[early].sum())} payees were under the program from the first "
        "period on; nothing is known of them before, so they are left out."
    )
    return (Caution("always_treated", sentence),)


def _no_controls(controls: Controls) -> MeasureError:
    kind = "never treated" if controls == "never" else "treated later"
    remedy = "ask for controls not yet treated, or add payees who never take part"
    return OneCohortError(
        "there is nobody to compare with",
        [Problem("controls", f"no payees {kind} were active beside the treated", remedy)],
    )
