"""How far off can a regression coefficient be when payees of one cluster go together?

Everything is done in an orthonormal basis of the regressors, so the cluster adjustment of
CR2 needs p x p matrices only, however many payees a cluster has.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import attrs
import numpy as np
from scipy.special import stdtrit

from openspiff.errors import Problem

from ._error_codes import NoVariationError
from ._types import LEVEL, MeasureError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

Errors = Literal["classical", "CR1", "CR2"]

FEW_CLUSTERS: Final = 100
"""Of 50 firms, or of 60 skewed payees, CR1 was 5 to 6% too small by calibration."""

FEW_IN_AN_ARM: Final = 20
"""The same when either side has fewer clusters than this, however many the other has."""

_TINY: Final = 1e-9

ROUNDING: Final = 1e-13
"""What adding up in floating point leaves of a size that should be none, relatively."""

_NO_RANK: Final = 1e-12
"""Columns of one length that are closer to a combination of others than this are one."""


@attrs.frozen(kw_only=True)
class Fit:
    """A coefficient, its standard error, the degrees of freedom of its t, and how."""

    coefficient: float
    standard_error: float
    degrees_of_freedom: float
    cluster_count: int
    errors: Errors

    @property
    def critical(self) -> float:
        """Return the two-sided critical value of the 95% interval."""
        return critical_value(self.degrees_of_freedom)

    @property
    def low(self) -> float:
        """Return the lower end of the 95% interval."""
        return self.coefficient - self.critical * self.standard_error

    @property
    def high(self) -> float:
        """Return the upper end of the 95% interval."""
        return self.coefficient + self.critical * self.standard_error


def critical_value(degrees_of_freedom: float) -> float:
    """Return the two-sided critical value of Student's t for the common level."""
    return float(stdtrit(degrees_of_freedom, 0.5 + LEVEL / 2))


def orthonormal(columns: Floats) -> Floats:
    """Return an orthonormal basis (n x rank) of the columns (n x p); rank may be 0.

    Columns are taken at one length first, so that the unit of a column decides nothing: an
    amount in minor units is no reason to drop the strata beside it.
    """
    length = np.linalg.norm(columns, axis=0)
    some = length > 0
    if not some.any():
        return columns[:, :0]
    left, singular, _ = np.linalg.svd(columns[:, some] / length[some], full_matrices=False)
    kept: Floats = left[:, singular > _NO_RANK * float(singular[0])]
    return kept


def dummies(codes: Integers) -> Floats:
    """Return one 0/1 column for each code 0, 1, ... (n x count)."""
    table: Floats = codes[:, None] == np.arange(int(codes.max(initial=0)) + 1)
    return table.astype(np.float64)


def choose_errors(is_treated: Flags, cluster: Integers) -> Errors:
    """Return CR2 where clusters are few in all or on one side, else CR1."""
    treated = np.unique(cluster[is_treated]).size
    others = np.unique(cluster[~is_treated]).size
    return errors_of(np.unique(cluster).size, min(treated, others))


def errors_of(cluster_count: int, fewest_in_an_arm: int) -> Errors:
    """Return CR2 where clusters are few in all or on one side, else CR1."""
    is_few = cluster_count < FEW_CLUSTERS or fewest_in_an_arm < FEW_IN_AN_ARM
    return "CR2" if is_few else "CR1"


@attrs.frozen(kw_only=True, eq=False)
class Design:
    """One focal regressor among others, ready to be fitted to any outcome.

    `basis` (n x p) is orthonormal, focal's own direction first; `carrier` (n) is what a
    row's residual contributes to its cluster's score.
    """

    basis: Floats
    length: float
    root: Floats | None
    cluster: Integers
    cluster_count: int
    errors: Errors
    carrier: Floats
    scale: float
    degrees_of_freedom: float

    def fit(self, y: Floats, *, taken_from: Floats | None = None) -> Fit:
        """Return the coefficient of the focal regressor for the outcome y (n).

        `taken_from` (n) is how large the numbers were of which y is a difference (else y
        itself): what rounding leaves of them is no variation.
        Raises MeasureError when the outcome does not vary beyond the other regressors.
        """
        weighted = _times(y, self.root)
        loads = self.basis.T @ weighted
        residual = weighted - self.basis @ loads
        squares = float(residual @ residual)
        size = y if taken_from is None else taken_from
        rounding = ROUNDING * float(np.linalg.norm(_times(size, self.root)))
        if squares <= rounding**2:
            raise _nothing_varies()
        if self.errors != "classical":
            scores = np.bincount(
                self.cluster, weights=self.carrier * residual, minlength=self.cluster_count
            )
            squares = float(scores @ scores)
        if squares <= rounding**2:
            raise _nothing_varies()
        return Fit(
            coefficient=float(loads[0]) / self.length,
            standard_error=float(np.sqrt(self.scale * squares)) / self.length,
            degrees_of_freedom=self.degrees_of_freedom,
            cluster_count=self.cluster_count,
            errors=self.errors,
        )


def _times(y: Floats, root: Floats | None) -> Floats:
    return y if root is None else y * root


def make_design(
    focal: Floats,
    nuisance: Floats,
    *,
    cluster: Integers,
    errors: Errors,
    weights: Floats | None = None,
) -> Design:
    """Prepare a least-squares fit of focal (n) beside nuisance (n x p).

    `cluster` holds codes 0..G-1. `weights` (n, above zero) weight the squares. Errors:
    classical (one variance); CR1 with t(G - 1); CR2 with Satterthwaite degrees of freedom.
    Singleton clusters make CR2 the HC2 of MacKinnon and White.
    Raises MeasureError when focal is a combination of nuisance or nothing is left to
    estimate the error from.
    Bell and McCaffrey (2002), Survey Methodology 28(2); Imbens and Kolesar (2016), Review
    of Economics and Statistics 98(4); Pustejovsky and Tipton (2018), JBES 36(4).
    """
    root = None if weights is None else np.sqrt(weights)
    if root is not None:
        focal, nuisance = focal * root, nuisance * root[:, None]
    others = orthonormal(nuisance)
    rest = focal - others @ (others.T @ focal)
    length = float(np.sqrt(rest @ rest))
    if length <= _TINY * float(np.sqrt(focal @ focal)) or length == 0:
        raise _not_identified()
    basis = np.column_stack([rest / length, others])
    size, left = focal.size, focal.size - basis.shape[1]
    count = int(cluster.max()) + 1
    carrier, scale, freedom = basis[:, 0], 1.0, float(count - 1)
    if left >= 1 and errors == "classical":
        scale, freedom = 1.0 / left, float(left)
    elif left >= 1 and errors == "CR1":
        scale = count / max(count - 1, 1) * (size - 1) / left
    elif left >= 1:
        carrier, freedom = _bias_reduced(basis, cluster, count)
    if left < 1 or freedom <= 0:
        raise _nothing_varies()
    return Design(
        basis=basis,
        length=length,
        root=root,
        cluster=cluster,
        cluster_count=count,
        errors=errors,
        carrier=carrier,
        scale=scale,
        degrees_of_freedom=freedom,
    )


def fit_coefficient(
    y: Floats,
    focal: Floats,
    nuisance: Floats,
    *,
    cluster: Integers,
    errors: Errors,
    weights: Floats | None = None,
    taken_from: Floats | None = None,
) -> Fit:
    """Regress y (n) on focal (n) and nuisance (n x p); report focal's coefficient.

    Arguments, errors and sources as in `make_design` and `Design.fit`.
    """
    design = make_design(focal, nuisance, cluster=cluster, errors=errors, weights=weights)
    return design.fit(y, taken_from=taken_from)


def _bias_reduced(basis: Floats, cluster: Integers, count: int) -> tuple[Floats, float]:
    """Return CR2's carrier (n) and Bell-McCaffrey degrees of freedom of the first load.

    With U_g the cluster's rows of the basis and S = U_g'U_g, the adjusted rows are
    (I - U_g U_g')^-1/2 U_g = U_g (I - S)^-1/2, so nothing larger than p x p is inverted.
    """
    width = basis.shape[1]
    order = np.argsort(cluster, kind="stable")
    edges = np.searchsorted(cluster[order], np.arange(count + 1))
    carrier, diagonal = np.zeros(cluster.size), np.zeros(count)
    spread = np.zeros((count, width))
    for number in range(count):
        rows = order[edges[number] : edges[number + 1]]
        part = basis[rows]
        square = part.T @ part
        values, vectors = np.linalg.eigh(square)
        room = 1.0 - values
        inverse = np.where(room > _TINY, 1.0 / np.sqrt(np.maximum(room, _TINY)), 0.0)
        pulled = vectors @ (inverse * vectors[0])
        carrier[rows] = part @ pulled
        spread[number] = square @ pulled
        diagonal[number] = pulled @ spread[number]
    inner = spread.T @ spread
    trace = float(diagonal.sum() - np.trace(inner))
    crossed = float(diagonal @ (spread**2).sum(axis=1))
    squares = float(diagonal @ diagonal) - 2 * crossed + float((inner**2).sum())
    return carrier, trace**2 / squares if squares > 0 else 0.0


def _not_identified() -> MeasureError:
    remedy = "both sides are needed within at least one stratum"
    return MeasureError(
        "the two sides cannot be told apart from the adjustments",
        [Problem("comparison", "treated and untreated never meet in a stratum", remedy)],
    )


def _nothing_varies() -> MeasureError:
    remedy = "measure a longer window, a broader behavior or more payees"
    return NoVariationError(
        "there is too little to estimate an error from",
        [Problem("outcome", "the outcome does not vary beyond the adjustments", remedy)],
    )
