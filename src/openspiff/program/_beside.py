"""What should be looked at before a launch? Doubtful terms, and programs that overlap."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from openspiff.errors import Problem

from ._enrolment import Enrolment, enrolment_rows
from ._model import Program
from ._payout import Tickets
from ._phrases import date, listed, many
from ._versions import content_hash

_LONGEST_DAYS: Final = 100
_NEAR_DAYS: Final = 14
_LISTS: Final = ("roles", "tiers", "regions", "segments", "firm_ids")


@attrs.frozen(kw_only=True)
class Overlap:
    """Another program that pays for the same events: which, and in which days of both."""

    program_id: str
    name: str
    starts_on: dt.date
    ends_before: dt.date
    products: tuple[str, ...] | None
    """The products that both pay for; None where both pay for every product."""


def launch_mark(program: Program, enrolment: Enrolment) -> str:
    """Return a digest of what a launch would freeze: every term, and who is on which side.

    Whoever says yes to a preview hands its mark in, so that nothing else is launched.
    """
    rows = json.dumps(enrolment_rows(enrolment), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{content_hash(program)}\n{rows}".encode()).hexdigest()


def terms_cautions(program: Program, *, today: dt.date) -> tuple[Problem, ...]:
    """Return what is allowed but rarely meant: each with its place and what would help."""
    return tuple(_cautions(program, today))


def _cautions(program: Program, today: dt.date) -> Iterator[Problem]:
    window, caps = program.window, program.caps
    day_count = (window.ends_before - window.starts_on).days
    if window.ends_before <= today:
        message = f"the window ended before {date(window.ends_before)}"
        yield Problem("window.ends_before", message, "nobody can still act on it")
    elif window.starts_on < today and program.version == 1:
        message = f"the window began on {date(window.starts_on)}, before its launch"
        remedy = "what was done until now is paid, though the program moved nobody"
        yield Problem("window.starts_on", message, remedy)
    if day_count > _LONGEST_DAYS:
        message = f"the window lasts {many(day_count, 'day')}"
        yield Problem("window", message, "a deadline moves people when it is near")
    if caps.budget is None and not isinstance(program.payout, Tickets):
        message = "nothing limits what the program may cost"
        yield Problem("caps.budget", message, 'write budget = "50000.00" under [caps]')
    if program.promised_days > _NEAR_DAYS:
        message = f"the money is promised within {many(program.promised_days, 'day')}"
        yield Problem("promised_days", message, "two weeks or less is believed")
    if program.holdout is None:
        message = "nobody is kept out by chance"
        remedy = "what the program adds can then only be told by weaker comparisons"
        yield Problem("holdout", message, remedy)
    if program.measurement.target_event_count is None:
        message = "no number of events is planned"
        remedy = "write target_events under [measurement] and the live view shows the pace"
        yield Problem("measurement.target_events", message, remedy)


def overlaps_with(program: Program, others: Iterable[Program]) -> tuple[Overlap, ...]:
    """Return the other programs that pay for the same behavior in the same days.

    Products and audiences must meet as well; several versions of one program are one.
    """
    found: dict[str, Overlap] = {}
    for other in others:
        starts_on = max(program.window.starts_on, other.window.starts_on)
        ends_before = min(program.window.ends_before, other.window.ends_before)
        is_apart = (
            other.program_id == program.program_id
            or not other.behavior.meets(program.behavior)
            or starts_on >= ends_before
        )
        if is_apart or not _audiences_meet(program, other):
            continue
        products = program.behavior.products.in_common(other.behavior.products)
        found[other.program_id] = Overlap(
            program_id=other.program_id,
            name=other.name,
            starts_on=starts_on,
            ends_before=ends_before,
            products=None if products is None else tuple(sorted(products)),
        )
    return tuple(found[key] for key in sorted(found))


def overlap_sentence(overlap: Overlap) -> str:
    """Return the overlap in words."""
    last_on = overlap.ends_before - dt.timedelta(days=1)
    what = "every product"
    if overlap.products is not None:
        what = listed(overlap.products)
    return f"from {date(overlap.starts_on)} to {date(last_on)} both pay for {what}"


def _audiences_meet(one: Program, other: Program) -> bool:
    for name in _LISTS:
        mine, theirs = getattr(one.audience, name), getattr(other.audience, name)
        if mine and theirs and not {*mine} & {*theirs}:
            return False
    return True
