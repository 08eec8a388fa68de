"""How is an import taken back without touching it? By saying what was said before."""

from __future__ import annotations

from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, Step
from openspiff.events._feed import Feed
from openspiff.events._open import open_feed
from openspiff.events._result import STAGED_COLUMNS, ReadResult
from openspiff.events._tables import Note, Scratch

_SHOWN: Final = 50


@attrs.frozen(kw_only=True)
class Undoing:
    """What puts the events of a batch back: rows to import, and what stays as it is.

    `result` restores `restored_count` events and takes `withdrawn_count` back whole;
    `kept` names up to fifty of the `kept_count` events that a later batch changed since.
    """

    result: ReadResult
    restored_count: int
    withdrawn_count: int
    kept_count: int
    kept: tuple[tuple[str, int], ...]


_TOUCHED: Final = """
select source, event_id, max(revision) as revision
from event_rows where batch_no = {batch_no} group by source, event_id
"""

_LATEST: Final = """
select e.source, e.event_id, max(e.revision) as revision, max(e.batch_no) as batch_no
from event_rows as e
join touched as t on t.source = e.source and t.event_id = e.event_id
group by e.source, e.event_id
"""

_BEFORE: Final = """
select e.source, e.event_id, max(e.revision) as revision
from event_rows as e
join touched as t on t.source = e.source and t.event_id = e.event_id
where e.batch_no < {batch_no}
group by e.source, e.event_id
"""

_BACK: Final = """
select t.source, t.event_id, coalesce(b.revision, t.revision) as revision,
  b.revision is null as is_withdrawn
from touched as t
join latest as l
  on l.source = t.source and l.event_id = t.event_id and l.batch_no = {batch_no}
left join before_it as b on b.source = t.source and b.event_id = t.event_id
"""

_KEPT: Final = """
select l.event_id, l.batch_no from latest as l where l.batch_no > {batch_no}
order by l.event_id
"""


def _column(name: str, recorded_at: int) -> str:
    match name:
        case "file_no" | "row_no":
            return f"0 as {name}"
        case "said_revision":
            return "cast(null as bigint) as said_revision"
        case "recorded_at":
            return f"cast({recorded_at} as bigint) as recorded_at"
        case "status":
            # "Lost", not "cancelled": it never happened, whatever the terms say of
            # cancellations.
            return "case when b.is_withdrawn then 'lost' else e.status end as status"
    return f"e.{name} as {name}"


def undo_batch(
    feed: Feed, batch_no: int, *, recorded_at: int, memory_limit: str | None = None
) -> Undoing:
    """Return what undoes a batch: for each of its events what was said before.

    An event that the batch told first is told as lost: it never happened. An event that a
    later batch changed stays as that batch says. Write the result as one more batch; the
    feed itself is not touched.
    """
    scratch = Scratch()
    path = scratch.folder / "undone.parquet"
    number = int(batch_no)
    with DuckDBEngine(memory_limit=memory_limit) as engine:
        open_feed(engine, feed)
        engine.run(
            [
                Step(name="touched", sql=_TOUCHED.format(batch_no=number)),
                Step(name="latest", sql=_LATEST),
                Step(name="before_it", sql=_BEFORE.format(batch_no=number)),
                Step(name="put_back", sql=_BACK.format(batch_no=number)),
            ]
        )
        columns = ", ".join(_column(name, int(recorded_at)) for name in STAGED_COLUMNS)
        engine.write_parquet(
            f"select {columns} from event_rows as e join put_back as b"  # noqa: S608
            " on b.source = e.source and b.event_id = e.event_id"
            " and b.revision = e.revision",
            path,
        )
        counts: dict[bool, int] = dict(
            engine.query(
                "select is_withdrawn, count(*) as n from put_back group by is_withdrawn"
            )
        )
        kept = engine.query(_KEPT.format(batch_no=number))
        sources = engine.query("select min(source), max(source) from touched")[0]
    restored, withdrawn = counts.get(False, 0), counts.get(True, 0)
    return Undoing(
        result=ReadResult(
            source=sources[0] or "",
            staged=(path,),
            recorded_at=recorded_at,
            row_count=restored + withdrawn,
            event_count=restored + withdrawn,
            rejected_count=0,
            rejects=(),
            notes=_notes(len(kept)),
            unmapped_products=(),
            roster=None,
            scratch=scratch,
        ),
        restored_count=restored,
        withdrawn_count=withdrawn,
        kept_count=len(kept),
        kept=tuple((str(name), int(number)) for name, number in kept[:_SHOWN]),
    )


def _notes(kept_count: int) -> tuple[Note, ...]:
    if not kept_count:
        return ()
    message = f"{kept_count:,} events stay as they are: a later import changed them"
    return (Note("undo", message),)
