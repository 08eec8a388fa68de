"""Where does somebody read what a program was worth, and decide what becomes of it?"""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.program import rule_line
from openspiff.report import answer_csv, headline_sentence, key_figures
from openspiff.web.access import (
    DECIDE,
    READ_REPORTS,
    WRITE_REPORTS,
    NotVisibleError,
    may_act,
)
from openspiff.web.actions import decisions as acts
from openspiff.web.actions.jobs_asked import ask_for_report
from openspiff.web.forms.decisions import VerdictForm
from openspiff.web.forms.english import in_english
from openspiff.web.queries import decisions, jobs
from openspiff.web.queries.decisions import Measured

from ._doors import SignedInRequest, guarded, now_at
from ._job_words import job_under_way

DRAWING_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_TYPES: Final = {"html": "text/html", "pdf": "application/pdf", "csv": "text/csv"}


@guarded(READ_REPORTS)
@require_safe
def measured(
    request: SignedInRequest, program_id: str, measurement_id: int | None = None
) -> HttpResponse:
    """Show what a program was worth by one measurement, the newest unless one is named."""
    viewer = request.user
    stored = decisions.measured_program(viewer, program_id)
    found = decisions.measurements_of(viewer, program_id)
    shown = _chosen(found, measurement_id)
    verdicts = decisions.verdicts_of(viewer, program_id)
    context: dict[str, Any] = {
        "program": stored.program,
        "rule": rule_line(stored.program),
        "shown": shown,
        "is_newest": not found or shown is found[0],
        "others": [one for one in found if one is not shown],
        "decided": verdicts[0] if verdicts else None,
        "may_decide": may_act(viewer, "record_verdict"),
        "may_share": may_act(viewer, "share_report"),
        "may_write": may_act(viewer, "record_report"),
    }
    if shown is not None:
        number = shown.measurement_id
        context["contents"] = decisions.report_of(viewer, program_id, number)
        address = reverse("measured_one", args=[program_id, number])
        context["pictures"] = f"{address}pictures/"
        at = now_at()
        context |= job_under_way(viewer, jobs.report_job(viewer, number, at=at), at=at)
        if shown.answer is not None:
            context["headline"] = headline_sentence(shown.answer)
            context["figures"] = key_figures(shown.answer)
    return render(request, "web/measured.html", context)


@guarded(WRITE_REPORTS)
@require_POST
def write_report(
    request: SignedInRequest, program_id: str, measurement_id: int
) -> HttpResponse:
    """Have the report written of a measurement that has none, or whose files are gone."""
    decisions.measured_program(request.user, program_id)
    ask_for_report(
        program_id=program_id,
        measurement_id=measurement_id,
        acting_user=request.user,
        at=now_at(),
    )
    return redirect("measured_one", program_id=program_id, measurement_id=measurement_id)


@guarded(READ_REPORTS)
@require_safe
def measured_file(
    request: SignedInRequest, program_id: str, measurement_id: int, form: str
) -> HttpResponse:
    """Hand out a report as a file: html and pdf as written, csv of the numbers."""
    key = (program_id, measurement_id)
    content: bytes | str
    if form == "csv":
        content = answer_csv(decisions.measured_answer(request.user, *key))
    else:
        content = decisions.report_file(request.user, *key, form)
    response = HttpResponse(content, content_type=_TYPES[form])
    name = f"{program_id}-{measurement_id}.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = DRAWING_POLICY
    response["Cache-Control"] = "private, no-cache"
    return response


@guarded(READ_REPORTS)
@require_safe
def measured_drawing(
    request: SignedInRequest, program_id: str, measurement_id: int, name: str, coat: str
) -> HttpResponse:
    """Hand out one picture of a report, for one theme and width."""
    svg = decisions.report_drawing(
        request.user, program_id, measurement_id, name=name, coat=coat
    )
    return drawing(svg)


@guarded(DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def verdict(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Ask for a verdict with reasons beside what the rule suggests; show earlier ones."""
    viewer = request.user
    found = decisions.measurements_of(viewer, program_id)
    verdicts = decisions.verdicts_of(viewer, program_id)
    last = found[0] if found else None
    suggested = "" if last is None else last.verdict
    first = {
        "measurement_id": None if last is None else last.measurement_id,
        "after_id": verdicts[0].verdict_id if verdicts else None,
    }
    sent = request.POST if request.method == "POST" else None
    form = VerdictForm(sent, suggested=suggested, initial=first, label_suffix="")
    status = 400 if form.is_bound else 200
    if form.is_valid():
        new = acts.NewVerdict(program_id=program_id, **form.cleaned_data)
        try:
            acts.decide(new=new, acting_user=viewer, at=now_at())
        except acts.ConflictError as error:
            form.add_error(None, in_english(error.message))
            status = 409
        else:
            return redirect("measured", program_id=program_id)
    context = {
        "program": decisions.measured_program(viewer, program_id).program,
        "form": form,
        "last": last,
        "headline": _headline(last),
        "verdicts": verdicts,
    }
    return render(request, "web/verdict.html", context, status=status)


def drawing(svg: str) -> HttpResponse:
    """Return a picture that loads nothing and runs nothing."""
    response = HttpResponse(svg, content_type="image/svg+xml")
    response["Content-Security-Policy"] = DRAWING_POLICY
    response["Cache-Control"] = "private, max-age=300"
    return response


def _chosen(found: list[Measured], measurement_id: int | None) -> Measured | None:
    if measurement_id is None:
        return found[0] if found else None
    for one in found:
        if one.measurement_id == measurement_id:
            return one
    message = f"no measurement {measurement_id}"
    raise NotVisibleError(message)


def _headline(last: Measured | None) -> str:
    if last is None or last.answer is None:
        return ""
    return headline_sentence(last.answer)
