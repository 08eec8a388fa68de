"""Which command asks whether a program was worth it?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from openspiff.cli._doors import Door, progress_bar

if TYPE_CHECKING:
    from openspiff.engine import DuckDBEngine
    from openspiff.measure import Answer
    from openspiff.program import Program


@attrs.frozen(kw_only=True)
class Paid:
    """What the books say a program paid for, net of what was taken back."""

    amount_minor: int
    units: float
    by_payee: dict[str, int]


def paid_for(engine: DuckDBEngine, program_id: str) -> Paid:
    """Return what stands in `booked` for a program, with the units of `current_events`."""
    net = "b.accrued_minor - b.reversed_minor - b.clawed_back_minor"
    from openspiff.engine import quoted

    rows = engine.query(
        f"select b.payee_id, cast(sum({net}) as bigint) as amount_minor, "  # noqa: S608
        "cast(sum(e.share_ppm) as bigint) as units_ppm "
        "from booked b join current_events e on e.source = b.source "
        "and e.event_id = b.event_id and e.payee_id = b.payee_id "
        f"where b.program_id = {quoted(program_id)} and {net} > 0 group by b.payee_id"
    )
    by_payee = {payee_id: amount for payee_id, amount, _ in rows}
    return Paid(
        amount_minor=sum(by_payee.values()),
        units=sum(units for _, _, units in rows) / 1_000_000,
        by_payee=by_payee,
    )


def measure_program(door: Door, user: Any, program_id: str, *, seed: int) -> Answer:
    """Measure a launched program of the workspace and put the answer on record."""
    from openspiff.engine import DuckDBEngine
    from openspiff.events import open_feed
    from openspiff.measure import measure as measure_worth
    from openspiff.program import content_hash
    from openspiff.web.actions.measurements import record_measurement
    from openspiff.web.queries import books, feed, programs

    program = latest_version(user, program_id)
    files = feed.feed_files(user)
    with DuckDBEngine() as engine:
        open_feed(engine, files)
        books.open_books(user, engine)
        paid = paid_for(engine, program_id)
    with progress_bar("measuring") as progress:
        answer = measure_worth(
            program,
            feed=files,
            enrolment=programs.enrolment(user, program_id) if program.holdout else None,
            paid_minor=paid.amount_minor,
            paid_units=paid.units,
            paid_by_payee=paid.by_payee,
            as_of=door.now(),
            seed=seed,
            content_hash=content_hash(program),
            progress=progress,
        )
    record_measurement(answer=answer, acting_user=user, at=door.now())
    return answer


def latest_version(user: Any, program_id: str) -> Program:
    """Return the newest version of a program that was launched."""
    from openspiff.web.queries.programs import program_versions

    stored = [one for one in program_versions(user, program_id) if not one.is_draft]
    if not stored:
        message = f"{program_id} is not launched"
        raise click.BadParameter(message, param_hint="PROGRAM_ID")
    return stored[0].program


def write_report(
    door: Door,
    user: Any,
    answer: Answer,
    *,
    truth: Sequence[tuple[str, str, str]] = (),
) -> Path:
    """Write the report of an answer into the workspace and enter it."""
    from openspiff.report import report_html
    from openspiff.web.actions.measurements import record_report

    program = latest_version(user, answer.program_id)
    path = door.home.resolve() / "reports" / f"{answer.program_id}-{door.now()}.html"
    path.write_text(report_html(answer, program, truth=truth), encoding="utf-8")
    record_report(program_id=answer.program_id, path=path, acting_user=user, at=door.now())
    return path


def answer_text(answer: Answer) -> str:
    """Return the answer as a page of text: verdict, figures, the number others show."""
    from openspiff.report import headline_sentence, key_figures

    lines = [f"verdict: {answer.verdict.decision}"]
    lines += [f"  {reason}" for reason in answer.verdict.reasons]
    lines += ["", headline_sentence(answer), ""]
    lines += [f"{what}: {value} ({note})" for what, value, note in key_figures(answer)]
    if answer.naive is not None:
        one = answer.naive
        wrong = " ".join(warning.sentence for warning in one.warnings)
        lines += ["", f"not incremental, {one.name}: {one.value:+.3f} {one.unit}. {wrong}"]
    lines += [f"not possible: {method}: {why}" for method, why in answer.not_possible]
    return "\n".join(lines)


@click.command()
@click.argument("program_id")
@click.option("--seed", default=1, show_default=True, help="Seed of the re-drawn holdouts.")
@click.pass_obj
def measure(door: Door, program_id: str, seed: int) -> None:
    """Answer whether a program was worth it, and write the report."""
    import json

    user = door.open()
    from openspiff.measure import answer_json

    answer = measure_program(door, user, program_id, seed=seed)
    path = write_report(door, user, answer)
    record = {"report": path, "answer": json.loads(answer_json(answer))}
    door.show(record, f"{answer_text(answer)}\n\nreport: {path}")
