"""What may a machine decide? Record a verdict on what was read, have a report written."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Body, Router
from pydantic import Field

from openspiff.web.access import DECIDE, READ_REPORTS, WRITE_REPORTS
from openspiff.web.actions import decisions as acts
from openspiff.web.actions.jobs_asked import ask_for_report
from openspiff.web.queries import decisions as found

from ._doors import Reply, now_at, operation, viewer_of
from ._shapes import Given, Moment, Shape
from .programs import ProgramId
from .runs import MeasurementId

TAG: Final = "runs and reports"
router: Final = Router()

_LARGEST: Final = 2**63 - 1


class VerdictGiven(Given):
    """A verdict on the newest measurement, and what was read before it."""

    measurement_id: int = Field(strict=True, ge=1, le=_LARGEST)
    after_id: Annotated[int, Field(strict=True, ge=1, le=_LARGEST)] | None = Field(
        default=None, description="The last verdict that was read; null: there was none."
    )
    verdict: str = Field(max_length=20, description="repeat, redesign or retire.")
    reasons: str = Field(max_length=4_000)
    deviates_because: str = Field(
        default="", max_length=4_000, description="Needed where the rule says otherwise."
    )


class VerdictShape(Shape):
    """One verdict on record, with what the rule had suggested."""

    verdict_id: int
    measurement_id: int
    verdict: str
    suggested: str
    reasons: str
    deviates_because: str
    decided_by: str
    decided_at: Moment


class VerdictList(Shape):
    """Every verdict on a program, the newest first."""

    items: list[VerdictShape]


class AskedShape(Shape):
    """The job that does what was asked for: see it at /jobs."""

    number: int
    state: str


@operation(
    router,
    "GET",
    "/verdicts/{program_id}",
    policy=READ_REPORTS,
    scope="reports:read",
    shape=VerdictList,
)
def list_verdicts(request: HttpRequest, program_id: ProgramId) -> Reply:
    """List the verdicts on a program, the newest first."""
    return _verdicts(request, program_id)


@operation(
    router,
    "POST",
    "/verdicts/{program_id}",
    policy=DECIDE,
    scope="reports:write",
    shape=VerdictList,
    status=201,
)
def record_verdict(
    request: HttpRequest, program_id: ProgramId, verdict: Annotated[VerdictGiven, Body()]
) -> Reply:
    """Decide on the newest measurement; refused when it was decided on meanwhile."""
    viewer = viewer_of(request)
    found.measured_program(viewer, program_id)
    new = acts.NewVerdict(program_id=program_id, **verdict.model_dump())
    acts.decide(new=new, acting_user=viewer, at=now_at())
    return _verdicts(request, program_id, status=201)


@operation(
    router,
    "POST",
    "/reports/{program_id}/{measurement_id}/write",
    policy=WRITE_REPORTS,
    scope="reports:write",
    shape=AskedShape,
    status=202,
)
def write_report(
    request: HttpRequest, program_id: ProgramId, measurement_id: MeasurementId
) -> Reply:
    """Have a worker write the report of a measurement; while it is under way, once."""
    viewer = viewer_of(request)
    found.measured_program(viewer, program_id)
    job = ask_for_report(
        program_id=program_id,
        measurement_id=measurement_id,
        acting_user=viewer,
        at=now_at(),
    )
    return Reply(
        body=AskedShape(number=job.pk, state=job.state),
        status=202,
        headers={"Location": f"/api/v1/jobs/{job.pk}"},
    )


def _verdicts(request: HttpRequest, program_id: str, *, status: int = 200) -> Reply:
    rows: list[Any] = found.verdicts_of(viewer_of(request), program_id)
    items = [
        VerdictShape(**{name: getattr(one, name) for name in VerdictShape.model_fields})
        for one in rows
    ]
    return Reply(body=VerdictList(items=items), status=status)
