"""What does a regression over payees give, when only moments of cohorts were kept?

Each payee's row is (constants of the cohort, means of some of its periods, outcome): linear
in its path, so all sums of products of rows follow from the moments, exactly.
"""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._cohorts._linear import ROUNDING_OF_SQUARES, Clusters, firms_of
from openspiff.measure._cohorts._refusals import no_spread
from openspiff.measure._error_codes import TooFewUnitsError
from openspiff.measure._least_squares import (
    Errors,
    Fit,
    Flags,
    Floats,
    Integers,
    errors_of,
)
from openspiff.measure._moments import Moments
from openspiff.measure._sums import FEWEST_PAYEES
from openspiff.measure._types import MeasureError

_TINY: Final = 1e-9


@attrs.frozen(kw_only=True, eq=False)
class Rows:
    """The rows of a regression, by cohort (C): P constants, Q varying, one outcome.

    The first constant is the focal one, 1 for the treated. A varying regressor and the
    outcome are `varying` (C x (Q + 1) x KT) times a payee's path; `weight` weights payees.
    """

    moments: Moments
    constants: Floats  # (C x P)
    varying: Floats  # (C x (Q + 1) x KT)
    weight: Floats  # (C), zero leaves a cohort out


def fit_rows(rows: Rows, *, clusters: Clusters, errors: Errors | None) -> Fit:
    """Return the coefficient of the focal constant, with errors by payee or by firm.

    Exact: the coefficient; classical errors; errors by payee without varying regressors;
    errors by firm without them, or where firms are single payees. Else the products of a
    varying regressor with the residual are taken at their means (by cohort, or by firm and
    cohort). What that leaves out is in proportion to the imbalance between the sides:
    where chance drew them it goes as 1 / root n, and is as often too large as too small.
    Raises MeasureError with fewer than 5 payees or 2 clusters on a side, when the sides
    never meet in a stratum, or when nothing varies.
    Bell and McCaffrey (2002), Survey Methodology 28(2); MacKinnon and White (1985), Journal
    of Econometrics 29(3).
    """
    entries = _entries(rows) if clusters == "firm" else None
    sides = _cluster_counts(rows, entries)
    cells = _cells(rows)
    total = int(cells.count.sum()) if entries is None else int(entries.firm.max()) + 1
    chosen = errors or errors_of(total, min(sides))
    basis, length = _basis(cells)
    loads = basis.T @ cells.cross
    residual = np.append(-(basis @ loads), 1.0)
    squares = np.einsum("i,cij,j->c", residual, cells.table, residual)
    if squares.sum() <= _rounding(rows, cells.weight):
        raise _nothing_varies()
    size = float(cells.count.sum())
    left = size - basis.shape[1]
    if left < 1:
        raise _nothing_varies()
    if chosen == "classical":
        variance, freedom = squares.sum() / left, left
    elif entries is None:
        variance, freedom = _by_payee(cells, basis, squares, chosen)
    else:
        variance, freedom = _by_firm(cells, entries, basis, residual, chosen)
    if chosen == "CR1":
        variance *= total / (total - 1) * (size - 1) / left
        freedom = total - 1.0
    if not (variance > 0 and freedom > 0):
        raise _nothing_varies()
    return Fit(
        coefficient=float(loads[0]) / length,
        standard_error=float(np.sqrt(variance)) / length,
        degrees_of_freedom=float(freedom),
        cluster_count=total,
        errors=chosen,
    )


def _rounding(rows: Rows, weight: Floats) -> float:
    """Return what rounding leaves of the sum of squares of outcomes all alike."""
    squares = np.diagonal(rows.moments.products, axis1=1, axis2=2)
    size = np.sqrt(squares / rows.moments.count[:, None])
    reach = (np.abs(rows.varying[:, -1]) * size).sum(axis=1)
    return ROUNDING_OF_SQUARES * float((weight * rows.moments.count) @ reach**2)


@attrs.frozen(kw_only=True, eq=False)
class _Cells:
    """Weighted sums of products of rows, by cohort (C) and in all; W = P + Q + 1 wide."""

    count: Floats  # (C), zero where left out
    weight: Floats  # (C)
    maker: Floats  # (C x W x (1 + KT)) makes a row of (1, path)
    table: Floats  # (C x W x W), the outcome last
    gram: Floats  # (P + Q x P + Q)
    cross: Floats  # (P + Q)


def _cells(rows: Rows) -> _Cells:
    moments = rows.moments
    cohorts, width = rows.constants.shape
    count = np.where(rows.weight > 0, moments.count, 0).astype(np.float64)
    weight = rows.weight * count.sum() / max(float(rows.weight @ count), 1e-300)
    height = width + rows.varying.shape[1]
    maker = np.zeros((cohorts, height, 1 + moments.sums.shape[1]))
    maker[:, :width, 0] = rows.constants
    maker[:, width:, 1:] = rows.varying
    # Around the common mean nothing large is taken from something large. Who was absent
    # from some periods has zeros there and a constant of the own, so keeps the zeros.
    there = rows.varying.any(axis=2)
    total = np.einsum("c,cvt,ct->v", weight, rows.varying, moments.sums)
    middle = total / np.maximum((weight * count) @ there, 1e-300)
    maker[:, width:, 0] = -middle * there
    table = np.zeros((cohorts, height, height))
    for number in np.flatnonzero(count).tolist():
        make = maker[number]
        inner = np.empty((make.shape[1], make.shape[1]))
        inner[0, 0] = count[number]
        inner[0, 1:] = inner[1:, 0] = moments.sums[number]
        inner[1:, 1:] = moments.products[number]
        table[number] = weight[number] * (make @ inner @ make.T)
    whole = table.sum(axis=0)
    return _Cells(
        count=count,
        weight=weight,
        maker=maker,
        table=table,
        gram=whole[:-1, :-1],
        cross=whole[:-1, -1],
    )


def _basis(cells: _Cells) -> tuple[Floats, float]:
    """Return regressors -> orthonormal ones (P + Q x rank), focal first, and its length."""
    gram = cells.gram
    scale = np.sqrt(np.maximum(np.diag(gram), 0.0))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = gram / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled[1:, 1:])
    kept = values > _TINY * max(float(values.max(initial=0)), 1e-300)
    others = vectors[:, kept] / np.sqrt(values[kept])
    share = others.T @ scaled[1:, 0]
    rest = float(scaled[0, 0] - share @ share)
    if rest <= _TINY:
        remedy = "both sides are needed within at least one stratum"
        raise MeasureError(
            "the two sides cannot be told apart from the adjustments",
            [Problem("comparison", "treated and untreated never meet", remedy)],
        )
    basis = np.zeros((gram.shape[0], 1 + others.shape[1]))
    basis[0, 0] = 1.0 / rest**0.5
    basis[1:, 0] = -(others @ share) / rest**0.5
    basis[1:, 1:] = others
    return basis / scale[:, None], rest**0.5 * float(scale[0])


def _by_payee(
    cells: _Cells, basis: Floats, squares: Floats, errors: Errors
) -> tuple[float, float]:
    """Return the variance of the focal load and its degrees of freedom, by payee."""
    count = np.maximum(cells.count, 1)
    square = np.einsum("ai,cab,bj->cij", basis, cells.table[:, :-1, :-1], basis)
    # Means over the payees of a cohort: of the leverage, and of the focal row's square.
    lever = np.trace(square, axis1=1, axis2=2) / count
    focal = square[:, 0, 0] / count
    if errors == "CR1":
        return float(focal @ squares), 0.0
    room = np.maximum(1.0 - lever, _TINY)
    each = focal / room
    variance = float((each * squares).sum())
    # Bell and McCaffrey's degrees of freedom when every payee is a cluster.
    inner = np.einsum("c,cij->ij", each, square)
    trace = float((each * cells.count).sum() - np.trace(inner))
    crossed = float((each**2 * lever * cells.count).sum())
    spread = float((each**2 * cells.count).sum()) - 2 * crossed + float((inner**2).sum())
    return variance, trace**2 / spread if spread > 0 else 0.0


@attrs.frozen(kw_only=True, eq=False)
class _Entries:
    """The sums by firm that enter: code of the firm and number of the cohort (R)."""

    firm: Integers
    cohort_no: Integers
    count: Floats
    sums: Floats  # (R x (1 + KT)), the count first


def _entries(rows: Rows) -> _Entries:
    firms = firms_of(rows.moments)
    kept: Flags = rows.weight[firms.cohort_no] > 0
    count = firms.count[kept].astype(np.float64)
    return _Entries(
        firm=np.unique(firms.firm[kept], return_inverse=True)[1].astype(np.int64),
        cohort_no=firms.cohort_no[kept],
        count=count,
        sums=np.column_stack([count, firms.sums[kept]]),
    )


def _by_firm(
    cells: _Cells, entries: _Entries, basis: Floats, residual: Floats, errors: Errors
) -> tuple[float, float]:
    """Return the variance of the focal load and its degrees of freedom, by firm."""
    firm_count, rank = int(entries.firm.max()) + 1, basis.shape[1]
    weight = cells.weight[entries.cohort_no]
    total = np.einsum("rwt,rt->rw", cells.maker[entries.cohort_no], entries.sums)
    left_over = weight * (total @ residual)
    middle = (total[:, :-1] / entries.count[:, None]) @ basis
    loads = np.zeros((firm_count, rank))
    np.add.at(loads, entries.firm, left_over[:, None] * middle)
    if errors == "CR1":
        return float(loads[:, 0] @ loads[:, 0]), 0.0
    square = np.zeros((firm_count, rank, rank))
    mass = (weight * entries.count)[:, None, None]
    np.add.at(square, entries.firm, mass * (middle[:, :, None] * middle[:, None, :]))
    within = _within(cells, entries, basis, mass * middle[:, :, None] * middle[:, None, :])
    np.add.at(square, entries.firm, entries.count[:, None, None] * within)
    values, vectors = np.linalg.eigh(square)
    room = 1.0 - values
    inverse = np.where(room > _TINY, 1.0 / np.sqrt(np.maximum(room, _TINY)), 0.0)
    pulled = np.einsum("fij,fj,fj->fi", vectors, inverse, vectors[:, 0, :])
    scores = (pulled * loads).sum(axis=1)
    spread = np.einsum("fij,fj->fi", square, pulled)
    diagonal = (pulled * spread).sum(axis=1)
    inner = spread.T @ spread
    trace = float(diagonal.sum() - np.trace(inner))
    crossed = float(diagonal @ (spread**2).sum(axis=1))
    squares = float(diagonal @ diagonal) - 2 * crossed + float((inner**2).sum())
    return float(scores @ scores), trace**2 / squares if squares > 0 else 0.0


def _within(cells: _Cells, entries: _Entries, basis: Floats, between: Floats) -> Floats:
    """Return, per payee of each entry, the products within firms of its cohort (R x p x p).

    Sums by firm do not say how payees of one firm differ; the cohort does on average.
    """
    whole = np.einsum("ai,cab,bj->cij", basis, cells.table[:, :-1, :-1], basis)
    held = np.zeros_like(whole)
    np.add.at(held, entries.cohort_no, between)
    rest = (whole - held) / np.maximum(cells.count, 1)[:, None, None]
    each: Floats = rest[entries.cohort_no]
    return each


def _cluster_counts(rows: Rows, entries: _Entries | None) -> tuple[int, int]:
    """Return how many clusters the treated and the others have.

    Raises MeasureError unless both sides have enough payees and two clusters each.
    """
    is_treated = rows.constants[:, 0] > 0
    counts, problems = [], []
    for name, side in (("treated", is_treated), ("comparison", ~is_treated)):
        payees = int(rows.moments.count[side & (rows.weight > 0)].sum())
        clusters = payees
        if entries is not None:
            clusters = np.unique(entries.firm[side[entries.cohort_no]]).size
        counts.append(clusters)
        if payees < FEWEST_PAYEES or clusters < 2:  # noqa: PLR2004 (one has no spread)
            text = f"{payees} active payees in {clusters} clusters"
            remedy = f"at least {FEWEST_PAYEES} payees in 2 clusters are needed"
            problems.append(Problem(name, text, remedy))
    if problems:
        raise TooFewUnitsError("too few payees to compare the two sides", problems)
    return counts[0], counts[1]


def _nothing_varies() -> MeasureError:
    return no_spread(
        "the outcome does not vary beyond the adjustments",
        "measure a longer window, a broader behavior or more payees",
    )
