"""What is done in the background, how far is it, and what is to be done about it?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from openspiff.web.access import CHANGE_JOBS, READ_JOBS
from openspiff.web.actions import jobs as acts
from openspiff.web.forms.numbers import page_number
from openspiff.web.queries import jobs as queries

from ._doors import SignedInRequest, guarded, now_at
from ._job_words import shown_job


@guarded(READ_JOBS)
@require_safe
def job_list(request: SignedInRequest) -> HttpResponse:
    """List what runs and waits, what was given up, and what has ended."""
    number = page_number(request.GET.get("page", ""))
    ended = queries.jobs_ended(request.user, at=now_at(), number=number)
    context = _open(request) | {
        "ended": ended,
        "ended_jobs": [shown_job(one) for one in ended.lines],
    }
    return render(request, "web/jobs.html", context)


@guarded(READ_JOBS)
@require_safe
def jobs_open(request: SignedInRequest) -> HttpResponse:
    """Show what runs and waits now, as the part of the list that changes."""
    context = _open(request)
    response = render(request, "web/_jobs_open.html", context)
    if not context["open"]:
        response["HX-Refresh"] = "true"  # all of it stands among what has ended now
    return response


def _open(request: SignedInRequest) -> dict[str, Any]:
    at = now_at()
    return {
        "open": [shown_job(one) for one in queries.jobs_open(request.user, at=at)],
        "dead": [shown_job(one) for one in queries.jobs_dead(request.user, at=at)],
        "workers": queries.workers_seen(request.user, at=at),
    }


@guarded(READ_JOBS)
@require_safe
def job_detail(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Show one job: how far it is, and every attempt with its reason."""
    return render(request, "web/job.html", _one(request, job_id))


@guarded(READ_JOBS)
@require_safe
def job_progress(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Show how far a job is; the page that waits asks for the whole once it has ended."""
    context = _one(request, job_id)
    response = render(request, "web/_job_progress.html", context)
    if not context["job"]["line"].is_open:
        response["HX-Refresh"] = "true"
    return response


def _one(request: SignedInRequest, job_id: int) -> dict[str, Any]:
    at = now_at()
    line = queries.job_detail(request.user, job_id, at=at)
    return {
        "job": shown_job(line),
        "workers": queries.workers_seen(request.user, at=at),
        "is_alone": True,
    }


@guarded(CHANGE_JOBS)
@require_POST
def job_cancel(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Give a job up."""
    acts.cancel_job(job_id=job_id, acting_user=request.user, at=now_at())
    return redirect("job_detail", job_id=job_id)


@guarded(CHANGE_JOBS)
@require_POST
def job_retry(request: SignedInRequest, job_id: int) -> HttpResponse:
    """Let a job be tried again."""
    acts.retry_job(job_id=job_id, acting_user=request.user, at=now_at())
    return redirect("job_detail", job_id=job_id)
