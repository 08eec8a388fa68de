"""What does the live view of a program tell? Pace, budget, promises, and pictures of them.

Nothing is read here but by `live_facts`: what it tells is set beside plan and terms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from openspiff.ledger import Exhaustion, expected_exhaustion
from openspiff.money import PPM
from openspiff.program import Program, Tickets, day_of, months_later
from openspiff.report import Picture, budget_picture, pace_picture, promised_picture
from openspiff.rules import phase_share
from openspiff.web.access import NotVisibleError, Viewer

from ._drawings import svg_of
from .figures import ProgramSums, program_sums
from .live import LiveFacts, live_facts


@attrs.frozen(kw_only=True)
class LiveView:
    """How a launched program goes, as of the last day that the feed tells of.

    `budget` is None without one, `expected` while nobody can tell when it will be spent.
    """

    facts: LiveFacts
    today: dt.date
    last_on: dt.date
    has_begun: bool
    is_draw: bool
    figures: ProgramSums
    pace: dict[str, Any]
    budget: dict[str, Any] | None
    expected: Exhaustion | None
    late_minor: int
    speed: dict[str, Any]
    pictures: list[Picture]

    @property
    def program(self) -> Program:
        """Return the newest launched terms."""
        return self.facts.program


def live_view(viewer: Viewer, program_id: str, *, at: int) -> LiveView:
    """Return how a launched program goes; raises what `live_facts` raises."""
    facts = live_facts(viewer, program_id)
    program = facts.program
    today = day_of(at, program.window.zone)
    until = _until(facts, today)
    expected = _expected(facts, today)
    return LiveView(
        facts=facts,
        today=today,
        last_on=until - dt.timedelta(days=1),
        has_begun=until > program.window.starts_on,
        is_draw=isinstance(program.payout, Tickets),
        figures=program_sums(viewer).get(program_id, ProgramSums()),
        pace=_against(facts, until),
        budget=_budget(program, facts, expected, today),
        expected=expected,
        late_minor=_late(facts, today),
        speed=_speed(facts),
        pictures=_pictures(facts, today),
    )


def live_picture(viewer: Viewer, program_id: str, name: str, *, at: int) -> Picture:
    """Return one picture of the live view; raises NotVisibleError when there is none."""
    facts = live_facts(viewer, program_id)
    today = day_of(at, facts.program.window.zone)
    for one in _pictures(facts, today):
        if one.name == name:
            return one
    message = f"no picture {name}"
    raise NotVisibleError(message)


def live_drawing(viewer: Viewer, program_id: str, name: str, *, coat: str, at: int) -> str:
    """Return one picture of the live view as SVG; raises as `live_picture` does."""
    return svg_of(live_picture(viewer, program_id, name, at=at), coat)


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
