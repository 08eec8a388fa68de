"""What is done with a program that runs? Paused, resumed, ended, run again."""

from __future__ import annotations

import datetime as dt
import secrets

import click

from openspiff.cli._doors import Door

_SEEDS = 2**31


@click.command()
@click.argument("program_id")
@click.option("--reason", required=True, help="The sentence that payees will read.")
@click.pass_obj
def pause(door: Door, program_id: str, reason: str) -> None:
    """Take no more claims for a program; what the feed tells keeps counting."""
    user = door.open()
    from openspiff.web.actions.programs_intake import pause_intake

    row = pause_intake(
        program_id=program_id, reason=reason, acting_user=user, at=door.now()
    )
    record = {"program_id": program_id, "is_paused": True, "reason": row.reason}
    door.show(record, f"{program_id} takes no claims: {row.reason}")


@click.command()
@click.argument("program_id")
@click.pass_obj
def resume(door: Door, program_id: str) -> None:
    """Take claims for a program again."""
    user = door.open()
    from openspiff.web.actions.programs_intake import resume_intake

    resume_intake(program_id=program_id, acting_user=user, at=door.now())
    door.show(
        {"program_id": program_id, "is_paused": False}, f"{program_id} takes claims again"
    )


@click.command()
@click.argument("program_id")
@click.option(
    "--on",
    "ends_before",
    type=click.DateTime(["%Y-%m-%d"]),
    help="End it early: the first day that no longer counts.",
)
@click.pass_obj
def end(door: Door, program_id: str, ends_before: dt.datetime | None) -> None:
    """Close a program that is over; with --on, end it early by the rule in its terms."""
    user = door.open()
    if ends_before is None:
        from openspiff.web.actions.programs import end_program

        end_program(program_id=program_id, acting_user=user, at=door.now())
        door.show({"program_id": program_id, "state": "ended"}, f"{program_id} is closed")
        return
    from openspiff.web.actions.programs_draft import end_program_early

    row = end_program_early(
        program_id=program_id,
        ends_before=ends_before.date(),
        acting_user=user,
        at=door.now(),
    )
    path = door.home / "programs" / f"{program_id}-v{row.version}.toml"
    path.write_text(row.source_text, encoding="utf-8")
    record = {
        "program_id": program_id,
        "version": row.version,
        "ends_before": ends_before.date(),
        "file": path,
    }
    door.show(record, f"{program_id} v{row.version} ends before {ends_before.date()}")


@click.command()
@click.argument("program_id")
@click.argument("new_id")
@click.option("--name", help="What the new program is called (else as before).")
@click.option(
    "--months", default=3, show_default=True, help="How many months later it runs."
)
@click.option("--seed", type=int, help="The seed of its holdout (else by chance).")
@click.pass_obj
def clone(
    door: Door,
    program_id: str,
    new_id: str,
    name: str | None,
    months: int,
    seed: int | None,
) -> None:
    """Draft a new program with the terms of another, later and with a draw of its own."""
    from openspiff.program import rule_line

    user = door.open()
    from openspiff.web.actions.programs_draft import clone_program
    from openspiff.web.queries.programs import program_versions

    old = program_versions(user, program_id)[0]
    row = clone_program(
        program_id=program_id,
        new_id=new_id,
        name=old.program.name if name is None else name,
        months=months,
        seed=secrets.randbelow(_SEEDS) if seed is None else seed,
        acting_user=user,
        at=door.now(),
    )
    path = door.home / "programs" / f"{new_id}.toml"
    path.write_text(row.source_text, encoding="utf-8")
    new = program_versions(user, new_id)[0]
    record = {"program_id": new_id, "version": 1, "file": path}
    text = f"{rule_line(new.program)}\nlaunch it with: openspiff launch {path}"
    door.show(record, text)
