"""How are many questions answered fast? What they share is worked out once and kept."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import attrs

from openspiff.engine import DuckDBEngine, Step
from openspiff.events import Feed, open_feed
from openspiff.program import Program
from openspiff.rules._entitlements import (
    HeldOut,
    load_rules,
    refuse_missing_rates,
    window_of_feed,
)
from openspiff.rules._explain import About, Explanation, explanations, records
from openspiff.rules._steps import sequence, step

_BY_EVENT: Final = "order by e.source, e.event_id, e.payee_id"
# Rows in this order make an event a matter of one block, without an index to keep.

_KEPT_EVENTS: Final = (
    Step(name="kept_events", sql=f"select e.* from current_events e {_BY_EVENT}"),  # noqa: S608
    Step(name="current_events", sql="select * from kept_events", is_stored=False),
    Step(name="kept_rates", sql="select * from rates"),
    Step(name="rates", sql="select * from kept_rates", is_stored=False),
)

_LOOK_UPS: Final = (
    # A question sees of each table what is told of the events asked about.
    Step(name="kept_spans", sql="select * from spans"),
    Step(
        name="spans",
        sql="select e.* from kept_spans e where e.payee_id in (select payee_id from asked)",
        is_stored=False,
    ),
    Step(name="kept_customers", sql="select * from customers"),
    Step(
        name="customers",
        sql="select e.* from kept_customers e "
        "where e.customer_id in (select customer_id from asked)",
        is_stored=False,
    ),
    Step(
        name="made",
        sql="select e.* from kept_made e join asked a on a.source = e.source "
        "and a.event_id = e.event_id and a.payee_id = e.payee_id",
        is_stored=False,
    ),
)
_STAYS: Final = frozenset({"roster_state", "spans", "customers"})


class Explainer:
    """Answers many questions about one feed under fixed terms as `explain` does, faster.

    `Explainer(programs, feed=feed, held_out=held_out).explain(about)` is one question.
    Opening runs the steps of `entitlements` over the whole feed, which takes seconds for a
    million events, and keeps the events, what is known of payees and customers, and how
    every amount was made. A question then tests the events asked about and looks the rest
    up. What it was opened for never changes: a new batch, version or holdout needs a new
    one.

    Of a million events under 20 programs it keeps about 150 MB; opening takes 1.3 GB for a
    moment, or what the `memory_limit` of the engine allows. Threads may share it and are
    answered one after the other. Use it as a context manager, or let go of it: nothing
    needs to be closed by hand.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        feed: Feed,
        held_out: HeldOut | None = None,
        engine: DuckDBEngine | None = None,
    ) -> None:
        """Work out what all questions share; an `engine` that is given is taken over.

        Raises RuleError when any event of the feed lacks an exchange rate: `explain` then
        still answers what does not depend on it.
        """
        self._programs = tuple(programs)
        self._engine = DuckDBEngine() if engine is None else engine
        self._lock = threading.Lock()
        try:
            self._open(feed, held_out or {})
        except BaseException:
            self._engine.close()
            raise

    def __enter__(self) -> Self:
        """Return the explainer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the explainer."""
        self.close()

    def close(self) -> None:
        """Forget everything, once the question that is being answered has its answer."""
        with self._lock:
            self._engine.close()

    def explain(self, about: About) -> list[Explanation]:
        """Return what `explain` returns for the same programs, feed and holdout."""
        with self._lock:
            self._engine.run([about.rows()])
            told = {
                name: records(self._engine, name, columns)
                for name, columns in self._columns.items()
            }
        return explanations(self._programs, told["checks"], told["made"])

    def _open(self, feed: Feed, held_out: HeldOut) -> None:
        engine = self._engine
        open_feed(engine, feed)
        engine.run(_KEPT_EVENTS)
        load_rules(engine, self._programs, held_out, ranks_all=True)
        engine.run([window_of_feed(self._programs)])
        steps = sequence(until="second_cap")
        engine.run(steps)
        refuse_missing_rates(engine)
        made = step("made")
        ordered = f"select e.* from ({made.sql}) e {_BY_EVENT}"  # noqa: S608
        everything = Step(name="asked", sql="select * from feed_rows", is_stored=False)
        engine.run([everything, attrs.evolve(made, name="kept_made", sql=ordered)])
        for one in steps:
            if one.name not in _STAYS:
                engine.drop(one.name)
        # As a view its long text is read once, not at every question.
        engine.run([*_LOOK_UPS, attrs.evolve(step("checks"), is_stored=False)])
        self._columns = {name: engine.columns(name) for name in ("checks", "made")}
        # What stays is packed; without it the same tables take three times the memory.
        engine.execute("checkpoint")
        # A question is too small to be shared out between cores.
        engine.execute("set threads = 1")
