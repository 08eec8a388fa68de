"""How is an import read and tried before it counts? In a process that may be killed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from openspiff.cli._import_progress import GivenUpError, Progress, beating
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.events import Batch, Feed, ReadResult

MEMORY_LIMIT: Final = "400MB"
"""What the engine may hold at once; the rest waits on disk."""

_NOTES: Final = 50
_UNKNOWN: Final = 500
_LIST_NAMES: Final = {"payees": "roster", "rates": "rates", "products": "products"}


def work_on_import(
    *, user: Any, draft_id: int, attempt: int, clock: Callable[[], int]
) -> str:
    """Do the dry run of one import, and return the state it ends in.

    What a person can put right is kept with the draft; whatever else goes wrong is kept as
    one problem, and raised. Returns "given_up" when the import was cancelled meanwhile.
    """
    from openspiff.web.actions import imports as actions
    from openspiff.web.queries import imports as queries

    draft = queries.import_draft(user, draft_id)
    if (draft.state, draft.attempt) != ("working", attempt):
        return "given_up"
    draft.work_folder.mkdir(parents=True, exist_ok=True)

    def is_wanted() -> bool:
        now = queries.import_draft(user, draft_id)
        return (now.state, now.attempt) == ("working", attempt)

    progress = Progress(draft.work_folder / "progress.json", clock, is_wanted)
    outcome: dict[str, Any] = {}
    problems: list[Problem] = []
    try:
        with beating(progress):
            progress.tell("reading", 0)
            outcome = _WORKS[draft.kind](user, draft, progress)
            progress.tell("done", 1)
    except GivenUpError:
        return "given_up"
    except OpenSpiffError as error:
        problems = list(error.problems) or [Problem("", error.message)]
    except Exception as error:
        problem = Problem("", f"something broke: {type(error).__name__}", "run it again")
        _finish(actions, draft_id, attempt, {}, [problem], clock)
        raise
    return _finish(actions, draft_id, attempt, outcome, problems, clock)


def _finish(
    actions: Any,
    draft_id: int,
    attempt: int,
    outcome: dict[str, Any],
    problems: list[Problem],
    clock: Callable[[], int],
) -> str:
    try:
        done = actions.finish_work(
            draft_id=draft_id,
            attempt=attempt,
            outcome=outcome,
            problems=problems,
            at=clock(),
        )
    except actions.ImportStateError:
        return "given_up"
    return str(done.state)


def _work_on_events(user: Any, draft: Any, progress: Progress) -> dict[str, Any]:
    from openspiff.events import (
        parse_mapping,
        read_events,
        unknown_names,
        write_rejects,
    )
    from openspiff.web.queries import imports as queries

    mapping = parse_mapping(draft.mapping_text, place="mapping")
    paths = draft.paths
    result = read_events(
        paths[0] if len(paths) == 1 else paths,
        mapping,
        recorded_at=progress.clock(),
        progress=progress.read,
    )
    rejects = ""
    if result.rejects:
        rejects = write_rejects(result, draft.work_folder / "rejects.csv").name
    found = {
        "row_count": result.row_count,
        "event_count": result.event_count,
        "rejects_file": rejects,
        "reject_count": result.rejected_count,
        "reject_reasons": _reasons(result.rejects),
        "rejects": [attrs.asdict(one) for one in result.rejects[:10]],
    }
    new_payees = draft.choices.get("new_payees", [])
    known = queries.known_names(user)
    if known["payee"]:
        known["payee"] |= {one["payee_id"] for one in new_payees}
        known["payee"] |= {str(row[0]) for row in result.roster or ()}
    known["firm"] |= {one["firm_id"] for one in new_payees if known["firm"]}
    unknown = unknown_names(result, mapping, dict(known))
    if unknown:
        return found | {
            "unknown": [attrs.asdict(one) for one in unknown[:_UNKNOWN]],
            "unknown_count": len(unknown),
        }
    result = _with_payees(result, new_payees)
    return found | _tried(user, draft, result, progress)


def _with_payees(result: ReadResult, new_payees: list[dict[str, str]]) -> ReadResult:
    """Return what was read with those payees on the roster too."""
    from openspiff.events import FIRST_INSTANT, LAST_INSTANT

    if not new_payees:
        return result
    rows = [
        (
            *(one["payee_id"], one["name"], one["firm_id"], *(one.get("role", ""),)),
            *("", "", "", FIRST_INSTANT, LAST_INSTANT),
        )
        for one in new_payees
    ]
    have = {row[0] for row in result.roster or ()}
    added = [row for row in rows if row[0] not in have]
    return attrs.evolve(result, roster=(*(result.roster or ()), *added))


def _tried(user: Any, draft: Any, result: ReadResult, progress: Progress) -> dict[str, Any]:
    """Write what is new beside the feed, and say what the money would be with it."""
    from openspiff.events import write_batch
    from openspiff.web.queries import feed as feed_queries, imports as queries

    progress.compare(0)
    seen = queries.feed_state(user)
    feed = feed_queries.feed_files(user)
    batch_no = feed_queries.next_batch_no(user)
    batch = write_batch(
        result,
        feed=feed,
        folder=draft.work_folder / "feed",
        batch_no=batch_no,
        memory_limit=MEMORY_LIMIT,
        progress=progress.compare,
    )
    progress.count_money(0)
    then = _with_batch(feed, batch)
    notes = [str(one) for one in (*result.notes, *batch.notes)]
    return {
        "seen": seen,
        "counts": _counts(batch),
        "batch_no": batch_no,
        "digest": batch.digest,
        "events_file": batch.events.name if batch.events else "",
        "superseded_file": batch.superseded.name if batch.superseded else "",
        **_list_outcome(batch.payees, "roster"),
        "notes": notes[:_NOTES],
        "effect": _effect(user, feed, then, progress),
    }


def _counts(batch: Batch) -> dict[str, int]:
    return {
        "new": batch.new_count,
        "changed": batch.changed_count,
        "known": batch.known_count,
        "rejected": batch.rejected_count,
    }


def _with_batch(feed: Feed, batch: Batch) -> Feed:
    return attrs.evolve(
        feed,
        events=(*feed.events, *([batch.events] if batch.events else [])),
        superseded=(*feed.superseded, *([batch.superseded] if batch.superseded else [])),
        payees=batch.payees or feed.payees,
    )


def _list_outcome(path: Path | None, kind: str) -> dict[str, str]:
    from openspiff.events import digest_of

    if path is None:
        return {}
    return {"list_kind": kind, "list_file": path.name, "list_digest": digest_of(path)}


def _effect(user: Any, now: Feed, then: Feed, progress: Progress) -> dict[str, Any]:
    from functools import partial

    from openspiff.engine import DuckDBEngine
    from openspiff.run import money_effect
    from openspiff.web.queries import books, imports as queries, programs

    if now == then:
        return {}
    at = progress.clock()
    held_out = programs.held_out(user)
    held_out_then = held_out
    if then.payees is not None and then.payees != now.payees:
        held_out_then = queries.held_out_with(user, then.payees, at)
    with DuckDBEngine(memory_limit=MEMORY_LIMIT) as engine:
        effect = money_effect(
            programs.launched_programs(user),
            now=(now, held_out),
            then=(then, held_out_then),
            at=at,
            load_booked=partial(books.open_books, user),
            engine=engine,
            progress=progress.count_money,
        )
    return attrs.asdict(effect)


def _reasons(rejects: Any) -> list[tuple[str, int]]:
    from collections import Counter

    return Counter(one.reason for one in rejects).most_common(10)


def _work_on_list(user: Any, draft: Any, progress: Progress) -> dict[str, Any]:
    from openspiff.events import parse_list_mapping, read_list, write_list
    from openspiff.web.queries import feed as feed_queries, imports as queries

    mapping = parse_list_mapping(draft.mapping_text)
    result = read_list(draft.paths, mapping, progress=progress.read)
    read = result.reading(draft.source, recorded_at=progress.clock())
    found = {
        "row_count": result.row_count,
        "reject_count": result.rejected_count,
        "reject_reasons": _reasons(result.rejects),
        "rejects": [attrs.asdict(one) for one in result.rejects[:10]],
    }
    if result.rejects:
        from openspiff.events import write_rejects

        path = write_rejects(read, draft.work_folder / "rejects.csv")
        found["rejects_file"] = path.name
    if draft.kind == "roster":
        known = {row[0]: row for row in _roster(user)}
        new = sum(1 for one in {row[0] for row in result.rows} if one not in known)
        same = sum(1 for row in result.rows if known.get(row[0]) == row)
        people = len({row[0] for row in result.rows})
        told = _tried(user, draft, attrs.evolve(read, roster=result.rows), progress)
        counts = {"new": new, "changed": max(people - new - same, 0), "known": same}
        return found | told | {"counts": counts | {"rejected": result.rejected_count}}
    progress.compare(0)
    seen = queries.feed_state(user)
    made = write_list(
        result,
        makes=draft.kind,
        old=queries.list_in_force(user, draft.kind),
        folder=draft.work_folder / "feed",
        name=f"{draft.kind}-{draft.pk}",
    )
    feed = feed_queries.feed_files(user)
    is_rates = draft.kind == "rates" and made.path is not None
    then = attrs.evolve(feed, rates=made.path) if is_rates else feed
    progress.count_money(0)
    return found | {
        "seen": seen,
        "counts": {
            "new": made.new_count,
            "changed": made.changed_count,
            "known": made.known_count,
            "rejected": result.rejected_count,
        },
        "notes": [str(one) for one in result.notes][:_NOTES],
        **_list_outcome(made.path, draft.kind),
        "effect": _effect(user, feed, then, progress),
    }


def _roster(user: Any) -> list[Any]:
    from openspiff.events import payees_of
    from openspiff.web.queries.feed import feed_files

    return payees_of(feed_files(user))


def _work_on_undo(user: Any, draft: Any, progress: Progress) -> dict[str, Any]:
    from openspiff.events import undo_batch
    from openspiff.web.queries import feed as feed_queries

    if draft.undoes_file_no is not None:
        return _list_undone(user, draft, progress)
    undoing = undo_batch(
        feed_queries.feed_files(user),
        draft.undoes_batch_no,
        recorded_at=progress.clock(),
        memory_limit=MEMORY_LIMIT,
    )
    told = _tried(user, draft, undoing.result, progress)
    return told | {
        "row_count": undoing.result.row_count,
        "restored_count": undoing.restored_count,
        "withdrawn_count": undoing.withdrawn_count,
        "kept_count": undoing.kept_count,
        "kept": undoing.kept,
    }


def _list_undone(user: Any, draft: Any, progress: Progress) -> dict[str, Any]:
    from openspiff.web.queries import feed as feed_queries, imports as queries

    found = queries.list_before(user, draft.undoes_file_no)
    if found is None:
        raise OpenSpiffError("there is no earlier list to go back to")
    kind, path = found.kind, found.path
    seen = queries.feed_state(user)
    feed = feed_queries.feed_files(user)
    then = feed
    if kind == "payees":
        then = attrs.evolve(feed, payees=path)
    elif kind == "rates":
        then = attrs.evolve(feed, rates=path)
    progress.count_money(0)
    return {
        "seen": seen,
        "counts": {},
        "list_kind": _LIST_NAMES[kind],
        "list_file": found.file_name,
        "list_digest": found.digest,
        "effect": _effect(user, feed, then, progress),
    }


_WORKS: Final[dict[str, Callable[[Any, Any, Progress], dict[str, Any]]]] = {
    "events": _work_on_events,
    "roster": _work_on_list,
    "products": _work_on_list,
    "rates": _work_on_list,
    "undo": _work_on_undo,
}
