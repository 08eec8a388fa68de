"""How does a running program go? From its feed and its books, worked out once for both."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections import OrderedDict
from typing import Any, ClassVar, Final

import attrs
from django.conf import settings
from django.db import connection
from django.db.models import Max

from openspiff.engine import DuckDBEngine, Row
from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import EVENT_COLUMNS, require_files
from openspiff.program import Program, content_hash, day_of
from openspiff.rules import Pace, pace
from openspiff.web.access import READ_PROGRAMS, NotVisibleError, Viewer, may_enter
from openspiff.web.models import EnrolledPayee, KeptBooking, Transfer

from .feed import feed_files
from .programs import program_versions

_MEMORY_LIMIT: Final = "1GB"
_ROWS_AT_MOST: Final = 2_000_000
_KEPT_AT_MOST: Final = 16
_DAY: Final = 86_400_000_000

# What is owed for each event, and since when; a run books many events at one moment.
_OWED = """
    select version, accrued_at, sum(owed)
    from (
      select version, source, event_id, payee_id,
        min(case when kind = 'accrual' then effective_at end) as accrued_at,
        sum(case when kind = 'accrual' then amount_minor
          when kind in ('reversal', 'payout') then -amount_minor else 0 end) as owed
      from web_transfer where program_id = %s
      group by version, source, event_id, payee_id
    ) events
    where owed > 0 and accrued_at is not null
    group by version, accrued_at
"""
_MOMENTS = """
    select source, event_id, payee_id,
      min(case when kind = 'accrual' then effective_at end),
      min(case when kind = 'payout' then effective_at end)
    from web_transfer where program_id = %s
    group by source, event_id, payee_id
"""


class LiveViewError(OpenSpiffError):
    """A feed that cannot be looked at while somebody waits for the page."""

    code: ClassVar[str] = "live_view"


@attrs.frozen(kw_only=True)
class LiveFacts:
    """What one program has come to: day by day from the feed, and owed on the books.

    `promised_minor` is what is owed, by the local day for which it is promised. The `mark`
    changes whenever any of it may.
    """

    program: Program
    pace: Pace
    promised_minor: dict[dt.date, int]
    held_out_count: int
    held_out_booked_minor: int
    mark: str


class _Kept:
    """The last answers of this process; a change of feed, terms or books makes new ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Any, LiveFacts] = OrderedDict()

    def get(self, key: Any) -> LiveFacts | None:
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
            return found

    def keep(self, key: Any, found: LiveFacts) -> None:
        with self._lock:
            self._found[key] = found
            while len(self._found) > _KEPT_AT_MOST:
                self._found.popitem(last=False)


_KEPT: Final = _Kept()
_ONE_AT_A_TIME: Final = threading.Lock()
# Ten people who open the page after an import wait for one calculation.


def live_facts(viewer: Viewer, program_id: str) -> LiveFacts:
    """Return how a launched program goes.

    Raises NotVisibleError for those who may not read programs whole and for a draft,
    LiveViewError for a feed that is too large, and RuleError for a missing exchange rate.
    """
    if not may_enter(viewer, READ_PROGRAMS):
        message = f"no figures of {program_id}"
        raise NotVisibleError(message)
    stored = program_versions(viewer, program_id)
    versions = [one.program for one in reversed(stored) if not one.is_draft]
    if not versions:
        message = f"{program_id} is not launched"
        raise NotVisibleError(message)
    rows = EnrolledPayee.objects.filter(program_id=program_id, is_held_out=True)
    held_out = frozenset(rows.values_list("payee_id", flat=True))
    books = KeptBooking.objects.filter(program_id=program_id)
    key = (
        settings.OPENSPIFF_HOME,
        tuple(content_hash(one) for one in versions),
        feed_files(viewer),
        held_out,
        books.aggregate(last=Max("through_sequence"))["last"] or 0,
    )
    known = _KEPT.get(key)
    if known is None:
        with _ONE_AT_A_TIME:
            known = _KEPT.get(key) or _work_out(viewer, versions, held_out, key)
            _KEPT.keep(key, known)
    return known


def _work_out(
    viewer: Viewer, versions: list[Program], held_out: frozenset[str], key: Any
) -> LiveFacts:
    program = versions[-1]
    feed = feed_files(viewer)
    with DuckDBEngine(memory_limit=_MEMORY_LIMIT) as engine:
        require_files(feed.events)
        engine.load_parquet("event_rows", feed.events, EVENT_COLUMNS)
        _refuse_too_many(engine)
        found = pace(
            versions,
            feed=feed,
            held_out=held_out,
            moments=_rows(_MOMENTS, program.program_id),
            engine=engine,
        )
    return LiveFacts(
        program=program,
        pace=found,
        promised_minor=_promised(versions),
        held_out_count=len(held_out),
        held_out_booked_minor=_booked_for(program.program_id, held_out),
        mark=_mark(key),
    )


def _mark(key: Any) -> str:
    home, hashes, feed, held_out, last = key
    said = repr((home, hashes, feed, sorted(held_out), last))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _refuse_too_many(engine: DuckDBEngine) -> None:
    count = engine.query("select count(*) from event_rows")[0][0]
    if count > _ROWS_AT_MOST:
        remedy = "ask the library: `openspiff.rules.pace` takes its time"
        message = f"{count:,} rows are too many to look at while a page waits"
        raise LiveViewError(
            "the live view is not shown", [Problem("feed", message, remedy)]
        )


def _promised(versions: list[Program]) -> dict[dt.date, int]:
    terms = {one.version: one for one in versions}
    found: dict[dt.date, int] = {}
    for version, accrued_at, owed_minor in _rows(_OWED, versions[-1].program_id):
        program = terms[version]
        promised_at = accrued_at + program.promised_days * _DAY
        day = day_of(promised_at, program.window.zone)
        found[day] = found.get(day, 0) + int(owed_minor)
    return found


def _booked_for(program_id: str, held_out: frozenset[str]) -> int:
    """Return what the books hold for held-out payees: anything above zero is a leak."""
    rows = Transfer.objects.filter(program_id=program_id).exclude(kind="payout")
    total = 0
    for payee_id, kind, amount_minor in rows.filter(
        payee_id__in=EnrolledPayee.objects.filter(
            program_id=program_id, is_held_out=True
        ).values("payee_id")
    ).values_list("payee_id", "kind", "amount_minor"):
        if payee_id in held_out:
            total += amount_minor if kind == "accrual" else -amount_minor
    return total


def _rows(sql: str, program_id: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [program_id])
        return list(cursor.fetchall())
