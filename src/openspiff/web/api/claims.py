"""What may a machine do with claims? Read them, send, withdraw and decide them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Body, Path, Query, Router

from openspiff.program import Program, day_start
from openspiff.web.access import DECIDE_CLAIMS, READ_CLAIMS, SEND_CLAIMS, Viewer
from openspiff.web.actions import claim_decisions, claims as acts
from openspiff.web.actions.evidence import KeptFile
from openspiff.web.queries import feed as feeds
from openspiff.web.queries.claims import ShownClaim, claim_seen, program_to_claim
from openspiff.web.queries.found_events import found_event
from openspiff.web.queries.listings import claims_listed

from ._claim_shapes import (
    ClaimFactsGiven,
    ClaimGiven,
    ClaimShape,
    DecisionGiven,
    DecisionShape,
    StepShape,
    WholeClaimShape,
)
from ._doors import (
    Reply,
    fresh_name,
    now_at,
    operation,
    require_match,
    shown_at,
    viewer_of,
)
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Page
from .evidence import evidence_shape, kept_files

TAG: Final = "claims"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
ClaimId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a claim.")]


@operation(
    router,
    "GET",
    "/claims",
    policy=READ_CLAIMS,
    scope="claims:read",
    shape=Page[ClaimShape],
    item=ClaimShape,
)
def list_claims(
    request: HttpRequest,
    state: Annotated[
        str, Query(max_length=20, description="A state, or `waiting` for the queue.")
    ] = "",
    program_id: Annotated[str, Query(max_length=200)] = "",
    payee_id: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List claims in the order in which they were first sent.

    Staff see all, firm owners those of their firm, payees their own.
    """
    rows = claims_listed(
        viewer_of(request),
        after=part_of(cursor, int) or 0,
        count=limit + 1,
        state=state,
        program_id=program_id,
        payee_id=payee_id,
    )
    return Reply(body=page_of(Page[ClaimShape], rows, limit, _claim, "claim_id"))


@operation(
    router,
    "POST",
    "/claims",
    policy=SEND_CLAIMS,
    scope="claims:write",
    shape=ClaimShape,
    status=201,
)
def send_claim(request: HttpRequest, claim: Annotated[ClaimGiven, Body()]) -> Reply:
    """Send a claim of the payee that the token's user is."""
    viewer = viewer_of(request)
    program = program_to_claim(viewer, claim.program_id)
    row = acts.send_claim(
        claim=_new(viewer, program, claim),
        acting_user=viewer,
        at=now_at(),
        as_of=shown_at(),
    )
    return _made(row, status=201)


@operation(
    router,
    "POST",
    "/claims/decisions",
    policy=DECIDE_CLAIMS,
    scope="claims:write",
    shape=DecisionShape,
    moves_money=True,
)
def decide_claims(
    request: HttpRequest, decision: Annotated[DecisionGiven, Body()]
) -> Reply:
    """Approve or reject claims, or take decisions back; all of them or none.

    Each names the revision that was seen: a claim that changed meanwhile is refused, and
    so are one's own. What is approved becomes an event of the feed.
    """
    viewer = viewer_of(request)
    seen = [
        claim_decisions.SeenClaim(one.claim_id, one.revision) for one in decision.claims
    ]
    who: dict[str, Any] = {"acting_user": viewer, "at": now_at()}
    if decision.decision == "reject":
        claim_decisions.reject_claims(seen=seen, reason=decision.reason, **who)
        batch_no = None
    else:
        is_approval = decision.decision == "approve"
        deciding = (
            claim_decisions.approve_claims
            if is_approval
            else claim_decisions.undo_decisions
        )
        now = claim_decisions.FeedNow(
            feed=feeds.feed_files(viewer), next_batch_no=feeds.next_batch_no(viewer)
        )
        batch_no = deciding(seen=seen, feed=now, reason=decision.reason, **who)
    return Reply(
        body=DecisionShape(
            decision=decision.decision, claim_count=len(set(seen)), batch_no=batch_no
        )
    )


@operation(
    router,
    "GET",
    "/claims/{claim_id}",
    policy=READ_CLAIMS,
    scope="claims:read",
    shape=WholeClaimShape,
)
def get_claim(request: HttpRequest, claim_id: ClaimId) -> Reply:
    """Read one claim with its evidence and history; its ETag is asked for to change it."""
    return _whole(claim_seen(viewer_of(request), claim_id))


@operation(
    router,
    "POST",
    "/claims/{claim_id}/withdraw",
    policy=SEND_CLAIMS,
    scope="claims:write",
    shape=WholeClaimShape,
    needs_match=True,
)
def withdraw_claim(request: HttpRequest, claim_id: ClaimId) -> Reply:
    """Take back a claim that nobody has decided; nothing of it is lost."""
    viewer = viewer_of(request)
    claim = claim_seen(viewer, claim_id)
    require_match(request, _etag(claim))
    acts.withdraw_claim(
        claim_id=claim_id, revision=claim.row.revision, acting_user=viewer, at=now_at()
    )
    return _whole(claim_seen(viewer, claim_id))


@operation(
    router,
    "POST",
    "/claims/{claim_id}/resend",
    policy=SEND_CLAIMS,
    scope="claims:write",
    shape=WholeClaimShape,
    needs_match=True,
)
def resend_claim(
    request: HttpRequest, claim_id: ClaimId, claim: Annotated[ClaimFactsGiven, Body()]
) -> Reply:
    """Send a withdrawn or rejected claim again, as its next revision.

    Its evidence stays with it, and more may come to it.
    """
    viewer = viewer_of(request)
    seen = claim_seen(viewer, claim_id)
    require_match(request, _etag(seen))
    program = program_to_claim(viewer, seen.row.program_id)
    acts.resend_claim(
        claim_id=claim_id,
        revision=seen.row.revision,
        claim=_new(viewer, program, claim, again=seen),
        acting_user=viewer,
        at=now_at(),
        as_of=shown_at(),
    )
    return _whole(claim_seen(viewer, claim_id))


def _new(
    viewer: Viewer,
    program: Program,
    said: ClaimFactsGiven,
    *,
    again: ShownClaim | None = None,
) -> acts.NewClaim:
    occurred_at = day_start(said.occurred_on, program.window.zone)
    event = None
    if said.event is not None:
        event = found_event(viewer, source=said.event.source, event_id=said.event.event_id)
    facts = acts.ClaimFacts(
        customer=said.customer,
        occurred_at=occurred_at,
        product_id=said.product_id,
        revenue_type=said.revenue_type,
        quantity=said.quantity,
        amount_minor=said.amount_minor,
        margin_minor=said.margin_minor,
        mrr_minor=said.mrr_minor,
        term_months=said.term_months,
        is_government=said.is_government,
        note=said.note,
        found_source="" if event is None else event.source,
        found_event_id="" if event is None else event.event_id,
        subject_id=said.subject_id or ("" if event is None else event.subject_id),
    )
    kept = () if again is None else again.evidence
    return acts.NewClaim(
        token=fresh_name(),
        program=program,
        facts=facts,
        evidence=(
            *(
                KeptFile(
                    file_name=one.file_name,
                    digest=one.digest,
                    size_bytes=one.size_bytes,
                    media_type=one.media_type,
                )
                for one in kept
            ),
            *kept_files(viewer, said.evidence),
        ),
    )


def _claim(row: Any) -> ClaimShape:
    return ClaimShape(**_facts(row))


def _facts(row: Any) -> dict[str, Any]:
    told = {
        name: getattr(row, name) for name in ClaimShape.model_fields if name != "claim_id"
    }
    return told | {"claim_id": row.pk}


def _made(row: Any, *, status: int) -> Reply:
    return Reply(
        body=_claim(row),
        status=status,
        headers={"Location": f"/api/v1/claims/{row.pk}"},
        etag=f'"{row.pk}.{row.revision}.1"',
    )


def _etag(claim: ShownClaim) -> str:
    """Return the version of a claim: every change of it is one more step."""
    return f'"{claim.claim_id}.{claim.row.revision}.{len(claim.steps)}"'


def _whole(claim: ShownClaim) -> Reply:
    return Reply(
        body=WholeClaimShape(
            **_facts(claim.row),
            evidence=[evidence_shape(one) for one in claim.evidence],
            steps=[
                StepShape(
                    to_state=one.to_state,
                    acted_at=one.acted_at,
                    actor=one.actor,
                    reason=one.reason,
                    revision=one.revision,
                )
                for one in claim.steps
            ],
        ),
        etag=_etag(claim),
    )
