"""What did the last measurement say, who decided what, where is the report?"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar

import attrs
from django.conf import settings
from django.db.models import OuterRef, Subquery

from openspiff.errors import OpenSpiffError, Problem
from openspiff.measure import Answer, MeasureError, read_answer
from openspiff.web.access import READ_REPORTS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import MeasurementRecord, ReportFile, VerdictRecord

from .programs import program_versions


class ReportFileError(OpenSpiffError):
    """A report whose file is gone, or is no longer what was written."""

    code: ClassVar[str] = "report_file"


@attrs.frozen(kw_only=True)
class Decided:
    """A verdict on record."""

    verdict: str
    reasons: str
    decided_by: str
    decided_at: int


def measurement_latest(viewer: Viewer, program_id: str) -> Answer | None:
    """Return the newest answer for a program, None when it was never measured.

    Raises NotVisibleError for those who may not read reports.
    """
    _require_reader(viewer, program_id)
    rows = MeasurementRecord.objects.filter(program_id=program_id)
    row = rows.order_by("id").last()
    return None if row is None else read_answer(row.answer_json)


def measurements_latest(viewer: Viewer) -> list[Answer]:
    """Return the answer of every program that looks back from latest, by program id.

    Of two that look back from the same moment the newer one; a look back from an earlier
    moment, taken later, takes no program out of a library.
    Raises NotVisibleError for those who may not read reports, and MeasureError with every
    answer that an older version wrote in a way that is no longer read.
    """
    if not may_enter(viewer, READ_REPORTS):
        message = "no reports"
        raise NotVisibleError(message)
    alike = MeasurementRecord.objects.filter(program_id=OuterRef("program_id"))
    newest = alike.order_by("-as_of_at", "-id").values("id")[:1]
    rows = MeasurementRecord.objects.filter(id=Subquery(newest))
    answers, problems = [], []
    for row in rows.order_by("program_id"):
        try:
            answers.append(read_answer(row.answer_json))
        except MeasureError:
            remedy = f"run `openspiff measure {row.program_id}` again"
            problems.append(Problem(row.program_id, "kept in an older form", remedy))
    if problems:
        raise MeasureError("some measurements cannot be read", problems)
    return answers


def verdict_latest(viewer: Viewer, program_id: str) -> Decided | None:
    """Return what was last decided about a program, None when nothing was.

    Raises NotVisibleError for those who may not read reports.
    """
    _require_reader(viewer, program_id)
    rows = VerdictRecord.objects.filter(measurement__program_id=program_id)
    row = rows.select_related("decided_by").order_by("id").last()
    if row is None:
        return None
    return Decided(
        verdict=row.verdict,
        reasons=row.reasons,
        decided_by=str(row.decided_by),
        decided_at=row.decided_at,
    )


def report_written_at(viewer: Viewer, program_id: str) -> int | None:
    """Return when the newest report of a program was written; None without a report."""
    _require_reader(viewer, program_id)
    row = ReportFile.objects.filter(program_id=program_id).order_by("id").last()
    return None if row is None else row.written_at


def report_page(viewer: Viewer, program_id: str) -> bytes:
    """Return the newest report of a program, as it was written.

    Raises NotVisibleError when there is none for this viewer, and ReportFileError when the
    file is gone or its digest is not the one on record.
    """
    _require_reader(viewer, program_id)
    row = ReportFile.objects.filter(program_id=program_id).order_by("id").last()
    if row is None:
        message = f"no report of {program_id}"
        raise NotVisibleError(message)
    path = Path(settings.OPENSPIFF_HOME) / "reports" / row.file_name
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != row.digest:
        remedy = f"run `openspiff measure {program_id}` again to write a new one"
        problem = Problem(row.file_name, "gone, or changed since it was written", remedy)
        raise ReportFileError("the report cannot be shown", [problem])
    return content


def _require_reader(viewer: Viewer, program_id: str) -> None:
    program_versions(viewer, program_id)
    if not may_enter(viewer, READ_REPORTS):
        message = f"no report of {program_id}"
        raise NotVisibleError(message)
