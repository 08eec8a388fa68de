"""What may a machine do with runs and reports? Look, book what was seen, and read on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Body, Path, Router
from pydantic import Field

from openspiff.engine import DuckDBEngine
from openspiff.errors import Problem
from openspiff.measure import answer_json
from openspiff.web.access import READ_FINANCE, READ_REPORTS, WORK_FINANCE, NotVisibleError
from openspiff.web.actions.books import RunFacts, book_run
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.queries.decisions import (
    Measured,
    measured_answer,
    measurements_of,
    report_file,
)
from openspiff.web.queries.listings import measurements_listed, runs_listed
from openspiff.web.queries.runs import evaluated, preview_of

from ._doors import Reply, now_at, operation, viewer_of
from ._files import file_reply
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Given, Minor, Moment, Page, Shape
from .programs import ProgramId

TAG: Final = "runs and reports"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
_MEMORY_LIMIT: Final = "1GB"
RunNumber = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a run.")]
MeasurementId = Annotated[int, Path(ge=1, le=_LARGEST)]


class RunShape(Shape):
    """One run that was booked."""

    run_number: int
    run_id: str
    recorded_at: Moment
    booked_by: str
    transfer_count: int
    totals: dict[str, Any] = Field(description="Sums in minor units, by currency and kind.")


class MovedShape(Shape):
    """What a run would change for one program."""

    program_id: str
    currency: str
    accrual_minor: Minor
    reversal_minor: Minor
    clawback_minor: Minor


class RunPreviewShape(Shape):
    """What a run would book now; `run_id` names it, to be booked as it was seen."""

    run_id: str
    transfer_count: int
    payee_count: int
    programs: list[MovedShape]


class RunGiven(Given):
    """Which run is to be booked: the one that was seen, and no other."""

    run_id: str = Field(min_length=1, max_length=40)


class MeasurementShape(Shape):
    """One measurement of a program."""

    program_id: str
    measurement_id: int
    measured_at: Moment
    measured_by: str
    verdict: str
    numbers_digest: str
    report_written_at: Moment | None


class MeasurementList(Shape):
    """Every measurement of a program, the newest first."""

    items: list[MeasurementShape]


class ReportShape(Shape):
    """The figures of one report, as they were measured."""

    program_id: str
    measurement_id: int
    figures: dict[str, Any] = Field(
        description="Estimates with intervals, evidence tiers, checks and the verdict."
    )


@operation(
    router,
    "GET",
    "/runs",
    policy=READ_FINANCE,
    scope="runs:read",
    shape=Page[RunShape],
    item=RunShape,
)
def list_runs(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the runs that were booked, the oldest first."""
    after = part_of(cursor, int) or 0
    rows = runs_listed(viewer_of(request), after=after, count=limit + 1)
    return Reply(body=page_of(Page[RunShape], rows, limit, _run, "run_number"))


@operation(
    router,
    "POST",
    "/runs",
    policy=WORK_FINANCE,
    scope="runs:write",
    shape=RunShape,
    status=201,
    moves_money=True,
    is_long=True,
)
def start_run(
    request: HttpRequest, run: Annotated[RunGiven, Body()]
) -> Callable[[], Reply]:
    """Book the run that was seen; another one by now is refused, and nothing is booked."""
    viewer = viewer_of(request)
    at = now_at()
    engine = DuckDBEngine(memory_limit=_MEMORY_LIMIT)
    found = evaluated(viewer, engine, at=at)
    if found.run_id != run.run_id:
        engine.close()
        problem = Problem(
            "body.run_id",
            "events, terms or books have changed since",
            "look again at GET /api/v1/run-preview",
        )
        raise ConflictError(
            "nothing was booked: this is not the run that was seen", [problem]
        )
    counts = {str(row[0]): int(row[2]) for row in found.totals}
    facts = RunFacts(versions=found.versions, feed_digest=found.feed_digest, counts=counts)

    def book() -> Reply:
        with engine:
            row = book_run(transfers=found.transfers, run=facts, acting_user=viewer, at=at)
        return Reply(body=_run(row), status=201)

    return book


@operation(
    router,
    "GET",
    "/run-preview",
    policy=WORK_FINANCE,
    scope="runs:read",
    shape=RunPreviewShape,
)
def preview_run(request: HttpRequest) -> Reply:
    """Work out what a run would book now; nothing is written."""
    viewer = viewer_of(request)
    with DuckDBEngine(memory_limit=_MEMORY_LIMIT) as engine:
        found = preview_of(viewer, evaluated(viewer, engine, at=now_at()))
    return Reply(
        body=RunPreviewShape(
            run_id=found.run_id,
            transfer_count=found.transfer_count,
            payee_count=found.payee_count,
            programs=[
                MovedShape(
                    program_id=one.held_id,
                    currency=one.currency,
                    accrual_minor=one.accrual_minor,
                    reversal_minor=one.reversal_minor,
                    clawback_minor=one.clawback_minor,
                )
                for one in found.programs
            ],
        )
    )


@operation(
    router,
    "GET",
    "/runs/{run_number}",
    policy=READ_FINANCE,
    scope="runs:read",
    shape=RunShape,
)
def get_run(request: HttpRequest, run_number: RunNumber) -> Reply:
    """Read one run."""
    found = runs_listed(viewer_of(request), after=run_number - 1, count=1)
    if not found or found[0].pk != run_number:
        message = f"no run {run_number}"
        raise NotVisibleError(message)
    return Reply(body=_run(found[0]))


@operation(
    router,
    "GET",
    "/reports",
    policy=READ_REPORTS,
    scope="reports:read",
    shape=Page[MeasurementShape],
    item=MeasurementShape,
)
def list_all_reports(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the measurements of all programs, the oldest first."""
    after = part_of(cursor, int) or 0
    rows = measurements_listed(viewer_of(request), after=after, count=limit + 1)
    return Reply(
        body=page_of(Page[MeasurementShape], rows, limit, _listed, "measurement_id")
    )


@operation(
    router,
    "GET",
    "/reports/{program_id}",
    policy=READ_REPORTS,
    scope="reports:read",
    shape=MeasurementList,
)
def list_reports(request: HttpRequest, program_id: ProgramId) -> Reply:
    """List the measurements of a program, the newest first."""
    found = measurements_of(viewer_of(request), program_id)
    return Reply(body=MeasurementList(items=[_measured(program_id, one) for one in found]))


@operation(
    router,
    "GET",
    "/reports/{program_id}/{measurement_id}",
    policy=READ_REPORTS,
    scope="reports:read",
    shape=ReportShape,
)
def get_report(
    request: HttpRequest, program_id: ProgramId, measurement_id: MeasurementId
) -> Reply:
    """Read the figures of one measurement."""
    answer = measured_answer(viewer_of(request), program_id, measurement_id)
    return Reply(
        body=ReportShape(
            program_id=program_id,
            measurement_id=measurement_id,
            figures=json.loads(answer_json(answer)),
        )
    )


@operation(
    router,
    "GET",
    "/reports/{program_id}/{measurement_id}/pdf",
    policy=READ_REPORTS,
    scope="reports:read",
    shape=None,
    media_type="application/pdf",
)
def get_report_pdf(
    request: HttpRequest, program_id: ProgramId, measurement_id: MeasurementId
) -> Reply:
    """Read the report of one measurement as it was written."""
    content = report_file(viewer_of(request), program_id, measurement_id, "pdf")
    return file_reply(content, "application/pdf", f"{program_id}-{measurement_id}.pdf")


def _run(row: Any) -> RunShape:
    return RunShape(
        run_number=row.pk,
        run_id=row.run_id,
        recorded_at=row.recorded_at,
        booked_by=str(row.booked_by),
        transfer_count=row.last_sequence - row.after_sequence,
        totals=row.totals,
    )


def _listed(found: tuple[Any, Any]) -> MeasurementShape:
    row, edition = found
    return MeasurementShape(
        program_id=row.program_id,
        measurement_id=row.pk,
        measured_at=row.measured_at,
        measured_by=str(row.measured_by),
        verdict=row.verdict,
        numbers_digest="" if edition is None else edition.numbers_digest,
        report_written_at=None if edition is None else edition.written_at,
    )


def _measured(program_id: str, one: Measured) -> MeasurementShape:
    return MeasurementShape(
        program_id=program_id,
        measurement_id=one.measurement_id,
        measured_at=one.measured_at,
        measured_by=one.measured_by,
        verdict=one.verdict,
        numbers_digest=one.numbers_digest,
        report_written_at=one.written_at,
    )
