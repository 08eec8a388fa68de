"""How do the paths of payees, kept as arrays, become moments?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from openspiff.errors import Problem
from openspiff.measure._error_codes import (
    Coded,
    DuplicateUnitError,
    NotFiniteError,
    TooFewUnitsError,
    refusal_of,
)
from openspiff.measure._least_squares import Flags, Floats, Integers
from openspiff.measure._moments._record import NEVER, Cohort, FirmSums, Moments, Names
from openspiff.measure._sums import codes_of
from openspiff.measure._types import MeasureError


def moments_of(  # noqa: PLR0913 (each is one column of the payees)
    y: Floats,
    *,
    payees: Names,
    outcomes: Sequence[str],
    periods: Sequence[int],
    first_no: Integers,
    side: Names | None = None,
    strata: Names | None = None,
    firms: Names | None = None,
    is_active: Flags | None = None,
    content_hash: str = "",
) -> Moments:
    """Add up the paths y (n payees x T periods x K outcomes) by cohort.

    `first_no` (n) numbers each payee's first treated period from 0, NEVER for none.
    `side` (n; else treated or never), `strata` (n) and `is_active` (n x T; else always)
    tell cohorts apart; what y holds in inactive periods is not looked at. `firms` (n)
    keeps sums by firm too. Whole numbers add up exactly.
    Raises MeasureError when the columns are not of the same payees, periods and outcomes, a
    payee appears twice, was never active, or has an outcome that is missing or infinite in
    an active period.
    """
    _require_shapes(
        y,
        payees,
        first_no,
        counts=(len(periods), len(outcomes)),
        beside={"side": side, "strata": strata, "firms": firms},
        is_active=is_active,
    )
    active = np.ones(y.shape[:2], dtype=np.bool_) if is_active is None else is_active
    _require_sound(y, payees, active)
    paths = np.where(active[:, :, None], y, 0.0)
    stacked = paths.transpose(0, 2, 1).reshape(y.shape[0], -1)
    if side is None:
        side = np.where(first_no == NEVER, "never", "treated")
    if strata is None:
        strata = np.full(first_no.size, "")
    cohorts, code = _cohorts(first_no, side, strata, active)
    order = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[order], np.arange(len(cohorts) + 1))
    size = stacked.shape[1]
    sums, products = np.zeros((len(cohorts), size)), np.zeros((len(cohorts), size, size))
    for number in range(len(cohorts)):
        rows = stacked[order[edges[number] : edges[number + 1]]]
        sums[number], products[number] = rows.sum(axis=0), rows.T @ rows
    return Moments(
        outcomes=tuple(outcomes),
        periods=tuple(int(one) for one in periods),
        cohorts=cohorts,
        count=np.diff(edges).astype(np.int64),
        sums=sums,
        products=products,
        firms=None if firms is None else _firm_sums(stacked, firms, code),
        content_hash=content_hash,
        data_digest=_digest(payees, stacked, code, active),
    )


def _require_shapes(
    y: Floats,
    payees: Names,
    first_no: Integers,
    *,
    counts: tuple[int, int],
    beside: Mapping[str, Names | None],
    is_active: Flags | None,
) -> None:
    """Raise MeasureError unless everything is of n payees, T periods and K outcomes."""
    problems = []
    size = (np.size(payees), *counts)
    if np.shape(y) != size:
        text = f"the paths are {np.shape(y)}, and {size} are named"
        remedy = "give one number for each payee, period and outcome, in this order"
        problems.append(Problem("y", text, remedy))
    firsts = np.asarray(first_no)
    is_number = firsts.dtype.kind in "iuf"
    if firsts.shape != size[:1] or not is_number or not _are_starts(firsts).all():
        text = f"{firsts.shape} of {firsts.dtype}"
        remedy = "give one whole number for each payee: a period from 0, or NEVER"
        problems.append(Problem("first_no", text, remedy))
    for name, column in beside.items():
        if column is not None and np.shape(column) != size[:1]:
            text = f"{np.shape(column)} for {size[0]} payees"
            problems.append(Problem(name, text, "give one entry for each payee"))
    if is_active is not None and np.shape(is_active) != size[:2]:
        text = f"{np.shape(is_active)} for {size[:2]} payees and periods"
        remedy = "give one entry for each payee and period"
        problems.append(Problem("is_active", text, remedy))
    if problems:
        raise MeasureError("these paths do not fit together", problems)


def _are_starts(firsts: Names) -> Flags:
    """Return which numbers (n) name a first treated period, or none."""
    found: Flags = np.isfinite(firsts) & (firsts == np.floor(firsts)) & (firsts >= NEVER)
    return found


def _require_sound(y: Floats, payees: Names, active: Flags) -> None:
    """Raise MeasureError with everything that is wrong with the paths."""
    found: list[Coded] = []
    names, counts = np.unique(payees, return_counts=True)
    if (counts > 1).any():
        text = (
            f"{int((counts > 1).sum())} payees appear twice, such as {names[counts > 1][0]}"
        )
        one = Problem("payees", text, "give one path for each payee")
        found.append((DuplicateUnitError, one))
    if not active.any(axis=1).all():
        text = f"{int((~active.any(axis=1)).sum())} payees were active in no period"
        one = Problem("is_active", text, "leave out who was never there")
        found.append((MeasureError, one))
    wrong = ~np.isfinite(y) & active[:, :, None]
    if wrong.any():
        row = int(np.flatnonzero(wrong.any(axis=(1, 2)))[0])
        text = f"{int(wrong.sum())} are missing or infinite, such as one of {payees[row]}"
        remedy = "give zero for an active period without a sale, or mark it inactive"
        found.append((NotFiniteError, Problem("outcomes", text, remedy)))
    if not payees.size:
        one = Problem("payees", "there are none", "import a roster or events")
        found.append((TooFewUnitsError, one))
    if found:
        raise refusal_of("these paths cannot be added up", found)


def _cohorts(
    first_no: Integers, side: Names, strata: Names, active: Flags
) -> tuple[tuple[Cohort, ...], Integers]:
    """Return the cohorts in order, and the number of each payee's (n)."""
    patterns, pattern = np.unique(np.packbits(active, axis=1), axis=0, return_inverse=True)
    code = pattern.reshape(-1).astype(np.int64)
    for names in (codes_of(strata), codes_of(side), codes_of(first_no)):
        code = names * (int(code.max()) + 1) + code
        code = codes_of(code)
    example = np.unique(code, return_index=True)[1]
    seen = np.unpackbits(patterns, axis=1, count=active.shape[1]).astype(np.bool_)
    found = [
        Cohort(
            None if first_no[row] == NEVER else int(first_no[row]),
            str(side[row]),
            str(strata[row]),
            tuple(seen[pattern.reshape(-1)[row]].tolist()),
        )
        for row in example.tolist()
    ]
    order = sorted(range(len(found)), key=lambda number: found[number].place)
    rank = np.empty(len(found), dtype=np.int64)
    rank[order] = np.arange(len(found))
    return tuple(found[number] for number in order), rank[code]


def _firm_sums(stacked: Floats, firms: Names, code: Integers) -> FirmSums:
    names, firm = np.unique(firms.astype(np.str_), return_inverse=True)
    width = int(code.max()) + 1
    key = firm.astype(np.int64) * width + code
    order = np.argsort(key, kind="stable")
    pairs, starts = np.unique(key[order], return_index=True)
    return FirmSums(
        firm=names[pairs // width],
        cohort_no=pairs % width,
        count=np.diff(np.append(starts, key.size)).astype(np.int64),
        sums=np.add.reduceat(stacked[order], starts, axis=0),
    )


def _digest(payees: Names, stacked: Floats, code: Integers, active: Flags) -> str:
    """Return a digest of the payees and their paths, whatever their order."""
    order = np.argsort(payees, kind="stable")
    found = hashlib.sha256("\0".join(str(one) for one in payees[order].tolist()).encode())
    for column in (stacked, code, active):
        found.update(np.ascontiguousarray(column[order]).tobytes())
    return f"sha256:{found.hexdigest()}"
