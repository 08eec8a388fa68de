"""How does finance pay? A batch is prepared, approved by somebody else, and paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from openspiff.errors import OpenSpiffError
from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    PAY_BATCHES,
    READ_FINANCE,
    WORK_FINANCE,
    NotAllowedError,
    NotVisibleError,
    may_enter,
)
from openspiff.web.actions import approvals as acts
from openspiff.web.forms.finance import BatchForm, LinesForm, PayForm, SeenForm
from openspiff.web.forms.numbers import whole_number
from openspiff.web.queries import approvals, payables, payee_methods, programs
from openspiff.web.queries.approvals import BatchLine
from openspiff.web.queries.payables import BatchFilters, Payables
from openspiff.web.queries.payee_methods import ShownMethod

from ._doors import SignedInRequest, guarded, now_at
from ._finance import engine, finance_page

_LINES_SHOWN = 50


@guarded(READ_FINANCE)
@require_safe
def batches(request: SignedInRequest) -> HttpResponse:
    """List the batches, the latest first."""
    found = approvals.batches(request.user)
    return finance_page(request, "finance_batches", {"batches": found})


@guarded(WORK_FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_batch(request: SignedInRequest) -> HttpResponse:
    """Show what would be paid, and prepare it as it was shown."""
    said = request.POST if request.method == "POST" else request.GET
    again = whole_number(said.get("again", ""))
    form = BatchForm(said, programs=_choices(request), label_suffix="")
    if not form.is_valid():
        return _batch_form(request, form, None, again, status=400)
    at = now_at()
    with engine() as opened:
        found = payables.payables(
            request.user,
            opened,
            BatchFilters(**form.asked()),
            at=at,
            apart_from=again or 0,
        )
    if request.method != "POST":
        return _batch_form(request, form, found, again)
    new = acts.NewBatch(
        sums=tuple((one.owed, one.promised_on) for one in found.lines),
        after=found.after,
        digest=request.POST.get("digest", ""),
        filters=found.filters.as_record(),
        left_out=found.left_out_record(),
    )
    try:
        made = acts.prepare_batch(
            batch=new,
            acting_user=request.user,
            at=at,
            instead_of=again,
        )
    except (NotAllowedError, NotVisibleError):
        raise
    except OpenSpiffError as error:
        return _batch_form(request, form, found, again, error=error, status=409)
    return redirect("finance_batch", number=made.number)


@guarded(READ_FINANCE)
@require_safe
def batch(request: SignedInRequest, number: int) -> HttpResponse:
    """Show one batch: lines, history, and whether it is still what is owed."""
    return _batch_page(request, number)


@guarded(WORK_FINANCE)
@require_POST
def approve(request: SignedInRequest, number: int) -> HttpResponse:
    """Sign the batch that was shown."""
    return _act(request, number, acts.approve_batch)


@guarded(WORK_FINANCE)
@require_POST
def reject(request: SignedInRequest, number: int) -> HttpResponse:
    """Refuse somebody else's batch, with the reason."""
    return _act(request, number, acts.reject_batch)


@guarded(WORK_FINANCE)
@require_POST
def void(request: SignedInRequest, number: int) -> HttpResponse:
    """Take a batch back, with the reason."""
    return _act(request, number, acts.void_batch)


@guarded(PAY_BATCHES)
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: SignedInRequest, number: int) -> HttpResponse:
    """Ask how an approved batch was paid, and book that it was."""
    at = now_at()
    found = approvals.batch(request.user, number, at=at)
    if request.method != "POST":
        form = PayForm(initial={"digest": found.digest}, label_suffix="")
        return finance_page(request, "finance_pay", {"batch": found, "form": form})
    form = PayForm(request.POST, label_suffix="")
    if not form.is_valid():
        context = {"batch": found, "form": form}
        return finance_page(request, "finance_pay", context, status=400)
    try:
        with engine() as opened:
            transfers = payables.batch_transfers(request.user, opened, number, at=at)
            acts.pay_batch(
                number=number,
                **form.cleaned_data,
                transfers=transfers,
                acting_user=request.user,
                at=at,
            )
    except (NotAllowedError, NotVisibleError):
        raise
    except OpenSpiffError as error:
        return _batch_page(request, number, error=error)
    return redirect("finance_batch", number=number)


def _act(request: SignedInRequest, number: int, act: Callable[..., Any]) -> HttpResponse:
    """Do one act on the batch that was seen; a refusal is shown on the batch itself."""
    form = SeenForm(request.POST)
    seen = form.cleaned_data if form.is_valid() else {"digest": "", "note": ""}
    try:
        act(number=number, **seen, acting_user=request.user, at=now_at())
    except (NotAllowedError, NotVisibleError):
        raise
    except OpenSpiffError as error:
        return _batch_page(request, number, error=error, note=seen["note"])
    return redirect("finance_batch", number=number)


def _batch_page(
    request: SignedInRequest,
    number: int,
    *,
    error: OpenSpiffError | None = None,
    note: str = "",
) -> HttpResponse:
    at = now_at()
    found = approvals.batch(request.user, number, at=at)
    form = LinesForm(request.GET, label_suffix="")
    asked = form.cleaned_data if form.is_valid() else {}
    differences = []
    if found.has_moved:
        with engine() as opened:
            differences = approvals.batch_differences(request.user, opened, number, at=at)
    lines = approvals.batch_lines(
        request.user, number, search=asked.get("q") or "", page=asked.get("page") or 1
    )
    return finance_page(
        request,
        "finance_batch",
        {
            "batch": found,
            "again": _as_query(found.filters, number),
            "differences": differences,
            "error": error,
            "lines": lines,
            "accounts": _accounts(request, lines.lines, at=at),
            "form": form,
            "search": asked.get("q") or "",
            "note": note,
        },
        status=200 if error is None else 409,
    )


def _accounts(
    request: SignedInRequest, lines: Iterable[BatchLine], *, at: int
) -> dict[str, ShownMethod]:
    """Return where the payees of these lines are paid, for those who may know."""
    if not may_enter(request.user, LIST_PAYOUT_DETAILS):
        return {}
    payee_ids = {line.payee_id for line in lines}
    return payee_methods.methods_in_force(request.user, payee_ids, at=at)


def _batch_form(
    request: SignedInRequest,
    form: BatchForm,
    found: Payables | None,
    again: int | None,
    *,
    error: OpenSpiffError | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "again": again, "error": error}
    if found is not None:
        context |= {
            "found": found,
            "lines": approvals.preview_lines(request.user, found, count=_LINES_SHOWN),
            "more_count": max(len(found.lines) - _LINES_SHOWN, 0),
            "left_out": found.left_out[:_LINES_SHOWN],
            "more_left_out_count": max(len(found.left_out) - _LINES_SHOWN, 0),
        }
    if again is not None:
        context["again_words"] = _("It takes the place of batch %(number)d.") % {
            "number": again
        }
    return finance_page(request, "finance_new_batch", context, status=status)


def _choices(request: SignedInRequest) -> list[tuple[str, str]]:
    return [
        (one.program.program_id, one.program.name)
        for one in programs.programs_visible(request.user)
        if not one.is_draft
    ]


def _as_query(filters: BatchFilters, number: int) -> list[tuple[str, str]]:
    """Return what the form of a new batch is filled with to ask the same again."""
    pairs = [("program", one) for one in filters.program_ids]
    if filters.firm_ids:
        pairs.append(("firm", ", ".join(filters.firm_ids)))
    if filters.promised_by is not None:
        pairs.append(("promised_by", str(filters.promised_by)))
    if filters.least:
        pairs.append(("least", filters.least))
    return [*pairs, ("again", str(number))]
