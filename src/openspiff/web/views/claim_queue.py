"""How does a manager decide claims? Evidence beside facts, the money seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openspiff.errors import OpenSpiffError
from openspiff.web.access import (
    DECIDE_CLAIMS,
    READ_CLAIM_QUEUE,
    NotAllowedError,
    Viewer,
    may_act,
)
from openspiff.web.actions import claim_decisions as acts
from openspiff.web.actions.claims import ClaimError
from openspiff.web.forms.claims import DecisionForm, QueueForm
from openspiff.web.forms.numbers import whole_number
from openspiff.web.queries import claim_effects, claim_twins, claims, disputes, feed
from openspiff.web.queries.claims import QueueFilter, ShownClaim

from ._claims import reason_words, sign_words
from ._doors import SignedInRequest, guarded, now_at, shown_at

_TRIES = 3
_DONE = frozenset({"approve", "reject", "undo"})


@guarded(READ_CLAIM_QUEUE)
@require_safe
def claim_queue(request: SignedInRequest) -> HttpResponse:
    """List the claims that wait, or those that a filter asks for."""
    viewer, at = request.user, shown_at()
    form = QueueForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    state = asked.get("state") or "waiting"
    queue = claims.claims_awaiting(viewer, _filter(asked, state), at=now_at())
    twins = claim_twins.twins_of(viewer, queue.claims)
    done = request.GET.get("done", "")
    asked_for = request.GET.copy()
    for name in ("done", "claim", "page"):
        asked_for.pop(name, None)
    return render(
        request,
        "web/claim_queue.html",
        {
            "queue": queue,
            "items": [_item(viewer, one, twins[one.claim_id]) for one in queue.claims],
            "signs": sign_words(),
            "form": form,
            "state": state,
            "asked": asked,
            "back": asked_for.urlencode(),
            "may_act": may_act(viewer, "decide_claim"),
            "overdue_count": disputes.overdue_count(viewer, at=at),
            "done": done if done in _DONE else "",
            "done_count": len(request.GET.getlist("claim")),
            "undo_query": _undo_query(request.GET),
            "at": now_at(),
        },
    )


@guarded(DECIDE_CLAIMS)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_decide(request: SignedInRequest) -> HttpResponse:
    """Show what a decision would do to the money; decide when it is sent."""
    is_sent = request.method == "POST"
    said = request.POST if is_sent else request.GET
    form = DecisionForm(said)
    seen = _seen(said)
    if not form.is_valid() or not seen:
        message = "no such decision"
        raise Http404(message)
    act = form.cleaned_data["act"]
    found = claims.claims_named(request.user, (one.claim_id for one in seen))
    _refuse_own(request.user, found)
    problem: OpenSpiffError | None = None
    if is_sent:
        parts = (form.cleaned_data["template"], form.cleaned_data["reason"])
        reason = " ".join(part.strip() for part in parts if part.strip())
        try:
            _decide(request.user, act, seen, reason)
        except (acts.DecidedError, acts.FeedMovedError, ClaimError) as error:
            problem = error
            found = claims.claims_named(request.user, (one.claim_id for one in seen))
        else:
            return redirect(_queue_url(said, act, seen))
    context = _preview(request.user, act, found) | {
        "problem": problem,
        "form": form,
        "back": said.get("back", ""),
    }
    return render(request, "web/claim_decide.html", context, status=409 if problem else 200)


def _filter(asked: Mapping[str, Any], state: str) -> QueueFilter:
    search = asked.get("q") or ""
    return QueueFilter(
        program_id=asked.get("program") or "",
        firm_id=asked.get("firm") or "",
        state="" if state == "all" else state,
        min_days=int(asked.get("days") or 0),
        search=search,
        claim_id=whole_number(search.strip().upper().removeprefix("C-")) or 0,
        page=asked.get("page") or 1,
    )


def _preview(viewer: Viewer, act: str, found: Sequence[ShownClaim]) -> dict[str, Any]:
    """Return what the page of a decision shows: whom it fits, the money, the others."""
    fits = {"approve": ("sent", "undone"), "reject": ("sent", "undone")}
    states = fits.get(act, ("approved", "rejected"))
    open_ones = [one for one in found if one.row.state in states]
    asking = (
        claim_effects.effects_of_undoing
        if act == "undo"
        else claim_effects.effects_of_approval
    )
    return {
        "act": act,
        "effects": asking(viewer, open_ones) if open_ones else None,
        "left_out": [one for one in found if one.row.state not in states],
        "reasons": reason_words(act),
        "twins": claim_twins.twins_of(viewer, open_ones),
        "neighbours": claim_twins.neighbours_of(viewer, open_ones),
        "signs": sign_words(),
    }


def _decide(viewer: Viewer, act: str, seen: list[acts.SeenClaim], reason: str) -> None:
    who: dict[str, Any] = {"acting_user": viewer, "at": now_at()}
    if act == "reject":
        acts.reject_claims(seen=seen, reason=reason, **who)
        return
    deciding = acts.approve_claims if act == "approve" else acts.undo_decisions
    for number in range(1, _TRIES + 1):
        now = acts.FeedNow(
            feed=feed.feed_files(viewer), next_batch_no=feed.next_batch_no(viewer)
        )
        try:
            deciding(seen=seen, feed=now, reason=reason, **who)
        except acts.FeedMovedError:
            # An import came in between: the feed is read again, and then it fits.
            if number == _TRIES:
                raise
        else:
            return


def _refuse_own(viewer: Viewer, found: Sequence[ShownClaim]) -> None:
    if not all(claims.may_decide(viewer, one.row) for one in found):
        raise NotAllowedError("nobody decides their own claim")


def _seen(said: QueryDict) -> list[acts.SeenClaim]:
    """Return the claims that a page names as `12.1`: number and revision."""
    seen = []
    for text in dict.fromkeys(said.getlist("claim")):
        number, _, revision = text.partition(".")
        claim_id, seen_revision = whole_number(number), whole_number(revision)
        if claim_id is None or seen_revision is None:
            return []
        seen.append(acts.SeenClaim(claim_id, seen_revision))
    return seen[: acts.AT_ONCE + 1]


def _queue_url(said: QueryDict, act: str, seen: list[acts.SeenClaim]) -> str:
    asked = QueryDict(said.get("back", ""), mutable=True)
    asked["done"] = act
    asked.setlist("claim", [f"{one.claim_id}.{one.revision}" for one in seen])
    return f"{reverse('claim_queue')}?{asked.urlencode()}"


def _undo_query(said: QueryDict) -> str:
    pairs = [("act", "undo")]
    pairs += [("claim", f"{one.claim_id}.{one.revision}") for one in _seen(said)]
    return urlencode(pairs)


def _item(
    viewer: Viewer, claim: ShownClaim, twins: list[claim_twins.Twin]
) -> dict[str, Any]:
    return {
        "claim": claim,
        "twins": twins,
        "may_decide": claims.may_decide(viewer, claim.row),
    }
