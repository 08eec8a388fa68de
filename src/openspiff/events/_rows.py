"""How do events that never were a file become a feed? As rows with defaults filled in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from openspiff.engine import DuckDBEngine
from openspiff.events._feed import Feed
from openspiff.events._result import STAGED_COLUMNS, ReadResult
from openspiff.events._shape import (
    EVENT_COLUMNS,
    FIRST_INSTANT,
    LAST_INSTANT,
    PAYEE_COLUMNS,
    RATE_COLUMNS,
    SUPERSEDED_COLUMNS,
)
from openspiff.events._tables import Scratch
from openspiff.money import PPM, split_exactly

_EVENT_DEFAULTS: Final[Mapping[str, Any]] = {
    "batch_no": 1,
    "source": "rows",
    "revision": 1,
    "duplicate_of": "",
    "kind": "deal_won",
    "status": "done",
    "firm_id": "",
    "customer_id": "",
    "is_government": False,
    "is_new_customer": None,
    "product_id": "",
    "revenue_type": "",
    "quantity": 1,
    "amount_minor": 0,
    "list_price_minor": None,
    "margin_minor": None,
    "mrr_minor": None,
    "term_months": None,
    "currency": "USD",
}
_PAYEE_DEFAULTS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("name", "firm_id", "role", "tier", "region", "segment"), ""),
    "from_at": FIRST_INSTANT,
    "before_at": LAST_INSTANT,
}
_RATE_DEFAULTS: Final[Mapping[str, Any]] = {
    "from_at": FIRST_INSTANT,
    "before_at": LAST_INSTANT,
    "rate_den": PPM,
}

Identity = tuple[str, str, int]


def _known(row: Mapping[str, Any], columns: Mapping[str, str]) -> None:
    unknown = set(row) - set(columns)
    if unknown:
        message = f"unknown columns {sorted(unknown)}; known are {list(columns)}"
        raise ValueError(message)


def _event(given: Mapping[str, Any]) -> dict[str, Any]:
    _known(given, EVENT_COLUMNS)
    row = {**_EVENT_DEFAULTS, **given}
    occurred_at = row.setdefault("occurred_at", None if row["status"] == "open" else 0)
    row.setdefault("subject_id", row["event_id"])
    row.setdefault("recorded_at", occurred_at or 0)
    row.setdefault("entered_batch", row["batch_no"])
    row.setdefault("entered_at", row["recorded_at"])
    row.setdefault("status_at", row["recorded_at"])
    return row


def _identity(row: Mapping[str, Any]) -> Identity:
    return row["source"], row["event_id"], row["revision"]


def _filled(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    events = [_event(row) for row in rows]
    payees: dict[Identity, list[str]] = defaultdict(list)
    for row in events:
        payees[_identity(row)].append(row["payee_id"])
    for row in events:
        names = payees[_identity(row)]
        row.setdefault("payee_count", len(names))
        if "share_ppm" not in row:
            row["share_ppm"] = split_exactly(PPM, Counter(names))[row["payee_id"]]
    return events


def _write(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], path: Path
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = [tuple(row[column] for column in columns) for row in rows]
    with DuckDBEngine(threads=1) as engine:
        engine.load_rows("rows_given", columns, values)
        engine.write_parquet("select * from rows_given", path)
    return path


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> Path:
    """Write events, given as mappings of EVENT_COLUMNS, as one Parquet file of a feed.

    `event_id` and `payee_id` must be given; everything else has a default: done, kind
    deal_won, revision 1 of batch 1 at instant 0, one unit, no amount, USD. Events with
    several payees share equally unless `share_ppm` says otherwise. Raises ValueError for a
    column that events do not have.
    """
    return _write(_filled(rows), EVENT_COLUMNS, path)


def _superseded(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    latest: dict[tuple[str, str], int] = {}
    seen: set[Identity] = set()
    for row in events:
        source, event_id, revision = _identity(row)
        latest[source, event_id] = max(latest.get((source, event_id), 0), revision)
        seen.add((source, event_id, revision))
    return [
        {"source": source, "event_id": event_id, "revision": revision}
        for source, event_id, revision in sorted(seen)
        if revision < latest[source, event_id]
    ]


def feed_from_rows(
    rows: Iterable[Mapping[str, Any]],
    folder: Path,
    *,
    payees: Iterable[Mapping[str, Any]] | None = None,
    rates: Iterable[Mapping[str, Any]] | None = None,
) -> Feed:
    """Write rows as a feed into `folder` (made when absent) and return it.

    `rows` as in `write_rows`; of several revisions of one event the highest counts, the
    others are listed as superseded. `payees` (`payee_id` required, span always by default)
    and `rates` (`from_currency`, `to_currency`, `rate_num` required) may be left out.
    """
    events = _filled(rows)
    superseded = _superseded(events)
    spans = None if payees is None else [{**_PAYEE_DEFAULTS, **one} for one in payees]
    given = None if rates is None else [{**_RATE_DEFAULTS, **one} for one in rates]
    old = (
        (_write(superseded, SUPERSEDED_COLUMNS, folder / "superseded.parquet"),)
        if superseded
        else ()
    )
    return Feed(
        events=(_write(events, EVENT_COLUMNS, folder / "events.parquet"),),
        superseded=old,
        payees=None
        if spans is None
        else _write(spans, PAYEE_COLUMNS, folder / "payees.parquet"),
        rates=None
        if given is None
        else _write(given, RATE_COLUMNS, folder / "rates.parquet"),
    )


def told_rows(rows: Iterable[Mapping[str, Any]], *, source: str) -> ReadResult:
    """Return events that people told us, not a file, as `write_batch` takes them.

    `rows` as in `write_rows`, at least one; which of them is new, and which revision it
    becomes, is for `write_batch` to find out.
    """
    events = [
        {**row, "file_no": 0, "row_no": number, "said_revision": None}
        for number, row in enumerate(
            _filled({**row, "source": source} for row in rows), start=1
        )
    ]
    scratch = Scratch()
    return ReadResult(
        source=source,
        staged=(_write(events, STAGED_COLUMNS, scratch.folder / "told.parquet"),),
        recorded_at=max(row["recorded_at"] for row in events),
        row_count=len(events),
        event_count=len({row["event_id"] for row in events}),
        rejected_count=0,
        rejects=(),
        notes=(),
        unmapped_products=(),
        roster=None,
        scratch=scratch,
    )
