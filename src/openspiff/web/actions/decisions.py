"""How is a report kept whole, and how does somebody decide on the strength of it?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import attrs
from django.conf import settings
from django.db import transaction

from openspiff.errors import Problem
from openspiff.measure import read_answer
from openspiff.program import Program, program_from_json
from openspiff.report import (
    Contents,
    contents_html,
    contents_json,
    contents_pdf,
    report_contents,
)
from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import (
    MeasurementRecord,
    ProgramState,
    ProgramVersion,
    ReportEdition,
    ReportFile,
    VerdictRecord,
)

from ._audit import record_change
from .conflict import ConflictError as ConflictError  # noqa: PLC0414 (pages catch it)
from .measurements import MeasurementRecordError, record_verdict

_LIKE = 12


@attrs.frozen(kw_only=True)
class NewVerdict:
    """What somebody decides, and what they had in front of them when they did.

    `measurement_id` is the measurement they read, `after_id` the verdict that was the last
    one then (None: there was none).
    """

    program_id: str
    measurement_id: int
    after_id: int | None
    verdict: str
    reasons: str
    deviates_because: str = ""


@transaction.atomic
def decide(*, new: NewVerdict, acting_user: Viewer, at: int) -> VerdictRecord:
    """Record a verdict on the newest measurement of a program.

    Raises NotAllowedError, NotVisibleError when there is no such measurement,
    ConflictError when the program was measured or decided upon meanwhile, and
    MeasurementRecordError with everything that is missing.
    """
    require_act(acting_user, "record_verdict")
    # Locking the measurements lets two people decide one after the other.
    rows = MeasurementRecord.objects.select_for_update().filter(program_id=new.program_id)
    found = {row.pk: row for row in rows.order_by("id")}
    measurement = found.get(new.measurement_id)
    if measurement is None:
        message = f"no measurement {new.measurement_id} of {new.program_id}"
        raise NotVisibleError(message)
    if new.measurement_id != max(found):
        raise ConflictError("the program was measured again meanwhile: read that first")
    verdicts = VerdictRecord.objects.filter(measurement__program_id=new.program_id)
    last = verdicts.select_related("decided_by").order_by("id").last()
    if last is not None and last.pk != new.after_id:
        message = f"{last.decided_by} has decided meanwhile: read that first"
        raise ConflictError(message)
    return record_verdict(
        measurement=measurement,
        verdict=new.verdict,
        reasons=new.reasons,
        deviates_because=new.deviates_because,
        acting_user=acting_user,
        at=at,
    )


@transaction.atomic
def write_edition(
    *,
    program_id: str,
    measurement_id: int,
    acting_user: Viewer,
    at: int,
    is_shared: bool = False,
    contents: Contents | None = None,
) -> ReportEdition:
    """Write the report of a measurement as page, PDF and contents, and enter it.

    One that was written and lies there unchanged is returned as it is. `contents` are those
    of the measurement where the caller has drawn them already. A shared edition hides what
    is about fewer than five payees. Raises NotAllowedError and NotVisibleError.
    """
    require_act(acting_user, "share_report" if is_shared else "record_report")
    measurement = _locked(program_id, measurement_id)
    found = ReportEdition.objects.filter(measurement=measurement, is_shared=is_shared)
    latest = found.order_by("id").last()
    if latest is not None and _is_whole(latest):
        return latest
    contents = contents or _contents(measurement, is_shared=is_shared)
    kind = "-shared" if is_shared else ""
    stem = f"{program_id}-{at}-{contents.numbers_digest[:_LIKE]}{kind}"
    files = _drawn(contents)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    # Lost files come back under the row that names them, unless drawn otherwise by now.
    taken = ReportEdition.objects.filter(stem__startswith=stem).count()
    if latest and latest.stem.startswith(stem) and _named(latest) == digests:
        _write_all(latest.stem, files)
        return latest
    stem = f"{stem}-{taken + 1}" if taken else stem
    _write_all(stem, files)
    row = ReportEdition.objects.create(
        measurement=measurement,
        is_shared=is_shared,
        stem=stem,
        numbers_digest=contents.numbers_digest,
        html_digest=digests["html"],
        pdf_digest=digests["pdf"],
        contents_digest=digests["json"],
        written_at=at,
        written_by=acting_user,
    )
    if not is_shared:
        ReportFile.objects.create(
            program_id=program_id,
            file_name=f"{stem}.html",
            digest=digests["html"],
            written_at=at,
            written_by=acting_user,
        )
    record_change(
        acting_user=acting_user,
        at=at,
        action="write_edition",
        of=("program", program_id),
        change=(None, {"stem": stem, "numbers_digest": row.numbers_digest}),
    )
    return row


def _locked(program_id: str, measurement_id: int) -> MeasurementRecord:
    rows = MeasurementRecord.objects.select_for_update()
    found = rows.filter(program_id=program_id, pk=measurement_id).first()
    if found is None:
        message = f"no measurement {measurement_id} of {program_id}"
        raise NotVisibleError(message)
    return found


def _contents(measurement: MeasurementRecord, *, is_shared: bool) -> Contents:
    answer = read_answer(measurement.answer_json)
    program = _program(measurement.program_id, answer.version)
    return report_contents(answer, program, is_shared=is_shared)


def _program(program_id: str, version: int) -> Program:
    """Return the terms that were measured, which never change once launched."""
    rows = ProgramVersion.objects.filter(program_id=program_id, version=version)
    row = rows.exclude(state=ProgramState.DRAFT).first()
    if row is None:
        remedy = f"run `openspiff measure {program_id}` again"
        problem = Problem(program_id, f"version {version} is not on record", remedy)
        raise MeasurementRecordError("the report cannot be written", [problem])
    return program_from_json(row.terms_json, name=str(row))


def _folder() -> Path:
    return Path(settings.OPENSPIFF_HOME) / "reports"


def _drawn(contents: Contents) -> dict[str, bytes]:
    return {
        "html": contents_html(contents).encode(),
        "pdf": contents_pdf(contents),
        "json": contents_json(contents).encode(),
    }


def _named(edition: ReportEdition) -> dict[str, str]:
    """Return the digest that an edition names for each of its files."""
    return {
        "html": edition.html_digest,
        "pdf": edition.pdf_digest,
        "json": edition.contents_digest,
    }


def _is_whole(edition: ReportEdition) -> bool:
    paths = {
        _folder() / f"{edition.stem}.{name}": digest
        for name, digest in _named(edition).items()
    }
    return all(
        path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest
        for path, digest in paths.items()
    )


def _write_all(stem: str, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        _write(f"{stem}.{name}", data)


def _write(name: str, data: bytes) -> None:
    """Write a file whole or not at all."""
    path = _folder() / name
    before = path.with_name(f".{name}.part")
    with before.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    before.replace(path)
