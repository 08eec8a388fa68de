"""What did the program do on the whole, by time since its start, by cohort, by period?"""

from __future__ import annotations

from typing import Final, Literal

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._group_time import GroupTimeEffects
from openspiff.measure._cohorts._linear import Linear, Spread, estimates_of, spread_of
from openspiff.measure._least_squares import Floats, Integers
from openspiff.measure._moments import Moments
from openspiff.measure._types import Caution, Estimate, MeasureError

Kind = Literal["simple", "dynamic", "group", "calendar"]

_SAFE_BELOW: Final = 15
"""Degrees of freedom of some 25 firms: below, errors were seen to be too large."""


@attrs.frozen(kw_only=True, eq=False)
class Aggregate:
    """One number for the whole, and one for each key (I).

    A key is the periods since the first treated one (dynamic), the first treated period
    (group) or the period (calendar); simple has none. `linear` and `spread` belong to the
    parts, for bands and tests over all of them.
    """

    overall: Estimate
    keys: tuple[int, ...]
    parts: tuple[Estimate, ...]
    linear: Linear
    spread: Spread


def aggregate(
    effects: GroupTimeEffects, kind: Kind, *, unit: str = "units per payee-period"
) -> Aggregate:
    """Average effects by cohort and period, each cohort weighted by its payees.

    simple: over all treated periods. dynamic: by periods since the first treated one; the
    whole is the mean over 0 and later. group: by cohort, plainly over its treated periods;
    the whole weights cohorts. calendar: by period; the whole is the mean over periods.
    Errors know that the sizes of cohorts are estimates too.
    Raises MeasureError when no effect in a treated period was found.
    Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), section 3.
    """
    since = effects.period_no - effects.first_no
    is_post = since >= 0
    if not is_post.any():
        remedy = "add controls for the treated periods"
        raise MeasureError(
            "there is no effect to average",
            [Problem("effects", "none lies in a treated period", remedy)],
        )
    sizes = _Sizes.of(effects)
    key = {"dynamic": since, "group": effects.first_no, "calendar": effects.period_no}.get(
        kind, np.zeros_like(since)
    )
    kept = np.ones_like(is_post) if kind == "dynamic" else is_post
    keys = np.unique(key[kept])
    chosen = (key == keys[:, None]) & kept
    if kind == "group":
        weights = chosen / chosen.sum(axis=1, keepdims=True)
        swing = np.zeros((keys.size, sizes.share.size))
    else:
        weights, swing = sizes.averages(chosen, effects.values)
    parts = effects.linear.through(weights, sizes.offsets(swing))
    if kind == "group":
        # Each row of the parts is a cohort, so the whole is an average over cohorts.
        by_cohort = sizes.of_cohorts(keys)
        top, top_swing = by_cohort.averages(
            np.ones((1, keys.size), dtype=np.bool_), parts.values
        )
    else:
        mean = (keys >= 0) if kind == "dynamic" else np.ones(keys.size, dtype=np.bool_)
        top = (mean / mean.sum())[None, :]
        top_swing = np.zeros((1, sizes.share.size))
    whole = parts.through(top, sizes.offsets(top_swing))
    return _told(effects, kind, keys=keys, parts=parts, whole=whole, unit=unit)


@attrs.frozen(kw_only=True, eq=False)
class _Sizes:
    """How large each cohort is among all payees, and which one each effect belongs to."""

    moments: Moments
    firsts: Integers  # (G) first treated periods
    share: Floats  # (G) of all payees
    member: Floats  # (J x G) one where the effect belongs to the cohort

    @classmethod
    def of(cls, effects: GroupTimeEffects) -> _Sizes:
        moments = effects.linear.moments
        firsts = np.unique(effects.first_no)
        size = ((moments.first_no == firsts[:, None]) * moments.count).sum(axis=1)
        return cls(
            moments=moments,
            firsts=firsts,
            share=size / moments.count.sum(),
            member=(effects.first_no[:, None] == firsts).astype(np.float64),
        )

    def of_cohorts(self, firsts: Integers) -> _Sizes:
        """Return the same for one number a cohort."""
        return attrs.evolve(
            self, member=(firsts[:, None] == self.firsts).astype(np.float64)
        )

    def averages(self, chosen: Floats, values: Floats) -> tuple[Floats, Floats]:
        """Return weights (I x J) by size over the chosen (I x J), and their swing (I x G).

        The swing says how much an average moves when a cohort gains one more payee.
        """
        each = self.member @ self.share
        total = chosen @ each
        weights = chosen * each / total[:, None]
        mean = weights @ values
        gain = (chosen * values) @ self.member - mean[:, None] * (chosen @ self.member)
        return weights, gain / total[:, None]

    def offsets(self, swing: Floats) -> Floats:
        """Return what each cohort's payees add by being of it (C x I)."""
        moments = self.moments
        own = (moments.first_no[:, None] == self.firsts) @ swing.T
        middle = moments.count @ own / moments.count.sum()
        share: Floats = moments.count[:, None] / moments.count.sum() * (own - middle)
        return share


def _told(
    effects: GroupTimeEffects,
    kind: Kind,
    *,
    keys: Integers,
    parts: Linear,
    whole: Linear,
    unit: str,
) -> Aggregate:
    spread, of_whole = _again(effects, parts), _again(effects, whole)
    cautions = (*effects.warnings, *_safe_error(of_whole))

    def tell(linear: Linear, spread: Spread, names: list[str]) -> tuple[Estimate, ...]:
        return estimates_of(
            linear,
            spread,
            names=names,
            method=f"{kind} average of {effects.method}",
            tier="B",
            unit=unit,
            warnings=cautions,
        )

    return Aggregate(
        overall=tell(whole, of_whole, ["effect on the treated"])[0],
        keys=() if kind == "simple" else tuple(keys.tolist()),
        parts=() if kind == "simple" else tell(parts, spread, _names(effects, kind, keys)),
        linear=parts,
        spread=spread,
    )


def _safe_error(spread: Spread) -> tuple[Caution, ...]:
    """Say so where few firms make the error larger than it is."""
    freedom = float(spread.degrees_of_freedom.min())
    if spread.clusters != "firm" or freedom >= _SAFE_BELOW:
        return ()
    sentence = (
        "The error allows for cohorts that truly differ, which few firms only seem to do: "
        f"with {spread.cluster_count} firms it is rather too large, so the interval is "
        "safe, but effects are missed. Imputation does not have this fault."
    )
    return (Caution("safe_error", sentence),)


def _names(effects: GroupTimeEffects, kind: Kind, keys: Integers) -> list[str]:
    if kind == "dynamic":
        return [f"{key:+d} periods" for key in keys.tolist()]
    word, periods = (
        "cohort" if kind == "group" else "period",
        effects.linear.moments.periods,
    )
    return [f"{word} {periods[key]}" for key in keys.tolist()]


def _again(effects: GroupTimeEffects, linear: Linear) -> Spread:
    """Return the covariance of averages, by the choices made for the effects."""
    spread = effects.spread
    return spread_of(linear, clusters=spread.clusters, correction=spread.correction)
