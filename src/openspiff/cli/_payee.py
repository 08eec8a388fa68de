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
