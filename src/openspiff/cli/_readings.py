"""Which commands read what the pages of finance show? One a page, over the same queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import click

from openspiff.cli._doors import Door, table

finance = click.Group(
    "finance", help="Read what is owed, budgets, exceptions, accounts and month-ends."
)


@finance.command("liability")
@click.pass_obj
def liability_command(door: Door) -> None:
    """Show what is owed by the day it is promised for, and whether the accounts agree."""
    user = door.open()
    from openspiff.web.queries.account_lines import account_lines
    from openspiff.web.queries.liability import liability, reconciled

    schedule = liability(user, at=door.now())
    sums = reconciled(schedule, account_lines(user))
    rows = [
        (
            str(one.promised_on),
            "overdue" if one.bucket == "overdue" else f"in {one.days_left} days",
            one.program_id,
            one.payee_count,
            one.event_count,
            _money(one.amount_minor, one.currency),
        )
        for one in schedule
    ]
    header = ("promised by", "due", "program", "payees", "events", "amount")
    lines = [table(header, rows), ""]
    lines += [
        f"{one.currency}: schedule {_money(one.schedule_minor, one.currency)}, payable"
        f" accounts {_money(one.payable_minor, one.currency)}, difference"
        f" {_money(one.difference_minor, one.currency)}"
        for one in sums
    ]
    record = {
        "schedule": [attrs.asdict(one) | {"bucket": one.bucket} for one in schedule],
        "accounts": [
            attrs.asdict(one) | {"difference_minor": one.difference_minor} for one in sums
        ],
    }
    door.show(record, "\n".join(lines))


@finance.command("budgets")
@click.pass_obj
def budgets_command(door: Door) -> None:
    """Show every budget: booked, paid, left, and what is to be expected."""
    user = door.open()
    from openspiff.web.queries.budgets import budgets, months

    found = budgets(user, at=door.now())
    brought = months(user, found)
    names = ("budget_minor", "booked_minor", "paid_minor", "owed_minor", "left_minor")
    records = [
        {"program_id": one.program.program_id, "currency": one.program.currency}
        | {name: getattr(one, name) for name in (*names, "expected_minor", "is_open")}
        | {"used_ppm": one.used_ppm, "elapsed_ppm": one.elapsed_ppm}
        for one in found
    ]
    rows = [
        (
            one["program_id"],
            "open" if one["is_open"] else "",
            *(
                "" if one[name] is None else _money(one[name], one["currency"])
                for name in (*names, "expected_minor")
            ),
        )
        for one in records
    ]
    header = ("program", "", "budget", "booked", "paid", "owed", "left", "expected")
    door.show({"budgets": records, "months": brought}, table(header, rows))


@finance.command("exceptions")
@click.pass_obj
def exceptions_command(door: Door) -> None:
    """List what needs a person, the first of each rule."""
    user = door.open()
    from openspiff.web.queries.exceptions import exceptions

    found = exceptions(user, at=door.now())
    rules = ("negative", "unknown", "unusual", "twice", "without_method", "without_consent")
    rows = [
        ("late", one.payee_id, one.program_id, _money(one.amount_minor, one.currency))
        for one in found.late
    ]
    counts = {"late": found.late_count}
    for rule in rules:
        part = getattr(found, rule)
        counts[rule] = part.count
        name = rule.replace("_", " ")
        rows += [
            (name, one.payee_id, one.event_id, _money(one.amount_minor, one.currency))
            for one in part.rows
        ]
    lines = [table(("rule", "payee", "about", "amount"), rows), ""]
    lines.append(f"{found.count} need a person")
    record = {"count": found.count, "counts": counts, "found": _plain(found)}
    door.show(record, "\n".join(lines))


@finance.command("trial-balance")
@click.pass_obj
def trial_balance_command(door: Door) -> None:
    """Show the accounts, those of payees added up; `export` has each of them."""
    user = door.open()
    from openspiff.web.queries.account_lines import account_lines, account_totals

    found = account_lines(user)
    totals = account_totals(found)
    rows = [
        (
            one.kind,
            one.holder or (f"{one.count} payees" if one.kind != "cash" else ""),
            *(
                _money(amount, one.currency)
                for amount in (one.debit_minor, one.credit_minor, one.balance_minor)
            ),
        )
        for one in found
    ]
    lines = [table(("account", "of", "debit", "credit", "balance"), rows), ""]
    lines += [
        f"{currency}: debits {_money(debit, currency)}, credits {_money(credit, currency)}"
        for currency, (debit, credit) in totals.items()
    ]
    door.show({"accounts": found, "totals": totals}, "\n".join(lines))


@finance.command("month-end")
@click.argument("month", required=False)
@click.option("--find", default="", help="Only payees whose name has this in it.")
@click.option("--page", default=1, show_default=True, help="Which 50 of them.")
@click.pass_obj
def month_end_command(door: Door, month: str | None, find: str, page: int) -> None:
    """Show where payees stood at the end of MONTH (2026-03; this month without it)."""
    user = door.open()
    from openspiff.web.queries.month_ends import month_end
    from openspiff.web.queries.programs import books_zone

    zone = books_zone(user)
    month_on = _local_day(door.now(), zone) if month is None else _month(month)
    found = month_end(user, month_on, zone=zone, search=find, page=page)
    names = ("opening", "earned", "taken_back", "paid", "closing")
    rows = [
        (
            one.payee_id or "all payees",
            *(_money(getattr(one, f"{name}_minor"), one.currency) for name in names),
        )
        for one in (*found.lines, *found.sums)
    ]
    header = ("payee", *(name.replace("_", " ") for name in names))
    shown = f"page {found.number} of {found.page_count}, months of {zone}"
    record = {"month": f"{month_on:%Y-%m}", "zone": zone} | _plain(found)
    door.show(record, "\n".join([table(header, rows), "", shown]))


@finance.command("runs")
@click.option("--page", default=1, show_default=True, help="Which 30 of them.")
@click.pass_obj
def runs_command(door: Door, page: int) -> None:
    """List what was booked, runs and payouts, the latest first."""
    user = door.open()
    from openspiff.web.queries.runs import booked_runs

    found = booked_runs(user, page=page)
    rows = [
        (
            str(_local_day(one.recorded_at, "UTC")),
            "payout" if one.is_payout else "run",
            one.run_id,
            one.transfer_count,
            ", ".join(
                f"{kind} {_money(amount, currency)}"
                for currency, kinds in one.totals.items()
                for kind, amount in kinds.items()
            ),
        )
        for one in found.rows
    ]
    header = ("day (UTC)", "what", "name", "transfers", "sums")
    lines = [table(header, rows), "", f"page {found.number} of {found.page_count}"]
    door.show(found, "\n".join(lines))


def _plain(record: Any) -> dict[str, Any]:
    return attrs.asdict(record)


def _money(amount: int, currency: str) -> str:
    from openspiff.money import format_money

    return format_money(amount, currency)


def _local_day(at: int, zone: str) -> dt.date:
    from openspiff.program import day_of

    return day_of(at, zone)


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        message = f"expected a month such as 2026-03, got {text!r}"
        raise click.BadParameter(message, param_hint="MONTH") from None
