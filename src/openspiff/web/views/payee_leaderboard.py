"""Who stands where in a program?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from openspiff.program import leaderboard_sentences
from openspiff.web.access import READ_LEADERBOARDS, TAKE_LEADERBOARD, may_act
from openspiff.web.actions.payee_leaderboards import take_leaderboard
from openspiff.web.queries import payee_leaderboards

from ._doors import SignedInRequest, guarded, now_at, shown_at


@guarded(READ_LEADERBOARDS)
@require_safe
def leaderboard(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Show the places that the terms show to whoever looks."""
    found = payee_leaderboards.leaderboard(request.user, program_id)
    window = found.program.window
    closes_at = window.reported_before_at or window.ends_at
    context = {
        "found": found,
        "program": found.program,
        "rules": list(leaderboard_sentences(found.board, translate=_)),
        "is_amount": found.board.rank_by == "amount",
        "may_take": found.taken_at is None
        and may_act(request.user, "take_leaderboard")
        and shown_at() >= closes_at,
    }
    return render(request, "web/leaderboard.html", context)


@guarded(TAKE_LEADERBOARD)
@require_POST
def take(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Keep the final places, once no event can be recorded any more."""
    found = payee_leaderboards.final_ranks(request.user, program_id)
    take_leaderboard(
        program=found.program,
        ranked=found.ranked,
        last_sequence=found.last_sequence,
        acting_user=request.user,
        at=now_at(),
    )
    return redirect("leaderboard", program_id=program_id)
