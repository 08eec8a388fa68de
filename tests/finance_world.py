"""How do tests get a batch and a hold into the small install? By the acts of real life."""

from __future__ import annotations

from typing import Any

from web_world import World, at_noon

from openspiff.engine import DuckDBEngine
from openspiff.web.actions import approvals as acts, holds
from openspiff.web.queries import payables
from openspiff.web.queries.payables import BatchFilters, Payables


def owed_now(user: Any, at: int, *, apart_from: int = 0, **filters: Any) -> Payables:
    """Return what would be paid."""
    with DuckDBEngine(threads=1) as engine:
        return payables.payables(
            user, engine, BatchFilters(**filters), at=at, apart_from=apart_from
        )


def new_batch(found: Payables) -> acts.NewBatch:
    """Return what would be paid, as the act that prepares it takes it."""
    return acts.NewBatch(
        sums=tuple((one.owed, one.promised_on) for one in found.lines),
        after=found.after,
        digest=found.digest,
        filters=found.filters.as_record(),
        left_out=found.left_out_record(),
    )


def prepare(user: Any, at: int, *, needed_count: int = 1, **filters: Any) -> Any:
    """Prepare a batch of what is owed."""
    return acts.prepare_batch(
        batch=new_batch(owed_now(user, at, **filters)),
        needed_count=needed_count,
        acting_user=user,
        at=at,
    )


def approve(batch: Any, user: Any, at: int) -> Any:
    """Approve a batch as it was prepared."""
    return acts.approve_batch(
        number=batch.number, digest=batch.digest, acting_user=user, at=at
    )


def pay(batch: Any, user: Any, at: int) -> Any:
    """Pay a batch whose payouts are worked out now."""
    with DuckDBEngine(threads=1) as engine:
        transfers = payables.batch_transfers(user, engine, batch.number, at=at)
        return acts.pay_batch(
            number=batch.number,
            digest=batch.digest,
            transfers=transfers,
            reference="bank file 7",
            acting_user=user,
            at=at,
        )


def add_finance(world: World) -> None:
    """Prepare one batch, and place and release one hold."""
    fred, fay = world.users["finance"], world.users["checker"]
    batch = prepare(fred, at_noon(3, 11))
    approve(batch, fay, at_noon(3, 11))
    hold = holds.place_hold(
        kind="payee",
        held_id="ben",
        reason="the bank account is being checked",
        ends_before=None,
        acting_user=fred,
        at=at_noon(3, 11),
    )
    holds.release_hold(
        hold_id=hold.pk, reason="checked", acting_user=fay, at=at_noon(3, 12)
    )
