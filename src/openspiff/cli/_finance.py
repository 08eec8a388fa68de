"""Which commands approve, pay, hold and take away? Thin, over what the pages call too."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from openspiff.cli._doors import Door, table
from openspiff.errors import OpenSpiffError, Problem

_STATES = ("batch", "state", "payees", "amount", "approvals", "prepared by")


class ExportError(OpenSpiffError):
    """A file that no export is written to."""

    code = "export"


batch = click.Group(
    "batch", help="Prepare, approve and pay batches: who prepares one never approves it."
)
hold = click.Group(
    "hold", help="Keep money of a payee, a firm or a program from being paid."
)


@batch.command("list")
@click.pass_obj
def list_batches(door: Door) -> None:
    """List the batches, the latest first."""
    user = door.open()
    from openspiff.web.queries.approvals import batches

    found = batches(user)
    rows = [
        (
            str(one.number),
            one.state,
            one.payee_count,
            _money(one.totals),
            f"{one.approved_count} of {one.needed_count}",
            one.prepared_by,
        )
        for one in found
    ]
    door.show(found, table(_STATES, rows))


@batch.command()
@click.option("--program", "program_ids", multiple=True, help="Only this program.")
@click.option("--firm", "firm_ids", multiple=True, help="Only this firm.")
@click.option("--promised-by", metavar="DAY", help="Only what is promised by this day.")
@click.option("--least", default="", help="Leave out payees who would get less.")
@click.option("--again", type=int, help="Take the place of this batch.")
@click.option("--preview", is_flag=True, help="Show who would get what; keep nothing.")
@click.pass_obj
def prepare(
    door: Door,
    program_ids: tuple[str, ...],
    firm_ids: tuple[str, ...],
    promised_by: str | None,
    least: str,
    again: int | None,
    *,
    preview: bool,
) -> None:
    """Prepare a batch of what is owed, for somebody else to approve."""
    user = door.open()
    from openspiff.engine import DuckDBEngine
    from openspiff.web.actions.approvals import NewBatch, prepare_batch
    from openspiff.web.queries.payables import BatchFilters, payables

    asked = BatchFilters(
        program_ids=program_ids,
        firm_ids=firm_ids,
        promised_by=None if promised_by is None else _day(promised_by, "--promised-by"),
        least=least,
    )
    at = door.now()
    with DuckDBEngine() as engine:
        found = payables(user, engine, asked, at=at, apart_from=again or 0)
    number = None
    if not preview:
        new = NewBatch(
            sums=tuple((one.owed, one.promised_on) for one in found.lines),
            after=found.after,
            digest=found.digest,
            filters=asked.as_record(),
            left_out=found.left_out_record(),
        )
        number = prepare_batch(
            batch=new,
            acting_user=user,
            at=at,
            instead_of=again,
        ).number
    record = {
        "batch": number,
        "digest": found.digest,
        "totals": found.totals,
        "payees": found.payee_count,
        "left_out": found.left_out,
    }
    lines = [f"left out, {reason}: {count}" for reason, count in found.left_out_counts]
    word = "would pay" if preview else f"batch {number} awaits approval:"
    lines.append(
        f"{word} {_money(found.totals) or 'nothing'} to {found.payee_count} payees"
    )
    door.show(record, "\n".join(lines))


@batch.command()
@click.argument("number", type=int)
@click.option("--digest", help="What was seen; without it, the batch as it stands.")
@click.pass_obj
def approve(door: Door, number: int, digest: str | None) -> None:
    """Approve a batch that somebody else has prepared."""
    user = door.open()
    from openspiff.web.actions.approvals import approve_batch

    seen = digest or _digest_of(user, number, door.now())
    made = approve_batch(number=number, digest=seen, acting_user=user, at=door.now())
    door.show({"batch": number, "state": made.state}, f"batch {number}: {made.state}")


@batch.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it is kept.")
@click.pass_obj
def reject(door: Door, number: int, reason: str) -> None:
    """Reject a batch that somebody else has prepared."""
    user = door.open()
    from openspiff.web.actions.approvals import reject_batch

    _end(door, user, number, reason, reject_batch)


@batch.command()
@click.argument("number", type=int)
@click.option("--reason", required=True, help="Why; it is kept.")
@click.pass_obj
def void(door: Door, number: int, reason: str) -> None:
    """Take a batch back that is not paid yet."""
    user = door.open()
    from openspiff.web.actions.approvals import void_batch

    _end(door, user, number, reason, void_batch)


@batch.command("pay")
@click.argument("number", type=int)
@click.option("--reference", required=True, help="How it was paid, to find it by later.")
@click.pass_obj
def pay_command(door: Door, number: int, reference: str) -> None:
    """Book that an approved batch was paid; this sends no money."""
    user = door.open()
    from openspiff.engine import DuckDBEngine
    from openspiff.web.actions.approvals import pay_batch
    from openspiff.web.queries.payables import batch_transfers

    at = door.now()
    with DuckDBEngine() as engine:
        paid = pay_batch(
            number=number,
            digest=_digest_of(user, number, at),
            transfers=batch_transfers(user, engine, number, at=at),
            reference=reference,
            acting_user=user,
            at=at,
        )
    totals = {currency: kinds["payout"] for currency, kinds in paid.totals.items()}
    text = f"batch {number}: {_money(totals)} paid to {paid.payee_count} payees"
    door.show({"batch": number, "totals": paid.totals}, text)


@hold.command("list")
@click.pass_obj
def list_holds(door: Door) -> None:
    """List the holds in force."""
    user = door.open()
    from openspiff.web.queries.holds import active_holds

    found = active_holds(user, at=door.now())
    rows = [
        (str(one.hold_id), one.kind, one.held_id, str(one.ends_before or ""), one.reason)
        for one in found
    ]
    door.show(found, table(("hold", "what", "id", "until", "why"), rows))


@hold.command()
@click.argument("kind", type=click.Choice(["payee", "firm", "program"]))
@click.argument("held_id")
@click.option("--reason", required=True, help="Why; those who wait read it.")
@click.option("--until", metavar="DAY", help="The day on which it ends by itself.")
@click.pass_obj
def place(door: Door, kind: str, held_id: str, reason: str, until: str | None) -> None:
    """Place a hold."""
    user = door.open()
    from openspiff.web.actions.holds import place_hold

    made = place_hold(
        kind=kind,
        held_id=held_id,
        reason=reason,
        ends_before=None if until is None else _day(until, "--until"),
        acting_user=user,
        at=door.now(),
    )
    door.show({"hold": made.pk}, f"hold {made.pk} on {kind} {held_id}")


@hold.command()
@click.argument("hold_id", type=int)
@click.option("--reason", default="", help="Why it is released.")
@click.pass_obj
def release(door: Door, hold_id: int, reason: str) -> None:
    """Release a hold."""
    user = door.open()
    from openspiff.web.actions.holds import release_hold

    release_hold(hold_id=hold_id, reason=reason, acting_user=user, at=door.now())
    door.show({"hold": hold_id}, f"hold {hold_id} is released")


@click.command()
@click.argument("what", type=click.Choice(["transfers", "trial-balance", "liability"]))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(door: Door, what: str, file: Path) -> None:
    """Write books to FILE: .csv or .xlsx; transfers to .beancount or .hledger too."""
    user = door.open()
    from openspiff.report import csv_blocks, write_workbook
    from openspiff.web.queries import exports

    form = file.suffix[1:]
    if form in exports.BOOK_FILES and what == "transfers":
        blocks = exports.book_file(user, form)
    else:
        found = {
            "transfers": lambda: exports.transfers_export(user),
            "trial-balance": lambda: exports.trial_balance_export(user),
            "liability": lambda: exports.liability_export(user, at=door.now()),
        }[what]()
        if form == "xlsx":
            write_workbook(file, found.name, found.header, found.rows)
            door.show({"file": file}, f"wrote {file}")
            return
        if form != "csv":
            problem = Problem(str(file), f"no way to write {what} as {form!r}")
            raise ExportError("nothing was written", [problem])
        blocks = csv_blocks(found.header, found.rows)
    with file.open("w", encoding="utf-8", newline="") as text:
        text.writelines(blocks)
    door.show({"file": file}, f"wrote {file}")


def _end(door: Door, user: Any, number: int, reason: str, act: Any) -> None:
    at = door.now()
    digest = _digest_of(user, number, at)
    made = act(number=number, digest=digest, note=reason, acting_user=user, at=at)
    door.show({"batch": number, "state": made.state}, f"batch {number}: {made.state}")


def _digest_of(user: Any, number: int, at: int) -> str:
    from openspiff.web.queries.approvals import batch as look_up

    return look_up(user, number, at=at).digest


def _money(totals: dict[str, int]) -> str:
    from openspiff.money import format_money

    return ", ".join(format_money(amount, currency) for currency, amount in totals.items())


def _day(text: str, option: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"expected a day such as 2026-04-30, got {text!r}"
        raise click.BadParameter(message, param_hint=option) from None
