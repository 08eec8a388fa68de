"""Which machines act in whose name? Tokens listed, made, rotated, taken back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import Door, table

if TYPE_CHECKING:
    from openspiff.web.actions.tokens import Secret


tokens = click.Group(
    "tokens", help="List, make, rotate and take back tokens by which machines act."
)


@tokens.command("list")
@click.option("--all", "is_all", is_flag=True, help="Those of everybody else too.")
@click.pass_obj
def list_tokens(door: Door, *, is_all: bool) -> None:
    """List tokens with what they are for, until when, and when they were last used."""
    user = door.open()
    from openspiff.web.queries.tokens import tokens_of, tokens_of_others

    at = door.now()
    found = list(tokens_of(user, at=at))
    page = tokens_of_others(user, at=at) if is_all else None
    while page is not None:
        found += page.tokens
        more = page.number < page.page_count
        page = tokens_of_others(user, at=at, page=page.number + 1) if more else None
    head = ("token_id", "label", "user", "scopes", "expires_at", "used_at", "holds")
    rows = [
        (
            one.token_id,
            one.label,
            one.username,
            " ".join(one.scopes),
            _moment(one.expires_at),
            _moment(one.used_at),
            "yes" if one.holds else "no",
        )
        for one in found
    ]
    door.show([dict(zip(head, row, strict=True)) for row in rows], table(head, rows))


@tokens.command("make")
@click.argument("label")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it is for.")
@click.option("--days", default=90, show_default=True, help="How long it holds.")
@click.pass_obj
def make(door: Door, label: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token and print it, once: nobody keeps it."""
    user = door.open()
    from openspiff.web.actions.tokens import NewToken, make_token

    secret = _fresh_secret()
    made = make_token(
        token=NewToken(label=label, scopes=scopes, days=days),
        secret=secret,
        acting_user=user,
        at=door.now(),
    )
    _show_once(door, made, secret)


@tokens.command("rotate")
@click.argument("token_id", type=int)
@click.option(
    "--overlap", default=7, show_default=True, help="For how many days the old one holds."
)
@click.pass_obj
def rotate(door: Door, token_id: int, overlap: int) -> None:
    """Replace a token by a new one, which is printed once."""
    user = door.open()
    from openspiff.web.actions.tokens import rotate_token

    secret = _fresh_secret()
    made = rotate_token(
        token_id=token_id,
        overlap_days=overlap,
        secret=secret,
        acting_user=user,
        at=door.now(),
    )
    _show_once(door, made, secret)


@tokens.command("revoke")
@click.argument("token_id", type=int)
@click.pass_obj
def revoke(door: Door, token_id: int) -> None:
    """Take a token back: it opens nothing from now on."""
    user = door.open()
    from openspiff.web.actions.tokens import revoke_token

    revoke_token(token_id=token_id, acting_user=user, at=door.now())
    door.show(
        {"token_id": token_id, "revoked": True}, f"token {token_id} opens nothing now"
    )


def _fresh_secret() -> Secret:
    from openspiff.web.actions.tokens import Secret

    return Secret(name=secrets.token_hex(6), secret=secrets.token_urlsafe(32))


def _show_once(door: Door, made: Any, secret: Secret) -> None:
    record = {
        "token_id": made.pk,
        "token": str(secret),
        "scopes": made.scopes,
        "expires_at": made.expires_at,
    }
    door.show(record, f"token {made.pk} for {made.label}, shown this once:\n{secret}")


def _moment(at: int | None) -> str:
    from whenever import Instant

    return "" if at is None else str(Instant.from_timestamp(at // 1_000_000))
