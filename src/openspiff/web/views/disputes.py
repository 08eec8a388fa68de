"""How does a payee object to what an event paid, and who answers by when?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.errors import OpenSpiffError
from openspiff.rules import About
from openspiff.web.access import (
    DECIDE_CLAIMS,
    READ_CLAIMS,
    SEND_CLAIMS,
    NotAllowedError,
)
from openspiff.web.actions import disputes as acts
from openspiff.web.forms.claims import AnswerForm, DisputeForm
from openspiff.web.forms.evidence import signed, unsigned
from openspiff.web.forms.numbers import page_number
from openspiff.web.forms.payees import EventForm
from openspiff.web.queries import disputes, explanations, people, programs, statements

from . import _claims as typed
from ._doors import SignedInRequest, guarded, now_at, shown_at
from ._events import ToldEvent, told_events

_DAY = 86_400_000_000


@guarded(READ_CLAIMS)
@require_safe
def dispute_list(request: SignedInRequest) -> HttpResponse:
    """List the disputes that the viewer sees, those overdue first."""
    page = page_number(request.GET.get("page", ""))
    found = disputes.disputes_visible(request.user, page=page)
    at = shown_at()
    lines = [{"dispute": one, **_clock(one.row.due_at, at)} for one in found.disputes]
    return render(request, "web/disputes.html", {"found": found, "lines": lines})


@guarded(SEND_CLAIMS)
@require_http_methods(["GET", "HEAD", "POST"])
def dispute_new(request: SignedInRequest) -> HttpResponse:
    """Object to what one of one's own events paid, or did not."""
    payee_id, source, event_id = _asked(request)
    event, known_at = _event(request, payee_id, source, event_id)
    if request.user.payee_id != payee_id:
        raise NotAllowedError("only the payee disputes")
    ends_at = acts.raise_before_at(known_at)
    context: dict[str, Any] = {
        "event": event,
        "payee_id": payee_id,
        "ends_at": ends_at,
        "is_late": ends_at <= shown_at(),
        "days": settings.OPENSPIFF_DISPUTE_DAYS,
        "open_id": disputes.open_dispute_of(
            request.user, payee_id=payee_id, source=source, event_id=event_id
        ),
    }
    if request.method != "POST":
        form = DisputeForm(initial={"token": typed.new_token()}, label_suffix="")
        return render(request, "web/dispute_new.html", context | {"form": form})
    return _raised(request, (source, event_id, known_at), context)


@guarded(READ_CLAIMS)
@require_safe
def dispute_detail(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """Show one dispute with its clock and its history."""
    found = disputes.dispute_seen(request.user, dispute_id)
    return _detail(request, found, AnswerForm(label_suffix=""))


@guarded(DECIDE_CLAIMS)
@require_POST
def dispute_answer(request: SignedInRequest, dispute_id: int) -> HttpResponse:
    """Answer a dispute, upheld or declined, in a sentence."""
    found = disputes.dispute_seen(request.user, dispute_id)
    form = AnswerForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _detail(request, found, form, status=400)
    acts.answer_dispute(
        dispute_id=dispute_id,
        is_upheld=form.cleaned_data["answer"] == "upheld",
        sentence=form.cleaned_data["sentence"],
        acting_user=request.user,
        at=now_at(),
    )
    return redirect("dispute", dispute_id=dispute_id)


def _raised(
    request: SignedInRequest, about: tuple[str, str, int], context: dict[str, Any]
) -> HttpResponse:
    """Raise the dispute, or show the form again with all that was typed."""
    source, event_id, known_at = about
    form = DisputeForm(request.POST, request.FILES, label_suffix="")
    carried = request.POST.get("kept", "")
    files = unsigned(request.user, carried)
    try:
        files = typed.evidence_sent(request, request.user, carried)
        if form.is_valid():
            new = acts.NewDispute(
                token=form.cleaned_data["token"],
                source=source,
                event_id=event_id,
                reason=form.cleaned_data["reason"],
                known_at=known_at,
                evidence=tuple(files),
            )
            row = acts.raise_dispute(
                dispute=new, acting_user=request.user, at=now_at(), as_of=shown_at()
            )
            return redirect("dispute", dispute_id=row.pk)
    except OpenSpiffError as error:
        form.is_valid()
        typed.tell(form, error)
    context |= {"form": form, "kept": files, "signed": signed(request.user, files)}
    return render(request, "web/dispute_new.html", context, status=400)


def _detail(
    request: SignedInRequest,
    found: disputes.ShownDispute,
    form: AnswerForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "dispute": found,
        "form": form,
        "may_answer": disputes.may_answer(request.user, found.row),
        **_clock(found.row.due_at, shown_at()),
    }
    return render(request, "web/dispute.html", context, status=status)


def _asked(request: SignedInRequest) -> tuple[str, str, str]:
    form = EventForm(request.GET)
    payee_id = request.GET.get("payee", "")
    if not form.is_valid() or not payee_id or "\0" in payee_id:
        message = "no such event"
        raise Http404(message)
    return payee_id, form.cleaned_data["source"], form.cleaned_data["event"]


def _event(
    request: SignedInRequest, payee_id: str, source: str, event_id: str
) -> tuple[ToldEvent, int]:
    """Return the event as its payee reads it, and since when they could."""
    viewer = request.user
    people.payee(viewer, payee_id)
    about = About(event=(source, event_id), payee_id=payee_id)
    found = explanations.explanations_of(viewer, about)
    booked = statements.booked_for_event(viewer, payee_id, source=source, event_id=event_id)
    told = told_events(programs.launched_programs(viewer), found, booked, at=shown_at())
    if not told:
        message = f"no event {event_id} of {payee_id}"
        raise Http404(message)
    known_at = disputes.known_since(
        viewer,
        payee_id=payee_id,
        source=source,
        event_id=event_id,
        batch_no=found[0].facts["entered_batch"],
    )
    return told[0], known_at


def _clock(due_at: int, at: int) -> dict[str, Any]:
    """Return how many days are left for the answer, or how many it is late."""
    left = due_at - at
    return {
        "is_overdue": left <= 0,
        "days": (abs(left) + _DAY - 1) // _DAY,
    }
