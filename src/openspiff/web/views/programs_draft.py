"""How does a program come about? Written, checked while it is written, saved, launched."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.errors import OpenSpiffError
from openspiff.program import (
    Enrolment,
    Program,
    ProgramError,
    Starter,
    launch_mark,
    months_later,
    new_version,
    program_text_of,
    starters,
)
from openspiff.web.access import (
    EDIT_PROGRAMS,
    RUN_PROGRAMS,
    NotVisibleError,
    Viewer,
)
from openspiff.web.actions.programs import add_program_draft, launch_program
from openspiff.web.actions.programs_draft import discard_program_draft
from openspiff.web.forms.english import in_english
from openspiff.web.forms.programs import LARGEST, DraftForm, LaunchForm, UploadForm
from openspiff.web.queries import programs
from openspiff.web.queries.roster import drawn_now, roster_on

from ._check import Checked, checked
from ._doors import SignedInRequest, guarded, now_at, shown_at
from ._show import local_day

_GET_OR_POST: Final = ["GET", "HEAD", "POST"]
_SEEDS: Final = 2**31
_SHOWN_FIRMS: Final = 12


@guarded(EDIT_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def draft_new(request: SignedInRequest) -> HttpResponse:
    """Begin a program: from a starter, from a file, or from one that ran before."""
    if "file" in request.FILES:
        return _uploaded(request)
    if request.method == "POST":
        return _editor(request, title=_("New program"))
    offered = _starters()
    chosen = {one.name: one for one in offered}.get(request.GET.get("starter", ""))
    if chosen is not None:
        return _editor(request, text=chosen.text, title=_("New program"))
    said = {"starters": offered, "form": UploadForm(), "ran": _ran(request.user)}
    return render(request, "web/draft_new.html", said)


@guarded(EDIT_PROGRAMS)
@require_POST
def draft_check(request: SignedInRequest) -> HttpResponse:
    """Say what a text says, while it is typed; nothing is kept."""
    found = checked(_text(request), viewer=request.user, at=shown_at())
    return render(request, "web/_draft_check.html", {"checked": found})


@guarded(EDIT_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def draft_edit(request: SignedInRequest, program_id: str, version: int) -> HttpResponse:
    """Change a draft."""
    stored = programs.drafted_version(request.user, program_id, version)
    return _editor(
        request,
        text=stored.source_text,
        title=stored.program.name,
        stored=stored,
    )


@guarded(EDIT_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def program_amend(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Write the next version of what is launched; a draft of it is gone on with."""
    versions = programs.program_versions(request.user, program_id)
    launched = [one for one in versions if not one.is_draft]
    if not launched or (versions[0].is_draft and request.method != "POST"):
        version = versions[0].program.version
        return redirect("draft", program_id=program_id, version=version)
    program = launched[0].program
    tomorrow = local_day(shown_at(), program.window.zone) + dt.timedelta(days=1)
    first = program.takes_recorded_from or dt.date.min
    day = max(tomorrow, first + dt.timedelta(days=1))
    text = new_version(launched[0].source_text, takes_recorded_from=day)
    title = _("Amend %(name)s") % {"name": program.name}
    return _editor(request, text=text, title=title)


@guarded(EDIT_PROGRAMS)
@require_POST
def draft_discard(
    request: SignedInRequest, program_id: str, version: int
) -> HttpResponseBase:
    """Throw a draft away."""
    programs.drafted_version(request.user, program_id, version)
    discard_program_draft(
        program_id=program_id, version=version, acting_user=request.user, at=now_at()
    )
    if version > 1:
        return redirect("program", program_id=program_id)
    return redirect("programs")


@guarded(RUN_PROGRAMS)
@require_http_methods(_GET_OR_POST)
def draft_launch(request: SignedInRequest, program_id: str, version: int) -> HttpResponse:
    """Show what a launch would freeze, and launch exactly that once it is meant."""
    stored = programs.drafted_version(request.user, program_id, version)
    form = LaunchForm(request.POST if request.method == "POST" else None)
    error: OpenSpiffError | None = None
    as_of = shown_at()
    if request.method == "POST" and form.is_valid():
        try:
            launch_program(
                program_id=program_id,
                version=version,
                candidates=roster_on(request.user, as_of),
                acting_user=request.user,
                at=now_at(),
                as_of=as_of,
                seen_mark=form.cleaned_data["seen_mark"],
            )
        except OpenSpiffError as refusal:
            error = refusal
        else:
            return redirect("program", program_id=program_id)
        stored = programs.drafted_version(request.user, program_id, version)
    found = checked(stored.source_text, viewer=request.user, at=as_of)
    seen = _preview(request, stored.program, as_of, is_first=version == 1)
    if error is not None:
        form = LaunchForm()
    return render(
        request,
        "web/draft_launch.html",
        {"stored": stored, "checked": found, "form": form, "error": error, **seen},
        status=200 if error is None else 409,
    )


def _preview(
    request: SignedInRequest, program: Program, at: int, *, is_first: bool
) -> dict[str, Any]:
    """Return whom a launch reaches and whom chance would keep out."""
    nobody = Enrolment(program.program_id, 0, ())
    try:
        drawn = drawn_now(request.user, program, at=at) if is_first else nobody
    except ProgramError as error:
        return {"draw_error": error, "mark": ""}
    sides: dict[str, Counter[bool]] = {}
    firms: Counter[str] = Counter()
    for row in drawn.rows:
        sides.setdefault(row.stratum, Counter())[row.is_held_out] += 1
        firms[row.firm_id] += 1
    held_out = len(drawn.held_out_ids())
    return {
        "mark": launch_mark(program, drawn),
        "is_first": is_first,
        "enrolled_count": len(drawn.rows),
        "held_out_count": held_out,
        "in_count": len(drawn.rows) - held_out,
        "firm_count": len(firms),
        "firms": firms.most_common(_SHOWN_FIRMS),
        "more_firms": max(len(firms) - _SHOWN_FIRMS, 0),
        "strata": [
            {"name": name, "kept": found[False], "held_out": found[True]}
            for name, found in sorted(sides.items())
        ],
    }


def _editor(
    request: SignedInRequest,
    *,
    title: str,
    text: str = "",
    stored: programs.StoredProgram | None = None,
) -> HttpResponse:
    """Show the text with what it says; save it when asked to and nothing is wrong."""
    viewer = request.user
    form = DraftForm(initial={"text": text, "seen": _seen(stored)})
    found, error = None, None
    if request.method == "POST" and "file" not in request.FILES:
        form = DraftForm(request.POST)
        found = Checked(message=_("The file is empty, or far too long."))
        if form.is_valid():
            text = form.cleaned_data["text"]
            found = checked(text, viewer=viewer, at=shown_at())
        if request.POST.get("act") == "save" and found.program is not None:
            place = _place(found.program)
            try:
                add_program_draft(
                    source_text=text,
                    acting_user=viewer,
                    at=now_at(),
                    seen_hash=_seen_hash(form.cleaned_data["seen"], found.program),
                )
            except OpenSpiffError as refusal:
                error = refusal
                form = DraftForm({"text": text, "seen": _seen_now(viewer, place)})
            else:
                return redirect(f"{reverse('draft', kwargs=place)}?saved=1")
    said = {
        "form": form,
        "checked": found or checked(text, viewer=viewer, at=shown_at()),
        "title": title,
        "stored": stored,
        "error": error,
        "is_saved": request.method != "POST" and "saved" in request.GET,
    }
    return render(request, "web/draft.html", said, status=200 if error is None else 409)


def _place(program: Program) -> dict[str, Any]:
    return {"program_id": program.program_id, "version": program.version}


def _seen(stored: programs.StoredProgram | None) -> str:
    """Return which draft somebody has before them, and its content."""
    if stored is None:
        return ""
    program = stored.program
    return f"{program.program_id} v{program.version} {stored.content_hash}"


def _seen_hash(seen: str, program: Program) -> str:
    """Return the content of the draft that this one may replace; "" for none."""
    name, _space, content = seen.rpartition(" ")
    return content if name == f"{program.program_id} v{program.version}" else ""


def _seen_now(viewer: Viewer, place: dict[str, Any]) -> str:
    """Return the draft that is there now: who was told of it may replace it."""
    try:
        return _seen(programs.drafted_version(viewer, **place))
    except NotVisibleError:
        return ""


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "")[:LARGEST].replace("\r\n", "\n")


def _uploaded(request: SignedInRequest) -> HttpResponse:
    """Open a file from somebody's disk in the editor; nothing is kept yet."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        raw = form.cleaned_data["file"].read(LARGEST + 1)
        try:
            text = program_text_of(raw, name=form.cleaned_data["file"].name)
        except ProgramError as error:
            problem = error.problems[0]
            told = in_english(f"{error.message}: {problem.message}")
            form.add_error("file", told)
        else:
            return _editor(request, text=text, title=_("New program"))
    said = {"starters": _starters(), "form": form, "ran": _ran(request.user)}
    return render(request, "web/draft_new.html", said)


def _ran(viewer: Viewer) -> list[programs.StoredProgram]:
    return programs.programs_visible(viewer)


def _starters() -> tuple[Starter, ...]:
    """Return programs to begin with, for the quarter after this one, with a fresh seed."""
    today = local_day(shown_at(), "UTC")
    quarter = dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return starters(
        starts_on=months_later(quarter, 3),
        ends_before=months_later(quarter, 6),
        zone="America/New_York",
        seed=secrets.randbelow(_SEEDS),
    )
