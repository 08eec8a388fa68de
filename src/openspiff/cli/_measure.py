"""Which command asks whether a program was worth it?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from openspiff.cli._doors import Door, long_work, progress_bar, stage
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.measure import Answer
    from openspiff.program import Program
    from openspiff.web.queries.decisions import Measured


OPENING: Final = "opening the workspace"
READING: Final = "reading the books"
COMPARING: Final = "comparing"
FOLLOWING: Final = "following its customers"
DRAWING: Final = "drawing the report"
WRITING: Final = "writing HTML and PDF"
KEEPING: Final = "keeping the moments"
STAGES: Final = {
    OPENING: 3.0,
    READING: 1.0,
    COMPARING: 2.0,
    FOLLOWING: 1.0,
    DRAWING: 6.0,
    WRITING: 1.0,
    KEEPING: 0.5,
}
"""The stages of measuring, and about how long each takes beside the others."""


class NotLaunchedError(OpenSpiffError):
    """A name of which no program was launched."""

    code = "not_launched"


def measure_program(door: Door, user: Any, program_id: str, *, seed: int) -> Answer:
    """Measure a launched program of the workspace and put the answer on record."""
    from functools import partial

    from openspiff.measure import may_overlap, measure_worth
    from openspiff.program import content_hash
    from openspiff.run import paid_for, with_customers
    from openspiff.web.actions.measurements import record_measurement
    from openspiff.web.queries import books, feed, programs

    program = latest_version(user, program_id)
    launched = programs.launched_programs(user)
    versions = [one for one in launched if one.program_id == program_id]
    files = feed.feed_files(user)
    stage(READING)
    paid = paid_for(
        versions,
        feed=files,
        at=door.now(),
        held_out=programs.held_out(user),
        load_booked=partial(books.open_books, user),
    )
    enrolment = programs.enrolment(user, program_id) if program.holdout else None
    near = [programs.enrolment(user, one) for one in may_overlap(program, launched)]
    stage(COMPARING)
    with progress_bar("measuring") as progress:
        answer = measure_worth(
            program,
            feed=files,
            enrolment=enrolment,
            paid_minor=paid.amount_minor,
            paid_units=paid.units,
            paid_by_payee=paid.by_payee,
            due_minor=paid.due_minor,
            clawed_back_minor=paid.clawed_back_minor,
            as_of=door.now(),
            seed=seed,
            content_hash=content_hash(program),
            launched=versions[0].measurement,
            others=launched,
            other_enrolments=[one for one in near if one.rows],
            progress=progress,
        )
    stage(FOLLOWING)
    answer = with_customers(answer, program, feed=files, enrolment=enrolment, seed=seed)
    record_measurement(answer=answer, acting_user=user, at=door.now())
    return answer


def keep_moments(door: Door, user: Any, program_id: str, path: Path) -> None:
    """Write the moments of a program's cohorts, from which its numbers can be audited."""
    from openspiff.engine import DuckDBEngine
    from openspiff.measure import moments_of_feed, write_moments
    from openspiff.program import content_hash
    from openspiff.web.queries import feed, programs

    program = latest_version(user, program_id)
    with DuckDBEngine() as engine:
        moments = moments_of_feed(
            engine,
            program,
            feed=feed.feed_files(user),
            enrolment=programs.enrolment(user, program_id) if program.holdout else None,
            as_of=door.now(),
            content_hash=content_hash(program),
        )
        write_moments(engine, moments, path)


def latest_version(user: Any, program_id: str) -> Program:
    """Return the newest version of a program that was launched.

    Raises NotLaunchedError when there is none.
    """
    from openspiff.web.access import NotVisibleError
    from openspiff.web.queries.programs import program_versions

    try:
        versions = program_versions(user, program_id)
    except NotVisibleError:
        problem = Problem(
            program_id, "no program of this name", "give the id of a launched one"
        )
        raise NotLaunchedError("there is nothing to measure", [problem]) from None
    stored = [one for one in versions if not one.is_draft]
    if not stored:
        problem = Problem(program_id, "a draft only", "launch it first: `openspiff launch`")
        raise NotLaunchedError("there is nothing to measure", [problem])
    return stored[0].program


@attrs.frozen(kw_only=True)
class Written:
    """Where the report of an answer was written."""

    html: Path
    pdf: Path
    csv: tuple[Path, ...] = ()

    def __str__(self) -> str:
        """Say where."""
        return f"{self.html}, as PDF {self.pdf}"


def write_report(
    door: Door,
    user: Any,
    answer: Answer,
    *,
    truth: Sequence[tuple[str, str, str]] = (),
    is_shared: bool = False,
    csv_folder: Path | None = None,
) -> Written:
    """Write the report of an answer into the workspace, as HTML and PDF, and enter it.

    A shared copy hides what is about fewer than five payees; pages show it to those only
    who have a link to it. `csv_folder` gets the numbers of each picture.
    """
    from openspiff.report import chart_csv, report_contents
    from openspiff.web.actions.decisions import write_edition

    program = latest_version(user, answer.program_id)
    stage(DRAWING)
    contents = report_contents(answer, program, truth=truth, is_shared=is_shared)
    stage(WRITING)
    edition = write_edition(
        program_id=answer.program_id,
        measurement_id=measurement_of(user, answer),
        is_shared=is_shared,
        contents=contents,
        acting_user=user,
        at=door.now(),
    )
    stem = door.home.resolve() / "reports" / edition.stem
    html, pdf = Path(f"{stem}.html"), Path(f"{stem}.pdf")
    found = []
    if csv_folder is not None:
        csv_folder.mkdir(parents=True, exist_ok=True)
        for chart in contents.all_charts:
            found.append(csv_folder / f"{answer.program_id}-{chart.name}.csv")
            found[-1].write_text(chart_csv(chart), encoding="utf-8", newline="")
    return Written(html=html, pdf=pdf, csv=tuple(found))


def on_record(user: Any, program_id: str) -> list[Measured]:
    """Return the measurements of a program, newest first.

    Raises MeasurementRecordError when there is none.
    """
    from openspiff.web.actions.measurements import MeasurementRecordError
    from openspiff.web.queries.decisions import measurements_of

    found = measurements_of(user, program_id)
    if not found:
        remedy = f"run `openspiff measure {program_id}`"
        problem = Problem(program_id, "not measured yet", remedy)
        raise MeasurementRecordError("there is no measurement on record", [problem])
    return found


def measurement_of(user: Any, answer: Answer) -> int:
    """Return the number under which an answer was put on record."""
    from openspiff.measure import answer_digest
    from openspiff.web.queries.decisions import measurements_of

    wanted = answer_digest(answer)
    return next(
        one.measurement_id
        for one in measurements_of(user, answer.program_id)
        if one.answer is not None and answer_digest(one.answer) == wanted
    )


@click.command()
@click.argument("program_id")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Seed of the re-drawn holdouts.",
)
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write the numbers of each picture into this folder.",
)
@click.option(
    "--moments",
    "moments_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also keep counts, sums and products of the cohorts (Parquet), to audit by.",
)
@click.option(
    "--shared",
    "is_shared",
    is_flag=True,
    help="Write a copy for others: what is about fewer than five payees is hidden.",
)
@click.pass_obj
def measure(
    door: Door,
    program_id: str,
    seed: int,
    csv_folder: Path | None,
    moments_file: Path | None,
    *,
    is_shared: bool,
) -> None:
    """Answer whether a program was worth it, and write the report as HTML and PDF.

    What is printed, as text or JSON, is the whole answer, also beside a shared copy.
    """
    import json

    with long_work("measuring", STAGES):
        stage(OPENING)
        user = door.open()
        from openspiff.measure import answer_json
        from openspiff.report import answer_text

        answer = measure_program(door, user, program_id, seed=seed)
        written = write_report(
            door, user, answer, is_shared=is_shared, csv_folder=csv_folder
        )
        if moments_file is not None:
            stage(KEEPING)
            keep_moments(door, user, program_id, moments_file)
    record = {
        "report": written.html,
        "pdf": written.pdf,
        "csv": list(written.csv),
        "moments": moments_file,
        "answer": json.loads(answer_json(answer)),
    }
    files = [f"report: {written.html}", f"pdf: {written.pdf}"]
    files += [f"csv: {path}" for path in written.csv]
    files += [] if moments_file is None else [f"moments: {moments_file}"]
    door.show(record, "\n".join([answer_text(answer), "", *files]))
