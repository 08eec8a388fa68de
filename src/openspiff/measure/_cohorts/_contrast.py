"""What is any weighted sum of the means of cohorts, outcomes and periods?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import (
    Clusters,
    Correction,
    Linear,
    estimates_of,
    spread_of,
)
from openspiff.measure._least_squares import Floats
from openspiff.measure._moments import Moments
from openspiff.measure._types import Estimate, MeasureError, Tier


def group_contrasts(moments: Moments, weights: Floats) -> Linear:
    """Return sums of weights (J x G x K x T) times the means of the groups of cohorts.

    Groups are those of `moments.groups` (G): a first treated period and a side. A mean is
    taken over all payees of the group who were active in the period.
    Raises MeasureError when weight lies where nobody was active.
    """
    wide = weights.reshape(weights.shape[0], weights.shape[1], -1)
    active = np.tile(moments.is_active, (1, len(moments.outcomes)))
    there = moments.count[:, None] * active
    group = moments.group_no
    size, total = np.zeros(wide.shape[1:]), np.zeros(wide.shape[1:])
    np.add.at(size, group, there)
    np.add.at(total, group, moments.sums)
    empty = (np.abs(wide) > 0).any(axis=0) & (size == 0)
    if empty.any():
        number, place = np.argwhere(empty)[0].tolist()
        period = moments.periods[place % len(moments.periods)]
        found = f"nobody of {moments.groups[number]} was active in period {period}"
        remedy = "give that period no weight"
        raise MeasureError(
            "a mean without payees has no value", [Problem("weights", found, remedy)]
        )
    mean = total / np.maximum(size, 1)
    share = there / np.maximum(size, 1)[group]
    loads = wide[:, group].transpose(1, 0, 2) * share[:, None, :]
    return Linear(
        moments=moments,
        values=np.einsum("jgt,gt->j", wide, mean),
        loads=loads,
        offsets=np.einsum("cjt,ct->cj", loads, moments.mean - mean[group]),
    )


def contrasts(
    moments: Moments,
    weights: Floats,
    *,
    names: Sequence[str],
    unit: str,
    tier: Tier,
    clusters: Clusters = "payee",
    correction: Correction | None = None,
) -> tuple[Estimate, ...]:
    """Estimate sums of weights (J x G x K x T) times the means of groups of cohorts.

    Groups, means and MeasureError as in `group_contrasts`, errors as in `spread_of`.
    """
    linear = group_contrasts(moments, weights)
    return estimates_of(
        linear,
        spread_of(linear, clusters=clusters, correction=correction),
        names=names,
        method="contrast of cohort means",
        tier=tier,
        unit=unit,
    )
