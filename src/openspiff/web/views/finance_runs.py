"""How do the books come to what is due today? A run is looked at first, then booked."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import (
    READ_FINANCE,
    WORK_FINANCE,
    NotAllowedError,
    NotVisibleError,
)
from openspiff.web.actions.jobs_asked import ask_for_run
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
    """Show what a run would book; what was seen, and only that, is booked by a worker.

    The page comes at once and fetches the answer, which may take a while, as its part.
    """
    if request.method == "POST":
        form = RunForm(request.POST)
        seen = form.cleaned_data["run_id"] if form.is_valid() else ""
        if not seen:
            problem = Problem("run_id", "no run was named", "look at it first")
            raise OpenSpiffError("nothing was booked", [problem])
        job = ask_for_run(run_id=seen, acting_user=request.user, at=now_at())
        return redirect("job_detail", job_id=job.pk)
    if "whole" not in request.GET:
        return finance_page(request, "finance_new_run", {})
    context: dict[str, Any] = {}
    with engine() as opened:
        try:
            run = queries.evaluated(request.user, opened, at=now_at())
            context["found"] = queries.preview_of(request.user, run)
        except (NotAllowedError, NotVisibleError):
            raise
        except OpenSpiffError as refused:
            context["error"] = refused
    if wants_fragment(request):  # a refusal too is swapped in, which needs a 200
        return finance_page(request, "_run_preview", context)
    status = 409 if "error" in context else 200
    return finance_page(request, "finance_new_run", context, status=status)
