"""Which commands tell who stands where?"""

from __future__ import annotations

import click

from openspiff.cli._doors import Door, table


@click.command()
@click.argument("program_id")
@click.option("--final", is_flag=True, help="Keep the places as the final ones.")
@click.pass_obj
def leaderboard(door: Door, program_id: str, *, final: bool) -> None:
    """Show the places of a program by the books, or keep them once it is over."""
    user = door.open()
    from openspiff.money import format_money
    from openspiff.web.actions.payee_leaderboards import take_leaderboard
    from openspiff.web.queries.payee_leaderboards import final_ranks

    found = final_ranks(user, program_id)
    if final:
        take_leaderboard(
            program=found.program,
            ranked=found.ranked,
            last_sequence=found.last_sequence,
            acting_user=user,
            at=door.now(),
        )
    rows = [
        (
            one.place,
            one.payee_id,
            one.firm_id,
            one.event_count,
            format_money(one.entitled_minor, found.program.currency),
        )
        for one in found.ranked
    ]
    record = {
        "program_id": program_id,
        "final": final,
        "last_sequence": found.last_sequence,
        "places": found.ranked,
    }
    door.show(record, table(("place", "payee", "firm", "events", "worth"), rows))


@click.command("payout-methods")
@click.argument("payee_id", required=False)
@click.option("--page", default=1, show_default=True, help="Which 50 of all.")
@click.pass_obj
def payout_methods(door: Door, payee_id: str | None, page: int) -> None:
    """Show where payees are paid, masked: of PAYEE_ID with its history, or of all."""
    user = door.open()
    from openspiff.web.queries import payee_methods, people

    if payee_id is not None:
        people.payee(user, payee_id)
        found = payee_methods.payout_methods(user, payee_id, at=door.now())
    else:
        found = list(payee_methods.methods_page(user, page=page, at=door.now()).methods)
    rows = [
        (
            one.payee_id,
            one.kind,
            one.country,
            one.masked,
            "changed lately" if one.is_recent_change else "",
            f"also of {one.shared_with} more" if one.shared_with else "",
        )
        for one in found
    ]
    door.show(found, table(("payee", "kind", "country", "account", "", ""), rows))


@click.command("tax-form")
@click.argument("payee_id")
@click.pass_obj
def tax_form(door: Door, payee_id: str) -> None:
    """Show which tax form is expected of a payee, and how far it came."""
    user = door.open()
    from openspiff.web.queries import payee_tax, people

    people.payee(user, payee_id)
    found = payee_tax.tax_form(user, payee_id)
    rows = [
        (str(one.step_on), one.form, one.step, one.recorded_by, one.note)
        for one in found.steps
    ]
    lines = [f"{payee_id}: {found.form}, {found.state}"]
    if rows:
        lines.append(table(("day", "form", "step", "by", "note"), rows))
    door.show(found, "\n".join(lines))
