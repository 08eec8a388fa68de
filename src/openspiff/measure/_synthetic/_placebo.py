"""How large a difference do sets of donors show that had no program?"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.special import ndtri

from openspiff.measure._least_squares import Flags, Floats, critical_value
from openspiff.measure._types import LEVEL, Caution

from ._block import FEWEST_DONORS, Block

_SLACK = 1e-9  # equal numbers that were added up in another order count as equal


def placebo_sets(block: Block, *, most_sets: int, seed: int) -> Flags:
    """Return sets of donors (B x n), each as large as the set of the treated.

    Every set where there are at most `most_sets`, else so many drawn by `seed`. Single
    placebos would be too wide for the mean of several treated.
    """
    donors = np.flatnonzero(~block.is_treated)
    size = block.treated_count
    if math.comb(donors.size, size) <= most_sets:
        members = np.array(list(itertools.combinations(donors.tolist(), size)))
    else:
        generator = np.random.default_rng(seed)
        lots = generator.random((most_sets, donors.size))
        members = donors[np.argpartition(lots, size - 1, axis=1)[:, :size]]
    sets = np.zeros((members.shape[0], block.is_treated.size), dtype=np.bool_)
    np.put_along_axis(sets, members, values=True, axis=1)
    return sets


def stretched(placebos: Floats, block: Block) -> Floats:
    """Return what to rank an estimate among: the placebos (B), wider for sets of several.

    A single treated unit ranks among single donors exactly. Means of sets vary as much as
    these donors do, which are themselves a sample, so that their 5% point is Student's
    with one degree of freedom less than donors, not the normal one.
    """
    if block.treated_count == 1:
        return placebos
    normal = float(ndtri(0.5 + LEVEL / 2))
    return placebos * (critical_value(block.donor_count - 1) / normal)


def rank_p_value(value: float, placebos: Floats) -> float:
    """Return the two-sided p-value of a value among placebos (B), counting itself.

    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2, on
    the plus-one rule.
    """
    size = np.abs(placebos)
    as_large = int((size >= abs(value) * (1.0 - _SLACK)).sum())
    return (as_large + 1) / (size.size + 1)


def half_width(placebos: Floats) -> float | None:
    """Return how far from the estimate `rank_p_value` rejects no effect at 5%.

    None where it never rejects: fewer than 19 placebos (B) leave the interval without
    ends.
    """
    rank = math.floor((1.0 - LEVEL) * (placebos.size + 1) + _SLACK)
    return float(np.sort(np.abs(placebos))[-rank]) if rank else None


def honest_p_value(p_value: float, block: Block) -> float:
    """Return the p-value, below .05 with enough donors only.

    Sets of few donors overlap so much that they are hardly more than the donors.
    """
    if block.donor_count >= FEWEST_DONORS:
        return p_value
    return max(p_value, 1.0 / (block.donor_count + 1))


def donor_cautions(block: Block) -> tuple[Caution, ...]:
    """Return what to know about the donors: too few, or two with one path."""
    found = []
    if block.donor_count < FEWEST_DONORS:
        sentence = (
            f"With {block.donor_count} donors, fewer than {FEWEST_DONORS}, chance cannot "
            "be ruled out at 5%; the interval is left open."
        )
        found.append(Caution("few_donors", sentence))
    varying = block.outcome[np.ptp(block.outcome, axis=1) > 0]
    twins = varying.shape[0] - np.unique(varying, axis=0).shape[0]
    if twins:
        sentence = (
            f"{twins} units repeat the whole path of another; see that no unit came twice "
            "under two names."
        )
        found.append(Caution("same_path", sentence))
    return tuple(found)
