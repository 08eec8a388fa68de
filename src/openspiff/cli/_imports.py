"""Which commands look after imports? List them, undo one."""

from __future__ import annotations

from typing import Any

import click

from openspiff.cli._doors import Door, table

imports = click.Group("imports", help="List what was imported, undo a batch.")


@imports.command("list")
@click.option("--page", default=1, show_default=True, help="25 imports a page.")
@click.pass_obj
def list_command(door: Door, page: int) -> None:
    """List every import, the latest first."""
    user = door.open()
    from openspiff.web.queries.imports import imports_done

    found = imports_done(user, number=page)
    rows = [
        (
            one.kind,
            one.number,
            one.source,
            *(one.counts.get(name, "") for name in ("new", "changed", "known", "rejected")),
            one.imported_by,
        )
        for one in found.lines
    ]
    header = ("kind", "number", "source", "new", "changed", "known", "rejected", "by")
    door.show(found, table(header, rows) if rows else "nothing was imported yet")


@imports.command("undo")
@click.argument("batch_no", type=int)
@click.option("--preview", is_flag=True, help="Say what would change; write nothing.")
@click.pass_obj
def undo_command(door: Door, batch_no: int, *, preview: bool) -> None:
    """Undo a batch by one more batch that says what was said before."""
    user = door.open()
    from openspiff.cli.import_work import work_on_import
    from openspiff.web.actions import imports as actions, imports_save
    from openspiff.web.queries.imports import import_draft

    draft = actions.start_undo(batch_no=batch_no, acting_user=user, at=door.now())
    begun = actions.begin_work(draft_id=draft.pk, acting_user=user, at=door.now())
    work_on_import(user=user, draft_id=draft.pk, attempt=begun.attempt, clock=door.now)
    outcome = import_draft(user, draft.pk).outcome
    if preview or not outcome.get("events_file"):
        actions.discard_import(draft_id=draft.pk, acting_user=user, at=door.now())
    else:
        imports_save.save_import(draft_id=draft.pk, acting_user=user, at=door.now())
    door.show(outcome | {"preview": preview}, _undo_text(outcome, preview=preview))


def _undo_text(outcome: dict[str, Any], *, preview: bool) -> str:
    from openspiff.money import format_money

    head = "would undo" if preview else f"batch {outcome.get('batch_no')}"
    lines = [
        (
            f"{head}: {outcome.get('restored_count', 0):,} events as before,"
            f" {outcome.get('withdrawn_count', 0):,} taken back,"
            f" {outcome.get('kept_count', 0):,} kept because a later import changed them"
        )
    ]
    for one in outcome.get("effect", {}).get("programs", []):
        back = format_money(one["back_minor"], one["currency"])
        more = format_money(one["more_minor"], one["currency"])
        lines.append(f"  {one['program_id']}: {back} taken back, {more} earned")
    return "\n".join(lines)
