"""Who may earn, and who is kept out by chance so that we can tell the difference?

The draw uses digests of ids and the program's seed, so it can be repeated anywhere and
does not depend on the order in which payees are listed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from openspiff.errors import Problem
from openspiff.money import PPM

from ._errors import ProgramError
from ._model import HoldoutUnit, Program

ALL: Final = "all"
"""The stratum of everyone where a program names no strata."""

ENROLMENT_COLUMNS: Final[Mapping[str, str]] = {
    "program_id": "VARCHAR",
    "payee_id": "VARCHAR",
    "firm_id": "VARCHAR",
    "stratum": "VARCHAR",
    "unit_id": "VARCHAR",  # the payee or the firm that was drawn
    "is_held_out": "BOOLEAN",
    "is_joiner": "BOOLEAN",  # came after launch
}


@attrs.frozen(kw_only=True)
class Candidate:
    """A payee as the roster describes them on the day of enrolment; unknown is empty."""

    payee_id: str
    firm_id: str = ""
    role: str = ""
    tier: str = ""
    region: str = ""
    segment: str = ""


@attrs.frozen
class EnrolledPayee:
    """What chance decided for one payee, and from which unit and stratum it was drawn."""

    payee_id: str
    firm_id: str
    stratum: str
    unit_id: str
    is_held_out: bool
    is_joiner: bool


@attrs.frozen
class Enrolment:
    """Everyone in the audience of a program, recorded at launch; rows by payee id."""

    program_id: str
    seed: int
    rows: tuple[EnrolledPayee, ...]

    def held_out_ids(self) -> frozenset[str]:
        """Return the payees who cannot earn."""
        return frozenset(row.payee_id for row in self.rows if row.is_held_out)


def assign_holdout(program: Program, payees: Iterable[Candidate]) -> Enrolment:
    """Draw the holdout among the payees in the audience.

    Every unit (payee or firm) has the same chance, the share of the program. The number
    held out is that share of all units, and within each stratum that share of its units,
    rounded down or up by less than one: systematic sampling over the strata, from a start
    and in an order that the seed decides. Without a holdout everyone may earn.
    Raises ProgramError for a payee listed twice, or without a firm where firms are drawn.
    """
    members = _in_audience(program, payees)
    units = _units(program, members)
    strata = _unit_strata(program, units)
    held_out = _drawn(program, strata)
    rows = [
        EnrolledPayee(
            payee.payee_id, payee.firm_id, strata[unit], unit, unit in held_out, False
        )
        for unit, group in units.items()
        for payee in group
    ]
    return _enrolment(program, rows)


def add_joiners(
    program: Program, enrolment: Enrolment, payees: Iterable[Candidate]
) -> Enrolment:
    """Return the enrolment with everyone in the audience who is not yet in it.

    A newcomer whose firm was drawn already shares its lot; anyone else is held out when
    the seeded digest of the unit falls below the share. Nobody who is enrolled changes.
    Raises ProgramError when the enrolment is of another program or another seed, and as
    `assign_holdout` does.
    """
    if (enrolment.program_id, enrolment.seed) != (program.program_id, _seed(program)):
        told = f"{enrolment.program_id} with seed {enrolment.seed}"
        problem = Problem("holdout.seed", f"the enrolment was drawn for {told}")
        raise ProgramError("newcomers join the draw that was recorded at launch", [problem])
    known = {row.payee_id for row in enrolment.rows}
    lots = {row.unit_id: row for row in enrolment.rows}
    members = _in_audience(program, payees)
    units = _units(program, [one for one in members if one.payee_id not in known])
    strata = _unit_strata(program, units)
    digest = _Digest(program, "joiner")
    share_ppm = 0 if program.holdout is None else program.holdout.share_ppm
    rows = list(enrolment.rows)
    for unit, group in units.items():
        lot = lots.get(unit)
        stratum = strata[unit] if lot is None else lot.stratum
        is_held_out = digest.ppm(unit) < share_ppm if lot is None else lot.is_held_out
        rows += [
            EnrolledPayee(one.payee_id, one.firm_id, stratum, unit, is_held_out, True)
            for one in group
        ]
    return _enrolment(program, rows)


def _seed(program: Program) -> int:
    return 0 if program.holdout is None else program.holdout.seed


def _enrolment(program: Program, rows: list[EnrolledPayee]) -> Enrolment:
    ordered = tuple(sorted(rows, key=lambda row: row.payee_id))
    return Enrolment(program.program_id, _seed(program), ordered)


def _in_audience(program: Program, payees: Iterable[Candidate]) -> list[Candidate]:
    audience, excluded = program.audience, frozenset(program.exclusions.firm_ids)
    lists = (
        ("role", frozenset(audience.roles)),
        ("tier", frozenset(audience.tiers)),
        ("region", frozenset(audience.regions)),
        ("segment", frozenset(audience.segments)),
        ("firm_id", frozenset(audience.firm_ids)),
    )
    asked = [(name, wanted) for name, wanted in lists if wanted]
    everyone = list(payees)
    counts = Counter(payee.payee_id for payee in everyone)
    if len(counts) < len(everyone):
        problems = [
            Problem(payee_id, f"listed {count} times", "list the payee once")
            for payee_id, count in sorted(counts.items())
            if count > 1
        ]
        raise ProgramError("every payee is enrolled once", problems)
    return [
        payee
        for payee in everyone
        if payee.firm_id not in excluded
        and all(getattr(payee, name) in wanted for name, wanted in asked)
    ]


def _units(program: Program, members: Iterable[Candidate]) -> dict[str, list[Candidate]]:
    holdout = program.holdout
    if holdout is None or holdout.unit is HoldoutUnit.PAYEE:
        return {payee.payee_id: [payee] for payee in members}
    units: dict[str, list[Candidate]] = {}
    for payee in members:
        units.setdefault(payee.firm_id, []).append(payee)
    if "" in units:
        problems = [
            Problem(payee_id, "no firm", "give the payee a firm, or draw payees")
            for payee_id in sorted(payee.payee_id for payee in units[""])
        ]
        raise ProgramError("a holdout of firms needs the firm of every payee", problems)
    return units


def _unit_strata(program: Program, units: Mapping[str, list[Candidate]]) -> dict[str, str]:
    """Return the stratum of each unit: of most of its payees, ties by name."""
    names = () if program.holdout is None else program.holdout.strata
    if not names:
        return dict.fromkeys(units, ALL)

    def stratum(payee: Candidate) -> str:
        return ", ".join(f"{name}={getattr(payee, name)}" for name in names)

    found: dict[str, str] = {}
    for unit, group in units.items():
        counts = Counter(map(stratum, group))
        found[unit] = min(counts, key=lambda one: (-counts[one], one))
    return found


class _Digest:
    """Whole numbers that a seed and an id decide, for one purpose of one program."""

    def __init__(self, program: Program, purpose: str) -> None:
        start = f"{_seed(program)}/{program.program_id}/{purpose}/"
        self._start = hashlib.blake2b(start.encode(), digest_size=16)

    def of(self, name: str) -> int:
        digest = self._start.copy()
        digest.update(name.encode())
        return int.from_bytes(digest.digest(), "big")

    def ppm(self, name: str) -> int:
        return self.of(name) % PPM


def _drawn(program: Program, strata: Mapping[str, str]) -> frozenset[str]:
    """Return the units held out.

    Each stratum gets the whole part of its quota; the rests are laid end to end, strata in
    seeded order, and a stratum gets one unit more where a mark of a ruler with a random
    offset falls into its rest. So each unit's chance is the share, exactly.

    Source: Madow (1949), "On the theory of systematic sampling, II", Annals of
    Mathematical Statistics 20.
    """
    if program.holdout is None:
        return frozenset()
    share_ppm = program.holdout.share_ppm
    by_stratum: dict[str, list[str]] = {}
    for unit, stratum in strata.items():
        by_stratum.setdefault(stratum, []).append(unit)
    order, lots = _Digest(program, "stratum"), _Digest(program, "unit")
    reached = _Digest(program, "offset").ppm("")
    held_out: set[str] = set()
    for stratum in sorted(by_stratum, key=lambda name: (order.of(name), name)):
        units = by_stratum[stratum]
        whole, rest = divmod(len(units) * share_ppm, PPM)
        count = whole + (reached % PPM + rest) // PPM
        reached += rest
        held_out.update(sorted(units, key=lambda unit: (lots.of(unit), unit))[:count])
    return frozenset(held_out)


def enrolment_rows(enrolment: Enrolment) -> list[dict[str, str | bool]]:
    """Return one row a payee with the names of ENROLMENT_COLUMNS, for storage."""
    return [
        {
            "program_id": enrolment.program_id,
            "payee_id": row.payee_id,
            "firm_id": row.firm_id,
            "stratum": row.stratum,
            "unit_id": row.unit_id,
            "is_held_out": row.is_held_out,
            "is_joiner": row.is_joiner,
        }
        for row in enrolment.rows
    ]


def enrolment_from_rows(
    rows: Sequence[Mapping[str, Any]], *, program_id: str, seed: int
) -> Enrolment:
    """Return the enrolment that `enrolment_rows` wrote, in whatever order it was kept.

    Raises ProgramError when a row is of another program or a payee stands in two rows.
    """
    counts = Counter(str(row["payee_id"]) for row in rows)
    problems = [
        Problem(payee_id, f"stands in {count} rows")
        for payee_id, count in sorted(counts.items())
        if count > 1
    ]
    strangers = {str(row["program_id"]) for row in rows} - {program_id}
    problems += [Problem(name, "another program") for name in sorted(strangers)]
    if problems:
        message = f"these rows are no enrolment of {program_id}"
        raise ProgramError(message, problems)
    enrolled = [
        EnrolledPayee(
            payee_id=str(row["payee_id"]),
            firm_id=str(row["firm_id"]),
            stratum=str(row["stratum"]),
            unit_id=str(row["unit_id"]),
            is_held_out=bool(row["is_held_out"]),
            is_joiner=bool(row["is_joiner"]),
        )
        for row in rows
    ]
    ordered = tuple(sorted(enrolled, key=lambda row: row.payee_id))
    return Enrolment(program_id, seed, ordered)
