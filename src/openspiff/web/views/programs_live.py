"""How does a program go today? Pace, budget, promises; a table behind each picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openspiff.ledger import Exhaustion, expected_exhaustion
from openspiff.money import PPM
from openspiff.program import Program, Tickets, months_later, rule_line
from openspiff.report import (
    Chart,
    Picture,
    budget_picture,
    chart_csv,
    pace_picture,
    promised_picture,
)
from openspiff.rules import phase_share
from openspiff.web.access import READ_PROGRAMS
from openspiff.web.queries import figures
from openspiff.web.queries.live import LiveFacts, live_facts

from ._doors import SignedInRequest, guarded, shown_at
from ._show import local_day

_COATS: Final = {
    "light": "light",
    "dark": "dark",
    "light-narrow": "light_narrow",
    "dark-narrow": "dark_narrow",
}


@guarded(READ_PROGRAMS)
@require_safe
def program_live(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Show how a launched program goes, as of the last day that the feed tells of."""
    facts = live_facts(request.user, program_id)
    program, at = facts.program, shown_at()
    today = local_day(at, program.window.zone)
    until = _until(facts, today)
    sums = figures.program_sums(request.user).get(program_id, figures.ProgramSums())
    expected = _expected(facts, today)
    return render(
        request,
        "web/program_live.html",
        {
            "program": program,
            "rule": rule_line(program),
            "today": today,
            "last_on": until - dt.timedelta(days=1),
            "has_begun": until > program.window.starts_on,
            "is_draw": isinstance(program.payout, Tickets),
            "figures": sums,
            "pace": _against(facts, until),
            "budget": _budget(program, facts, expected, today),
            "expected": expected,
            "late_minor": _late(facts, today),
            "speed": _speed(facts),
            "facts": facts,
            "pictures": _pictures(facts, today),
        },
    )


@guarded(READ_PROGRAMS)
@require_safe
def live_picture(request: SignedInRequest, program_id: str, name: str) -> HttpResponse:
    """Hand out one picture, in the coat that is asked for."""
    coat = _COATS.get(request.GET.get("coat", "light"), "light")
    facts = live_facts(request.user, program_id)
    today = local_day(shown_at(), facts.program.window.zone)
    chart = _drawn(_ByMark(facts), today, name)
    response = HttpResponse(getattr(chart, coat), content_type="image/svg+xml")
    # Its address carries a mark of what it shows, so it never goes stale.
    response["Cache-Control"] = "private, max-age=86400"
    return response


@guarded(READ_PROGRAMS)
@require_safe
def live_table(request: SignedInRequest, program_id: str, name: str) -> HttpResponse:
    """Hand out the numbers behind one picture as CSV."""
    facts = live_facts(request.user, program_id)
    today = local_day(shown_at(), facts.program.window.zone)
    text = chart_csv(_picture(facts, today, name))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    file_name = f"{program_id}-{name}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _picture(facts: LiveFacts, today: dt.date, name: str) -> Picture:
    for one in _pictures(facts, today):
        if one.name == name:
            return one
    message = f"no picture {name}"
    raise Http404(message)


class _ByMark:
    """Facts that are known by their mark, so that equal ones are drawn once."""

    def __init__(self, facts: LiveFacts) -> None:
        self.facts = facts

    def __hash__(self) -> int:
        return hash(self.facts.mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByMark) and self.facts.mark == other.facts.mark


@lru_cache(maxsize=32)
def _drawn(by_mark: _ByMark, today: dt.date, name: str) -> Chart:
    """Draw it once for as long as it shows the same."""
    return _picture(by_mark.facts, today, name).chart()


def _pictures(facts: LiveFacts, today: dt.date) -> list[Picture]:
    program, until = facts.program, _until(facts, today)
    if until <= program.window.starts_on:
        return []
    found = [pace_picture(program, facts.pace, until=until)]
    if isinstance(program.payout, Tickets):
        return found
    budget = budget_picture(
        program,
        _spent(facts, today),
        until=_recorded_before(facts, today),
        expected=_expected(facts, today),
    )
    promised = promised_picture(program, facts.promised_minor, today=today)
    return [*found, *(one for one in (budget, promised) if one is not None)]


def _until(facts: LiveFacts, today: dt.date) -> dt.date:
    """Return the first day that is not looked at: after today, or after the feed ends."""
    window = facts.program.window
    known = facts.pace.known_before or window.starts_on
    tomorrow = today + dt.timedelta(days=1)
    return max(min(known, tomorrow, window.ends_before), window.starts_on)


def _against(facts: LiveFacts, until: dt.date) -> dict[str, Any]:
    """Return the events so far beside the plan and beside the same days of before."""
    program, told = facts.program, facts.pace
    count = told.now.until(until)
    target = program.measurement.target_event_count
    share = phase_share(told.earlier, program, until)
    planned = None if target is None else round(target * share)
    return {
        "count": count,
        "target": target,
        "planned": planned,
        "ahead": None if planned is None else count - planned,
        "by_phase": bool(told.earlier),
        "earlier": [
            {
                "months": one.months,
                "starts_on": one.starts_on,
                "until": months_later(until, -one.months) - dt.timedelta(days=1),
                "count": one.until(months_later(until, -one.months)),
                "total": one.total(),
            }
            for one in told.earlier
        ],
    }


def _expected(facts: LiveFacts, today: dt.date) -> Exhaustion | None:
    program, spent = facts.program, _spent(facts, today)
    budget = program.caps.budget
    if budget is None or isinstance(program.payout, Tickets):
        return None
    return expected_exhaustion(
        spent,
        budget_minor=budget,
        starts_on=program.window.starts_on,
        known_before=_recorded_before(facts, today),
        ends_before=program.window.ends_before,
    )


def _recorded_before(facts: LiveFacts, today: dt.date) -> dt.date:
    """Return the first day of which nothing is recorded yet."""
    last_on = max(_spent(facts, today), default=facts.program.window.starts_on)
    return max(_until(facts, today), last_on + dt.timedelta(days=1))


def _budget(
    program: Program, facts: LiveFacts, expected: Exhaustion | None, today: dt.date
) -> dict[str, Any] | None:
    budget = program.caps.budget
    if budget is None or isinstance(program.payout, Tickets):
        return None
    used = min(sum(_spent(facts, today).values()), budget)
    return {
        "total": budget,
        "left": budget - used,
        "used_ppm": used * PPM // budget,
        "is_spent": used >= budget,
        "is_sure": expected is not None,
    }


def _spent(facts: LiveFacts, today: dt.date) -> dict[dt.date, int]:
    """Return what became due up to today (in a demo of the past the feed knows more)."""
    return {day: due for day, due in facts.pace.spent_minor.items() if day <= today}


def _late(facts: LiveFacts, today: dt.date) -> int:
    return sum(amount for day, amount in facts.promised_minor.items() if day < today)


def _speed(facts: LiveFacts) -> dict[str, Any]:
    """Return how many days booking and paying took, beside the promise."""
    promised = facts.program.promised_days
    paid = facts.pace.waits.paid
    in_time = sum(count for days, count in paid.items() if days <= promised)
    total = sum(paid.values())
    return {
        "booked": _quantiles(facts.pace.waits.booked),
        "paid": _quantiles(paid),
        "paid_count": total,
        "in_time_ppm": in_time * PPM // total if total else None,
        "promised_days": promised,
    }


def _quantiles(waited: Mapping[int, int]) -> dict[str, int] | None:
    """Return the days within which half and nine of ten were done; None without any."""
    total, found, so_far = sum(waited.values()), {}, 0
    for days in sorted(waited):
        so_far += waited[days]
        for name, share in (("half", 5), ("most", 9)):
            if name not in found and so_far * 10 >= total * share:
                found[name] = days
    return found or None
