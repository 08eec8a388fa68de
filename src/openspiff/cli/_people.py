"""Who comes in? People listed and invited from the command line."""

from __future__ import annotations

import secrets

import click

from openspiff.cli._doors import Door, table

_ROLES = ("payee", "firm_owner", "manager", "finance", "analyst", "administrator")


@click.command()
@click.argument("role", type=click.Choice(_ROLES))
@click.option("--name", default="", help="What the person is called.")
@click.option("--email", default="", help="The address that a sign-in provider knows.")
@click.option("--payee", "payee_id", default="", help="Whom a payee sees: the roster's id.")
@click.option("--firm", "firm_id", default="", help="What a firm owner sees.")
@click.option(
    "--site",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="Where the pages are served.",
)
@click.pass_obj
def invite(
    door: Door, *, role: str, name: str, email: str, payee_id: str, firm_id: str, site: str
) -> None:
    """Make a link by which one person comes in once; hand it over yourself."""
    user = door.open()
    from openspiff.web.actions import invitations

    token = secrets.token_urlsafe(32)
    made = invitations.invite(
        invitation=invitations.NewInvitation(
            role=role, name=name, email=email, payee_id=payee_id, firm_id=firm_id
        ),
        token=token,
        acting_user=user,
        at=door.now(),
    )
    link = f"{site.rstrip('/')}/join/{token}/"
    record = {"link": link, "role": role, "expires_at": made.expires_at}
    door.show(record, f"{made}, once, until its days are over:\n{link}")


@click.command()
@click.option("--search", default="", help="Part of a name or an address, or a role.")
@click.option("--page", default=1, show_default=True, help="Fifty people a page.")
@click.pass_obj
def people(door: Door, search: str, page: int) -> None:
    """List who comes in, with their roles and second factors."""
    user = door.open()
    from openspiff.web.queries.users import users_visible

    found = users_visible(user, search=search, page=page)
    head = ("username", "name", "role", "sees", "second_factor", "active")
    rows = [
        (
            line.user.username,
            line.user.name,
            line.user.role,
            line.sees,
            "yes" if line.has_second_factor else "no",
            "yes" if line.user.is_active else "no",
        )
        for line in found.users
    ]
    record = {
        "count": found.count,
        "page_count": found.page_count,
        "people": [dict(zip(head, row, strict=True)) for row in rows],
    }
    door.show(record, table(head, rows))
