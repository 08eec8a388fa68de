"""Which door has the command line? Parse, call one function, print."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

import click

from openspiff.cli._doors import Door, fail_plainly

# In the order of `--help`: what is done first stands first.
_COMMANDS: Final = {
    "demo": "_demo",
    "init": "_workspace",
    "check": "_files",
    "rule": "_files",
    "launch": "_workspace",
    "amend": "_workspace",
    "clone": "_programs",
    "pause": "_programs",
    "resume": "_programs",
    "end": "_programs",
    "import": "_workspace",
    "imports": "_imports",
    "claims": "_claims",
    "evaluate": "_books",
    "explain": "_books",
    "book": "_books",
    "pay": "_books",
    "batch": "_finance",
    "hold": "_finance",
    "finance": "_readings",
    "export": "_finance",
    "statement": "_books",
    "payout-methods": "_payee",
    "tax-form": "_payee",
    "leaderboard": "_payee",
    "measure": "_measure",
    "audit": "_audit",
    "report": "_decisions",
    "decide": "_decisions",
    "library": "_library",
    "share": "_decisions",
    "unshare": "_decisions",
    "invite": "_people",
    "people": "_people",
    "notices": "_notices",
    "tokens": "_tokens",
    "mcp": "_assistants",
    "webhooks": "_webhooks",
    "verify": "_books",
    "simulate": "_files",
    "jobs": "_jobs",
    "work": "_jobs",
    "serve": "_demo",
    "ready": "_doctor",
    "doctor": "_doctor",
    "upgrade": "_doctor",
}


class _Commands(click.Group):
    """Loads the module of a command only when it is called."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        loaded = importlib.import_module(f"openspiff.cli.{_COMMANDS[name]}")
        # A command with the name of a keyword or a module is called differently in Python.
        command: click.Command = getattr(loaded, f"{name}_command", None) or getattr(
            loaded, name.replace("-", "_")
        )
        return command


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
