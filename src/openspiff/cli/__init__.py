"""Which door has the command line? Parse, call one function, print."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

import click

from openspiff.cli._doors import Door, fail_plainly

_COMMANDS: Final = {
    "_files": ("check", "rule", "simulate"),
    "_workspace": ("init", "import", "launch", "amend"),
    "_programs": ("pause", "resume", "end", "clone"),
    "_books": ("evaluate", "explain", "book", "pay", "statement", "verify"),
    "_measure": ("measure",),
    "_library": ("library",),
    "_demo": ("demo", "serve"),
}
_ORDER: Final = (
    *("demo", "init", "check", "rule", "launch", "amend", "clone", "pause", "resume"),
    *("end", "import", "evaluate", "explain"),
    *("book", "pay", "statement", "measure", "library", "verify", "simulate", "serve"),
)


class _Commands(click.Group):
    """Loads the module of a command only when it is called."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_ORDER)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        for module, names in _COMMANDS.items():
            if name in names:
                loaded = importlib.import_module(f"openspiff.cli.{module}")
                command: click.Command = getattr(
                    loaded, f"{name}_command", None
                ) or getattr(loaded, name)
                return command
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    envvar="OPENSPIFF_HOME",
    default=".",
    show_default="the current folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The workspace folder.",
)
@click.option("--as", "actor", default="operator", show_default=True, help="Who acts.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.option(
    "--at",
    metavar="INSTANT",
    help="Act as of this instant (2026-04-01T12:00Z), not now.",
)
@click.version_option(package_name="openspiff")
@click.pass_context
def openspiff(
    context: click.Context, home: Path, actor: str, *, is_json: bool, at: str | None
) -> None:
    """Run SPIFF programs whole: rules, books, and what the money added."""
    moment = None if at is None else _instant(at)
    context.obj = Door(home=home, actor=actor, is_json=is_json, at=moment)


def _instant(text: str) -> int:
    from whenever import Instant

    try:
        return int(Instant.parse_iso(text).timestamp(unit="microsecond"))
    except ValueError:
        message = f"expected an instant such as 2026-04-01T12:00Z, got {text!r}"
        raise click.BadParameter(message, param_hint="--at") from None


def main(*arguments: Any) -> None:
    """Run the command line of this process."""
    fail_plainly(lambda: openspiff(*arguments))
