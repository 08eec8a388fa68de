"""Which commands ask what is due, book it, pay it and prove it?"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import EXIT_BROKEN, Door, progress_bar, table

if TYPE_CHECKING:
    from openspiff.engine import DuckDBEngine
    from openspiff.program import Program
    from openspiff.run import Run

_TOTALS = ("program", "currency", "rows", "amount", "tickets")


def run_workspace(door: Door, user: Any, engine: DuckDBEngine) -> tuple[Run, list[Program]]:
    """Evaluate every launched program against the feed and the books of the workspace."""
    from openspiff.run import evaluate
    from openspiff.web.queries import books, feed, programs

    launched = programs.launched_programs(user)
    with progress_bar("evaluating") as progress:
        run = evaluate(
            launched,
            feed=feed.feed_files(user),
            at=door.now(),
            held_out=programs.held_out(user),
            load_booked=partial(books.open_books, user),
            engine=engine,
            progress=progress,
        )
    return run, launched


def _run_record(run: Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "feed_digest": run.feed_digest,
        "versions": run.versions,
        "entitled": [dict(zip(_TOTALS, row, strict=True)) for row in run.totals],
        "transfers": run.transfers.totals(),
        "transfer_count": run.transfers.count,
    }


def _run_text(run: Run) -> str:
    from openspiff.money import format_money

    rows = [
        (program_id, count, format_money(amount, currency), tickets)
        for program_id, currency, count, amount, tickets in run.totals
    ]
    lines = [table(("program", "entitled", "worth today", "tickets"), rows), ""]
    if run.transfers.count == 0:
        lines.append("the books say the same: nothing to book")
    for currency, kinds in run.transfers.totals().items():
        lines += [
            f"{kind}: {format_money(amount, currency)}" for kind, amount in kinds.items()
        ]
    return "\n".join(lines)


@click.command()
@click.pass_obj
def evaluate(door: Door) -> None:
    """Show what every event is worth today and what would be booked; write nothing."""
    user = door.open()
    from openspiff.engine import DuckDBEngine

    with DuckDBEngine() as engine:
        run, _ = run_workspace(door, user, engine)
        door.show(_run_record(run), _run_text(run))


@click.command()
@click.pass_obj
def book(door: Door) -> None:
    """Book the difference between what is due today and what the books say."""
    user = door.open()
    from openspiff.engine import DuckDBEngine

    with DuckDBEngine() as engine:
        run, _ = run_workspace(door, user, engine)
        book_evaluated(run, user)
        door.show(_run_record(run), f"{_run_text(run)}\nbooked as {run.run_id}")


def book_evaluated(run: Run, user: Any) -> None:
    """Book a run as it was evaluated."""
    from openspiff.web.actions.books import RunFacts, book_run

    counts = {str(program_id): int(count) for program_id, _, count, _, _ in run.totals}
    facts = RunFacts(versions=run.versions, feed_digest=run.feed_digest, counts=counts)
    book_run(transfers=run.transfers, run=facts, acting_user=user, at=run.at)


@click.command()
@click.option("--preview", is_flag=True, help="Show who would get what; pay nothing.")
@click.pass_obj
def pay(door: Door, *, preview: bool) -> None:
    """Book the payout of everything that is owed, first booked first paid."""
    user = door.open()
    from openspiff.engine import DuckDBEngine
    from openspiff.ledger import balances, payout_lines
    from openspiff.money import format_money
    from openspiff.web.actions.books import pay_payees

    with DuckDBEngine() as engine:
        transfers = payable(door, user, engine)
        lines = payout_lines(engine)
        paid = _paid_events(engine)
        held = [one for one in balances(engine) if one.receivable_minor]
        if not preview:
            pay_payees(
                transfers=transfers, acting_user=user, at=transfers.booking.recorded_at
            )
        sums: dict[tuple[str, str], int] = {}
        for line in lines:
            key = (line.payee_id, line.currency)
            if (line.payee_id, line.program_id, line.source, line.event_id) in paid:
                sums[key] = sums.get(key, 0) + line.paid_minor
        totals = transfers.totals()
    record = {
        "preview": preview,
        "batch": transfers.booking.run_id,
        "payees": [
            {"payee_id": payee, "currency": currency, "amount_minor": amount}
            for (payee, currency), amount in sums.items()
        ],
        "withheld": [one for one in lines if one.withheld_minor],
        "wanted_back": held,
        "totals": totals,
    }
    rows = [
        (payee, format_money(amount, currency))
        for (payee, currency), amount in sums.items()
    ]
    word = "would pay" if preview else "paid"
    lines_shown = [table(("payee", "amount"), rows)] if preview or len(rows) <= 20 else []  # noqa: PLR2004 (a screen)
    for currency, kinds in totals.items():
        amount = format_money(kinds.get("payout", 0), currency)
        lines_shown.append(
            f"{word} {amount} to {len(rows)} payees ({transfers.booking.run_id})"
        )
    door.show(record, "\n".join(lines_shown))


def payable(door: Door, user: Any, engine: DuckDBEngine) -> Any:
    """Return the transfers that would pay everything owed now and not on hold."""
    from openspiff.web.queries.payables import free_payouts

    return free_payouts(user, engine, at=door.now())


def _paid_events(engine: DuckDBEngine) -> set[tuple[Any, ...]]:
    rows = engine.query("select payee_id, program_id, source, event_id from new_transfers")
    return set(rows)


@click.command()
@click.argument("payee_id")
@click.option("--zone", default="UTC", show_default=True, help="Zone of the months.")
@click.option("--month", metavar="MONTH", help="One month (2026-03), as its page has it.")
@click.pass_obj
def statement(door: Door, payee_id: str, zone: str, month: str | None) -> None:
    """Print a payee's statement: every transfer by month, and the balance.

    With --month only that month, in the zone of the payee's own pages, with its digest.
    """
    user = door.open()
    from openspiff.money import format_money
    from openspiff.web.queries.books import payee_statement

    if month is not None:
        _show_month(door, user, payee_id, month)
        return
    found = payee_statement(user, payee_id, zone=zone)
    parts = [text for one in found.months for text in (one.month, _lines_table(one))]
    if not parts:
        parts.append(f"nothing is booked for {payee_id}")
    parts += [
        f"balance: {format_money(amount, currency)}"
        for currency, amount in found.balances.items()
    ]
    door.show(found, "\n".join(parts))


def _lines_table(month: Any) -> str:
    from openspiff.money import format_money

    rows = [
        (
            line.kind.value,
            line.program_id,
            line.event_id,
            format_money(line.change_minor, line.currency),
            format_money(line.balance_minor, line.currency),
        )
        for line in month.lines
    ]
    return table(("kind", "program", "event", "change", "balance"), rows)


def _show_month(door: Door, user: Any, payee_id: str, month: str) -> None:
    from openspiff.money import format_money
    from openspiff.web.queries.statements import month_for

    found = month_for(user, payee_id, month)
    parts = [f"{found.month}, days of {found.account.zone}"]
    for one in found.parts:
        opening, closing = (
            format_money(amount, one.currency)
            for amount in (one.opening_minor, one.closing_minor)
        )
        parts += [f"at the beginning: {opening}", _lines_table(one)]
        parts += [f"at the end: {closing}", f"digest: {found.digests[one.currency]}"]
    record = {
        "payee_id": payee_id,
        "month": found.month,
        "zone": found.account.zone,
        "parts": found.parts,
        "digests": found.digests,
    }
    door.show(record, "\n".join(parts))


@click.command()
@click.option("--event", help="An event, as SOURCE/ID.")
@click.option("--payee", "payee_id", help="Everything of a payee.")
@click.option("--firm", "firm_id", help="Everything of a firm.")
@click.option("--rejects", is_flag=True, help="Count the reasons of all programs.")
@click.pass_obj
def explain(
    door: Door,
    event: str | None,
    payee_id: str | None,
    firm_id: str | None,
    *,
    rejects: bool,
) -> None:
    """Say why events paid what they paid, or did not."""
    user = door.open()
    from openspiff.rules import About, reject_summary
    from openspiff.run import explain_event
    from openspiff.web.queries import feed, programs

    launched = programs.launched_programs(user)
    files, held_out = feed.feed_files(user), programs.held_out(user)
    if rejects:
        counted = reject_summary(launched, feed=files, held_out=held_out)
        names = ("program", "version", "reason", "rows")
        record = [dict(zip(names, row, strict=True)) for row in counted]
        door.show(record, table(names, counted))
        return
    source, mark, event_id = (event or "").partition("/")
    if event and not mark:
        message = f"expected SOURCE/ID, got {event!r}"
        raise click.BadParameter(message, param_hint="--event")
    about = About(
        event=(source, event_id) if event else None, payee_id=payee_id, firm_id=firm_id
    )
    found = explain_event(launched, files, held_out, about)
    zones = {one.program_id: one.window.zone for one in launched}
    text = "\n".join(explanation_lines(one, zones[one.program_id]) for one in found)
    door.show(found, text or "the feed has no such event")


def explanation_lines(one: Any, zone: str) -> str:
    """Return one explanation as text: the amount, then every reason as a sentence."""
    from openspiff.money import format_money
    from openspiff.rules import reason_sentence

    worth = f"{one.due} tickets" if one.is_draw else format_money(one.due, one.currency)
    head = f"{one.program_id} v{one.version}: {one.event_id} for {one.payee_id} -> {worth}"
    reasons = [
        f"  {code}: {reason_sentence(code, one.facts, one.currency, zone=zone)}"
        for code in one.reasons
    ]
    return "\n".join([head, *reasons])


@click.command()
@click.pass_obj
def verify(door: Door) -> None:
    """Prove the books: every law, by code that shares nothing with the writer."""
    user = door.open()
    from openspiff.engine import DuckDBEngine
    from openspiff.ledger import trial_balance, verify as broken_laws
    from openspiff.web.queries import books
    from openspiff.web.queries.kept_sums import load_kept

    with DuckDBEngine() as engine:
        run, launched = run_workspace(door, user, engine)
        books.open_books(user, engine, is_whole=True)
        load_kept(engine)
        broken = broken_laws(
            engine,
            programs=launched,
            with_entitled=run.transfers.count == 0,
            with_kept=True,
        )
        totals = trial_balance(engine).totals
    record = {
        "broken": [str(one) for one in broken],
        "trial_balance": totals,
        "recomputed": run.transfers.count == 0,
    }
    lines = [str(one) for one in broken] or ["every law holds"]
    if run.transfers.count:
        lines.append(
            f"{run.transfers.count} transfers are not booked yet: book, then verify"
        )
    door.show(record, "\n".join(lines))
    if broken:
        sys.exit(EXIT_BROKEN)
