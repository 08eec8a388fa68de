"""What does a manager do with a program that runs? Pause, resume, end, clone, enroll."""

from __future__ import annotations

import secrets
from typing import Any, Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.errors import OpenSpiffError
from openspiff.program import Program, earliest_end, months_later
from openspiff.web.access import EDIT_PROGRAMS, RUN_PROGRAMS, NotVisibleError
from openspiff.web.actions.programs import end_program, enroll_joiners
from openspiff.web.actions.programs_draft import clone_program, end_program_early
from openspiff.web.actions.programs_intake import pause_intake, resume_intake
from openspiff.web.forms.programs import CloneForm, CloseForm, EndForm, PauseForm
from openspiff.web.queries import figures, programs
from openspiff.web.queries.board import closes_at
from openspiff.web.queries.roster import roster_on

from ._doors import SignedInRequest, guarded, now_at, shown_at
from ._show import local_day

_GET_OR_POST: Final = ["GET", "HEAD", "POST"]
_SEEDS: Final = 2**31


@guarded(RUN_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def program_pause(request: SignedInRequest, program_id: str) -> HttpResponseBase:
    """Stop the intake of a program, with a reason that payees read."""
    shown = _launched(request, program_id)
    form = PauseForm(request.POST if request.method == "POST" else None)
    error: OpenSpiffError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            pause_intake(
                program_id=program_id,
                reason=form.cleaned_data["reason"],
                acting_user=request.user,
                at=now_at(),
                as_of=shown_at(),
            )
        except OpenSpiffError as refusal:
            error = refusal
        else:
            return redirect("program", program_id=program_id)
    return _page(request, "web/program_pause.html", shown, form, error)


@guarded(RUN_PROGRAMS)
@require_POST
def program_resume(request: SignedInRequest, program_id: str) -> HttpResponseBase:
    """Take claims again."""
    _launched(request, program_id)
    resume_intake(program_id=program_id, acting_user=request.user, at=now_at())
    return redirect("program", program_id=program_id)


@guarded(RUN_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def program_end(request: SignedInRequest, program_id: str) -> HttpResponseBase:
    """Close a program that is over, or end its window early by the rule in its terms."""
    shown = _launched(request, program_id)
    as_of = shown_at()
    is_over = as_of >= closes_at(shown.program)
    make: type[forms.Form] = CloseForm if is_over else EndForm
    form = make(request.POST if request.method == "POST" else None)
    of: dict[str, Any] = {"program_id": program_id, "acting_user": request.user}
    of |= {"at": now_at(), "as_of": as_of}
    error: OpenSpiffError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if is_over:
                end_program(**of)
            else:
                end_program_early(ends_before=form.cleaned_data["ends_before"], **of)
        except OpenSpiffError as refusal:
            error = refusal
        else:
            return redirect("program", program_id=program_id)
    said = {"is_over": is_over, "early": _early(request, shown.program, as_of)}
    return _page(request, "web/program_end.html", shown, form, error, **said)


@guarded(EDIT_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def program_clone(request: SignedInRequest, program_id: str) -> HttpResponseBase:
    """Draft a new program with the terms of this one, later, with a draw of its own."""
    versions = programs.program_versions(request.user, program_id)
    shown = next((one for one in versions if not one.is_draft), versions[0])
    months = CloneForm.MONTHS[0][0]
    starts_on = months_later(shown.program.window.starts_on, months)
    given = {
        "program_id": f"{program_id[:150]}-{starts_on:%Y-%m}",
        "name": shown.program.name,
        "months": months,
    }
    form = CloneForm(request.POST if request.method == "POST" else None, initial=given)
    error: OpenSpiffError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            row = clone_program(
                program_id=program_id,
                new_id=form.cleaned_data["program_id"],
                name=form.cleaned_data["name"],
                months=form.cleaned_data["months"],
                seed=secrets.randbelow(_SEEDS),
                acting_user=request.user,
                at=now_at(),
            )
        except OpenSpiffError as refusal:
            error = refusal
        else:
            return redirect("draft", program_id=row.program_id, version=1)
    return _page(request, "web/program_clone.html", shown, form, error)


@guarded(RUN_PROGRAMS)
@require_POST
def program_joiners(request: SignedInRequest, program_id: str) -> HttpResponseBase:
    """Draw the lots of those who came onto the roster since the launch."""
    _launched(request, program_id)
    enroll_joiners(
        program_id=program_id,
        candidates=roster_on(request.user, shown_at()),
        acting_user=request.user,
        at=now_at(),
    )
    return redirect("program", program_id=program_id)


def _launched(request: SignedInRequest, program_id: str) -> programs.StoredProgram:
    for one in programs.program_versions(request.user, program_id):
        if not one.is_draft:
            return one
    message = f"{program_id} is not launched"
    raise NotVisibleError(message)


def _early(request: SignedInRequest, program: Program, at: int) -> dict[str, Any]:
    """Return what the terms say of ending early, and from which day on it may."""
    sums = figures.program_sums(request.user).get(program.program_id)
    budget = program.caps.budget
    spent = bool(sums and budget is not None and sums.entitled_minor >= budget)
    told_on = local_day(at, program.window.zone)
    earliest = earliest_end(program, told_on=told_on, is_budget_spent=spent)
    is_possible = earliest is not None and earliest < program.window.ends_before
    return {
        "rule": program.window.may_end_early,
        "earliest": earliest,
        "is_spent": spent,
        "is_possible": is_possible,
        "no_rule": _("These terms promise the whole window."),
    }


def _page(
    request: SignedInRequest,
    template: str,
    shown: programs.StoredProgram,
    form: forms.Form,
    error: OpenSpiffError | None,
    **said: Any,
) -> HttpResponse:
    status = 200 if error is None else 409
    context = {"shown": shown, "program": shown.program, "form": form, "error": error}
    return render(request, template, context | said, status=status)
