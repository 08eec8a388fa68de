"""What was measured of a program, what changed in between, and who decided what?"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from openspiff.measure import Answer, MeasureError, read_answer
from openspiff.report import AnswerChange, Contents, answer_changes
from openspiff.web.access import READ_REPORTS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import MeasurementRecord, ReportEdition, VerdictRecord

from ._editions import drawing_of, edition_contents, edition_file
from .programs import StoredProgram, program_versions


@attrs.frozen(kw_only=True)
class Measured:
    """One measurement on record.

    `answer` is None where an older version wrote it in a way that is no longer read,
    `changes` what the measurement before said otherwise. `numbers_digest` is that of its
    report, empty before one was written.
    """

    measurement_id: int
    measured_at: int
    measured_by: str
    verdict: str
    answer: Answer | None
    changes: tuple[AnswerChange, ...] = ()
    numbers_digest: str = ""
    written_at: int | None = None


@attrs.frozen(kw_only=True)
class DecidedVerdict:
    """A verdict on record, with what the rule had suggested."""

    verdict_id: int
    measurement_id: int
    verdict: str
    suggested: str
    reasons: str
    deviates_because: str
    decided_by: str
    decided_at: int


def measured_program(viewer: Viewer, program_id: str) -> StoredProgram:
    """Return the version in force of a program whose reports the viewer may read.

    Raises NotVisibleError.
    """
    versions = program_versions(viewer, program_id)
    if not may_enter(viewer, READ_REPORTS):
        message = f"no report of {program_id}"
        raise NotVisibleError(message)
    return next((one for one in versions if not one.is_draft), versions[0])


def measurements_of(viewer: Viewer, program_id: str) -> list[Measured]:
    """Return every measurement of a program, newest first, each with what changed.

    Raises NotVisibleError for those who may not read reports.
    """
    measured_program(viewer, program_id)
    rows = MeasurementRecord.objects.filter(program_id=program_id)
    ordered = list(rows.select_related("measured_by").order_by("id"))
    editions = _editions(ordered)
    found: list[Measured] = []
    before: Answer | None = None
    for row in ordered:
        answer = _answer(row)
        known = before is not None and answer is not None
        edition = editions.get(row.pk)
        found.append(
            Measured(
                measurement_id=row.pk,
                measured_at=row.measured_at,
                measured_by=str(row.measured_by),
                verdict=row.verdict,
                answer=answer,
                changes=answer_changes(before, answer) if known else (),  # type: ignore[arg-type]
                numbers_digest="" if edition is None else edition.numbers_digest,
                written_at=None if edition is None else edition.written_at,
            )
        )
        before = answer
    return found[::-1]


def verdicts_of(viewer: Viewer, program_id: str) -> list[DecidedVerdict]:
    """Return every verdict on a program, newest first.

    Raises NotVisibleError for those who may not read reports.
    """
    measured_program(viewer, program_id)
    rows = VerdictRecord.objects.filter(measurement__program_id=program_id)
    return [
        DecidedVerdict(
            verdict_id=row.pk,
            measurement_id=row.measurement_id,
            verdict=row.verdict,
            suggested=row.suggested,
            reasons=row.reasons,
            deviates_because=row.deviates_because,
            decided_by=str(row.decided_by),
            decided_at=row.decided_at,
        )
        for row in rows.select_related("decided_by").order_by("-id")
    ]


def report_of(viewer: Viewer, program_id: str, measurement_id: int) -> Contents | None:
    """Return what the report of a measurement says; None before one was written.

    Raises NotVisibleError, and ReportFileError when the files are not what was written.
    """
    measured_program(viewer, program_id)
    edition = _edition(program_id, measurement_id)
    return None if edition is None else edition_contents(edition)


def report_drawing(
    viewer: Viewer, program_id: str, measurement_id: int, *, name: str, coat: str
) -> str:
    """Return one picture of a report as SVG text; raises NotVisibleError."""
    contents = report_of(viewer, program_id, measurement_id)
    charts = () if contents is None else contents.all_charts
    return drawing_of(charts, name, coat)


def report_file(viewer: Viewer, program_id: str, measurement_id: int, form: str) -> bytes:
    """Return a report as it was written, as html or pdf.

    Raises NotVisibleError when there is none, and ReportFileError.
    """
    measured_program(viewer, program_id)
    edition = _edition(program_id, measurement_id)
    if edition is None or form not in {"html", "pdf"}:
        message = f"no {form} report of {program_id}"
        raise NotVisibleError(message)
    return edition_file(edition, form)


def measured_answer(viewer: Viewer, program_id: str, measurement_id: int) -> Answer:
    """Return one answer; raises NotVisibleError, MeasureError for one of an old form."""
    measured_program(viewer, program_id)
    rows = MeasurementRecord.objects.filter(program_id=program_id, pk=measurement_id)
    row = rows.first()
    if row is None:
        message = f"no measurement {measurement_id} of {program_id}"
        raise NotVisibleError(message)
    return read_answer(row.answer_json)


def _answer(row: MeasurementRecord) -> Answer | None:
    try:
        return read_answer(row.answer_json)
    except MeasureError:
        return None


def _editions(rows: Sequence[MeasurementRecord]) -> dict[int, ReportEdition]:
    """Return the newest whole edition of each measurement."""
    found = ReportEdition.objects.filter(measurement__in=rows, is_shared=False)
    return {row.measurement_id: row for row in found.order_by("id")}


def _edition(program_id: str, measurement_id: int) -> ReportEdition | None:
    rows = ReportEdition.objects.filter(
        measurement__program_id=program_id, measurement_id=measurement_id, is_shared=False
    )
    return rows.order_by("id").last()
