"""How do the books come to what is due today? A run is looked at first, then booked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from openspiff.errors import OpenSpiffError, Problem
from openspiff.run import Run
from openspiff.web.access import (
    READ_FINANCE,
    WORK_FINANCE,
    NotAllowedError,
    NotVisibleError,
    Viewer,
)
from openspiff.web.actions.books import RunFacts, book_run
from openspiff.web.forms.finance import LinesForm, RunForm
from openspiff.web.queries import runs as queries

from ._doors import SignedInRequest, guarded, now_at, wants_fragment
from ._finance import engine, finance_page


@guarded(READ_FINANCE)
@require_safe
def runs(request: SignedInRequest) -> HttpResponse:
    """List what was booked, runs and payouts, each with its sums."""
    form = LinesForm(request.GET)
    page = form.cleaned_data["page"] if form.is_valid() else 1
    found = queries.booked_runs(request.user, page=page or 1)
    return finance_page(request, "finance_runs", {"found": found})


@guarded(WORK_FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_run(request: SignedInRequest) -> HttpResponse:
    """Show what a run would book; what was seen, and only that, is booked.

    The page comes at once and fetches the answer, which may take a while, as its part.
    """
    if request.method != "POST" and "whole" not in request.GET:
        return finance_page(request, "finance_new_run", {})
    at = now_at()
    context: dict[str, Any] = {}
    with engine() as opened:
        try:
            run = queries.evaluated(request.user, opened, at=at)
            context["found"] = queries.preview_of(request.user, run)
            if request.method == "POST":
                form = RunForm(request.POST)
                seen = form.cleaned_data["run_id"] if form.is_valid() else ""
                _book_seen(run, seen, request.user)
                return redirect("finance_runs")
        except (NotAllowedError, NotVisibleError):
            raise
        except OpenSpiffError as refused:
            context["error"] = refused
    if wants_fragment(request):  # a refusal too is swapped in, which needs a 200
        return finance_page(request, "_run_preview", context)
    status = 409 if "error" in context else 200
    return finance_page(request, "finance_new_run", context, status=status)


def _book_seen(run: Run, seen: str, viewer: Viewer) -> None:
    if seen != run.run_id:
        problem = Problem(
            "", "events, terms or books have changed since", "look again below"
        )
        message = "nothing was booked: this is not the run that was shown"
        raise OpenSpiffError(message, [problem])
    counts = {str(row[0]): int(row[2]) for row in run.totals}
    facts = RunFacts(versions=run.versions, feed_digest=run.feed_digest, counts=counts)
    book_run(transfers=run.transfers, run=facts, acting_user=viewer, at=run.at)
