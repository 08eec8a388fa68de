"""How do answers, verdicts and reports get on record? Added whole, never edited."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.measure import Answer, answer_json
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import MeasurementRecord, ReportFile, VerdictRecord

from ._audit import record_change
from .webhooks import tell


class MeasurementRecordError(OpenSpiffError):
    """A measurement, verdict or report that cannot be put on record."""

    code: ClassVar[str] = "measurement_record"


@transaction.atomic
def record_measurement(
    *, answer: Answer, acting_user: Viewer, at: int
) -> MeasurementRecord:
    """Keep the whole answer of a measurement; the same answer again is kept once.

    Raises NotAllowedError.
    """
    require_act(acting_user, "record_measurement")
    text = answer_json(answer)
    latest = (
        MeasurementRecord.objects.filter(program_id=answer.program_id).order_by("id").last()
    )
    if latest is not None and latest.answer_json == text:
        return latest
    row = MeasurementRecord.objects.create(
        program_id=answer.program_id,
        as_of_at=answer.as_of,
        answer_json=text,
        verdict=answer.verdict.decision,
        measured_at=at,
        measured_by=acting_user,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="record_measurement",
        of=("program", answer.program_id),
        change=(None, {"measurement": row.pk, "verdict": row.verdict}),
    )
    return row


@transaction.atomic
def record_verdict(
    *,
    measurement: MeasurementRecord,
    verdict: str,
    reasons: str,
    deviates_because: str = "",
    acting_user: Viewer,
    at: int,
) -> VerdictRecord:
    """Put on record what a named person decided about a program, and why.

    Raises NotAllowedError, and MeasurementRecordError for an unknown verdict, one without
    reasons, or one that is not what the rule suggests and does not say why.
    """
    require_act(acting_user, "record_verdict")
    problems = []
    if verdict not in VerdictRecord.VERDICTS:
        remedy = f"one of {', '.join(VerdictRecord.VERDICTS)}"
        problems.append(Problem("verdict", f"{verdict!r} is no verdict", remedy))
    if not reasons.strip():
        problems.append(Problem("reasons", "a verdict has reasons", "write a sentence"))
    deviates = verdict != measurement.verdict
    if deviates and not deviates_because.strip():
        suggested = measurement.verdict.replace("_", " ")
        message = f"the rule stated before launch suggests: {suggested}"
        problems.append(Problem("deviates_because", message, "say why not that"))
    if problems:
        raise MeasurementRecordError("the verdict cannot be recorded", problems)
    row = VerdictRecord.objects.create(
        measurement=measurement,
        verdict=verdict,
        reasons=reasons.strip(),
        suggested=measurement.verdict,
        deviates_because=deviates_because.strip() if deviates else "",
        decided_at=at,
        decided_by=acting_user,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="record_verdict",
        of=("program", measurement.program_id),
        change=(None, {"verdict": verdict, "measurement": measurement.pk}),
    )
    facts = {"program_id": measurement.program_id, "verdict": verdict}
    tell(kind="verdict.recorded", facts={**facts, "measurement": measurement.pk}, at=at)
    return row


@transaction.atomic
def record_report(
    *, program_id: str, path: Path, acting_user: Viewer, at: int
) -> ReportFile:
    """Enter a report that was written into the workspace's reports folder.

    A file without a row is not shown. Raises NotAllowedError, and MeasurementRecordError
    for a file that lies elsewhere or is not there.
    """
    require_act(acting_user, "record_report")
    folder = Path(settings.OPENSPIFF_HOME) / "reports"
    path = path.resolve()
    if path.parent != folder.resolve() or not path.is_file():
        problem = Problem(
            str(path), "no file in the reports folder", f"write it to {folder}"
        )
        raise MeasurementRecordError("the report cannot be recorded", [problem])
    row = ReportFile.objects.create(
        program_id=program_id,
        file_name=path.name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        written_at=at,
        written_by=acting_user,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="record_report",
        of=("program", program_id),
        change=(None, {"file_name": row.file_name, "digest": row.digest}),
    )
    return row
