"""What may an assistant try? Check a program, ask what would be paid, keep a draft."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, Field
from whenever import Instant

from openspiff.engine import DuckDBEngine
from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import (
    Batch,
    EventMapping,
    Feed,
    ReadResult,
    parse_mapping,
    read_events,
    write_batch,
)
from openspiff.program import (
    Program,
    ProgramError,
    check_same_terms,
    check_versions,
    content_hash,
    overlap_sentence,
    overlaps_with,
    parse_program,
    rule_line,
    terms_cautions,
)
from openspiff.run import MoneyEffect, evaluate, money_effect
from openspiff.web.access import EDIT_PROGRAMS, READ_IMPORTS, READ_PROGRAMS, Viewer
from openspiff.web.actions.programs import add_program_draft
from openspiff.web.queries import books, feed as feeds, imports, programs

from ._door import tool, written_at
from ._said import MOST, Flaw, Found, Typed, typed

_LONGEST_PROGRAM: Final = 100_000
_LONGEST_FILE: Final = 1_000_000
_LONGEST_MAPPING: Final = 100_000
_TOP: Final = 10
_MEMORY_LIMIT: Final = "1GB"
ProgramText = Annotated[
    str, Field(max_length=_LONGEST_PROGRAM, description="The program file, in TOML.")
]


class DryRunError(OpenSpiffError):
    """A file of which it cannot be told what it would pay."""

    code: ClassVar[str] = "dry_run"


class ChecksSaid(Found):
    """What a program file says: every problem, or its rule with what wants a look."""

    is_valid: bool
    rule: Typed
    content_hash: str
    problems: list[Flaw]
    cautions: list[Flaw]
    overlaps: list[Typed]


@tool((READ_PROGRAMS, "programs:read"))
def checks(viewer: Viewer, at: int, *, program_text: ProgramText) -> ChecksSaid:
    """Check a program file: every problem with its place, or its rule and its cautions."""
    launched = programs.launched_programs(viewer)
    try:
        program = _read(program_text, launched)
    except ProgramError as error:
        return _refused(error.problems or [Problem("", error.message)])
    newest = {one.program_id: one for one in launched}
    today = _local_day(at, program.window.zone)
    running = [one for one in newest.values() if one.window.ends_before > today]
    cautions = terms_cautions(program, today=today)
    overlaps = overlaps_with(program, running)
    return ChecksSaid(
        is_valid=True,
        rule=typed(rule_line(program), longest=1_000),
        content_hash=content_hash(program),
        problems=[],
        cautions=_flaws(cautions[:MOST]),
        overlaps=[typed(overlap_sentence(one)) for one in overlaps[:MOST]],
        left_out=max(0, len(cautions) - MOST) + max(0, len(overlaps) - MOST),
    )


def _refused(problems: Iterable[Problem]) -> ChecksSaid:
    found = list(problems)
    return ChecksSaid(
        is_valid=False,
        rule=typed(""),
        content_hash="",
        problems=_flaws(found[:MOST]),
        cautions=[],
        overlaps=[],
        left_out=max(0, len(found) - MOST),
    )


class PaidSaid(BaseModel):
    """What one payee would get of it: minor units, tickets of a draw."""

    payee_id: str
    due: int


class DryProgramSaid(BaseModel):
    """What a program file would pay for the events that the feed has now."""

    rule: Typed
    currency: str
    due_minor: int
    tickets: int
    event_count: int
    payee_count: int
    largest: list[PaidSaid]
    is_within_budget: bool
    note: str


@tool((READ_PROGRAMS, "programs:read"), (READ_PROGRAMS, "events:read"))
def dry_run_program(
    viewer: Viewer, at: int, *, program_text: ProgramText
) -> DryProgramSaid:
    """Work out what a program file would pay for the feed as it is; nothing is written."""
    program = _read(program_text, programs.launched_programs(viewer))
    held_out = programs.held_out(viewer).get(program.program_id, frozenset())
    feed = feeds.feed_files(viewer)
    if not feed.events:
        raise DryRunError("the feed has no events", [Problem("feed", "it is empty")])
    with DuckDBEngine(memory_limit=_MEMORY_LIMIT) as engine:
        run = evaluate(
            [program],
            feed=feed,
            at=at,
            held_out={program.program_id: held_out},
            engine=engine,
        )
        worth = "case when tickets > 0 then tickets else amount_minor end"
        rows = engine.query(
            f"select payee_id, cast(sum({worth}) as bigint) as due from entitled"  # noqa: S608 (constants)
            f" where {worth} > 0 group by payee_id order by due desc, payee_id"
        )
    minor, tickets, count = 0, 0, 0
    for _, _, row_count, amount, ticket_count in run.totals:
        minor, tickets, count = minor + amount, tickets + ticket_count, count + row_count
    budget = program.caps.budget
    return DryProgramSaid(
        rule=typed(rule_line(program), longest=1_000),
        currency=program.currency,
        due_minor=minor,
        tickets=tickets,
        event_count=count,
        payee_count=len(rows),
        largest=[PaidSaid(payee_id=str(one), due=int(due)) for one, due in rows[:_TOP]],
        is_within_budget=budget is None or (tickets or minor) < budget,
        note="Past events under these terms, with nobody new held out: what people would "
        "do because of the program is not in it.",
    )


class EffectSaid(BaseModel):
    """What one program would owe with the file, beside what it owes now."""

    program_id: str
    currency: str
    now_minor: int
    then_minor: int
    event_count: int
    ticket_change: int


class DryFileSaid(Found):
    """What a file of events would bring in and pay."""

    row_count: int
    new_count: int
    changed_count: int
    known_count: int
    rejected_count: int
    rejects: list[Flaw]
    programs: list[EffectSaid]
    payee_count: int
    to_book: dict[str, dict[str, int]]


@tool((READ_IMPORTS, "events:read"))
def dry_run_events(
    viewer: Viewer,
    at: int,
    *,
    file_text: Annotated[
        str, Field(max_length=_LONGEST_FILE, description="The file of events, as CSV.")
    ],
    mapping: Annotated[
        str,
        Field(
            max_length=_LONGEST_MAPPING,
            description="The name of a mapping file of the install, or a mapping in TOML.",
        ),
    ],
) -> DryFileSaid:
    """Work out what a file of events would bring in and pay; nothing is written."""
    rule = _mapping(viewer, mapping)
    result, batch, effect = _tried(viewer, file_text, rule, at)
    return _dry_file_said(result, batch, effect)


def _dry_file_said(result: ReadResult, batch: Batch, effect: MoneyEffect) -> DryFileSaid:
    rejects = [
        Problem(f"row {one.row}, {one.column}", one.reason, one.remedy)
        for one in result.rejects[:MOST]
    ]
    return DryFileSaid(
        row_count=result.row_count,
        new_count=batch.new_count,
        changed_count=batch.changed_count,
        known_count=batch.known_count,
        rejected_count=result.rejected_count,
        rejects=_flaws(rejects),
        left_out=max(0, result.rejected_count - MOST),
        programs=[
            EffectSaid(
                program_id=one.program_id,
                currency=one.currency,
                now_minor=one.now_minor,
                then_minor=one.then_minor,
                event_count=one.event_count,
                ticket_change=one.ticket_change,
            )
            for one in effect.programs[:MOST]
        ],
        payee_count=effect.payee_count,
        to_book={name: dict(kinds) for name, kinds in effect.to_book.items()},
    )


def _tried(
    viewer: Viewer, text: str, rule: EventMapping, at: int
) -> tuple[ReadResult, Batch, MoneyEffect]:
    """Read a file beside the feed, and say what the money would be with it."""
    feed, held_out = feeds.feed_files(viewer), programs.held_out(viewer)
    with tempfile.TemporaryDirectory(prefix="openspiff-dry-") as folder:
        path = Path(folder) / "events.csv"
        path.write_text(text, encoding="utf-8", newline="")
        result = read_events(path, rule, recorded_at=at)
        batch = write_batch(
            result,
            feed=feed,
            folder=Path(folder) / "feed",
            batch_no=feeds.next_batch_no(viewer),
            memory_limit=_MEMORY_LIMIT,
        )
        then = Feed(
            events=(*feed.events, *([batch.events] if batch.events else [])),
            superseded=(
                *feed.superseded,
                *([batch.superseded] if batch.superseded else []),
            ),
            payees=batch.payees or feed.payees,
            rates=feed.rates,
        )
        held_out_then = held_out
        if batch.payees is not None:
            held_out_then = imports.held_out_with(viewer, batch.payees, at)
        with DuckDBEngine(memory_limit=_MEMORY_LIMIT) as engine:
            effect = money_effect(
                programs.launched_programs(viewer),
                now=(feed, held_out),
                then=(then, held_out_then),
                at=at,
                load_booked=partial(books.open_books, viewer),
                engine=engine,
            )
    return result, batch, effect


class DraftSaid(BaseModel):
    """A draft that waits for a person, who launches it or throws it away."""

    program_id: str
    version: int
    state: str
    content_hash: str
    page: str
    what_next: str


@tool((EDIT_PROGRAMS, "programs:draft"), is_draft=True)
def draft_program(
    viewer: Viewer,
    _at: int,
    *,
    program_text: ProgramText,
    replaces: Annotated[
        str,
        Field(
            max_length=100,
            description="The content hash of the draft to replace; empty: none is there.",
        ),
    ] = "",
) -> DraftSaid:
    """Keep a program file as a draft, which pays nobody until a person launches it."""
    row = add_program_draft(
        source_text=program_text,
        acting_user=viewer,
        at=written_at(),
        seen_hash=replaces,
    )
    return DraftSaid(
        program_id=row.program_id,
        version=row.version,
        state=row.state,
        content_hash=row.content_hash,
        page=f"/programs/{row.program_id}",
        what_next="A person with the right to launch looks at this page and decides.",
    )


def _read(text: str, launched: list[Program]) -> Program:
    """Return a program that could stand beside what is launched; raises ProgramError."""
    program = parse_program(text, name="the file")
    own = [one for one in launched if one.program_id == program.program_id]
    same = [one for one in own if one.version == program.version]
    if same:
        check_same_terms(same[0], program)
    else:
        check_versions([*own, program])
    return program


def _mapping(viewer: Viewer, text: str) -> EventMapping:
    kept = imports.mapping_files(viewer, "events")
    rule = parse_mapping(kept.get(text, text))
    if len(rule.files) > 1:
        problem = Problem("mapping", "it joins several files", "import it on the pages")
        raise DryRunError("only one file can be tried here", [problem])
    return rule


def _flaws(problems: Iterable[Problem]) -> list[Flaw]:
    return [
        Flaw(place=typed(one.place), message=typed(one.message), remedy=typed(one.remedy))
        for one in problems
    ]


def _local_day(at: int, zone: str) -> dt.date:
    moment = Instant.from_timestamp(at, unit="microsecond").to_tz(zone)
    return dt.date(moment.year, moment.month, moment.day)
