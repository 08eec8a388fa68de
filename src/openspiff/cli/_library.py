"""Which command asks what all finished programs teach together?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from openspiff.cli._doors import Door, table
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.measure import Library, Portfolio


class LibraryError(OpenSpiffError):
    """Too few finished programs to say anything that one alone does not say."""

    code = "library"


@click.command()
@click.option(
    "--html",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write it as a page into this file too.",
)
@click.option(
    "--spread-scale",
    type=click.FloatRange(0, min_open=True),
    default=0.1,
    show_default=True,
    help="By which share of the baseline programs may plausibly differ.",
)
@click.pass_obj
def library(door: Door, file: Path | None, spread_scale: float) -> None:
    """Say what all measured programs teach together, and what to expect of the next one."""
    if file is not None and not file.absolute().parent.is_dir():
        message = f"no folder {file.parent}"
        raise click.BadParameter(message, param_hint="--html")
    user = door.open()
    from openspiff.measure import library_of, portfolio
    from openspiff.web.queries.measurements import measurements_latest
    from openspiff.web.queries.programs import launched_programs

    found = library_of(measurements_latest(user), launched_programs(user))
    _require_enough(found)
    together = portfolio(found.programs, spread_scale=spread_scale)
    text = _library_text(together, found)
    if file is not None:
        from openspiff.report import library_html

        file.write_text(library_html(together, found), encoding="utf-8")
        text = f"{text}\n\npage: {file}"
    record = {
        "page": file,
        "programs": found.programs,
        "left_out": [{"program_id": name, "why": why} for name, why in found.left_out],
        "together": together,
    }
    door.show(record, text)


def _require_enough(found: Library) -> None:
    """Raise LibraryError with what is missing, program by program."""
    from openspiff.measure import FEWEST_PROGRAMS

    count = len(found.programs)
    if count >= FEWEST_PROGRAMS:
        return
    problems = [
        Problem(
            "programs",
            f"{count} of the {FEWEST_PROGRAMS} that are needed can be compared",
            "measure more programs, and read each alone until then",
        ),
        *(
            Problem(name, why, f"run `openspiff measure {name}` once its window is over")
            for name, why in found.left_out
        ),
    ]
    raise LibraryError("too few programs to learn from them together", problems)


def _library_text(together: Portfolio, found: Library) -> str:
    """Return the page as text: sentences, the programs, then section by section."""
    from openspiff.report import (
        effects_table,
        library_sections,
        library_sentences,
    )

    effects = effects_table(together, found)
    parts = ["\n".join(library_sentences(together))]
    parts.append(table(effects.header, effects.rows))
    for section in library_sections(together, found):
        lines = [section.heading, *(f"  {one}" for one in section.sentences)]
        lines += [f"  - {one}" for one in section.items]
        for one in section.tables:
            lines += [f"  {line}" for line in table(one.header, one.rows).splitlines()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
