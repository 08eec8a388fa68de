"""Which disputes does the viewer see, and by when is each answered?"""

from __future__ import annotations

from typing import Final

import attrs
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Max, Prefetch, Q, QuerySet, Value, When

from openspiff.web.access import (
    NotAllowedError,
    NotVisibleError,
    Viewer,
    may_act,
    may_see_payee,
    sees_all_payees,
)
from openspiff.web.models import (
    Dispute,
    DisputeState,
    DisputeStep,
    EventBatch,
    Evidence,
    Role,
    Transfer,
)

from .claims import ShownFile, payee_names, shown_files

PAGE_SIZE: Final = 25


@attrs.frozen(kw_only=True)
class ShownDispute:
    """One dispute with its evidence and its history."""

    row: Dispute
    payee_name: str
    evidence: tuple[ShownFile, ...]
    steps: tuple[DisputeStep, ...]

    @property
    def is_open(self) -> bool:
        """Tell whether it waits for an answer."""
        return self.row.state == DisputeState.OPEN


@attrs.frozen(kw_only=True)
class DisputePage:
    """One page of disputes."""

    disputes: tuple[ShownDispute, ...]
    count: int
    number: int
    page_count: int


def disputes_visible(viewer: Viewer, *, page: int = 1) -> DisputePage:
    """Return the disputes that the viewer sees, the open ones first, by who waits longest.

    Raises NotAllowedError for whoever can have none.
    """
    rows = Dispute.objects.annotate(
        place=Case(
            When(state=DisputeState.OPEN, then=Value(0)),
            default=Value(1),
            output_field=IntegerField(),
        )
    ).order_by("place", "due_at", "pk")
    walled = _walled(viewer, rows)
    pages = Paginator(walled, PAGE_SIZE)
    shown = pages.get_page(page)
    return DisputePage(
        disputes=tuple(_shown(walled.filter(pk__in=[one.pk for one in shown.object_list]))),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def disputes_listed(
    viewer: Viewer, *, after: int, count: int, state: str = ""
) -> list[Dispute]:
    """Return disputes above a number that the viewer sees, in their order, for machines.

    Raises NotAllowedError for whoever can have none.
    """
    rows = _walled(viewer, Dispute.objects.filter(pk__gt=after).order_by("pk"))
    return list((rows.filter(state=state) if state else rows)[:count])


def _walled(viewer: Viewer, rows: QuerySet[Dispute]) -> QuerySet[Dispute]:
    if sees_all_payees(viewer):
        return rows
    if viewer.role == Role.FIRM_OWNER and viewer.firm_id:
        mine = Q(firm_id=viewer.firm_id) | Q(payee_id=viewer.payee_id or None)
        return rows.filter(mine)
    if viewer.payee_id:
        return rows.filter(payee_id=viewer.payee_id)
    raise NotAllowedError("only a payee has disputes of their own")


def dispute_seen(viewer: Viewer, dispute_id: int) -> ShownDispute:
    """Return one dispute; raises NotVisibleError for strangers to its payee."""
    for one in _shown(Dispute.objects.filter(pk=dispute_id)):
        is_own = viewer.is_active and viewer.payee_id == one.row.payee_id
        if is_own or may_see_payee(
            viewer, payee_id=one.row.payee_id, firm_id=one.row.firm_id
        ):
            return one
    message = f"no dispute {dispute_id}"
    raise NotVisibleError(message)


def may_answer(viewer: Viewer, row: Dispute) -> bool:
    """Tell whether the viewer may answer this dispute: never their own."""
    is_own = row.raised_by_id == viewer.pk or row.payee_id == (viewer.payee_id or None)
    return may_act(viewer, "answer_dispute") and not is_own


def known_since(
    _viewer: Viewer, *, payee_id: str, source: str, event_id: str, batch_no: int
) -> int:
    """Return since when the payee could read what an event paid.

    That is the last booking for it; where none is booked, the import of `batch_no`, in
    which the event came.
    """
    booked = Transfer.objects.filter(payee_id=payee_id, source=source, event_id=event_id)
    last: int | None = booked.aggregate(last=Max("effective_at"))["last"]
    if last is not None:
        return last
    batches = EventBatch.objects.filter(batch_no=batch_no)
    return batches.values_list("imported_at", flat=True).first() or 0


def open_dispute_of(
    _viewer: Viewer, *, payee_id: str, source: str, event_id: str
) -> int | None:
    """Return the open dispute about an event of a payee; None when there is none."""
    rows = Dispute.objects.filter(
        payee_id=payee_id, source=source, event_id=event_id, state=DisputeState.OPEN
    )
    return rows.values_list("pk", flat=True).first()


def overdue_count(viewer: Viewer, *, at: int) -> int:
    """Return how many disputes should have been answered; 0 for who sees not all."""
    if not sees_all_payees(viewer):
        return 0
    return Dispute.objects.filter(state=DisputeState.OPEN, due_at__lte=at).count()


def _shown(rows: QuerySet[Dispute]) -> list[ShownDispute]:
    found = list(
        rows.prefetch_related(
            Prefetch("steps", DisputeStep.objects.select_related("actor").order_by("pk")),
            Prefetch("evidence", Evidence.objects.order_by("pk")),
        )
    )
    names = payee_names(row.payee_id for row in found)
    return [
        ShownDispute(
            row=row,
            payee_name=names.get(row.payee_id, row.payee_id),
            evidence=shown_files(row.evidence.all()),
            steps=tuple(row.steps.all()),
        )
        for row in found
    ]
