"""Which command checks a measurement on record without the events?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import EXIT_BROKEN, Door
from openspiff.cli._measure import on_record
from openspiff.errors import Problem

if TYPE_CHECKING:
    from openspiff.measure import Answer, Audited
    from openspiff.program import Program


@click.command()
@click.argument("program_id")
@click.argument("moments", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def audit(door: Door, program_id: str, moments: Path) -> None:
    """Recompute a measurement on record from a file of MOMENTS, without the events.

    The file is what `openspiff measure PROGRAM --moments FILE` kept: counts, sums and
    products of cohorts, sealed, of the terms and weeks that were measured. Exits with 3
    when a number on record is not what the moments say.
    """
    user = door.open()
    from openspiff.engine import DuckDBEngine
    from openspiff.measure import audit_answer, read_moments

    with DuckDBEngine() as engine:
        kept = read_moments(engine, moments)
    answer, program = _measured(user, program_id, content_hash=kept.content_hash)
    found = audit_answer(answer, program, kept)
    record = {
        "program_id": program_id,
        "content_hash": kept.content_hash,
        "data_digest": kept.data_digest,
        "estimates": [_as_record(one) for one in found],
        "agrees": all(one.agrees for one in found),
    }
    door.show(record, "\n".join(_line(one) for one in found))
    if not record["agrees"]:
        sys.exit(EXIT_BROKEN)


def _measured(user: Any, program_id: str, *, content_hash: str) -> tuple[Answer, Program]:
    """Return the newest answer on record, best of these terms, and the version measured."""
    from openspiff.program import content_hash as hash_of
    from openspiff.web.actions.measurements import MeasurementRecordError
    from openspiff.web.queries.programs import program_versions

    measured = on_record(user, program_id)
    answers = [one.answer for one in measured if one.answer is not None]
    if not answers:
        problem = Problem(program_id, "written by another version", "measure it again")
        raise MeasurementRecordError("no measurement on record can be read", [problem])
    same = [one for one in answers if one.content_hash == content_hash]
    answer = [*same, *answers][0]
    versions = [one.program for one in program_versions(user, program_id)]
    return answer, next(one for one in versions if hash_of(one) == answer.content_hash)


def _as_record(one: Audited) -> dict[str, Any]:
    return {
        "name": one.name,
        "tier": one.tier,
        "unit": one.unit,
        "on_record": {"value": one.recorded, "standard_error": one.recorded_error},
        "from_moments": {"value": one.recomputed, "standard_error": one.recomputed_error},
        "is_exact": one.is_exact,
        "agrees": one.agrees,
    }


def _line(one: Audited) -> str:
    said = "agrees" if one.agrees else "DIFFERS"
    if one.agrees and not one.is_exact:
        said = "agrees but for payees who joined or left within a week"
    return (
        f"{one.name}, tier {one.tier}: {one.recorded:.6g} "
        f"(standard error {one.recorded_error:.3g}) on record, {one.recomputed:.6g} "
        f"({one.recomputed_error:.3g}) from the moments, {one.unit}: {said}"
    )
