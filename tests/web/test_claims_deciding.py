"""Is a claim decided once, by somebody else than its payee, and does the money follow?"""

from __future__ import annotations

from typing import Any

import pytest
from claims_world import TODAY, feed_now, new_claim, photo, seen, send
from web_world import World, at_noon, book

from openspiff.events import find_events
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import claim_decisions as acts
from openspiff.web.actions.claims import ClaimError, resend_claim
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.models import AuditRow, Claim, ClaimStep, EventBatch, Transfer
from openspiff.web.queries import claim_effects, claim_twins, claims as look, feed


def approve(world: World, *rows: Claim, role: str = "manager", **said: Any) -> int:
    return acts.approve_claims(
        seen=seen(*rows),
        feed=feed_now(world),
        acting_user=world.users[role],
        at=TODAY,
        **said,
    )


def undo(world: World, *rows: Claim) -> int | None:
    return acts.undo_decisions(
        seen=seen(*rows),
        feed=feed_now(world),
        reason="By mistake.",
        acting_user=world.users["manager"],
        at=TODAY,
    )


def due(source: str = "claims") -> dict[str, int]:
    """Return what is booked for the events of a source, less what was taken back."""
    sums: dict[str, int] = {}
    for one in Transfer.objects.filter(source=source):
        sign = {"accrual": 1, "reversal": -1, "clawback": -1}.get(one.kind, 0)
        sums[one.event_id] = sums.get(one.event_id, 0) + sign * one.amount_minor
    return sums


def test_approved_claims_are_one_batch_and_earn_at_the_next_run(world: World) -> None:
    ana = send(world, "1")
    cleo = send(world, "2", role="other_payee", customer="Lake Hotel", amount_minor=100_000)
    batch_no = approve(world, ana, cleo)
    assert batch_no == 3
    batch = EventBatch.objects.get(batch_no=3)
    assert (batch.source, batch.counts) == ("claims", {"new": 2, "changed": 0})
    assert {one.state for one in Claim.objects.all()} == {"approved"}
    assert AuditRow.objects.filter(action="claim_approved").count() == 2
    told = find_events(feed.feed_files(world.users["manager"]), payee_id="ana")
    mine = next(row for row in told if row["source"] == "claims")
    assert (mine["event_id"], mine["subject_id"], mine["revision"], mine["status"]) == (
        str(ana),
        str(ana),
        1,
        "done",
    )
    assert (mine["recorded_at"], mine["share_ppm"]) == (TODAY, 1_000_000)
    book(world.users["administrator"], TODAY)
    # Ana's limit of 300 is used up by what came before.
    assert due() == {str(cleo): 50_00}


def test_undone_approval_pays_nothing_whatever_the_clawback_and_can_be_decided_again(
    world: World,
) -> None:
    row = send(world, role="other_payee", amount_minor=100_000)
    approve(world, row)
    book(world.users["administrator"], TODAY)
    assert undo(world, row) == 4
    row.refresh_from_db()
    assert row.state == "undone"
    book(world.users["administrator"], TODAY + 1)
    assert due() == {str(row): 0}
    approve(world, row)
    book(world.users["administrator"], TODAY + 2)
    assert due() == {str(row): 50_00}
    steps = [(one.to_state, one.batch_no) for one in ClaimStep.objects.order_by("pk")]
    assert steps == [("sent", None), ("approved", 3), ("undone", 4), ("approved", 5)]


def test_nobody_decides_their_own(world: World) -> None:
    row = send(world)
    manager = world.users["manager"]
    manager.payee_id = "ana"
    manager.save()
    for act in (approve, undo):
        with pytest.raises(NotAllowedError, match="own"):
            act(world, row)
    manager.payee_id = ""
    manager.save()
    own = send(world, "2", customer="Other")
    payee = world.users["payee"]
    payee.role = "manager"  # promoted since
    payee.payee_id = ""
    payee.save()
    with pytest.raises(NotAllowedError, match="own"):
        approve(world, own, role="payee")
    assert EventBatch.objects.count() == 2


@pytest.mark.parametrize("role", ["analyst", "finance", "payee", "firm_owner"])
def test_decisions_are_for_managers(world: World, role: str) -> None:
    row = send(world, role="other_payee")
    with pytest.raises(NotAllowedError):
        approve(world, row, role=role)
    with pytest.raises(NotAllowedError):
        acts.reject_claims(
            seen=seen(row), reason="No.", acting_user=world.users[role], at=TODAY
        )
    assert ClaimStep.objects.count() == 1


def test_second_manager_is_told_who_was_first_and_changes_nothing(world: World) -> None:
    row, other = send(world, "1"), send(world, "2", customer="Other")
    acts.reject_claims(
        seen=seen(row),
        reason="No proof.",
        acting_user=world.users["administrator"],
        at=TODAY,
    )
    with pytest.raises(acts.DecidedError) as caught:
        approve(world, row, other)
    assert "is rejected by ada" in str(caught.value)
    other.refresh_from_db()
    assert (other.state, EventBatch.objects.count()) == ("sent", 2)


def test_claim_sent_again_is_not_decided_on_what_it_said_before(world: World) -> None:
    row = send(world)
    manager = world.users["manager"]
    acts.reject_claims(seen=seen(row), reason="No.", acting_user=manager, at=TODAY)
    old = seen(row)
    resend_claim(
        claim_id=row.pk,
        revision=1,
        claim=new_claim(world, "u", amount_minor=1),
        acting_user=world.users["payee"],
        at=TODAY,
        as_of=TODAY,
    )
    with pytest.raises(acts.DecidedError, match="changed what you saw"):
        acts.approve_claims(seen=old, feed=feed_now(world), acting_user=manager, at=TODAY)


def test_deal_is_approved_once(world: World) -> None:
    mine = send(world, "1", subject_id="D-99")
    theirs = send(world, "2", role="other_payee", subject_id="D-99")
    with pytest.raises(ClaimError, match="nothing was approved"):
        approve(world, mine, theirs)
    approve(world, theirs)
    with pytest.raises(ClaimError) as caught:
        approve(world, mine)
    assert f"that of {theirs} too" in str(caught.value)
    undo(world, theirs)
    assert approve(world, mine) == 5


def test_claim_of_a_deal_that_the_feed_tells_pays_nothing_more(world: World) -> None:
    row = send(world, subject_id="D-7", found_source="crm", found_event_id="D-7")
    shown = look.claims_named(world.users["manager"], [row.pk])
    effects = claim_effects.effects_of_approval(world.users["manager"], shown)
    (effect,) = effects.effects
    assert not any(one.due for one in effect.worths)
    assert effect.worths[0].sentences == (
        "It was first told as crm/D-7 and earns once, there.",
    )
    approve(world, row)
    book(world.users["administrator"], TODAY)
    assert due() == {}


def test_rejection_and_undoing_need_a_reason(world: World) -> None:
    row = send(world)
    with pytest.raises(ClaimError, match="reason"):
        acts.reject_claims(
            seen=seen(row), reason=" ", acting_user=world.users["manager"], at=TODAY
        )
    row.refresh_from_db()
    assert row.state == "sent"


def test_unknown_claims_are_not_found_and_none_is_nothing(world: World) -> None:
    with pytest.raises(NotVisibleError):
        acts.approve_claims(
            seen=[acts.SeenClaim(77, 1)],
            feed=feed_now(world),
            acting_user=world.users["manager"],
            at=TODAY,
        )
    with pytest.raises(ClaimError):
        approve(world)


def test_import_in_between_is_told_and_nothing_is_half_done(world: World) -> None:
    first, second = send(world, "1"), send(world, "2", customer="Other")
    stale = feed_now(world)
    approve(world, first)
    with pytest.raises(ConflictError):
        acts.approve_claims(
            seen=seen(second), feed=stale, acting_user=world.users["manager"], at=TODAY
        )
    second.refresh_from_db()
    assert (second.state, EventBatch.objects.count()) == ("sent", 3)
    assert ClaimStep.objects.filter(claim=second).count() == 1


def test_preview_is_what_the_run_books_caps_included(world: World) -> None:
    rows = [
        send(world, "1", role="other_payee", amount_minor=100_000),
        send(world, "2", role="other_payee", customer="B", amount_minor=500_000),
        send(world, "3", customer="C", amount_minor=90_000),
    ]
    manager = world.users["manager"]
    files = {*(world.home / "feed").rglob("*")}
    shown = look.claims_named(manager, [row.pk for row in rows])
    effects = claim_effects.effects_of_approval(manager, shown)
    assert {*(world.home / "feed").rglob("*")} == files  # nothing is written
    # Cleo has 65 of 300: 50, then what is left of 250; Ana's is below the least amount.
    assert [one.worths[0].due for one in effects.effects] == [50_00, 185_00, 0]
    assert effects.totals == (("USD", 235_00),)
    (budget,) = effects.budgets
    assert (budget.before_minor, budget.after_minor) == (1_385_00, 1_150_00)
    assert effects.effects[1].worths[0].sentences == (
        "The limit per payee left $185.00 of $250.00.",
    )
    assert "$1,000.00 is the least" in effects.effects[2].worths[0].sentences[0]
    approve(world, *rows)
    book(world.users["administrator"], TODAY)
    assert sum(due().values()) == 235_00
    undone = claim_effects.effects_of_undoing(
        manager, look.claims_named(manager, [rows[0].pk])
    )
    assert undone.totals == (("USD", 50_00),)


def test_signs_of_a_duplicate_are_found_across_firms_for_managers_only(
    world: World,
) -> None:
    shot = [("a.png", photo(1))]
    mine = send(world, "1", files=shot, subject_id="D-99")
    near = send(world, "2", customer=" harbor  FOODS", occurred_at=at_noon(3, 9))
    theirs = send(world, "3", role="other_payee", files=shot, subject_id="D-99")
    send(world, "4", customer="Elsewhere")
    manager = world.users["manager"]
    shown = look.claims_named(manager, [mine.pk])
    found = {
        one.claim_id: one.signs for one in claim_twins.twins_of(manager, shown)[mine.pk]
    }
    assert found == {
        near.pk: ("same_customer",),
        theirs.pk: ("same_deal", "same_evidence", "other_firm"),
    }
    payee = world.users["payee"]
    told = claim_twins.twins_before_sending(payee, claim_twins.facts_of(shown[0]))
    assert [one.claim_id for one in told] == [near.pk]
    with pytest.raises(NotVisibleError):
        claim_twins.twins_of(payee, shown)
