"""How is a workspace filled? Made once, then programs launched and files imported."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import Door, say
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.events import Batch, ReadResult
    from openspiff.program import Candidate

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 10


class ImportFileError(OpenSpiffError):
    """An import that brought nothing although files were given."""

    code = "import"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def init(door: Door, folder: Path) -> None:
    """Make a workspace: folders, key, database. Safe to run again."""
    from openspiff import web

    web.create_workspace(folder)
    text = f"workspace ready in {folder}: put program files into {folder / 'programs'}"
    door.show({"workspace": folder}, text)


@click.command("import")
@click.argument("mapping", type=_FILE)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@click.option("--preview", is_flag=True, help="Say what would be imported; write nothing.")
@click.pass_obj
def import_command(
    door: Door, mapping: Path, files: tuple[Path, ...], *, preview: bool
) -> None:
    """Import a folder or files of one source through a mapping file.

    Rows that cannot be used go to a file of rejects; the others are imported. The same
    files again are "0 new".
    """
    from openspiff.events import load_mapping, read_events, write_rejects

    user = door.open()
    given = files[0] if len(files) == 1 else list(files)
    result = read_events(given, load_mapping(mapping), recorded_at=door.now())
    rejects: Path | None = None
    if result.rejects:
        name = f"rejects-{mapping.stem}-{door.now()}.csv"
        rejects = write_rejects(result, door.home / "reports" / name)
    if preview:
        batch = _preview(user, result)
        what = "would import"
    else:
        batch = import_result(door, user, result)
        what = f"batch {batch.batch_no}" if batch.events else "nothing to import"
    notes = [str(one) for one in (*result.notes, *batch.notes)]
    record = {
        "source": result.source,
        "preview": preview,
        "batch_no": batch.batch_no if batch.events else None,
        "new": batch.new_count,
        "changed": batch.changed_count,
        "known": batch.known_count,
        "rejected": result.rejected_count,
        "rejects_file": rejects,
        "notes": notes,
        "unmapped_products": result.unmapped_products,
    }
    lines = [f"{what}: {batch}", *(f"  note: {one}" for one in notes)]
    if rejects is not None:
        lines.append(f"  {result.rejected_count} rejected rows, with reasons: {rejects}")
    door.show(record, "\n".join(lines))


def _preview(user: Any, result: ReadResult) -> Batch:
    import tempfile

    from openspiff.events import write_batch
    from openspiff.web.queries import feed as feed_queries

    with tempfile.TemporaryDirectory() as folder:
        return write_batch(
            result,
            feed=feed_queries.feed_files(user),
            folder=Path(folder),
            batch_no=feed_queries.next_batch_no(user),
        )


def import_result(door: Door, user: Any, result: ReadResult) -> Batch:
    """Write what is new as a batch and enter it, with its roster, into the catalog."""
    from openspiff.events import digest_of, write_batch
    from openspiff.web.actions import feed as feed_actions
    from openspiff.web.queries import feed as feed_queries

    batch = write_batch(
        result,
        feed=feed_queries.feed_files(user),
        folder=door.home / "feed",
        batch_no=feed_queries.next_batch_no(user),
    )
    at = door.now()
    if batch.events is not None:
        new = feed_actions.NewBatch(
            batch_no=batch.batch_no,
            digest=batch.digest,
            event_file=batch.events.name,
            superseded_file=batch.superseded.name if batch.superseded else "",
            source=result.source,
            counts={
                "new": batch.new_count,
                "changed": batch.changed_count,
                "known": batch.known_count,
                "rejected": batch.rejected_count,
            },
        )
        feed_actions.record_batch(batch=new, acting_user=user, at=at)
    if batch.payees is not None:
        names = [
            feed_actions.RosterName(payee_id=row[0], name=row[1], firm_id=row[2])
            for row in result.roster or ()
        ]
        feed_actions.record_roster(
            file_name=batch.payees.name,
            digest=digest_of(batch.payees),
            names=names,
            acting_user=user,
            at=at,
        )
        _enroll_joiners(user, at)
    return batch


def _enroll_joiners(user: Any, at: int) -> None:
    """Enroll whoever came with a new roster in every program that is running."""
    from openspiff.web.actions.programs import enroll_joiners
    from openspiff.web.queries.programs import launched_programs

    who = candidates(user, at)
    for program_id in {one.program_id for one in launched_programs(user)}:
        enroll_joiners(program_id=program_id, candidates=who, acting_user=user, at=at)


def candidates(user: Any, at: int | None) -> list[Candidate]:
    """Return who stands on the roster at an instant (None: ever), to be enrolled."""
    from openspiff.web.queries.roster import roster_on

    return roster_on(user, at)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Do not ask: freeze the terms now.")
@click.pass_obj
def launch(door: Door, file: Path, *, yes: bool) -> None:
    """Launch a program file: freeze its terms, enroll payees, draw the holdout."""
    from openspiff.program import content_hash, parse_program, rule_line

    user = door.open()
    from openspiff.web.actions import programs as program_actions
    from openspiff.web.queries import programs as program_queries

    text = file.read_text(encoding="utf-8")
    program = parse_program(text, name=str(file))
    if not yes:
        say(rule_line(program))
        click.confirm("Freeze these terms and launch?", abort=True, err=True)
    at = door.now()
    who = candidates(user, at)
    if program.holdout is not None and not who:
        problem = Problem(
            "roster", "nobody is on it", "import a mapping with [payees] first"
        )
        raise ImportFileError(
            "a holdout is drawn among the payees of the roster", [problem]
        )
    program_actions.add_program_draft(
        source_text=text, acting_user=user, at=at, name=str(file)
    )
    program_actions.launch_program(
        program_id=program.program_id,
        version=program.version,
        candidates=who,
        acting_user=user,
        at=at,
    )
    counts = program_queries.holdout_counts(user, program.program_id)
    record = {
        "program_id": program.program_id,
        "version": program.version,
        "content_hash": content_hash(program),
        "enrolled": counts.enrolled,
        "held_out": counts.held_out,
    }
    door.show(
        record,
        f"launched {program.program_id} v{program.version} ({content_hash(program)[:12]}): "
        f"{counts.enrolled} payees enrolled, {counts.held_out} of them held out",
    )


@click.command()
@click.argument("program_id")
@click.option(
    "--from",
    "taken_from",
    required=True,
    metavar="DATE",
    help="It takes events recorded from this day on.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    metavar="PLACE=VALUE",
    help="A term to change, such as payout.amount=300.00.",
)
@click.pass_obj
def amend(door: Door, program_id: str, taken_from: str, settings: tuple[str, ...]) -> None:
    """Draft the next version of a launched program and show what it changes."""
    from openspiff.program import differences_between, rule_line

    user = door.open()
    from openspiff.web.actions import programs as program_actions
    from openspiff.web.queries import programs as program_queries

    changes = dict(_setting(one) for one in settings)
    program_actions.amend_program(
        program_id=program_id,
        takes_recorded_from=_date(taken_from),
        changes=changes,
        acting_user=user,
        at=door.now(),
    )
    new, old = program_queries.program_versions(user, program_id)[:2]
    path = door.home / "programs" / f"{program_id}-v{new.program.version}.toml"
    path.write_text(new.source_text, encoding="utf-8")
    found = differences_between(old.program, new.program)
    lines = [f"{one.place}: {one.old} -> {one.new}" for one in found]
    record = {"program_id": program_id, "version": new.program.version, "file": path}
    door.show(
        record | {"changes": lines},
        "\n".join(
            [rule_line(new.program), *lines, f"launch it with: openspiff launch {path}"]
        ),
    )


def _setting(text: str) -> tuple[str, Any]:
    place, mark, value = text.partition("=")
    if not mark:
        message = f"expected PLACE=VALUE, got {text!r}"
        raise click.BadParameter(message, param_hint="--set")
    if value in {"true", "false"}:
        return place, value == "true"
    return place, int(value) if value.lstrip("-").isdigit() else value


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"expected a day such as 2026-04-01, got {text!r}"
        raise click.BadParameter(message, param_hint="--from") from None
