"""Why did an event pay what it paid? Worked out for all who ask, or for one question."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine, EngineError
from openspiff.events import (
    EVENT_COLUMNS,
    LATER_COLUMNS,
    Feed,
    FeedFileError,
    require_files,
)
from openspiff.program import Program
from openspiff.rules import About, Explainer, Explanation, RuleError
from openspiff.run import explain_event
from openspiff.web.access import Viewer
from openspiff.web.queries import feed, programs

# A feed with more rows is asked one question at a time: it would not fit beside the pages.
_ROWS_AT_MOST: Final = 2_000_000
_MEMORY_LIMIT: Final = "1GB"


@attrs.frozen(kw_only=True)
class Grounds:
    """All that an explanation depends on; the names of the files carry their content."""

    programs: tuple[Program, ...]
    feed: Feed
    held_out: Mapping[str, frozenset[str]]


class StandingExplainer:
    """The one explainer of this process, for the grounds that were asked about last.

    It is opened beside the pages, by a thread of its own: who asks first after a change is
    answered by `explain_event`, and so is everybody until it is open. Grounds that changed
    let go of the old one at once, so there is never more than one and one being opened.
    """

    def __init__(self, *, rows_at_most: int = _ROWS_AT_MOST) -> None:
        """Begin with none; there will be none for a feed of more rows."""
        self._rows_at_most = rows_at_most
        self._opener = ThreadPoolExecutor(max_workers=1, thread_name_prefix="explainer")
        self._lock = threading.Lock()
        self._grounds: Grounds | None = None
        self._opening: Future[Explainer | None] = Future()

    def opening(self, grounds: Grounds) -> Future[Explainer | None]:
        """Return the explainer of these grounds as it is being opened.

        It is None where one question at a time is the better way: too many rows, too little
        memory, or a missing exchange rate, of which that one question will tell.
        """
        with self._lock:
            if self._grounds != grounds:
                self._opening.cancel()
                self._opening = self._opener.submit(_opened, grounds, self._rows_at_most)
                self._grounds = grounds
            return self._opening


STANDING: Final = StandingExplainer()


def grounds_now(viewer: Viewer) -> Grounds:
    """Return what an explanation depends on as it stands in the database."""
    return Grounds(
        programs=tuple(programs.launched_programs(viewer)),
        feed=feed.feed_files(viewer),
        held_out=programs.held_out(viewer),
    )


def explanations_of(viewer: Viewer, about: About) -> list[Explanation]:
    """Return why the events asked about pay what they pay, for every launched version.

    Whether the viewer may see their payee is for the page to ask.
    """
    grounds = grounds_now(viewer)
    if not grounds.programs or not grounds.feed.events:
        return []
    opening = STANDING.opening(grounds)
    is_open = opening.done() and not opening.cancelled()
    explainer = opening.result() if is_open else None
    if explainer is None:
        return explain_event(grounds.programs, grounds.feed, grounds.held_out, about)
    return explainer.explain(about)


def _opened(grounds: Grounds, rows_at_most: int) -> Explainer | None:
    engine = DuckDBEngine(memory_limit=_MEMORY_LIMIT)
    try:
        require_files(grounds.feed.events)
        engine.load_parquet(
            "event_rows", grounds.feed.events, EVENT_COLUMNS, lacking=LATER_COLUMNS
        )
        if engine.query("select count(*) from event_rows")[0][0] <= rows_at_most:
            return Explainer(
                grounds.programs,
                feed=grounds.feed,
                held_out=grounds.held_out,
                engine=engine,
            )
    except (EngineError, FeedFileError, RuleError):
        # Files that are gone or broken, and rates that are missing, are told to whoever
        # asks: the same steps meet them when they run for one question.
        return None
    engine.close()
    return None
