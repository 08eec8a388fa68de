"""Which commands decide claims? Thin, over the same acts and look-ups as the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import Door, table
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.web.actions.claim_decisions import FeedNow, SeenClaim

_STATES = ("waiting", "approved", "rejected", "withdrawn", "all")


class ClaimNameError(OpenSpiffError):
    """Names that no claim has."""

    code = "claim_name"


claims = click.Group(
    "claims", help="List claims, approve or reject them, take a decision back."
)


@claims.command("list")
@click.option("--state", type=click.Choice(_STATES), default="waiting", show_default=True)
@click.pass_obj
def list_command(door: Door, state: str) -> None:
    """List claims, who waits longest first."""
    user = door.open()
    from openspiff.money import format_money
    from openspiff.web.queries.claims import QueueFilter, claims_awaiting

    found: list[Any] = []
    page = pages = 1
    while page <= pages:
        asked = QueueFilter(state="" if state == "all" else state, page=page)
        queue = claims_awaiting(user, asked, at=door.now())
        found += queue.claims
        page, pages = page + 1, queue.page_count
    rows = [
        (
            str(one.row),
            one.row.state,
            one.program_name,
            one.payee_name,
            one.row.customer,
            format_money(one.row.amount_minor, one.row.currency),
            len(one.evidence),
        )
        for one in found
    ]
    header = ("claim", "state", "program", "payee", "customer", "amount", "files")
    record = [dict(zip(header, row, strict=True)) for row in rows]
    door.show(record, table(header, rows) if rows else "no claim is like that")


@claims.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", default="", help="Why; may stay empty.")
@click.option("--preview", is_flag=True, help="Say what it would pay; write nothing.")
@click.pass_obj
def approve(door: Door, names: tuple[str, ...], reason: str, *, preview: bool) -> None:
    """Approve claims by name (C-12): all of them, as one batch of the feed, or none."""
    user = door.open()
    from openspiff.money import format_money
    from openspiff.web.actions.claim_decisions import approve_claims
    from openspiff.web.queries.claim_effects import effects_of_approval
    from openspiff.web.queries.claims import claims_named

    seen = _seen(user, names)
    found = claims_named(user, [one.claim_id for one in seen])
    effects = effects_of_approval(user, found)
    lines = []
    for one in effects.effects:
        for worth in one.worths:
            due = (
                f"{worth.due} tickets"
                if worth.is_draw
                else format_money(worth.due, worth.currency)
            )
            why = " ".join(worth.sentences)
            line = f"{one.claim.row} {worth.program_name}: {due} {why}"
            lines.append(line.rstrip())
    record: dict[str, Any] = {"earned": dict(effects.totals), "claims": lines}
    if preview:
        door.show(record | {"batch_no": None}, "\n".join(["would approve:", *lines]))
        return
    batch_no = approve_claims(
        seen=seen, feed=_feed_now(user), acting_user=user, at=door.now(), reason=reason
    )
    lines.append(f"approved as batch {batch_no}; `openspiff book` books it")
    door.show(record | {"batch_no": batch_no}, "\n".join(lines))


@claims.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why: the payees read it.")
@click.pass_obj
def reject(door: Door, names: tuple[str, ...], reason: str) -> None:
    """Reject claims by name, with a reason."""
    user = door.open()
    from openspiff.web.actions.claim_decisions import reject_claims

    seen = _seen(user, names)
    reject_claims(seen=seen, reason=reason, acting_user=user, at=door.now())
    door.show({"rejected": list(names)}, f"rejected: {', '.join(names)}")


@claims.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why: the payees read it.")
@click.pass_obj
def undo(door: Door, names: tuple[str, ...], reason: str) -> None:
    """Take decisions back by a new record; the claims wait again."""
    user = door.open()
    from openspiff.web.actions.claim_decisions import undo_decisions

    batch_no = undo_decisions(
        seen=_seen(user, names),
        feed=_feed_now(user),
        reason=reason,
        acting_user=user,
        at=door.now(),
    )
    text = "" if batch_no is None else f", told by batch {batch_no}"
    door.show({"undone": list(names), "batch_no": batch_no}, f"taken back{text}")


def _seen(user: Any, names: tuple[str, ...]) -> list[SeenClaim]:
    """Return the claims with these names as they stand now."""
    from openspiff.web.actions.claim_decisions import SeenClaim
    from openspiff.web.queries.claims import claims_named

    numbers = [name.upper().removeprefix("C-") for name in names]
    wrong = [
        Problem(name, "no name of a claim", "names look like C-12")
        for name, number in zip(names, numbers, strict=True)
        if not number.isdecimal()
    ]
    if wrong:
        raise ClaimNameError("nothing was decided", wrong)
    found = claims_named(user, [int(number) for number in numbers])
    return [SeenClaim(one.claim_id, one.row.revision) for one in found]


def _feed_now(user: Any) -> FeedNow:
    from openspiff.web.actions.claim_decisions import FeedNow
    from openspiff.web.queries.feed import feed_files, next_batch_no

    return FeedNow(feed=feed_files(user), next_batch_no=next_batch_no(user))
