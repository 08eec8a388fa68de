"""Who was treated, who held out, and who could not take part?"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine
from openspiff.errors import Problem
from openspiff.events import FIRST_INSTANT, LAST_INSTANT
from openspiff.program import Enrolment, Program, day_start

from ._calendar import Span
from ._error_codes import DuplicateUnitError, NothingMeasuredError
from ._least_squares import Flags, Floats, Integers
from ._types import MeasureError

Names = np.ndarray[Any, Any]

OUTSIDE: Final = 0
TREATED: Final = 1
HELD_OUT: Final = 2
INELIGIBLE: Final = 3
TREATED_JOINER: Final = 4
HELD_OUT_JOINER: Final = 5


@attrs.frozen(kw_only=True, eq=False)
class Spells:
    """The roster: one entry (m) per payee and span of days with the same attributes.

    Without a roster, one entry without bounds for each payee of an event.
    """

    payee: Integers  # number of the payee in People
    firm_id: Names
    is_in_audience: Flags
    from_at: Integers
    before_at: Integers


@attrs.frozen(kw_only=True, eq=False)
class People:
    """The payees (n), sorted by id, with the side each one stands on.

    `side` is one of the constants of this module. `unit` and `stratum` come from the
    enrolment (else the payee itself and one stratum); a payee without a firm is a firm.
    """

    payee_id: Names
    firm: Names
    unit: Names
    stratum: Names
    side: Integers
    spells: Spells

    def on(self, *sides: int) -> Flags:
        """Return which payees (n) stand on any of these sides."""
        found: Flags = np.isin(self.side, sides)
        return found

    def count(self, *sides: int) -> int:
        """Return how many payees stand on any of these sides."""
        return int(self.on(*sides).sum())

    def active_weeks(self, spans: tuple[Span, ...]) -> Floats:
        """Return in how many weeks of seven days each payee was active (n x T)."""
        count = self.payee_id.size
        weeks = np.zeros((count, len(spans)))
        for number, span in enumerate(spans):
            whole = span.day_count / 7
            start = np.maximum(self.spells.from_at, span.starts_at)
            end = np.minimum(self.spells.before_at, span.ends_at)
            part = np.maximum(end - start, 0) / (span.ends_at - span.starts_at)
            found = np.bincount(self.spells.payee, weights=part, minlength=count)
            weeks[:, number] = whole * np.minimum(found, 1.0)
        return weeks


def people_of(
    engine: DuckDBEngine, program: Program, enrolment: Enrolment | None
) -> People:
    """Return everyone in the roster, the enrolment or, without a roster, the events.

    With an enrolment its rows decide; without, whoever was in the audience on the first
    day counts as treated. The ineligible were never in the audience from the announcement
    to the end of the window. Raises MeasureError for an enrolment of another program, one
    that enrols nobody the feed tells of or a payee twice, and a roster in which spans of
    days of one payee overlap.
    """
    if enrolment is not None and enrolment.program_id != program.program_id:
        problem = Problem("enrolment", f"it is of {enrolment.program_id}", "give its own")
        message = f"{program.program_id} is measured by its own enrolment"
        raise MeasureError(message, [problem])
    roster = engine.arrays(
        "select payee_id, firm_id, role, tier, region, segment, from_at, before_at "
        "from roster order by payee_id, from_at"
    )
    _require_apart(roster)
    known = roster if roster["payee_id"].size else _seen_in_events(engine)
    enrolled = () if enrolment is None else enrolment.rows
    _require_once([row.payee_id for row in enrolled])
    if enrolment is not None:
        _require_known([row.payee_id for row in enrolled], known["payee_id"])
    names = [known["payee_id"], np.array([row.payee_id for row in enrolled], dtype=object)]
    payee_id, place = np.unique(np.concatenate(names), return_inverse=True)
    spells = Spells(
        payee=place[: known["payee_id"].size].astype(np.int64),
        firm_id=known["firm_id"],
        is_in_audience=_in_audience(program, known),
        from_at=known["from_at"].astype(np.int64),
        before_at=known["before_at"].astype(np.int64),
    )
    firm = _firm_at_start(program, spells, payee_id.size)
    side = (
        _sides_by_roster(program, spells, payee_id.size)
        if enrolment is None
        else _ineligible(program, spells, payee_id.size)
    )
    unit, stratum = payee_id.copy(), np.full(payee_id.size, "", dtype=object)
    rows = place[known["payee_id"].size :]
    if enrolled:
        firm[rows] = [row.firm_id for row in enrolled]
        unit[rows] = [row.unit_id for row in enrolled]
        stratum[rows] = [row.stratum for row in enrolled]
        side[rows] = [_enrolled_side(row.is_held_out, row.is_joiner) for row in enrolled]
    alone = np.array([f"payee {one}" for one in payee_id], dtype=object)
    return People(
        payee_id=payee_id,
        firm=np.where(firm == "", alone, firm),
        unit=unit,
        stratum=stratum,
        side=side,
        spells=spells,
    )


def _require_once(payee_ids: list[str]) -> None:
    twice = sorted(one for one, count in Counter(payee_ids).items() if count > 1)
    if twice:
        text = ", ".join(twice[:5])
        problem = Problem("enrolment", text, "enrol each payee once")
        raise DuplicateUnitError("payees are enrolled twice", [problem])


def _require_known(payee_ids: list[str], known: Names) -> None:
    """Raise MeasureError when nobody is enrolled whom roster or events tell of."""
    text, remedy = "", "give the enrolment that was made at launch, in full"
    if not payee_ids:
        text = "it enrols nobody"
    elif not np.isin(payee_ids, known.astype(str)).any():
        text = (
            f"none of its {len(payee_ids)} payees, such as {payee_ids[0]}, is in the feed"
        )
        remedy = "give the enrolment and the feed of the same payees, by the same ids"
    if text:
        problem = Problem("enrolment", text, remedy)
        raise NothingMeasuredError("the enrolment does not go with the feed", [problem])


def _require_apart(roster: dict[str, Names]) -> None:
    """Raise MeasureError when a payee is in the roster twice on the same day.

    Entries come by payee and start, so where any two overlap, two neighbors do.
    """
    payee_id, before_at = roster["payee_id"], roster["before_at"]
    same = payee_id[1:] == payee_id[:-1]
    again = same & (roster["from_at"][1:] < before_at[:-1])
    if not again.any():
        return
    names = np.unique(payee_id[1:][again].astype(str)).tolist()
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""  # noqa: PLR2004 (shown)
    text = f"{', '.join(names[:5])}{more}"
    remedy = "end an entry of a payee on the day on which the next one begins"
    problem = Problem("roster", text, remedy)
    raise DuplicateUnitError("payees are in the roster twice on the same days", [problem])


def _enrolled_side(is_held_out: bool, is_joiner: bool) -> int:
    if is_joiner:
        return HELD_OUT_JOINER if is_held_out else TREATED_JOINER
    return HELD_OUT if is_held_out else TREATED


def _seen_in_events(engine: DuckDBEngine) -> dict[str, Names]:
    found = engine.arrays(
        "select payee_id, min(firm_id) as firm_id from current_events "
        "group by payee_id order by payee_id"
    )
    count = found["payee_id"].size
    empty = np.full(count, "", dtype=object)
    return {
        **found,
        **dict.fromkeys(("role", "tier", "region", "segment"), empty),
        "from_at": np.full(count, FIRST_INSTANT),
        "before_at": np.full(count, LAST_INSTANT),
    }


def _in_audience(program: Program, known: dict[str, Names]) -> Flags:
    audience = program.audience
    asked = {
        "role": audience.roles,
        "tier": audience.tiers,
        "region": audience.regions,
        "segment": audience.segments,
        "firm_id": audience.firm_ids,
    }
    inside = ~np.isin(known["firm_id"], program.exclusions.firm_ids)
    for column, wanted in asked.items():
        if wanted:
            inside &= np.isin(known[column], wanted)
    return inside


def _at_start(program: Program, spells: Spells) -> Flags:
    instant = program.window.starts_at
    return (spells.from_at <= instant) & (instant < spells.before_at)


def _firm_at_start(program: Program, spells: Spells, count: int) -> Names:
    """Return each payee's firm on the first day of the window, else the first known."""
    firm = np.full(count, "", dtype=object)
    firm[spells.payee[::-1]] = spells.firm_id[::-1]
    now = _at_start(program, spells)
    firm[spells.payee[now]] = spells.firm_id[now]
    return firm


def _ineligible(program: Program, spells: Spells, count: int) -> Integers:
    window = program.window
    announced_on = program.measurement.announced_on or window.starts_on
    start = min(day_start(announced_on, window.zone), window.starts_at)
    concerned = (spells.from_at < window.ends_at) & (spells.before_at > start)
    could = np.zeros(count, dtype=bool)
    could[spells.payee[concerned & spells.is_in_audience]] = True
    seen = np.zeros(count, dtype=bool)
    seen[spells.payee] = True
    return np.where(seen & ~could, INELIGIBLE, OUTSIDE).astype(np.int64)


def _sides_by_roster(program: Program, spells: Spells, count: int) -> Integers:
    side = _ineligible(program, spells, count)
    side[spells.payee[_at_start(program, spells) & spells.is_in_audience]] = TREATED
    return side
