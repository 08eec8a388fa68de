"""What may a machine ask of the books? Tables, book files, budgets, holds and batches.

A batch is prepared, approved and paid on its pages only: there whoever does it shows once
more, minutes before, who they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Body, Path, Query, Router
from pydantic import Field

from openspiff.program import day_of
from openspiff.report import csv_blocks
from openspiff.web.access import READ_FINANCE, WORK_FINANCE, Viewer
from openspiff.web.actions import holds as acts
from openspiff.web.queries import approvals, budgets, exports, holds
from openspiff.web.queries.programs import books_zone

from ._claim_shapes import Day
from ._doors import Reply, now_at, operation, shown_at, viewer_of
from ._shapes import Given, Minor, Moment, Shape

TAG: Final = "finance"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
HoldId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a hold.")]
BatchNumber = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a batch.")]


class HoldGiven(Given):
    """Whose money is to wait, why, and until when; null: until it is released."""

    kind: str = Field(max_length=20, description="payee, firm or program.")
    held_id: str = Field(max_length=200)
    reason: str = Field(max_length=2_000)
    ends_before: Day | None = None


class ReleaseGiven(Given):
    """Why a hold is released."""

    reason: str = Field(min_length=1, max_length=2_000)


class HoldShape(Shape):
    """One hold."""

    hold_id: int
    kind: str
    held_id: str
    reason: str
    ends_before: dt.date | None
    placed_at: Moment
    placed_by: str
    released_at: Moment | None
    released_by: str
    release_reason: str


class HoldList(Shape):
    """Holds, the newest first."""

    items: list[HoldShape]


class BudgetShape(Shape):
    """What one program may spend, has spent, and is expected to."""

    program_id: str
    currency: str
    budget_minor: Minor | None
    booked_minor: Minor
    paid_minor: Minor
    owed_minor: Minor
    expected_minor: Minor | None
    is_open: bool


class BudgetList(Shape):
    """Every launched program, the newest window first."""

    items: list[BudgetShape]


class BatchShape(Shape):
    """One payout batch: what it comes to, and where it stands."""

    number: int
    state: str
    totals: dict[str, int] = Field(description="Minor units by currency.")
    payee_count: int
    line_count: int
    approved_count: int
    needed_count: int
    prepared_at: Moment
    prepared_by: str


class BatchList(Shape):
    """The last hundred batches, the latest first."""

    items: list[BatchShape]


class BatchStepShape(Shape):
    """One thing that somebody did with a batch."""

    state: str
    taken_at: Moment
    taken_by: str
    note: str
    run_id: str


class WholeBatchShape(BatchShape):
    """One batch with its history."""

    digest: str
    has_moved: bool = Field(description="It is no longer what is owed.")
    steps: list[BatchStepShape]


@operation(
    router, "GET", "/holds", policy=READ_FINANCE, scope="finance:read", shape=HoldList
)
def list_holds(request: HttpRequest) -> Reply:
    """List the holds in force, the newest first."""
    rows = holds.active_holds(viewer_of(request), at=shown_at())
    return Reply(body=HoldList(items=[_hold(one) for one in rows]))


@operation(
    router,
    "POST",
    "/holds",
    policy=WORK_FINANCE,
    scope="finance:write",
    shape=HoldShape,
    status=201,
)
def place_hold(request: HttpRequest, hold: Annotated[HoldGiven, Body()]) -> Reply:
    """Keep the money of a payee, a firm or a program from being paid."""
    row = acts.place_hold(
        kind=hold.kind,
        held_id=hold.held_id,
        reason=hold.reason,
        ends_before=hold.ends_before,
        acting_user=viewer_of(request),
        at=now_at(),
    )
    return Reply(body=_hold(holds.hold_shown(viewer_of(request), row.pk)), status=201)


@operation(
    router,
    "POST",
    "/holds/{hold_id}/release",
    policy=WORK_FINANCE,
    scope="finance:write",
    shape=HoldShape,
)
def release_hold(
    request: HttpRequest, hold_id: HoldId, release: Annotated[ReleaseGiven, Body()]
) -> Reply:
    """End a hold before its day; who comes second is told who was first."""
    viewer = viewer_of(request)
    acts.release_hold(
        hold_id=hold_id, reason=release.reason, acting_user=viewer, at=now_at()
    )
    return Reply(body=_hold(holds.hold_shown(viewer, hold_id)))


@operation(
    router, "GET", "/budgets", policy=READ_FINANCE, scope="finance:read", shape=BudgetList
)
def list_budgets(request: HttpRequest) -> Reply:
    """List what each launched program may spend and has spent."""
    items = [
        BudgetShape(
            program_id=one.program.program_id,
            currency=one.program.currency,
            **{
                name: getattr(one, name)
                for name in BudgetShape.model_fields
                if name not in {"program_id", "currency"}
            },
        )
        for one in budgets.budgets(viewer_of(request), at=shown_at())
    ]
    return Reply(body=BudgetList(items=items))


@operation(
    router, "GET", "/batches", policy=READ_FINANCE, scope="finance:read", shape=BatchList
)
def list_batches(request: HttpRequest) -> Reply:
    """List the last payout batches, the latest first."""
    rows = approvals.batches(viewer_of(request))
    return Reply(body=BatchList(items=[BatchShape(**_batch(one)) for one in rows]))


@operation(
    router,
    "GET",
    "/batches/{number}",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=WholeBatchShape,
)
def get_batch(request: HttpRequest, number: BatchNumber) -> Reply:
    """Read one payout batch with its history."""
    one = approvals.batch(viewer_of(request), number, at=shown_at())
    steps = [
        BatchStepShape(
            **{name: getattr(step, name) for name in BatchStepShape.model_fields}
        )
        for step in one.steps
    ]
    body = WholeBatchShape(
        **_batch(one.shown), digest=one.digest, has_moved=one.has_moved, steps=steps
    )
    return Reply(body=body)


@operation(
    router,
    "GET",
    "/batches/{number}/lines",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=None,
    media_type="text/csv",
)
def get_batch_lines(request: HttpRequest, number: BatchNumber) -> Reply:
    """Read the lines of one batch as CSV, as the page hands them over."""
    return _csv(exports.batch_export(viewer_of(request), number))


@operation(
    router,
    "GET",
    "/finance-tables/{name}",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=None,
    media_type="text/csv",
)
def get_finance_table(
    request: HttpRequest,
    name: Literal["transfers", "trial-balance", "liability", "month-end"],
    month: Annotated[
        str,
        Query(
            pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$",
            description="Of month-end, such as 2026-03; empty: this month.",
        ),
    ] = "",
) -> Reply:
    """Read one table of the books as CSV."""
    return _csv(_table(viewer_of(request), name, month))


@operation(
    router,
    "GET",
    "/book-files/{form}",
    policy=READ_FINANCE,
    scope="finance:read",
    shape=None,
    media_type="text/plain",
)
def get_book_file(request: HttpRequest, form: Literal["beancount", "hledger"]) -> Reply:
    """Read the whole books as text for beancount or hledger."""
    blocks = exports.book_file(viewer_of(request), form)
    return Reply(file=StreamingHttpResponse(blocks, content_type="text/plain"))


def _table(viewer: Viewer, name: str, month: str) -> exports.Export:
    match name:
        case "transfers":
            return exports.transfers_export(viewer)
        case "trial-balance":
            return exports.trial_balance_export(viewer)
        case "liability":
            return exports.liability_export(viewer, at=shown_at())
        case _:
            zone = books_zone(viewer)
            today = day_of(shown_at(), zone)
            month_on = dt.date.fromisoformat(f"{month}-01") if month else today
            return exports.month_end_export(viewer, month_on.replace(day=1), zone=zone)


def _csv(table: exports.Export) -> Reply:
    blocks: Iterable[str] = csv_blocks(table.header, table.rows)
    response = StreamingHttpResponse(blocks, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table.name}.csv"'
    return Reply(file=response)


def _hold(one: holds.ShownHold) -> HoldShape:
    return HoldShape(**{name: getattr(one, name) for name in HoldShape.model_fields})


def _batch(one: approvals.ShownBatch) -> dict[str, Any]:
    return {name: getattr(one, name) for name in BatchShape.model_fields}
