"""How does a mail look before anybody gets it?"""

from __future__ import annotations

import click

from openspiff.cli._doors import Door


@click.command()
@click.argument("kind")
@click.option("--html", "is_html", is_flag=True, help="Show the page, not the text.")
@click.pass_obj
def notices(door: Door, kind: str, *, is_html: bool) -> None:
    """Show the mail of one KIND of notice with made-up facts; nothing is sent."""
    user = door.open()
    from openspiff.web.queries.notices import previewed

    mail = previewed(user, kind)
    text = f"Subject: {mail.subject}\n\n{mail.html if is_html else mail.text}"
    door.show({"subject": mail.subject, "text": mail.text, "html": mail.html}, text)
