"""How does an assistant get in? Over standard input and output, with a token.

The environment says it, so that the token stands in no list of processes:

OPENSPIFF_TOKEN       the token in whose name `openspiff mcp` asks
"""

from __future__ import annotations

import click

from openspiff.cli._doors import Door


@click.command("mcp")
@click.option(
    "--token",
    envvar="OPENSPIFF_TOKEN",
    required=True,
    help="In whose name (else OPENSPIFF_TOKEN, which other users cannot see).",
)
@click.pass_obj
def mcp_command(door: Door, token: str) -> None:
    """Answer an assistant over standard input and output (Model Context Protocol).

    It reads and tries by the rights of the token; all it writes are drafts.
    """
    door.open()
    from openspiff.web.assistants import serve

    serve(token)
