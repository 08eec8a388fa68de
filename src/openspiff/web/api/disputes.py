"""What may a machine do about disputes? List and read them, raise one, answer one."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Body, Path, Query, Router
from pydantic import Field

from openspiff.rules import About
from openspiff.web.access import (
    DECIDE_CLAIMS,
    READ_CLAIMS,
    SEND_CLAIMS,
    NotAllowedError,
    NotVisibleError,
)
from openspiff.web.actions import disputes as acts
from openspiff.web.queries import disputes as found
from openspiff.web.queries.explanations import explanations_of

from ._claim_shapes import EvidenceShape, KeptNames
from ._doors import Reply, fresh_name, now_at, operation, shown_at, viewer_of
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Given, Moment, Page, Shape
from .evidence import evidence_shape, kept_files

TAG: Final = "claims"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
DisputeId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a dispute.")]


class DisputeGiven(Given):
    """An objection to what an event of one's own paid, or did not."""

    source: str = Field(max_length=300)
    event_id: str = Field(max_length=300)
    reason: str = Field(min_length=1, max_length=2_000)
    evidence: KeptNames = Field(default=[])


class AnswerGiven(Given):
    """An answer in a sentence that the payee reads."""

    is_upheld: Annotated[bool, Field(strict=True)]
    sentence: str = Field(max_length=2_000)


class DisputeShape(Shape):
    """One dispute: about what, why, and by when it is answered."""

    dispute_id: int
    payee_id: str
    firm_id: str
    source: str
    event_id: str
    reason: str
    state: str
    raised_at: Moment
    due_at: Moment


class DisputeStepShape(Shape):
    """One change of a dispute's state."""

    to_state: str
    acted_at: Moment
    actor: str
    sentence: str


class WholeDisputeShape(DisputeShape):
    """One dispute with its evidence and its history."""

    evidence: list[EvidenceShape]
    steps: list[DisputeStepShape]


@operation(
    router,
    "GET",
    "/disputes",
    policy=READ_CLAIMS,
    scope="claims:read",
    shape=Page[DisputeShape],
    item=DisputeShape,
)
def list_disputes(
    request: HttpRequest,
    state: Annotated[
        str, Query(max_length=20, description="open, upheld or declined; empty: all.")
    ] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the disputes that the caller sees, the oldest first."""
    rows = found.disputes_listed(
        viewer_of(request),
        after=part_of(cursor, int) or 0,
        count=limit + 1,
        state=state,
    )
    return Reply(body=page_of(Page[DisputeShape], rows, limit, _dispute, "dispute_id"))


@operation(
    router,
    "POST",
    "/disputes",
    policy=SEND_CLAIMS,
    scope="claims:write",
    shape=WholeDisputeShape,
    status=201,
)
def raise_dispute(request: HttpRequest, dispute: Annotated[DisputeGiven, Body()]) -> Reply:
    """Object to what an event of the payee that the token's user is paid, or did not."""
    viewer = viewer_of(request)
    if not viewer.payee_id:
        raise NotAllowedError("only a payee disputes, and only their own events")
    named = (dispute.source, dispute.event_id)
    said = explanations_of(viewer, About(event=named, payee_id=viewer.payee_id))
    if not said:
        message = f"no event {dispute.event_id}"
        raise NotVisibleError(message)
    known_at = found.known_since(
        viewer,
        payee_id=viewer.payee_id,
        source=dispute.source,
        event_id=dispute.event_id,
        batch_no=said[0].facts["entered_batch"],
    )
    new = acts.NewDispute(
        token=fresh_name(),
        source=dispute.source,
        event_id=dispute.event_id,
        reason=dispute.reason,
        known_at=known_at,
        evidence=kept_files(viewer, dispute.evidence),
    )
    row = acts.raise_dispute(dispute=new, acting_user=viewer, at=now_at(), as_of=shown_at())
    return _reply(request, row.pk, status=201)


@operation(
    router,
    "GET",
    "/disputes/{dispute_id}",
    policy=READ_CLAIMS,
    scope="claims:read",
    shape=WholeDisputeShape,
)
def get_dispute(request: HttpRequest, dispute_id: DisputeId) -> Reply:
    """Read one dispute with its history."""
    return _reply(request, dispute_id)


@operation(
    router,
    "POST",
    "/disputes/{dispute_id}/answer",
    policy=DECIDE_CLAIMS,
    scope="claims:write",
    shape=WholeDisputeShape,
)
def answer_dispute(
    request: HttpRequest, dispute_id: DisputeId, answer: Annotated[AnswerGiven, Body()]
) -> Reply:
    """Answer an open dispute, never one's own; who comes second is told who was first."""
    acts.answer_dispute(
        dispute_id=dispute_id,
        is_upheld=answer.is_upheld,
        sentence=answer.sentence,
        acting_user=viewer_of(request),
        at=now_at(),
    )
    return _reply(request, dispute_id)


def _dispute(row: Any) -> DisputeShape:
    return DisputeShape(**_facts(row))


def _facts(row: Any) -> dict[str, Any]:
    told = {
        name: getattr(row, name)
        for name in DisputeShape.model_fields
        if name != "dispute_id"
    }
    return told | {"dispute_id": row.pk}


def _reply(request: HttpRequest, dispute_id: int, *, status: int = 200) -> Reply:
    one = found.dispute_seen(viewer_of(request), dispute_id)
    steps = [
        DisputeStepShape(
            to_state=step.to_state,
            acted_at=step.acted_at,
            actor=str(step.actor),
            sentence=step.sentence,
        )
        for step in one.steps
    ]
    evidence = [evidence_shape(each) for each in one.evidence]
    body = WholeDisputeShape(**_facts(one.row), evidence=evidence, steps=steps)
    return Reply(body=body, status=status)
