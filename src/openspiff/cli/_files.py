"""Which commands need no workspace? Those on program files and on simulated markets."""

from __future__ import annotations

from pathlib import Path

import click

from openspiff.cli._doors import Door, say
from openspiff.errors import OpenSpiffError, Problem

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class CheckError(OpenSpiffError):
    """Program files that are not valid; every problem of every file is named."""

    code = "check"


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.pass_obj
def check(door: Door, files: tuple[Path, ...]) -> None:
    """Check program files: every problem at once, or the rule in one line."""
    from openspiff.program import ProgramError, check_versions, read_program, rule_line

    found: list[Problem] = []
    programs = []
    for path in files:
        try:
            programs.append(read_program(path))
        except ProgramError as error:
            found += [
                Problem(f"{path}: {one.place}", one.message, one.remedy)
                for one in error.problems or [Problem("", error.message)]
            ]
    if found:
        message = (
            f"{len(found)} problem{'s' if len(found) > 1 else ''} in the program files"
        )
        raise CheckError(message, found)
    if len({(one.program_id, one.version) for one in programs}) == len(programs):
        first_versions = {one.program_id for one in programs if one.version == 1}
        check_versions([one for one in programs if one.program_id in first_versions])
    lines = [f"{one.program_id} v{one.version}: {rule_line(one)}" for one in programs]
    record = [
        {"program_id": one.program_id, "version": one.version, "rule": rule_line(one)}
        for one in programs
    ]
    door.show(record, "\n".join(lines))


@click.command()
@click.argument("file", type=_FILE)
@click.option("--terms", is_flag=True, help="Print the whole page of terms (Markdown).")
@click.pass_obj
def rule(door: Door, file: Path, *, terms: bool) -> None:
    """Print the rule of a program in one line, or its page of terms."""
    from openspiff.program import content_hash, read_program, rule_line, terms_page

    program = read_program(file)
    record = {
        "program_id": program.program_id,
        "version": program.version,
        "content_hash": content_hash(program),
        "rule": rule_line(program),
        "terms": terms_page(program),
    }
    door.show(record, terms_page(program) if terms else rule_line(program))


@click.command()
@click.argument("settings", type=_FILE)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Which market.",
)
@click.pass_obj
def simulate(door: Door, settings: Path, folder: Path, seed: int) -> None:
    """Make a market with a known truth and write it as CRM files with their mapping."""
    from openspiff.market import read_market, simulate_market, write_crm_files

    setting, effect = read_market(settings)
    say(f"simulating {setting.payee_count} payees ...")
    market = simulate_market(setting, seed=seed, effect=effect)
    written = write_crm_files(market, folder)
    record = {
        "folder": folder,
        "mapping": written.mapping,
        "deals": written.row_count,
        "seed": seed,
    }
    text = f"wrote {written.row_count:,} deals to {folder}, read by {written.mapping}"
    door.show(record, text)
