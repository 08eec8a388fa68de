"""What does a manager see of a program? Rule, live numbers, terms and report."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import attrs
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from openspiff.money import PPM
from openspiff.program import (
    Program,
    Tickets,
    differences_between,
    holdout_sentence,
    months_later,
    parse_program,
    rule_line,
    starters,
    terms_page,
)
from openspiff.report import headline_sentence
from openspiff.web.access import (
    DECIDE,
    EDIT_PROGRAMS,
    READ_PROGRAMS,
    READ_REPORTS,
    READ_TERMS,
    RUN_PROGRAMS,
    SHARE_REPORTS,
    NotVisibleError,
    Viewer,
    may_enter,
)
from openspiff.web.queries import figures, measurements, programs
from openspiff.web.queries.board import DAY, Stage, Standing, board, closes_at
from openspiff.web.queries.figures import ProgramSums
from openspiff.web.queries.roster import Joiners, joiners_waiting

from ._doors import SignedInRequest, guarded, shown_at
from ._show import local_day
from ._tasks import task_line
from ._terms import blocks

# The report is one file with its own styles and drawings: it may load nothing, run nothing
# and send nothing.
_REPORT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'none'; sandbox allow-downloads"
)


@attrs.frozen(kw_only=True)
class ProgramLine:
    """One program on the board: the rule, the days that are left, the money so far."""

    standing: Standing
    rule: str
    today: dt.date


@guarded(READ_PROGRAMS)
@require_safe
def program_list(request: SignedInRequest) -> HttpResponse:
    """Show every program by stage, and what needs somebody today."""
    at = shown_at()
    found = board(request.user, at=at)
    stages = [
        {
            "stage": stage,
            "title": title,
            "lines": [
                ProgramLine(
                    standing=one,
                    rule=rule_line(one.program),
                    today=local_day(at, one.program.window.zone),
                )
                for one in found.at(stage)
            ],
        }
        for stage, title in _stage_titles()
    ]
    return render(
        request,
        "web/programs.html",
        {
            "tasks": [task_line(one) for one in found.tasks],
            "stages": [one for one in stages if one["lines"]],
            "has_programs": bool(found.standings),
            "may_edit": may_enter(request.user, EDIT_PROGRAMS),
            "example": _example(at),
        },
    )


def _stage_titles() -> list[tuple[Stage, str]]:
    """Return the stages in the order in which a manager looks at them."""
    return [
        (Stage.OPEN, _("Open")),
        (Stage.PAUSED, _("Paused")),
        (Stage.UPCOMING, _("Upcoming")),
        (Stage.DRAFT, _("Drafts")),
        (Stage.SETTLING, _("Closed, being settled")),
        (Stage.TO_JUDGE, _("To be measured and decided")),
        (Stage.DECIDED, _("Decided")),
    ]


def _example(at: int) -> dict[str, str]:
    """Return how a program will look, for a page that has none yet."""
    day = local_day(at, "UTC")
    seeded = starters(starts_on=day, ends_before=months_later(day, 3), zone="UTC", seed=1)
    program = parse_program(seeded[0].text)
    return {"name": program.name, "rule": rule_line(program)}


@guarded(READ_PROGRAMS)
@require_safe
def program_detail(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Show one program: rule, live numbers, holdout, measurement, versions."""
    viewer = request.user
    versions = programs.program_versions(viewer, program_id)
    newest = versions[0]
    launched = [one for one in versions if not one.is_draft]
    shown = launched[0] if launched else newest
    sums = figures.program_sums(viewer).get(program_id, ProgramSums())
    at = shown_at()
    return render(
        request,
        "web/program.html",
        {
            "shown": shown,
            "program": shown.program,
            "rule": rule_line(shown.program),
            "phase": phase_of(shown, at),
            "today": local_day(at, shown.program.window.zone),
            "figures": sums,
            "counts": figures.program_counts(viewer, program_id),
            "is_draw": isinstance(shown.program.payout, Tickets),
            "budget": _budget(shown.program, sums),
            "holdout": holdout_sentence(shown.program),
            "holdout_counts": programs.holdout_counts(viewer, program_id),
            "versions": _with_changes(versions),
            "draft": newest if newest.is_draft else None,
            "is_launched": not shown.is_draft,
            "is_reporting": at < closes_at(shown.program),
            "pause": programs.pause_of(viewer, program_id),
            "joiners": _joiners(viewer, shown, at),
            "may_run": may_enter(viewer, RUN_PROGRAMS),
            "may_decide": may_enter(viewer, DECIDE),
            "may_share": may_enter(viewer, SHARE_REPORTS),
            **_judged(viewer, program_id),
        },
    )


@guarded(READ_TERMS)
@require_safe
def program_terms(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Show the page of terms of the version in force, made from the program."""
    versions = programs.program_versions(request.user, program_id)
    launched = [one for one in versions if not one.is_draft]
    shown = launched[0] if launched else versions[0]
    return render(
        request,
        "web/terms.html",
        {
            "stored": shown,
            "program": shown.program,
            "blocks": list(blocks(terms_page(shown.program))),
            "pause": programs.pause_of(request.user, program_id),
            "may_read_program": may_enter(request.user, READ_PROGRAMS),
        },
    )


@guarded(READ_REPORTS)
@require_safe
def program_report(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Hand out the newest report, byte by byte as it was written."""
    response = HttpResponse(measurements.report_page(request.user, program_id))
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = _REPORT_POLICY
    return response


@guarded(READ_PROGRAMS)
@require_safe
def program_file(request: SignedInRequest, program_id: str, version: int) -> HttpResponse:
    """Hand out the file of one version, as it was written."""
    for one in programs.program_versions(request.user, program_id):
        if one.program.version == version:
            response = HttpResponse(one.source_text, content_type="application/toml")
            name = f"{program_id}-v{version}.toml"
            response["Content-Disposition"] = f'attachment; filename="{name}"'
            return response
    message = f"no version {version} of {program_id}"
    raise NotVisibleError(message)


def phase_of(stored: programs.StoredProgram, at: int) -> str:
    """Return where a program stands at a moment: draft, upcoming, open, closed or ended."""
    window = stored.program.window
    if stored.is_draft:
        return "draft"
    if stored.ended_at is not None:
        return "ended"
    if at < window.starts_at:
        return "upcoming"
    return "open" if at < window.ends_at else "closed"


def _joiners(viewer: Viewer, shown: programs.StoredProgram, at: int) -> Joiners | None:
    """Return who of the roster waits for a lot; None where nobody can any more."""
    if shown.is_draft or at >= closes_at(shown.program):
        return None
    program = shown.program
    return joiners_waiting(viewer, [program], at=at // DAY * DAY).get(program.program_id)


def _budget(program: Program, sums: ProgramSums) -> dict[str, int] | None:
    """Return what of the budget is used and left; None where the program has none."""
    budget = program.caps.budget
    if budget is None or isinstance(program.payout, Tickets):
        return None
    used = min(max(sums.entitled_minor, 0), budget)
    return {
        "total": budget,
        "used": used,
        "left": budget - used,
        "used_ppm": used * PPM // budget,
    }


def _with_changes(versions: list[programs.StoredProgram]) -> list[dict[str, Any]]:
    """Return the versions, newest first, each with what it changed."""
    older: list[programs.StoredProgram | None] = [*versions[1:], None]
    return [
        {
            "stored": one,
            "changes": ()
            if before is None
            else [
                change
                for change in differences_between(before.program, one.program)
                if change.place != "version"
            ],
        }
        for one, before in zip(versions, older, strict=True)
    ]


def _judged(viewer: Viewer, program_id: str) -> dict[str, Any]:
    answer = measurements.measurement_latest(viewer, program_id)
    return {
        "answer": answer,
        "headline": "" if answer is None else headline_sentence(answer),
        "decided": measurements.verdict_latest(viewer, program_id),
        "report_at": measurements.report_written_at(viewer, program_id),
    }
