"""How much too good does the best of several programs look, only for being the best?"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
from scipy.special import log_ndtr

from openspiff.measure._least_squares import Floats
from openspiff.measure._types import Estimate

from ._grid import Posterior

_NODES: Final = 401
_WIDE: Final = 8.0
"""So many standard deviations hold everything that a double would notice."""

_NEGLIGIBLE: Final = 1e-9


@attrs.frozen(kw_only=True)
class WinnersCurse:
    """The program with the largest raw effect, and how far that is likely too large.

    `excess` is raw less shrunk. `expected_excess` is by how much the largest of as many
    programs with these errors exceeds its own truth on average, before any is looked at.
    """

    program_id: str
    raw: Estimate
    shrunk: Estimate
    excess: Estimate
    expected_excess: float


def expected_excess(found: Posterior) -> float:
    """Return the mean of raw less true effect of the largest, in the unit of the effects.

    Given the spread the raw effects are independent normals about the common mean, and
    the error of one is on average its pull times its distance from the mean; what is left
    is an integral over where the largest lies.
    Gelman and Carlin (2014), Perspectives on Psychological Science 9(6), on exaggeration.
    """
    deviations = np.sqrt(found.errors**2 + found.spread[:, None] ** 2)
    heavy = np.flatnonzero(found.shares > _NEGLIGIBLE)
    means = [_given_spread(found.pull[one], deviations[one]) for one in heavy]
    return float(found.shares[heavy] @ np.array(means))


def _given_spread(pull: Floats, deviations: Floats) -> float:
    distance, step = np.linspace(-1, 1, _NODES, retstep=True)
    distance, step = (_WIDE * deviations.max() * one for one in (distance, step))
    standard = distance / deviations[:, None]  # programs x nodes
    below = log_ndtr(standard)
    density = np.exp(below.sum(axis=0) - below - standard**2 / 2)
    density /= deviations[:, None] * np.sqrt(2 * np.pi)
    return float(pull @ density @ distance * step)
