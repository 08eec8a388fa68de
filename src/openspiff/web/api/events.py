"""What may a machine do with events? Tell them, one or a million, and read them back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Annotated, Any, Final

from django.conf import settings
from django.http import HttpRequest
from ninja import Body, Path, Query, Router

from openspiff.errors import Problem
from openspiff.events import Batch, EventFilter, EventMapping, read_events, write_batch
from openspiff.web.access import DO_IMPORTS, READ_STATEMENTS, require_act
from openspiff.web.actions import feed as acts
from openspiff.web.queries import feed as feeds
from openspiff.web.queries.listings import event_told, events_listed

from ._doors import Reply, now_at, operation, viewer_of
from ._event_files import (
    EventRowsError,
    Written,
    lines_of,
    parquet_mapping,
    problems_of,
    table_mapping,
    write_table,
)
from ._event_shapes import (
    EventBatchGiven,
    EventGiven,
    EventHistoryShape,
    EventShape,
    ImportShape,
    RowProblemShape,
)
from ._pages import Cursor, Fields, Limit, key_of, page_of
from ._shapes import Page

TAG: Final = "events"
router: Final = Router()

_KEY: Final = ("source", "event_id", "payee_id")
_REFUSED: Final = "nothing was kept: some events cannot be used"
NDJSON: Final = "application/x-ndjson"
PARQUET: Final = "application/vnd.apache.parquet"
Partial = Annotated[
    bool,
    Query(
        description="Keep what is right although something is wrong; the answer says what."
    ),
]
Source = Annotated[
    str,
    Query(
        min_length=1,
        max_length=60,
        pattern=r"^\S(.*\S)?$",
        description="The system that the events come from.",
    ),
]
When = Annotated[
    int | None, Query(ge=0, lt=2**62, description="Microseconds since 1970, UTC.")
]
Words = Annotated[str, Query(max_length=300)]


@operation(
    router,
    "GET",
    "/events",
    policy=READ_STATEMENTS,
    scope="events:read",
    shape=Page[EventShape],
    item=EventShape,
)
def list_events(
    request: HttpRequest,
    source: Words = "",
    kind: Words = "",
    status: Words = "",
    payee_id: Words = "",
    firm_id: Words = "",
    customer_id: Words = "",
    product_id: Words = "",
    recorded_from: When = None,
    recorded_before: When = None,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List events as the feed says them now, one item for each payee of an event.

    Staff see all, firm owners those of their firm, payees their own.
    """
    asked = EventFilter(
        source=source,
        kind=kind,
        status=status,
        payee_id=payee_id,
        firm_id=firm_id,
        customer_id=customer_id,
        product_id=product_id,
        recorded_from=recorded_from,
        recorded_before=recorded_before,
    )
    after = key_of(cursor, str, str, str)
    rows = events_listed(viewer_of(request), asked, after=after, count=limit + 1)
    return Reply(body=page_of(Page[EventShape], rows, limit, _shape, *_KEY))


@operation(
    router,
    "GET",
    "/events/{source}/{path:event_id}",
    policy=READ_STATEMENTS,
    scope="events:read",
    shape=EventHistoryShape,
)
def get_event(
    request: HttpRequest,
    source: Annotated[str, Path(max_length=300)],
    event_id: Annotated[str, Path(max_length=300)],
) -> Reply:
    """Read one event with its history: every revision, the oldest first."""
    rows = event_told(viewer_of(request), source=source, event_id=event_id)
    return Reply(body=EventHistoryShape(items=[_shape(row) for row in rows]))


@operation(
    router,
    "POST",
    "/events",
    policy=DO_IMPORTS,
    scope="events:write",
    shape=ImportShape,
    is_long=True,
    moves_money=True,
)
def send_events(
    request: HttpRequest,
    batch: Annotated[EventBatchGiven, Body()],
    partial: Partial = False,
) -> Callable[[], Reply]:
    """Tell events of one source: one batch of the feed, or nothing.

    What says the same as before is known, what says something else is the next revision.
    All problems come at once; with `partial` what is right is kept and the rest is named.
    """
    told: list[tuple[str, EventGiven | list[Problem]]] = [
        (f"body.events.{number}", one) for number, one in enumerate(batch.events)
    ]
    with tempfile.TemporaryDirectory(prefix="openspiff-api-") as folder:
        path = FilePath(folder) / "events.csv"
        table = write_table(told, path)
        mapping = table_mapping(
            batch.source,
            payee_count=table.payee_count,
            has_revisions=table.has_revisions,
        )
        return _written(request, path, mapping, table, is_partial=partial)


@operation(
    router,
    "POST",
    "/event-files",
    policy=DO_IMPORTS,
    scope="events:write",
    shape=ImportShape,
    is_long=True,
    takes=(NDJSON, PARQUET),
    moves_money=True,
    extra={
        "requestBody": {
            "required": True,
            "content": {
                NDJSON: {"schema": {"type": "string"}},
                PARQUET: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
def send_event_file(
    request: HttpRequest, source: Source, partial: Partial = False
) -> Callable[[], Reply]:
    """Tell many events of one source as a file: NDJSON or Parquet.

    A line of NDJSON is one event as in `send_events`; a Parquet file has the same names as
    columns, with one `payee_id` for each event.
    """
    sent: FilePath = request.sent_file  # type: ignore[attr-defined]
    if request.content_type == PARQUET:
        path = sent.rename(sent.with_name("events.parquet"))
        mapping = parquet_mapping(source, path)
        return _written(request, path, mapping, Written(), is_partial=partial)
    path = sent.with_name("events.csv")
    table = write_table(lines_of(sent), path)
    mapping = table_mapping(
        source, payee_count=table.payee_count, has_revisions=table.has_revisions
    )
    return _written(request, path, mapping, table, is_partial=partial)


def _written(
    request: HttpRequest,
    path: FilePath,
    mapping: EventMapping,
    table: Written,
    *,
    is_partial: bool,
) -> Callable[[], Reply]:
    """Write a batch beside the feed; what is returned enters it into the catalog."""
    viewer = viewer_of(request)
    require_act(viewer, "record_batch")
    if table.problems and not is_partial:
        raise EventRowsError(_REFUSED, table.problems)
    result = read_events(path, mapping, recorded_at=now_at())
    refused = [*table.problems, *problems_of(result, table.places)]
    if refused and not is_partial:
        raise EventRowsError(_REFUSED, refused)
    batch = write_batch(
        result,
        feed=feeds.feed_files(viewer),
        folder=FilePath(settings.OPENSPIFF_HOME) / "feed",
        batch_no=feeds.next_batch_no(viewer),
    )
    counts = {
        "new": batch.new_count,
        "changed": batch.changed_count,
        "known": batch.known_count,
        "rejected": result.rejected_count + table.wrong_count,
    }

    def enter() -> Reply:
        if batch.events is not None:
            acts.record_batch(
                batch=_new_batch(batch, mapping.source, counts),
                acting_user=viewer,
                at=now_at(),
            )
        return Reply(body=_import_shape(batch, mapping.source, counts, refused))

    return enter


def _new_batch(batch: Batch, source: str, counts: dict[str, int]) -> acts.NewBatch:
    return acts.NewBatch(
        batch_no=batch.batch_no,
        digest=batch.digest,
        event_file="" if batch.events is None else batch.events.name,
        superseded_file=batch.superseded.name if batch.superseded else "",
        source=source,
        counts=counts,
    )


def _import_shape(
    batch: Batch, source: str, counts: dict[str, int], refused: list[Problem]
) -> ImportShape:
    return ImportShape(
        source=source,
        batch_no=None if batch.events is None else batch.batch_no,
        new_count=counts["new"],
        changed_count=counts["changed"],
        known_count=counts["known"],
        rejected_count=counts["rejected"],
        problems=[
            RowProblemShape(place=one.place, message=one.message, remedy=one.remedy)
            for one in refused
        ],
        notes=[str(one) for one in batch.notes],
    )


def _shape(row: dict[str, Any]) -> EventShape:
    return EventShape(**{name: row[name] for name in EventShape.model_fields})
