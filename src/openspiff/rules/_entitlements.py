"""Who earned what? Every event, every program, in one pass over the feed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Final

import attrs

from openspiff.engine import DuckDBEngine, Progress, Row, Step, quoted
from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import Feed, open_feed
from openspiff.program import Program
from openspiff.rules._steps import sequence
from openspiff.rules._table import (
    HELD_OUT_COLUMNS,
    LISTED_COLUMNS,
    PAY_RATE_COLUMNS,
    VERSION_COLUMNS,
    held_out_rows,
    listed_rows,
    pay_rate_rows,
    version_rows,
)

HeldOut = Mapping[str, Collection[str]]
"""Program id -> the payees kept out of it by chance."""

ENTITLED_COLUMNS: Final[Mapping[str, str]] = {
    "program_id": "VARCHAR",
    "version": "BIGINT",
    "source": "VARCHAR",
    "event_id": "VARCHAR",
    "payee_id": "VARCHAR",
    "firm_id": "VARCHAR",
    "amount_minor": "BIGINT",
    "tickets": "BIGINT",
    "currency": "VARCHAR",
}
_SHOWN_AT_MOST: Final = 20

_DONE_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    # Step -> tables that no later step reads; ten million rows each, they are let go.
    "priced": ("candidates",),
    "first_cap": ("priced",),
    "entitled": ("first_cap",),
}


class RuleError(OpenSpiffError):
    """An event cannot be judged under the terms of a program."""

    code: ClassVar[str] = "rules"


@attrs.frozen
class Entitled:
    """What every qualifying event is worth today; a table `entitled` in an engine.

    Columns are ENTITLED_COLUMNS, one row per program, event and payee with something due.
    """

    engine: DuckDBEngine

    def rows(self) -> list[Row]:
        """Return all rows by program, source, event and payee."""
        columns = ", ".join(ENTITLED_COLUMNS)
        return self.engine.query(
            f"select {columns} from entitled "  # noqa: S608
            "order by program_id, source, event_id, payee_id"
        )

    def totals(self) -> list[Row]:
        """Return (program_id, currency, rows, amount_minor, tickets) for each program."""
        return self.engine.query(
            "select program_id, currency, count(*) as row_count, "
            "cast(sum(amount_minor) as bigint) as amount_minor, "
            "cast(sum(tickets) as bigint) as tickets "
            "from entitled group by program_id, currency order by program_id"
        )


def entitlements(
    programs: Sequence[Program],
    *,
    feed: Feed,
    held_out: HeldOut | None = None,
    engine: DuckDBEngine | None = None,
    progress: Progress | None = None,
) -> Entitled:
    """Return what every event of the feed is worth under every program version.

    All versions of a program share its caps, its budget and its count of events; each
    event is judged under the version in force when it was recorded. Raises RuleError,
    naming every currency and day, when an event in another currency has no rate.
    """
    engine = DuckDBEngine() if engine is None else engine
    open_feed(engine, feed)
    load_rules(engine, programs, held_out or {})
    engine.run([window_of_feed(programs)])
    steps = sequence()
    for number, step in enumerate(steps, start=1):
        if progress is not None:
            progress(step.name, number, len(steps))
        engine.run([step])
        if step.name == "candidates":
            refuse_missing_rates(engine)
        for name in _DONE_WITH.get(step.name, ()):
            engine.drop(name)
    return Entitled(engine)


def load_rules(
    engine: DuckDBEngine,
    programs: Sequence[Program],
    held_out: HeldOut,
    *,
    ranks_all: bool = False,
) -> None:
    """Load the rule table of these versions into an engine."""
    engine.load_rows(
        "versions", VERSION_COLUMNS, version_rows(programs, ranks_all=ranks_all)
    )
    engine.load_rows("listed", LISTED_COLUMNS, listed_rows(programs))
    engine.load_rows("pay_rates", PAY_RATE_COLUMNS, pay_rate_rows(programs))
    engine.load_rows("held_out", HELD_OUT_COLUMNS, held_out_rows(programs, held_out))


def window_of_feed(
    programs: Sequence[Program], *, payees: Sequence[str] | None = None
) -> Step:
    """Return the step `feed_rows`: the events (of `payees`) that fall into any window."""
    first = min((program.window.starts_at for program in programs), default=0)
    last = max((program.window.ends_at for program in programs), default=0)
    theirs = "" if payees is None else f" and e.payee_id in ({among(payees)})"
    return Step(
        name="feed_rows",
        sql="select e.* from current_events e "  # noqa: S608
        f"where e.occurred_at >= {first} and e.occurred_at < {last}{theirs}",
        is_stored=False,
    )


def among(names: Sequence[str]) -> str:
    """Return names as the inside of a list of SQL."""
    return ", ".join(quoted(name) for name in names)


def refuse_missing_rates(engine: DuckDBEngine) -> None:
    """Raise RuleError when a candidate has no exchange rate; a missing rate is never 1."""
    if not engine.query("select 1 as found from candidates where needs_rate limit 1"):
        return
    rows = engine.query(
        "select e.currency, v.currency as wanted, v.program_id, count(*) as event_count, "
        "min(c.event_id) as example "
        "from (select * from candidates where needs_rate) c "
        "join versions v on v.version_no = c.version_no "
        "join feed_rows e on e.source = c.source and e.event_id = c.event_id "
        "and e.payee_id = c.payee_id "
        "group by e.currency, v.currency, v.program_id order by e.currency, v.program_id"
    )
    problems = [
        Problem(
            f"program {program_id}",
            f"no rate from {currency} to {wanted} for {count} events, such as {example}",
            "add the rate of that day to the rates file",
        )
        for currency, wanted, program_id, count, example in rows[:_SHOWN_AT_MOST]
    ]
    raise RuleError("some events are in a currency without an exchange rate", problems)
