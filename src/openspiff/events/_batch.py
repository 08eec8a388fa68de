"""What is new in what was read? A batch holds it, and nothing that stood is touched."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar, Final

import attrs

from openspiff.engine import DuckDBEngine, Step
from openspiff.errors import OpenSpiffError, Problem
from openspiff.events._feed import Feed
from openspiff.events._open import open_feed
from openspiff.events._result import STAGED_COLUMNS, ReadResult
from openspiff.events._shape import EVENT_COLUMNS, PAYEE_COLUMNS, SUPERSEDED_COLUMNS
from openspiff.events._tables import Note

_COMPARED_SHARE: Final = 0.7
"""How much of the time goes to comparing; the rest is sorting and writing."""

_KEYS: Final = ("source", "event_id", "payee_id")
_BY_FILE: Final = tuple(name for name in STAGED_COLUMNS if name in EVENT_COLUMNS)
# When a source recorded it says nothing about what happened: no reason for a revision.
_CONTENT: Final = tuple(name for name in _BY_FILE if name not in (*_KEYS, "recorded_at"))


class BatchError(OpenSpiffError):
    """A batch that cannot be written where it stands in the order of batches."""

    code: ClassVar[str] = "batch"


@attrs.frozen(kw_only=True)
class Batch:
    """One import: the files it added (None where it added none) and what it counted.

    `digest` is the SHA-256 of the digests of its files, empty when it has none.
    """

    batch_no: int
    digest: str
    events: Path | None
    superseded: Path | None
    payees: Path | None
    new_count: int
    changed_count: int
    known_count: int
    rejected_count: int
    notes: tuple[Note, ...] = ()

    def __str__(self) -> str:
        """Return the counts as people say them."""
        counts = f"{self.new_count:,} new, {self.changed_count:,} changed"
        refused = f", {self.rejected_count:,} rejected" if self.rejected_count else ""
        return f"{counts}, {self.known_count:,} known{refused}"


_OLD = Step(
    name="old_events",
    sql="""
select source, event_id, max(revision) as revision, max(status) as status,
  max(entered_batch) as entered_batch, max(entered_at) as entered_at,
  max(status_at) as status_at
from current_events
where source in (select source from told)
group by source, event_id
""",
)

# "Cancelled" is what was done before, as far as this feed was told: what never was done
# cannot be cancelled, only lost, and no clawback term gives it a share.
_STATUS: Final = """
case when t.status = 'cancelled' and coalesce(o.status, '') not in ('done', 'cancelled')
  then 'lost' else t.status end as status"""

_STAGED = Step(
    name="staged",
    sql=f"""
select {", ".join(_STATUS if one == "status" else f"t.{one}" for one in STAGED_COLUMNS)}
from told as t
left join old_events as o on o.source = t.source and o.event_id = t.event_id
""",  # noqa: S608 (constants of ours)
)

_SAME = Step(
    name="same_events",
    sql=f"""
select n.source as source, n.event_id as event_id
from staged as n
join current_events as c
  on c.source = n.source and c.event_id = n.event_id and c.payee_id = n.payee_id
where {" and ".join(f"n.{one} is not distinct from c.{one}" for one in _CONTENT)}
group by n.source, n.event_id
having count(*) = max(n.payee_count)
""",  # noqa: S608 (constants of ours)
)

_TOLD_FIRST = Step(
    name="told_first",
    sql="""
select n.kind as kind, n.subject_id as subject_id,
  min(c.source || '/' || c.event_id) as duplicate_of
from (select distinct source, kind, subject_id from staged) as n
join current_events as c
  on c.kind = n.kind and c.subject_id = n.subject_id
where c.source <> n.source and c.duplicate_of = ''
  and c.status in ('done', 'cancelled')
group by n.kind, n.subject_id
""",
)

_ENTERS: Final = "o.event_id is null or (n.status = 'done' and o.status <> 'done')"

_ADDED: Final = """
select {batch_no} as batch_no, coalesce(o.revision, 0) + 1 as revision,
  coalesce(d.duplicate_of, '') as duplicate_of,
  case when {enters} then {batch_no} else o.entered_batch end as entered_batch,
  case when {enters} then n.recorded_at else o.entered_at end as entered_at,
  case when o.status = n.status then o.status_at else n.recorded_at end as status_at,
  {by_file}
from staged as n
left join old_events as o on o.source = n.source and o.event_id = n.event_id
left anti join same_events as s on s.source = n.source and s.event_id = n.event_id
left join told_first as d on d.kind = n.kind and d.subject_id = n.subject_id
"""

_COUNTS: Final = """
select count(distinct case when revision = 1 then event_id end),
  count(distinct case when revision > 1 then event_id end),
  count(distinct case when duplicate_of <> '' then event_id end)
from added
"""

_NEW_ROSTER: Final = """
select {columns} from roster as r
where r.payee_id not in (select payee_id from roster_read)
union all
select {columns} from roster_read as r
"""


def _steps(batch_no: int) -> list[Step]:
    by_file = ", ".join(f"n.{name} as {name}" for name in _BY_FILE)
    added = _ADDED.format(batch_no=int(batch_no), enters=_ENTERS, by_file=by_file)
    return [_OLD, _STAGED, _SAME, _TOLD_FIRST, Step(name="added", sql=added)]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_file(engine: DuckDBEngine, sql: str, folder: Path, name: str) -> Path:
    """Write a file so that it is there whole, under the digest of its content, or not."""
    # A place of its own: who writes the same batch at the same moment must not meet here.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".draft-") as place:
        draft = Path(place) / name
        engine.write_parquet(sql, draft)
        digest = digest_of(draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        path = folder / f"{name}-{digest}.parquet"
        draft.replace(path)
    return path


def sync_folder(folder: Path) -> None:
    """Make the new names themselves durable, where folders can be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_roster(
    engine: DuckDBEngine, result: ReadResult, folder: Path, name: str
) -> Path | None:
    if result.roster is None:
        return None
    columns = ", ".join(f"r.{column} as {column}" for column in PAYEE_COLUMNS)
    engine.load_rows("roster_read", PAYEE_COLUMNS, result.roster)
    engine.run([Step(name="new_roster", sql=_NEW_ROSTER.format(columns=columns))])
    named = ", ".join(PAYEE_COLUMNS)
    order = "order by payee_id, from_at"
    old = engine.query(f"select {named} from roster {order}")  # noqa: S608
    if old == engine.query(f"select {named} from new_roster {order}"):  # noqa: S608
        return None
    return keep_file(engine, f"select {named} from new_roster {order}", folder, name)  # noqa: S608


def _check_order(engine: DuckDBEngine, batch_no: int) -> None:
    last = engine.query("select max(batch_no) from event_rows")[0][0] or 0
    if batch_no <= last:
        problem = Problem("batch_no", f"expected more than {last}, got {batch_no}")
        raise BatchError("batches come one after another", [problem])


def write_batch(
    result: ReadResult,
    *,
    feed: Feed,
    folder: Path,
    batch_no: int,
    memory_limit: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Batch:
    """Write what `feed` does not know yet as immutable files in `folder`.

    An event that says the same as its current revision is known and not written; one that
    differs becomes the next revision and the old one is listed as superseded. Nothing is
    written when everything is known. `memory_limit` (such as "400MB") bounds the engine;
    `progress` is called with the share that is done, and what it raises ends the writing.
    Raises BatchError when `batch_no` is not above every batch of the feed.
    """

    def made(_name: str, number: int, count: int) -> None:
        if progress is not None:
            progress(number / count * _COMPARED_SHARE)

    folder.mkdir(parents=True, exist_ok=True)
    with DuckDBEngine(memory_limit=memory_limit) as engine:
        open_feed(engine, feed)
        _check_order(engine, batch_no)
        engine.load_parquet("told", result.staged, STAGED_COLUMNS)
        engine.run(_steps(batch_no), progress=made)
        new, changed, duplicates = engine.query(_COUNTS)[0]
        prefix = f"{batch_no:06d}"
        events = superseded = None
        if new or changed:
            columns = ", ".join(EVENT_COLUMNS)
            text = f"select {columns} from added order by occurred_at, event_id, payee_id"  # noqa: S608
            events = keep_file(engine, text, folder, f"{prefix}-events")
        if changed:
            columns = ", ".join(f"o.{column} as {column}" for column in SUPERSEDED_COLUMNS)
            text = (
                f"select distinct {columns} from old_events as o join added as a"  # noqa: S608
                " on a.source = o.source and a.event_id = o.event_id order by 2"
            )
            superseded = keep_file(engine, text, folder, f"{prefix}-superseded")
        payees = _write_roster(engine, result, folder, f"{prefix}-payees")
    sync_folder(folder)
    message = f"{duplicates:,} events were first told by another source; they never earn"
    return Batch(
        batch_no=batch_no,
        digest=_joint_digest([events, superseded, payees]),
        events=events,
        superseded=superseded,
        payees=payees,
        new_count=new,
        changed_count=changed,
        known_count=result.event_count - new - changed,
        rejected_count=result.rejected_count,
        notes=(Note(result.source, message),) if duplicates else (),
    )


def _joint_digest(paths: Iterable[Path | None]) -> str:
    digests = [path.stem.rsplit("-", 1)[1] for path in paths if path is not None]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest() if digests else ""


def feed_of(batches: Iterable[Batch], *, rates: Path | None = None) -> Feed:
    """Return the feed that these batches make up, in the order of their numbers."""
    ordered = sorted(batches, key=lambda batch: batch.batch_no)
    rosters = [batch.payees for batch in ordered if batch.payees is not None]
    return Feed(
        events=tuple(batch.events for batch in ordered if batch.events is not None),
        superseded=tuple(
            batch.superseded for batch in ordered if batch.superseded is not None
        ),
        payees=rosters[-1] if rosters else None,
        rates=rates,
    )
