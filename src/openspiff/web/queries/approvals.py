"""Which batches were prepared, by whom were they approved, and do they still hold?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import attrs
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum

from openspiff.engine import DuckDBEngine
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import (
    ApprovalBatch,
    ApprovalLine,
    ApprovalStep,
    BatchState,
    PayeeName,
    ProgramVersion,
    utc_day,
)

from .payables import BatchFilters, Payables, payables

PAGE_SIZE = 50


@attrs.frozen(kw_only=True)
class ShownBatch:
    """One batch in a list: what it comes to, where it stands, how many have approved it."""

    number: int
    state: str
    totals: dict[str, int]
    payee_count: int
    line_count: int
    approved_count: int
    needed_count: int
    prepared_at: int
    prepared_by: str
    is_own: bool


@attrs.frozen(kw_only=True)
class BatchStep:
    """One thing that somebody did with a batch."""

    state: str
    taken_at: int
    taken_by: str
    note: str
    run_id: str
    is_own: bool


@attrs.frozen(kw_only=True)
class WholeBatch:
    """One batch with its history; `has_moved` says that it is no longer what is owed."""

    shown: ShownBatch
    digest: str
    after_sequence: int
    filters: BatchFilters
    left_out: tuple[dict[str, Any], ...]
    steps: tuple[BatchStep, ...]
    has_moved: bool

    @property
    def is_live(self) -> bool:
        """Whether it can still be paid."""
        return self.shown.state in {BatchState.PREPARED, BatchState.APPROVED}


@attrs.frozen(kw_only=True)
class BatchLine:
    """What one payee is to be paid under one program, with the name to show."""

    payee_id: str
    name: str
    firm_id: str
    program_id: str
    program_name: str
    currency: str
    promised_on: dt.date
    event_count: int
    amount_minor: int
    withheld_minor: int


@attrs.frozen(kw_only=True)
class Named:
    """The names of payees and programs by their ids."""

    payees: dict[str, str]
    programs: dict[str, str]


@attrs.frozen(kw_only=True)
class LinePage:
    """One page of lines, of how many, and of which page number."""

    lines: tuple[BatchLine, ...]
    count: int
    number: int
    page_count: int


@attrs.frozen(kw_only=True)
class LineDifference:
    """What a line says, and what is owed now; `why` where somebody is left out now."""

    payee_id: str
    program_id: str
    currency: str
    was_minor: int
    now_minor: int
    why: str


def batches(viewer: Viewer, *, count: int = 100) -> list[ShownBatch]:
    """Return the last batches, the latest first. Raises NotVisibleError for outsiders."""
    _refuse_outsiders(viewer)
    rows = _with_counts().order_by("-number")[:count]
    return [_shown(row, viewer) for row in rows]


def batches_awaiting(viewer: Viewer) -> list[ShownBatch]:
    """Return the batches on which somebody must act: to approve, or to pay."""
    _refuse_outsiders(viewer)
    rows = _with_counts().filter(state__in=[BatchState.PREPARED, BatchState.APPROVED])
    return [_shown(row, viewer) for row in rows.order_by("number")]


def batch(viewer: Viewer, number: int, *, at: int) -> WholeBatch:
    """Return one batch with its history. Raises NotVisibleError."""
    row = _row(viewer, number)
    steps = row.steps.select_related("taken_by").order_by("pk")
    is_live = row.state in {BatchState.PREPARED, BatchState.APPROVED}
    return WholeBatch(
        shown=_shown(row, viewer),
        digest=row.digest,
        after_sequence=row.after_sequence,
        filters=BatchFilters.of_record(row.filters),
        left_out=tuple(row.left_out),
        steps=tuple(_step(one, viewer) for one in steps),
        has_moved=is_live
        and (row.later_transfers().exists() or row.held_lines(utc_day(at)).exists()),
    )


def batch_lines(
    viewer: Viewer, number: int, *, search: str = "", page: int = 1
) -> LinePage:
    """Return the lines of a batch, by payee, a page of 50; `search` is part of an id."""
    row = _row(viewer, number)
    lines = row.lines.order_by("payee_id", "program_id", "accrued_at")
    if search:
        alike = PayeeName.objects.filter(name__icontains=search).values("payee_id")
        lines = lines.filter(Q(payee_id__icontains=search) | Q(payee_id__in=alike))
    pages = Paginator(lines, PAGE_SIZE)
    shown = pages.get_page(page)
    found = list(shown.object_list)
    named = _named({one.payee_id for one in found})
    return LinePage(
        lines=tuple(_line(one, named) for one in found),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def preview_lines(
    viewer: Viewer, found: Payables, *, count: int = PAGE_SIZE
) -> list[BatchLine]:
    """Return the first lines of what would be paid, as a batch would show them."""
    _refuse_outsiders(viewer)
    lines = found.lines[:count]
    named = _named({one.owed.payee_id for one in lines})
    return [
        BatchLine(
            payee_id=one.owed.payee_id,
            name=named.payees.get(one.owed.payee_id, one.owed.payee_id),
            firm_id=one.owed.firm_id,
            program_id=one.owed.program_id,
            program_name=named.programs.get(one.owed.program_id, one.owed.program_id),
            currency=one.owed.currency,
            promised_on=one.promised_on,
            event_count=one.owed.event_count,
            amount_minor=one.owed.paid_minor,
            withheld_minor=one.owed.unpaid_minor - one.owed.paid_minor,
        )
        for one in lines
    ]


def batch_differences(
    viewer: Viewer, engine: DuckDBEngine, number: int, *, at: int
) -> list[LineDifference]:
    """Return where a batch says another amount than what is owed now. Raises NotVisible."""
    row = _row(viewer, number)
    filters = BatchFilters.of_record(row.filters)
    now = payables(viewer, engine, filters, at=at, apart_from=number)
    amounts: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in now.lines:
        owed = line.owed
        amounts[owed.payee_id, owed.program_id, owed.currency] += owed.paid_minor
    why = {(one.payee_id, one.program_id, one.currency): one.reason for one in now.left_out}
    sums = row.lines.values_list("payee_id", "program_id", "currency")
    before = {tuple(key): amount for *key, amount in sums.annotate(Sum("amount_minor"))}
    return [
        LineDifference(
            payee_id=key[0],
            program_id=key[1],
            currency=key[2],
            was_minor=before.get(key, 0),
            now_minor=amounts.get(key, 0),
            why=why.get(key, ""),
        )
        for key in sorted({*before, *amounts})
        if before.get(key, 0) != amounts.get(key, 0)
    ]


def _refuse_outsiders(viewer: Viewer) -> None:
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such batches")


def _with_counts() -> Any:
    approvals = Count("steps", filter=Q(steps__state=BatchState.APPROVED))
    return ApprovalBatch.objects.select_related("prepared_by").annotate(approvals=approvals)


def _row(viewer: Viewer, number: int) -> Any:
    _refuse_outsiders(viewer)
    row = _with_counts().filter(pk=number).first()
    if row is None:
        message = f"no batch {number}"
        raise NotVisibleError(message)
    return row


def _shown(row: Any, viewer: Viewer) -> ShownBatch:
    return ShownBatch(
        number=row.number,
        state=row.state,
        totals=row.totals,
        payee_count=row.payee_count,
        line_count=row.line_count,
        approved_count=row.approvals,
        needed_count=row.needed_count,
        prepared_at=row.prepared_at,
        prepared_by=str(row.prepared_by),
        is_own=row.prepared_by_id == viewer.pk,
    )


def _step(one: ApprovalStep, viewer: Viewer) -> BatchStep:
    return BatchStep(
        state=one.state,
        taken_at=one.taken_at,
        taken_by=str(one.taken_by),
        note=one.note,
        run_id=one.run_id,
        is_own=one.taken_by_id == viewer.pk,
    )


def _line(one: ApprovalLine, named: Named) -> BatchLine:
    return BatchLine(
        payee_id=one.payee_id,
        name=named.payees.get(one.payee_id, one.payee_id),
        firm_id=one.firm_id,
        program_id=one.program_id,
        program_name=named.programs.get(one.program_id, one.program_id),
        currency=one.currency,
        promised_on=one.promised_on,
        event_count=one.event_count,
        amount_minor=one.amount_minor,
        withheld_minor=one.withheld_minor,
    )


def _named(payee_ids: set[str]) -> Named:
    rows = PayeeName.objects.filter(payee_id__in=payee_ids)
    versions = ProgramVersion.objects.order_by("version")
    return Named(
        payees={row.payee_id: str(row) for row in rows},
        programs=dict(versions.values_list("program_id", "name")),
    )
