"""Why did I (not) get this? The same steps, with every test and every column kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Final

import attrs

from openspiff.engine import DuckDBEngine, Row, Step, quoted
from openspiff.events import PAYEE_COLUMNS, Feed, open_feed, open_roster
from openspiff.program import Program
from openspiff.rules._entitlements import (
    HeldOut,
    RuleError,
    among,
    load_rules,
    refuse_missing_rates,
    window_of_feed,
)
from openspiff.rules._steps import sequence, step, tests
from openspiff.rules._table import VERSION_COLUMNS, version_rows

_MADE: Final = (
    *("base_minor", "size", "payee_rank", "fixed", "rate_ppm", "full_amount", "part"),
    *("raw", "after_first", "due", "is_draw", "payee_first", "is_first"),
)
_KEY: Final = ("version_no", "source", "event_id", "payee_id")

Record = Mapping[str, Any]
"""A row of a step, by the names of its columns."""


@attrs.frozen(kw_only=True)
class About:
    """What is asked about: one event, or everything of a payee or a firm."""

    event: tuple[str, str] | None = None
    """(source, event_id)"""
    payee_id: str | None = None
    firm_id: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a question about nothing."""
        if self.event is None and self.payee_id is None and self.firm_id is None:
            raise RuleError("ask about an event, a payee or a firm")

    def rows(self) -> Step:
        """Return the step `asked`: the event rows that the question is about."""
        parts = []
        if self.event is not None:
            source, event_id = self.event
            parts += [f"e.source = {quoted(source)}", f"e.event_id = {quoted(event_id)}"]
        if self.payee_id is not None:
            parts.append(f"e.payee_id = {quoted(self.payee_id)}")
        if self.firm_id is not None:
            parts.append(f"e.firm_id = {quoted(self.firm_id)}")
        sql = f"select e.* from current_events e where {' and '.join(parts)}"  # noqa: S608
        return Step(name="asked", sql=sql)


@attrs.frozen(kw_only=True)
class Explanation:
    """What one program version says of one event and payee.

    `reasons` are codes, empty when the event earns in full; `due` is in minor units of
    `currency`, in tickets for a draw; `facts` are the named columns of the steps.
    """

    program_id: str
    version: int
    source: str
    event_id: str
    payee_id: str
    currency: str
    is_draw: bool
    due: int
    reasons: tuple[str, ...]
    facts: Mapping[str, Any]


def explain(
    programs: Sequence[Program],
    *,
    feed: Feed,
    about: About,
    held_out: HeldOut | None = None,
    engine: DuckDBEngine | None = None,
) -> list[Explanation]:
    """Return for every program version and every event asked about what it pays and why.

    Nothing is stored: the steps of `entitlements` run again on the events that bear on
    the answer. An empty list means that the feed has no such event. Whoever has many
    questions about one feed asks an `Explainer`.
    """
    held_out = held_out or {}
    with DuckDBEngine() if engine is None else nullcontext(engine) as running:
        open_feed(running, feed)
        running.run([about.rows()])
        payees = _names(running, "select distinct payee_id from asked")
        if not payees:
            return []
        load_rules(running, programs, held_out, ranks_all=True)
        running.run([step("roster_state")])
        _know(running, feed, programs, payees=payees, told_of="asked")
        running.run([step("checks")])
        checks = records(running, "checks")
        made = _made(running, programs, feed, checks)
    return explanations(programs, checks, made)


def _names(engine: DuckDBEngine, sql: str) -> list[str]:
    return [row[0] for row in engine.query(f"{sql} order by 1")]


def _know(
    engine: DuckDBEngine,
    feed: Feed,
    programs: Sequence[Program],
    *,
    payees: Sequence[str] | None,
    told_of: str,
) -> None:
    """Load what is known of payees and customers; of `payees` and their customers only.

    The steps find it under the names that they always read. A question about one event
    must not read what is known of everybody; `payees` None means everybody.
    """
    if payees is not None and feed.payees is not None:
        engine.load_parquet("whole_roster", (feed.payees,), PAYEE_COLUMNS)
        columns = ", ".join(PAYEE_COLUMNS)
        part = f"select {columns} from whole_roster where payee_id in ({among(payees)})"  # noqa: S608
        engine.run([Step(name="roster", sql=part)])
    engine.run([step("classes"), step("spans")])
    if not any(one.behavior.new_customers_only for one in programs):
        engine.load_rows("customers", {"customer_id": "VARCHAR", "since_at": "BIGINT"}, [])
        return
    customers = step("customers")
    if payees is not None:
        theirs = f" and e.customer_id in (select customer_id from {told_of})"  # noqa: S608
        whole = "and e.customer_id <> ''"
        customers = attrs.evolve(
            customers, sql=customers.sql.replace(whole, whole + theirs)
        )
    engine.run([customers])


def _made(
    engine: DuckDBEngine,
    programs: Sequence[Program],
    feed: Feed,
    checks: Sequence[Record],
) -> list[Record]:
    """Run the steps on what bears on the asked events that pass every test.

    That is the events of the same payees and, where a program has a budget or counts a
    customer once, all events of that program.
    """
    passing = {
        programs[check["version_no"] - 1].program_id
        for check in checks
        if all(check[f"passes_{code}"] for code in tests())
    }
    if not passing:
        return []
    chosen = [program for program in programs if program.program_id in passing]
    # The other tables of the rules are looked into by number only; they may hold more.
    numbers = {
        number for number, one in enumerate(programs, 1) if one.program_id in passing
    }
    rows = [row for row in version_rows(programs, ranks_all=True) if row[0] in numbers]
    engine.load_rows("versions", VERSION_COLUMNS, rows)
    is_wide = any(
        one.caps.budget is not None or one.behavior.once_per_customer for one in chosen
    )
    payees = None if is_wide else _bearing_payees(engine)
    engine.run([window_of_feed(chosen, payees=payees)])
    if is_wide:
        open_roster(engine, feed)
    _know(engine, feed, chosen, payees=payees, told_of="feed_rows")
    engine.run(sequence(since="shapes", until="second_cap"))
    refuse_missing_rates(engine)
    engine.run([step("made")])
    return records(engine, "made")


def _bearing_payees(engine: DuckDBEngine) -> list[str]:
    """Return the asked payees and those with whom they share events.

    What an asked payee has left of a cap depends on their other events; their part of
    those depends on who shares them, and on how many events each of these already has.
    """
    asked = _names(engine, "select distinct payee_id from asked")
    shared = _names(
        engine,
        "select distinct event_id from current_events "  # noqa: S608
        f"where payee_count > 1 and payee_id in ({among(asked)})",
    )
    if not shared:
        return asked
    # An event of another source may have the same id: its payees too then bear, harmlessly.
    partners = _names(
        engine,
        "select distinct payee_id from current_events "  # noqa: S608
        f"where payee_count > 1 and event_id in ({among(shared)})",
    )
    return sorted({*asked, *partners})


def records(
    engine: DuckDBEngine, table: str, names: Sequence[str] | None = None
) -> list[Record]:
    """Return the rows of a step by version, source, event and payee.

    `names` are its columns; they are asked for unless told.
    """
    names = engine.columns(table) if names is None else names
    order = ", ".join(_KEY)
    return [
        dict(zip(names, row, strict=True))
        for row in engine.query(f"select * from {table} order by {order}")  # noqa: S608
    ]


def explanations(
    programs: Sequence[Program], checks: Sequence[Record], made: Sequence[Record]
) -> list[Explanation]:
    """Return what the rows of the steps `checks` and `made` say, one for each check."""
    amounts = {_key(row): row for row in made}
    return [
        _explanation(programs[check["version_no"] - 1], check, amounts.get(_key(check)))
        for check in checks
    ]


def _key(row: Record) -> Row:
    return tuple(row[name] for name in _KEY)


def _explanation(program: Program, check: Record, amounts: Record | None) -> Explanation:
    reasons = [code for code in tests() if not check[f"passes_{code}"]]
    facts = {name: value for name, value in check.items() if not name.startswith("passes_")}
    due = 0
    if not reasons and amounts is not None:
        facts |= {name: amounts[name] for name in _MADE}
        due = amounts["due"] or 0
        reasons = _reasons_of_amount(amounts)
    return Explanation(
        program_id=program.program_id,
        version=program.version,
        source=check["source"],
        event_id=check["event_id"],
        payee_id=check["payee_id"],
        currency=program.currency,
        is_draw=bool(facts.get("is_draw", False)),
        due=due,
        reasons=tuple(reasons),
        facts=facts,
    )


def _reasons_of_amount(amounts: Record) -> list[str]:
    if not amounts["is_first"]:
        return ["not_first"]
    if amounts["rate_ppm"] is None:
        return ["no_band"]
    if amounts["raw"] == 0:
        return ["zero_amount"]
    first, second = (
        ("payee_cap", "budget") if amounts["payee_first"] else ("budget", "payee_cap")
    )
    reasons = []
    if amounts["after_first"] < amounts["raw"]:
        reasons.append(first)
    if amounts["due"] < amounts["after_first"]:
        reasons.append(second)
    return reasons


def reject_summary(
    programs: Sequence[Program],
    *,
    feed: Feed,
    held_out: HeldOut | None = None,
    engine: DuckDBEngine | None = None,
) -> list[Row]:
    """Return (program_id, version, reason, rows): how many rows failed each test.

    Counts event-and-payee rows of the behavior inside the window that did not pass every
    test; a row that fails several is counted at each.
    """
    with DuckDBEngine() if engine is None else nullcontext(engine) as running:
        open_feed(running, feed)
        load_rules(running, programs, held_out or {})
        running.run([window_of_feed(programs)])
        running.run(
            [step(name) for name in ("roster_state", "classes", "spans", "customers")]
        )
        inside = "select e.* from feed_rows e"
        running.run([Step(name="asked", sql=inside, is_stored=False)])
        checks = step("checks")
        running.run([attrs.evolve(checks, is_stored=False)])
        counted = ", ".join(
            f"cast(sum(case when passes_{code} then 0 else 1 end) as bigint) as {code}"
            for code in tests()
        )
        rows = running.query(
            f"select version_no, {counted} from checks "  # noqa: S608
            "where passes_wrong_behavior and passes_before_window and passes_after_window "
            "group by version_no order by version_no"
        )
    return [
        (programs[row[0] - 1].program_id, programs[row[0] - 1].version, code, count)
        for row in rows
        for code, count in zip(tests(), row[1:], strict=True)
        if count
    ]
