"""What does a payee see? The statement, every event, and why each paid what it paid."""

from __future__ import annotations

import datetime as dt

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openspiff.program import rule_line
from openspiff.rules import About
from openspiff.web.access import (
    READ_PAYEES,
    READ_STATEMENTS,
    may_see_payout_details,
)
from openspiff.web.forms.payees import EventForm, PayeeSearchForm
from openspiff.web.queries import explanations, holds, people, programs, statements

from ._doors import SignedInRequest, guarded, now_at, shown_at
from ._events import told_events
from ._kept_offline import kept
from ._show import local_day

_MONTHS_SHOWN = 12
_EVENTS_SHOWN = 25


@guarded(READ_STATEMENTS)
@require_safe
def statement(request: SignedInRequest, payee_id: str) -> HttpResponse:
    """Show what a payee has earned and was paid, what is promised, what is open."""
    account = statements.statement_for(request.user, payee_id)
    at = shown_at()
    months = account.statement.months[::-1]
    is_whole = "all" in request.GET or len(months) <= _MONTHS_SHOWN
    page = render(
        request,
        "web/statement.html",
        {
            "account": account,
            "payee": account.payee,
            "is_own": request.user.payee_id == payee_id,
            "months": [
                {"first_on": dt.date.fromisoformat(f"{month.month}-01"), "booked": month}
                for month in (months if is_whole else months[:_MONTHS_SHOWN])
            ],
            "is_whole": is_whole,
            "holds": holds.holds_on_payee(request.user, payee_id, at=now_at()),
            "open_programs": [
                {
                    "program": one.program,
                    "rule": rule_line(one.program),
                    "today": local_day(at, one.program.window.zone),
                    "is_open": at >= one.program.window.starts_at,
                }
                for one in programs.programs_open_to(request.user, payee_id)
                if at < one.program.window.ends_at
            ],
            "shows_details": may_see_payout_details(request.user, payee_id=payee_id),
        },
    )
    return kept(request, page)


@guarded(READ_STATEMENTS)
@require_safe
def why(request: SignedInRequest, payee_id: str) -> HttpResponse:
    """Show why one event of a payee paid what it paid, or nothing."""
    viewer = request.user
    payee = people.payee(viewer, payee_id)
    form = EventForm(request.GET)
    if not form.is_valid():
        message = "no such event"
        raise Http404(message)
    source, event_id = form.cleaned_data["source"], form.cleaned_data["event"]
    about = About(event=(source, event_id), payee_id=payee_id)
    booked = statements.booked_for_event(viewer, payee_id, source=source, event_id=event_id)
    found = explanations.explanations_of(viewer, about)
    told = told_events(programs.launched_programs(viewer), found, booked, at=shown_at())
    if not told:
        message = f"no event {event_id} of {payee_id}"
        raise Http404(message)
    return render(request, "web/why.html", {"payee": payee, "event": told[0]})


@guarded(READ_STATEMENTS)
@require_safe
def payee_events(request: SignedInRequest, payee_id: str) -> HttpResponse:
    """List every event of a payee, those that paid nothing with the reason."""
    viewer = request.user
    payee = people.payee(viewer, payee_id)
    found = explanations.explanations_of(viewer, About(payee_id=payee_id))
    told = told_events(programs.launched_programs(viewer), found, at=shown_at())
    page = Paginator(told, _EVENTS_SHOWN).get_page(request.GET.get("page"))
    return render(
        request,
        "web/events.html",
        {"payee": payee, "page": page, "count": len(told)},
    )


@guarded(READ_PAYEES)
@require_safe
def payee_list(request: SignedInRequest) -> HttpResponse:
    """List the payees whose statements the viewer may read."""
    form = PayeeSearchForm(request.GET, label_suffix="")
    asked = form.cleaned_data if form.is_valid() else {}
    found = people.payees_visible(
        request.user, search=asked.get("q") or "", page=asked.get("page") or 1
    )
    return render(
        request,
        "web/payees.html",
        {"form": form, "found": found, "search": asked.get("q") or ""},
    )
