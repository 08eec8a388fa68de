"""Does money on hold wait, and do those who wait for it read why?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from finance_world import approve, owed_now, pay, prepare
from web_world import World, at_noon, pay as pay_all

from openspiff.engine import DuckDBEngine
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import approvals as acts, holds
from openspiff.web.actions.books import NothingOwedError, OnHoldError, pay_payees
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.models import AuditRow, Hold, Transfer
from openspiff.web.queries import holds as queries
from openspiff.web.queries.payables import free_payouts

AT = at_noon(3, 20)
WHY = "the bank account is being checked"


def place(user: Any, kind: str = "payee", held_id: str = "ana", **said: Any) -> Hold:
    given: dict[str, Any] = {"reason": WHY, "ends_before": None, "at": AT} | said
    return holds.place_hold(kind=kind, held_id=held_id, acting_user=user, **given)


@pytest.mark.parametrize(
    ("kind", "held_id"), [("payee", "ana"), ("firm", "north"), ("program", "spring")]
)
def test_held_money_is_left_out_of_batches_and_stays_owed(
    world: World, kind: str, held_id: str
) -> None:
    fred = world.users["finance"]
    hold = place(fred, kind, held_id)
    found = owed_now(fred, AT)
    assert found.lines == ()
    assert [(one.payee_id, one.reason) for one in found.left_out] == [
        ("ana", f"{kind} on hold: {WHY}")
    ]
    holds.release_hold(hold_id=hold.pk, reason="checked", acting_user=fred, at=AT + 1)
    assert len(owed_now(fred, AT + 2).lines) == 1


def test_hold_ends_by_itself_on_its_day(world: World) -> None:
    fred = world.users["finance"]
    place(fred, ends_before=dt.date(2026, 3, 22))
    assert len(owed_now(fred, at_noon(3, 21)).lines) == 0
    assert len(owed_now(fred, at_noon(3, 22)).lines) == 1
    assert queries.active_holds(fred, at=at_noon(3, 22)) == []
    assert len(queries.ended_holds(fred, at=at_noon(3, 22))) == 1


def test_hold_placed_after_the_approval_stops_the_payout(world: World) -> None:
    fred, fay = world.users["finance"], world.users["checker"]
    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    place(fay)
    with pytest.raises(acts.BatchMovedError) as caught:
        pay(batch, fred, AT)
    assert [str(one) for one in caught.value.problems] == ["is on hold @ ana"]


def test_nothing_on_hold_is_paid_from_the_command_line_either(world: World) -> None:
    fred = world.users["finance"]
    with DuckDBEngine(threads=1) as engine:
        before = free_payouts(fred, engine, at=AT)
        place(fred)
        with pytest.raises(OnHoldError, match="on hold"):
            pay_payees(transfers=before, acting_user=fred, at=AT)
        after = free_payouts(fred, engine, at=AT)
        assert (before.count, after.count) == (1, 0) or after.count == 0
        with pytest.raises(NothingOwedError):
            pay_payees(transfers=after, acting_user=fred, at=AT)
    with pytest.raises(OnHoldError):
        pay_all(fred, AT)
    assert Transfer.objects.filter(recorded_at=AT).count() == 0


def test_hold_needs_something_to_hold_a_reason_and_a_day_to_come(world: World) -> None:
    fred = world.users["finance"]
    before = AuditRow.objects.count()
    with pytest.raises(holds.HoldError) as caught:
        place(fred, "firm", "nowhere", reason=" ", ends_before=dt.date(2026, 3, 20))
    places = [one.place for one in caught.value.problems]
    assert places == ["held_id", "reason", "ends_before"]
    with pytest.raises(holds.HoldError):
        place(fred, "customer", "x")
    place(fred)
    with pytest.raises(ConflictError, match="on hold already"):
        place(fred)
    assert (Hold.objects.count(), AuditRow.objects.count()) == (1, before + 1)


def test_hold_is_released_once(world: World) -> None:
    fred, fay = world.users["finance"], world.users["checker"]
    hold = place(fred)
    holds.release_hold(hold_id=hold.pk, reason="", acting_user=fay, at=AT)
    with pytest.raises(ConflictError, match="fay has released it"):
        holds.release_hold(hold_id=hold.pk, reason="", acting_user=fred, at=AT)
    with pytest.raises(NotVisibleError):
        holds.release_hold(hold_id=99, reason="", acting_user=fred, at=AT)
    assert AuditRow.objects.filter(action="release_hold").count() == 1


def test_only_finance_holds(world: World) -> None:
    for role in ("manager", "analyst", "payee", "firm_owner"):
        with pytest.raises(NotAllowedError):
            place(world.users[role])
    hold = place(world.users["finance"])
    with pytest.raises(NotAllowedError):
        holds.release_hold(
            hold_id=hold.pk, reason="", acting_user=world.users["manager"], at=AT
        )


def test_payee_reads_why_and_nobody_else_does(client: Client, world: World) -> None:
    fred = world.users["finance"]
    place(fred, "program", "spring", at=1)
    for role, payee_id in (("payee", "ana"), ("firm_owner", "ben")):
        (one,) = queries.holds_on_payee(world.users[role], payee_id, at=AT)
        assert one.reason == WHY
    assert queries.holds_on_payee(fred, "dan", at=AT) == []
    with pytest.raises(NotVisibleError):
        queries.holds_on_payee(world.users["other_payee"], "ana", at=AT)
    client.force_login(world.users["payee"])
    assert f"On hold: {WHY}" in client.get("/payees/ana/statement/").content.decode()


def test_form_that_fails_keeps_what_was_typed(client: Client, world: World) -> None:
    client.force_login(world.users["finance"])
    typed = {"kind": "firm", "held_id": "nowhere", "reason": "because of this"}
    response = client.post("/finance/holds/", typed)
    page = response.content.decode()
    assert response.status_code == 409
    assert "nowhere" in page
    assert "because of this" in page
    assert client.post("/finance/holds/", typed | {"held_id": "north"}).status_code == 302
    assert client.post("/finance/holds/1/release/", {"note": "x"}).status_code == 302
    assert "released by fred" in client.get("/finance/holds/").content.decode()
