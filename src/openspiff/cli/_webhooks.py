"""Which systems are told, and which tell us? Webhooks listed, added, turned, sent again."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import Door, table

if TYPE_CHECKING:
    from openspiff.web.actions.webhook_signatures import HookSecret


webhooks = click.Group(
    "webhooks",
    help="Endpoints that are told of what happens, and sources that tell us of events.",
)


@webhooks.command("list")
@click.pass_obj
def list_command(door: Door) -> None:
    """List endpoints and sources, with how they do."""
    user = door.open()
    from openspiff.web.queries import webhooks as queries

    endpoints, sources = queries.endpoints(user), queries.sources(user)
    head = ("endpoint", "label", "state", "messages", "held", "given_up", "url", "kinds")
    rows = [
        (
            *(str(one.endpoint_id), one.label, one.state),
            *(one.delivery_count, one.held_count, one.given_up_count),
            *(one.url, " ".join(one.kinds)),
        )
        for one in endpoints
    ]
    told = table(head, rows) if rows else "nobody is told"
    head_of_sources = ("source", "name", "state", "messages", "in the name of")
    lines = [
        (
            *(str(one.source_id), one.name, "on" if one.is_on else "off"),
            *(one.message_count, one.acts_for),
        )
        for one in sources
    ]
    telling = table(head_of_sources, lines) if lines else "nobody tells us"
    record = {"endpoints": endpoints, "sources": sources}
    door.show(record, f"{told}\n\n{telling}")


@webhooks.command("add")
@click.argument("label")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, required=True, help="Of what it is told.")
@click.pass_obj
def add(door: Door, label: str, url: str, kinds: tuple[str, ...]) -> None:
    """Let an address be told, and print its secret, once."""
    user = door.open()
    from openspiff.web.actions.webhook_endpoints import NewEndpoint, add_endpoint

    secret = _fresh_secret()
    new = NewEndpoint(name=secrets.token_hex(8), label=label, url=url, kinds=kinds)
    made = add_endpoint(endpoint=new, secret=secret, acting_user=user, at=door.now())
    _show_once(door, {"endpoint": made.pk}, f"endpoint {made.pk}", secret)


@webhooks.command("rotate")
@click.argument("endpoint_id", type=int)
@click.option("--overlap", default=24, show_default=True, help="Hours of the old secret.")
@click.pass_obj
def rotate(door: Door, endpoint_id: int, overlap: int) -> None:
    """Replace the secret of an endpoint; the new one is printed once."""
    user = door.open()
    from openspiff.web.actions.webhook_endpoints import rotate_endpoint_secret

    secret = _fresh_secret()
    rotate_endpoint_secret(
        endpoint_id=endpoint_id,
        overlap_hours=overlap,
        secret=secret,
        acting_user=user,
        at=door.now(),
    )
    _show_once(door, {"endpoint": endpoint_id}, f"endpoint {endpoint_id}", secret)


@webhooks.command("on")
@click.argument("endpoint_id", type=int)
@click.pass_obj
def on(door: Door, endpoint_id: int) -> None:
    """Tell an endpoint again, and first what was held back."""
    user = door.open()
    from openspiff.web.actions.webhook_endpoints import turn_on

    count = turn_on(endpoint_id=endpoint_id, acting_user=user, at=door.now())
    record = {"endpoint": endpoint_id, "state": "on", "sent_again": count}
    door.show(record, f"endpoint {endpoint_id} is on; {count} messages go out now")


@webhooks.command("off")
@click.argument("endpoint_id", type=int)
@click.pass_obj
def off(door: Door, endpoint_id: int) -> None:
    """Tell an endpoint nothing more."""
    user = door.open()
    from openspiff.web.actions.webhook_endpoints import turn_off

    turn_off(endpoint_id=endpoint_id, acting_user=user, at=door.now())
    record = {"endpoint": endpoint_id, "state": "off"}
    door.show(record, f"endpoint {endpoint_id} is off")


@webhooks.command("test")
@click.argument("endpoint_id", type=int)
@click.pass_obj
def test(door: Door, endpoint_id: int) -> None:
    """Send a message that says nothing, to see whether an endpoint answers."""
    user = door.open()
    from openspiff.web.actions.webhooks import send_test

    made = send_test(endpoint_id=endpoint_id, acting_user=user, at=door.now())
    record = {"message": made.pk, "message_id": made.message_id}
    door.show(record, f"message {made.pk} is under way")


@webhooks.command("log")
@click.argument("endpoint_id", type=int)
@click.option("--page", default=1, show_default=True, help="25 messages a page.")
@click.pass_obj
def log(door: Door, endpoint_id: int, page: int) -> None:
    """List the messages to an endpoint, the latest first."""
    user = door.open()
    from openspiff.web.queries import webhooks as queries

    queries.endpoint(user, endpoint_id)
    found = queries.deliveries_of(user, endpoint_id, number=page)
    head = ("message", "kind", "state", "tries", "message_id")
    rows = [
        (str(one.delivery_id), one.kind, one.state, one.try_count, one.message_id)
        for one in found.deliveries
    ]
    door.show(found, table(head, rows) if rows else "no messages")


@webhooks.command("redeliver")
@click.argument("delivery_id", type=int)
@click.pass_obj
def redeliver(door: Door, delivery_id: int) -> None:
    """Send a message again, the same as before."""
    user = door.open()
    from openspiff.web.actions.webhooks import redeliver as send_again

    row = send_again(delivery_id=delivery_id, acting_user=user, at=door.now())
    record = {"message": row.pk, "message_id": row.message_id, "state": str(row.state)}
    door.show(record, f"message {row.pk} is under way")


@webhooks.command("add-source")
@click.argument("name")
@click.pass_obj
def add_source(door: Door, name: str) -> None:
    """Let a system tell us of events in your name, and print its secret, once."""
    user = door.open()
    from openspiff.web.actions.webhook_sources import add_source as add_one

    secret = _fresh_secret()
    made = add_one(name=name, secret=secret, acting_user=user, at=door.now())
    record = {"source": made.pk, "name": made.name, "path": f"/api/hooks/{name}/events"}
    _show_once(door, record, f"source {made.name} at {record['path']}", secret)


def _fresh_secret() -> HookSecret:
    from openspiff.web.actions.webhook_signatures import HookSecret

    return HookSecret(key=secrets.token_bytes(32), nonce=secrets.token_bytes(12))


def _show_once(door: Door, record: dict[str, Any], words: str, secret: HookSecret) -> None:
    door.show(
        {**record, "secret": str(secret)},
        f"{words}; its secret, shown this once:\n{secret}",
    )
