"""What does a payee see first?"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from openspiff.program import RankShows, Standing, next_step, rule_line
from openspiff.rules import About
from openspiff.web.access import READ_HOME
from openspiff.web.queries import explanations, payee_home, programs

from ._doors import SignedInRequest, guarded, shown_at
from ._kept_offline import kept
from ._show import local_day


@guarded(READ_HOME)
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show each open program in a line, what was earned, what is promised, what waits."""
    at = shown_at()
    found = payee_home.home_for(request.user, at=at)
    lines = [_line(one, at) for one in found.programs]
    page = render(request, "web/payee_home.html", {"home": found, "lines": lines})
    return kept(request, page)


@guarded(READ_HOME)
@require_safe
def draw_tickets(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Count the tickets of the payee in an open draw: the one thing the books do not hold.

    Asked for after the page has come, so that nobody waits for it.
    """
    viewer = request.user
    open_now = programs.programs_open_to(viewer, viewer.payee_id)
    program = next(
        (one.program for one in open_now if one.program.program_id == program_id), None
    )
    if program is None:
        message = f"no open program {program_id}"
        raise Http404(message)
    found = explanations.explanations_of(viewer, About(payee_id=viewer.payee_id))
    tickets = sum(one.due for one in found if one.program_id == program_id and one.is_draw)
    said = next_step(program, Standing(ticket_count=tickets))
    return render(request, "web/_draw_tickets.html", {"said": said})


def _line(one: payee_home.OpenProgram, at: int) -> dict[str, Any]:
    """Return what a program's line shows.

    What is the same for everybody is made once: its `mark` says for which terms, day and
    language.
    """
    program = one.program
    board = program.leaderboard
    today = local_day(at, program.window.zone)
    is_open = at >= program.window.starts_at
    return {
        "program": program,
        "rule": partial(rule_line, program),
        "mark": f"{one.digest} {today} {is_open} {get_language()}",
        "next": next_step(program, one.standing),
        "earned_minor": one.standing.entitled_minor,
        "paid_count": one.standing.paid_count,
        "is_draw": one.is_draw,
        "takes_claims": one.takes_claims and not one.paused_because,
        "paused_because": one.paused_because,
        "today": today,
        "is_open": is_open,
        "has_board": board is not None,
        "shows_others": board is not None and board.shows is not RankShows.OWN_RANK,
    }
