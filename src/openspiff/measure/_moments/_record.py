"""What is known of each cohort? Count, sums and sums of products; never a single payee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.measure._least_squares import Flags, Floats, Integers
from openspiff.measure._types import MeasureError

Names = np.ndarray[Any, Any]

NEVER: Final = -1
"""The first treated period of those who never came under the program, in arrays."""


@attrs.frozen
class Cohort:
    """What the payees of one cohort have in common.

    `first_no` numbers the first treated period from 0 (None: never). `side` says which
    comparison they serve, such as treated, held_out or ineligible. `is_active` (T) marks
    the periods in which they were there: without a sale those are zeros, the others
    missing.
    """

    first_no: int | None
    side: str
    stratum: str
    is_active: tuple[bool, ...]

    @property
    def group(self) -> tuple[int, str]:
        """Return what payees are compared by: the first treated period and the side."""
        return (NEVER if self.first_no is None else self.first_no, self.side)

    @property
    def place(self) -> tuple[int, str, str, tuple[bool, ...]]:
        """Return where the cohort stands among others."""
        return (*self.group, self.stratum, self.is_active)


@attrs.frozen(kw_only=True, eq=False)
class FirmSums:
    """One entry (R) for each firm and cohort that met: how many payees, and their sums."""

    firm: Names  # (R) names
    cohort_no: Integers  # (R) number of the cohort in Moments
    count: Integers  # (R)
    sums: Floats  # (R x KT)


@attrs.frozen(kw_only=True, eq=False)
class Moments:
    """Count, sums and sums of products of the payees of each cohort (C).

    A payee's path stacks the T periods of the first outcome, then those of the second
    (K T in all); inactive periods hold zeros. `periods` labels the T periods in order.
    `firms` holds the sums by firm, for errors clustered by firm (None: not kept).
    `content_hash` names the version of the program, `data_digest` the data behind it.
    """

    outcomes: tuple[str, ...]
    periods: tuple[int, ...]
    cohorts: tuple[Cohort, ...]
    count: Integers  # (C)
    sums: Floats  # (C x KT)
    products: Floats  # (C x KT x KT)
    firms: FirmSums | None = None
    content_hash: str = ""
    data_digest: str = ""

    @property
    def mean(self) -> Floats:
        """Return the mean path of each cohort (C x KT)."""
        return self.sums / self.count[:, None]

    @property
    def is_active(self) -> Flags:
        """Return in which periods each cohort was there (C x T)."""
        return np.array([one.is_active for one in self.cohorts], dtype=np.bool_)

    @property
    def first_no(self) -> Integers:
        """Return the first treated period of each cohort (C); NEVER where there is none."""
        return np.array([one.group[0] for one in self.cohorts], dtype=np.int64)

    @property
    def groups(self) -> tuple[tuple[int, str], ...]:
        """Return what cohorts are compared by, in order: first treated period and side."""
        return tuple(sorted({one.group for one in self.cohorts}))

    @property
    def group_no(self) -> Integers:
        """Return the number in `groups` of each cohort (C)."""
        number = {group: place for place, group in enumerate(self.groups)}
        return np.array([number[one.group] for one in self.cohorts], dtype=np.int64)

    def spread(self, cohort_no: int) -> Floats:
        """Return the covariance of the paths in one cohort (KT x KT), divided by n."""
        mean, count = self.mean[cohort_no], self.count[cohort_no]
        table: Floats = self.products[cohort_no] / count - np.outer(mean, mean)
        return table

    def only(self, *sides: str) -> Moments:
        """Return the moments of the cohorts on these sides.

        Raises MeasureError when there are none.
        """
        kept = np.array([one.side in sides for one in self.cohorts], dtype=np.bool_)
        if not kept.any():
            here = ", ".join(sorted({one.side for one in self.cohorts}))
            remedy = f"name one of the sides that are there: {here}"
            raise MeasureError(
                "there is nobody on that side",
                [Problem("side", ", ".join(sides) or "none asked for", remedy)],
            )
        return self._of_cohorts(kept)

    def outcome(self, *names: str) -> Moments:
        """Return the moments of these outcomes, in this order."""
        width = len(self.periods)
        starts = [self._outcome_no(name) * width for name in names]
        places = np.concatenate([np.arange(start, start + width) for start in starts])
        firms = self.firms
        return attrs.evolve(
            self,
            outcomes=names,
            sums=self.sums[:, places],
            products=self.products[:, places[:, None], places],
            firms=None
            if firms is None
            else attrs.evolve(firms, sums=firms.sums[:, places]),
        )

    def combined(self, weights: Mapping[str, float], *, name: str) -> Moments:
        """Return the moments of one outcome: the sum of outcomes times these weights.

        Raises MeasureError when there is no such outcome.
        """
        mix = np.zeros(len(self.outcomes))
        for one, weight in weights.items():
            mix[self._outcome_no(one)] = weight
        shape = (len(self.outcomes), len(self.periods))
        squares = self.products.reshape(-1, *shape, *shape)
        products = np.einsum("k,l,cktls->cts", mix, mix, squares, optimize=True)
        firms = self.firms
        return attrs.evolve(
            self,
            outcomes=(name,),
            sums=np.einsum("k,ckt->ct", mix, self.sums.reshape(-1, *shape)),
            products=(products + products.transpose(0, 2, 1)) / 2,  # alike to the last bit
            firms=None
            if firms is None
            else attrs.evolve(
                firms, sums=np.einsum("k,rkt->rt", mix, firms.sums.reshape(-1, *shape))
            ),
        )

    def without_strata(self) -> Moments:
        """Return the moments with the strata of a cohort added together."""
        return joined([self], [attrs.evolve(one, stratum="") for one in self.cohorts])

    def _outcome_no(self, name: str) -> int:
        if name not in self.outcomes:
            remedy = f"name one of {', '.join(self.outcomes)}"
            message = f"no outcome {name!r} was kept"
            raise MeasureError(message, [Problem("outcome", name, remedy)])
        return self.outcomes.index(name)

    def _of_cohorts(self, kept: Flags) -> Moments:
        firms = self.firms
        if firms is not None:
            rows, number = kept[firms.cohort_no], np.cumsum(kept) - 1
            firms = FirmSums(
                firm=firms.firm[rows],
                cohort_no=number[firms.cohort_no[rows]],
                count=firms.count[rows],
                sums=firms.sums[rows],
            )
        return attrs.evolve(
            self,
            cohorts=tuple(self.cohorts[number] for number in np.flatnonzero(kept)),
            count=self.count[kept],
            sums=self.sums[kept],
            products=self.products[kept],
            firms=firms,
        )


def merged(one: Moments, other: Moments) -> Moments:
    """Return the moments of the payees of both, who must not be the same payees.

    Raises MeasureError when outcomes, periods or versions differ, or only one of the two
    kept sums by firm.
    """
    pairs = {
        "outcomes": (one.outcomes, other.outcomes),
        "periods": (one.periods, other.periods),
        "version": (one.content_hash, other.content_hash),
        "sums by firm": (one.firms is None, other.firms is None),
    }
    remedy = "gather both with the same outcomes, periods and firms"
    problems = [
        Problem(place, f"{first} and {second}", remedy)
        for place, (first, second) in pairs.items()
        if first != second
    ]
    if problems:
        raise MeasureError("these moments cannot be added", problems)
    digests = sorted({one.data_digest, other.data_digest})
    whole = joined([one, other], [*one.cohorts, *other.cohorts])
    return attrs.evolve(whole, data_digest="+".join(digests))


def joined(parts: Sequence[Moments], cohorts: Sequence[Cohort]) -> Moments:
    """Return the sum of parts, whose cohorts are renamed to `cohorts`, one after another.

    Cohorts of one name are added together.
    """
    names = sorted(set(cohorts), key=lambda cohort: cohort.place)
    number = {name: place for place, name in enumerate(names)}
    place = np.array([number[cohort] for cohort in cohorts], dtype=np.int64)
    return attrs.evolve(
        parts[0],
        cohorts=tuple(names),
        count=_added(np.concatenate([one.count for one in parts]), place, len(names)),
        sums=_added(np.concatenate([one.sums for one in parts]), place, len(names)),
        products=_added(np.concatenate([one.products for one in parts]), place, len(names)),
        firms=_joined_firms(parts, place),
    )


def _joined_firms(parts: Sequence[Moments], place: Integers) -> FirmSums | None:
    starts = np.cumsum([0, *(len(one.cohorts) for one in parts)])
    held = [
        attrs.evolve(part.firms, cohort_no=place[start + part.firms.cohort_no])
        for part, start in zip(parts, starts, strict=False)
        if part.firms is not None
    ]
    if not held:
        return None
    firm = np.concatenate([one.firm for one in held])
    cohort_no = np.concatenate([one.cohort_no for one in held])
    names, code = np.unique(firm, return_inverse=True)
    width = int(cohort_no.max(initial=0)) + 1
    pairs, row = np.unique(code * width + cohort_no, return_inverse=True)
    return FirmSums(
        firm=names[pairs // width],
        cohort_no=pairs % width,
        count=_added(np.concatenate([one.count for one in held]), row, pairs.size),
        sums=_added(np.concatenate([one.sums for one in held]), row, pairs.size),
    )


def _added(values: np.ndarray[Any, Any], place: Integers, count: int) -> Any:
    """Return the sums of the rows of values at each place 0..count-1."""
    total = np.zeros((count, *values.shape[1:]), dtype=values.dtype)
    np.add.at(total, place, values)
    return total
