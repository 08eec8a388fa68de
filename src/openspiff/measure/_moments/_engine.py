"""How do rows in the engine become moments, a block of payees at a time?

The engine sorts the rows by the place of their payee, whole numbers all; what a block of
payees did is then one small dense table, added to its cohorts and forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, Step
from openspiff.errors import Problem
from openspiff.measure._error_codes import NotFiniteError
from openspiff.measure._least_squares import Floats, Integers
from openspiff.measure._moments._members import Members
from openspiff.measure._moments._record import FirmSums, Moments
from openspiff.measure._sums import codes_of
from openspiff.measure._types import MeasureError

SORTED: Final = "moments_sorted"
_PLACES: Final = "moments_places"
BLOCK_CELLS: Final = 2_000_000
"""A block holds so many numbers, 16 MB: fewer take more queries, more take more memory."""


@attrs.frozen(kw_only=True)
class Column:
    """A column of rows, and the whole number that one unit of the outcome is in it."""

    name: str
    parts: int = 1


def moments_of_rows(
    engine: DuckDBEngine,
    rows: str,
    *,
    members: Members,
    outcomes: Mapping[str, Column],
    periods: Sequence[int],
    content_hash: str = "",
    block_cells: int = BLOCK_CELLS,
) -> Moments:
    """Add up the rows of a table or view of the engine by cohort, in one pass.

    `rows` has the columns `unit` (as in `members`), `period_no` (from 0 to T-1), and those
    that `outcomes` (K names) asks for; several rows of a unit and period are added, and
    none means zero. Rows of other units and periods, and those in which the unit was not
    there, are left out. Equals `moments_of` on the dense paths; whole numbers add up
    exactly, whatever the order of rows. At most `block_cells` numbers of paths are held at
    once.
    Raises MeasureError when an outcome is missing or infinite in a row that counts.
    """
    sort_rows(engine, rows, members=members, outcomes=outcomes, period_count=len(periods))
    try:
        missing = missing_counts(engine, outcomes)
        if any(missing.values()):
            raise _incomplete(
                [f"{name}: {count} rows" for name, count in missing.items() if count]
            )
        return added_up(
            engine,
            members=members,
            outcomes=outcomes,
            periods=periods,
            content_hash=content_hash,
            block_cells=block_cells,
        )
    finally:
        engine.drop(SORTED)


def sort_rows(
    engine: DuckDBEngine,
    rows: str,
    *,
    members: Members,
    outcomes: Mapping[str, Column],
    period_count: int,
) -> None:
    """Make a table of the rows of members, sorted by their place in `members`."""
    places = np.arange(members.unit.size, dtype=np.int32)
    engine.load_arrays(_PLACES, {"unit": members.unit, "place": places})
    columns = "".join(
        f", cast(r.{_identifier(one.name)} as double) as y{number}"
        for number, one in enumerate(outcomes.values())
    )
    # Rows need not be grouped first: adding them up in a block is cheaper than a group.
    text = (
        f"select u.place, cast(r.period_no as smallint) as period_no{columns} "  # noqa: S608
        f"from {rows} r join {_PLACES} u on u.unit = r.unit "
        f"where r.period_no >= 0 and r.period_no < {period_count} order by u.place"
    )
    engine.run([Step(name=SORTED, sql=text)])
    engine.drop(_PLACES)


def missing_counts(
    engine: DuckDBEngine, outcomes: Mapping[str, Column]
) -> Mapping[str, int]:
    """Return for each outcome in how many sorted rows it is not known."""
    counts = ", ".join(f"count(*) - count(y{number})" for number in range(len(outcomes)))
    found = engine.query(f"select {counts} from {SORTED}")[0]  # noqa: S608 (names of ours)
    return dict(zip(outcomes, found, strict=True))


def added_up(
    engine: DuckDBEngine,
    *,
    members: Members,
    outcomes: Mapping[str, Column],
    periods: Sequence[int],
    content_hash: str,
    wanted: Sequence[str] | None = None,
    block_cells: int = BLOCK_CELLS,
) -> Moments:
    """Return the moments of the sorted rows: of the `wanted` outcomes, else of all."""
    kept = list(outcomes) if wanted is None else list(wanted)
    numbers = {list(outcomes).index(name): outcomes[name].parts for name in kept}
    width = len(periods) * len(kept)
    size = max(1, block_cells // width)
    total = _Total(members, width)
    for start in range(0, members.unit.size, size):
        end = min(start + size, members.unit.size)
        total.add(_block(engine, numbers, start, end, len(periods)), start)
    return Moments(
        outcomes=tuple(kept),
        periods=tuple(int(one) for one in periods),
        cohorts=members.cohorts,
        count=members.count,
        sums=total.sums,
        products=total.products,
        firms=total.firm_sums(),
        content_hash=content_hash,
        data_digest=total.digest(),
    )


def _block(
    engine: DuckDBEngine, numbers: Mapping[int, int], start: int, end: int, size: int
) -> Floats:
    """Return the paths of the members from `start` to `end` (b x KT)."""
    columns = ", ".join(f"y{number}" for number in numbers)
    cells = engine.arrays(
        f"select place, period_no, {columns} from {SORTED} "  # noqa: S608 (names of ours)
        f"where place >= {start} and place < {end}"
    )
    place = (cells["place"].astype(np.int64) - start) * size + cells["period_no"]
    paths = np.zeros((end - start, len(numbers) * size))
    for number, (column, parts) in enumerate(numbers.items()):
        found = np.bincount(
            place, weights=cells[f"y{column}"], minlength=(end - start) * size
        )
        # Divided, not multiplied by a fraction: whole numbers stay whole.
        paths[:, number * size : (number + 1) * size] = found.reshape(-1, size) / parts
    return paths


class _Total:
    """The sums over the blocks so far."""

    def __init__(self, members: Members, width: int) -> None:
        count = len(members.cohorts)
        self.members = members
        self.sums = np.zeros((count, width))
        self.products = np.zeros((count, width, width))
        active = np.array([one.is_active for one in members.cohorts], dtype=np.bool_)
        self._active = np.tile(active, width // active.shape[1])
        self._entry, entry_count = _entries(members)
        self._by_firm = None if members.firm is None else np.zeros((entry_count, width))
        self._seen = hashlib.sha256(repr(members.cohorts).encode())
        self._seen.update(members.cohort_no.tobytes())
        self._seen.update("\0".join(str(one) for one in members.unit.tolist()).encode())

    def add(self, paths: Floats, start: int) -> None:
        """Add the paths (b x KT) of the members from `start` on."""
        cohort_no = self.members.cohort_no[start : start + paths.shape[0]]
        starts = np.flatnonzero(np.diff(cohort_no, prepend=-1))
        for first, end in zip(starts, [*starts[1:], cohort_no.size], strict=True):
            number, mine = int(cohort_no[first]), paths[first:end]
            if not self._active[number].all():
                mine[:, ~self._active[number]] = 0.0
            self.products[number] += mine.T @ mine
            self.sums[number] += mine.sum(axis=0)
            if not np.isfinite(self.sums[number]).all():
                raise _incomplete([f"a number in cohort {self.members.cohorts[number]}"])
        self._seen.update(paths.tobytes())
        if self._by_firm is not None:
            entry = self._entry[start : start + paths.shape[0]]
            starts = np.flatnonzero(np.diff(entry, prepend=-1))
            self._by_firm[entry[starts]] += np.add.reduceat(paths, starts, axis=0)

    def firm_sums(self) -> FirmSums | None:
        """Return the sums by firm and cohort, in order of the firms."""
        members = self.members
        if members.firm is None or self._by_firm is None:
            return None
        starts = np.flatnonzero(np.diff(self._entry, prepend=-1))
        firm, cohort_no = members.firm[starts], members.cohort_no[starts]
        order = np.lexsort((cohort_no, codes_of(firm)))
        return FirmSums(
            firm=firm[order],
            cohort_no=cohort_no[order],
            count=np.diff(np.append(starts, self._entry.size))[order].astype(np.int64),
            sums=self._by_firm[order],
        )

    def digest(self) -> str:
        """Return a digest of the members and their paths, whatever the order of rows."""
        return f"sha256:{self._seen.hexdigest()}"


def _entries(members: Members) -> tuple[Integers, int]:
    """Return the number of the firm and cohort of each member, and how many there are."""
    is_new = np.diff(members.cohort_no, prepend=-1) != 0
    if members.firm is not None:
        # Members are in order of cohort and firm: an entry ends where either changes.
        is_new[1:] |= members.firm[1:] != members.firm[:-1]
    entry = np.cumsum(is_new) - 1
    return entry, int(entry[-1]) + 1


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _incomplete(found: list[str]) -> MeasureError:
    remedy = "give zero for a period without a sale, or leave the outcome out"
    return NotFiniteError(
        "these rows cannot be added up",
        [Problem("outcomes", f"missing or infinite: {one}", remedy) for one in found],
    )
