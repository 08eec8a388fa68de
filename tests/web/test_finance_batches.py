"""Is a batch what is owed, approved by somebody else, and paid once, exactly?"""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from django.db import IntegrityError, transaction
from finance_world import approve, new_batch, owed_now, pay, prepare
from web_world import World, at_noon, book, pay as pay_all

from openspiff.engine import DuckDBEngine
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import approvals as acts
from openspiff.web.actions._append import BooksMovedError
from openspiff.web.actions.books import NeedsApprovalError, NothingOwedError
from openspiff.web.models import (
    ApprovalBatch,
    ApprovalStep,
    AuditRow,
    PayeeName,
    PayoutBatch,
    Transfer,
)
from openspiff.web.queries import approvals
from openspiff.web.queries.books import payee_balances
from openspiff.web.queries.payee_waits import waiting_for
from openspiff.web.queries.statements import statement_for

AT = at_noon(3, 20)


@pytest.fixture
def fred(world: World) -> Any:
    return world.users["finance"]


@pytest.fixture
def fay(world: World) -> Any:
    return world.users["checker"]


def counts() -> tuple[int, ...]:
    tables = (ApprovalBatch, ApprovalStep, PayoutBatch, Transfer, AuditRow)
    return tuple(table.objects.count() for table in tables)


def events_of(user: Any) -> dict[str, int]:
    return {one.currency: one.payable_minor for one in payee_balances(user, ["ana"])}


def test_batch_holds_what_the_ledger_would_pay(fred: Any) -> None:
    # Ana is owed 180.00 for D-7, of which 75.00 is wanted back for D-2.
    found = owed_now(fred, AT)
    (line,) = found.lines
    owed = line.owed
    assert (owed.payee_id, owed.program_id, owed.currency) == ("ana", "spring", "USD")
    assert (owed.unpaid_minor, owed.paid_minor, owed.event_count) == (180_00, 105_00, 1)
    assert line.promised_on.isoformat() == "2026-03-24"
    batch = prepare(fred, AT)
    assert (batch.totals, batch.payee_count, batch.state) == (
        {"USD": 105_00},
        1,
        "prepared",
    )
    row = AuditRow.objects.order_by("-pk").first()
    assert row is not None
    assert (row.action, row.object_id, row.actor) == ("prepare_batch", "1", fred)


def test_batch_goes_from_maker_to_checker_to_payout(
    world: World, fred: Any, fay: Any
) -> None:
    batch = prepare(fred, AT)
    before = counts()
    assert approve(batch, fay, AT + 1).state == "approved"
    ana = world.users["payee"]
    assert waiting_for(ana).approved_minor == {"USD": 105_00}
    paid = pay(batch, fred, AT + 2)
    assert (paid.run_id, paid.totals) == ("batch-1", {"USD": {"payout": 105_00}})
    assert waiting_for(ana).approved_minor == {}
    assert statement_for(fred, "ana").balances[0].paid_minor == 300_00
    # Two steps and two audit rows, one payout of one transfer.
    assert tuple(now - then for now, then in zip(counts(), before, strict=True)) == (
        *(0, 2, 1, 1),
        2,
    )
    found = approvals.batch(fred, 1, at=AT + 3)
    assert [(one.state, one.taken_by, one.note) for one in found.steps] == [
        ("prepared", "fred", ""),
        ("approved", "fay", ""),
        ("paid", "fred", "bank file 7"),
    ]


def test_nobody_approves_or_rejects_their_own_and_the_try_is_on_record(fred: Any) -> None:
    batch = prepare(fred, AT)
    before = counts()
    with pytest.raises(NotAllowedError, match="their own"):
        approve(batch, fred, AT)
    with pytest.raises(NotAllowedError, match="their own"):
        acts.reject_batch(number=1, digest=batch.digest, note="no", acting_user=fred, at=AT)
    assert counts()[:4] == before[:4]
    tried = AuditRow.objects.filter(action__endswith="_refused", actor=fred)
    assert sorted(tried.values_list("action", flat=True)) == [
        "approve_batch_refused",
        "reject_batch_refused",
    ]
    assert ApprovalBatch.objects.get().state == "prepared"


def test_reader_may_do_nothing(world: World) -> None:
    analyst = world.users["analyst"]
    batch = prepare(world.users["finance"], AT)
    before = counts()
    with pytest.raises(NotAllowedError):
        prepare(analyst, AT)
    with pytest.raises(NotAllowedError):
        approve(batch, analyst, AT)
    with pytest.raises(NotAllowedError):
        acts.void_batch(number=1, digest=batch.digest, note="x", acting_user=analyst, at=AT)
    with pytest.raises(NotAllowedError):
        pay(batch, analyst, AT)
    with pytest.raises(NotVisibleError):
        approvals.batch(world.users["payee"], 1, at=AT)
    assert waiting_for(world.users["other_payee"]).approved_minor == {}
    assert counts() == before


def test_second_approver_sees_who_was_faster(world: World, fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    with pytest.raises(acts.BatchStateError, match="approved by fay on 2026-03-20"):
        approve(batch, world.users["administrator"], AT)


def test_several_approvals_come_from_distinct_people(
    world: World, fred: Any, fay: Any
) -> None:
    batch = prepare(fred, AT, needed_count=2)
    assert approve(batch, fay, AT).state == "prepared"
    with pytest.raises(acts.BatchStateError, match="approved it already"):
        approve(batch, fay, AT)
    with pytest.raises(acts.BatchStateError):
        pay(batch, fred, AT)
    assert approve(batch, world.users["administrator"], AT).state == "approved"


def test_moved_books_void_what_was_approved_and_the_difference_is_shown(
    fred: Any, fay: Any
) -> None:
    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    assert not approvals.batch(fred, 1, at=AT).has_moved
    pay_all(fred, AT + 1)  # past the batch, from the command line
    assert approvals.batch(fred, 1, at=AT + 2).has_moved
    with pytest.raises(acts.BatchMovedError, match="prepare it again"):
        pay(batch, fred, AT + 2)
    with DuckDBEngine(threads=1) as engine:
        (one,) = approvals.batch_differences(fred, engine, 1, at=AT + 2)
    assert (one.payee_id, one.was_minor, one.now_minor) == ("ana", 105_00, 0)
    assert one.why == "withheld: as much is wanted back"
    assert PayoutBatch.objects.filter(run_id="batch-1").count() == 0


def test_moved_books_refuse_the_approval(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    pay_all(fred, AT + 1)
    with pytest.raises(acts.BatchMovedError) as caught:
        approve(batch, fay, AT + 2)
    assert [one.place for one in caught.value.problems] == ["ana"]


def test_what_was_booked_for_others_moves_no_batch(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    ben = Transfer.objects.filter(payee_id="ben", kind="payout").get()
    ben.pk, ben.transfer_key, ben.kind = None, "other", "accrual"
    ben.save(force_insert=True)
    assert approve(batch, fay, AT).state == "approved"
    assert pay(batch, fred, AT).totals == {"USD": {"payout": 105_00}}


def test_other_digest_is_refused(fred: Any, fay: Any) -> None:
    found = new_batch(owed_now(fred, AT))
    batch = prepare(fred, AT)
    with pytest.raises(acts.BatchMovedError, match="look again"):
        acts.approve_batch(number=1, digest="f" * 64, acting_user=fay, at=AT)
    assert batch.digest != "f" * 64
    with pytest.raises(acts.BatchMovedError, match="look again"):
        acts.prepare_batch(
            batch=attrs.evolve(found, digest="0" * 64),
            needed_count=1,
            acting_user=fred,
            at=AT,
        )


def test_money_waits_in_one_batch_only(fred: Any) -> None:
    shown = new_batch(owed_now(fred, AT))
    prepare(fred, AT)
    found = owed_now(fred, AT)
    assert found.lines == ()
    assert [one.reason for one in found.left_out] == ["waits in batch 1"]
    with pytest.raises(NothingOwedError):
        prepare(fred, AT)
    before = counts()
    with pytest.raises(acts.InOtherBatchError):  # what was shown before the first one
        acts.prepare_batch(batch=shown, needed_count=1, acting_user=fred, at=AT)
    assert counts() == before


def test_books_that_move_after_the_look_refuse_the_batch(fred: Any) -> None:
    shown = new_batch(owed_now(fred, AT))
    pay_all(fred, AT)
    before = counts()
    with pytest.raises(BooksMovedError):
        acts.prepare_batch(batch=shown, needed_count=1, acting_user=fred, at=AT)
    assert counts() == before


def test_batch_prepared_again_takes_the_place_of_the_first(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    found = new_batch(owed_now(fred, AT + 1, apart_from=1))
    again = acts.prepare_batch(
        batch=found, needed_count=1, acting_user=fay, at=AT + 1, instead_of=1
    )
    assert (again.number, again.state) == (2, "prepared")
    assert ApprovalBatch.objects.get(pk=1).state == "void"
    with pytest.raises(acts.BatchStateError, match="void by fay"):
        pay(batch, fred, AT + 2)


def test_rejected_batch_frees_its_money_and_says_why(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    with pytest.raises(acts.ConflictError):
        acts.reject_batch(number=1, digest=batch.digest, note=" ", acting_user=fay, at=AT)
    acts.reject_batch(
        number=1, digest=batch.digest, note="too early", acting_user=fay, at=AT
    )
    assert approvals.batch(fred, 1, at=AT).steps[-1].note == "too early"
    assert prepare(fred, AT).number == 2


def test_paid_batch_is_not_paid_again(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    pay(batch, fred, AT)
    before = counts()
    with pytest.raises(acts.AlreadyPaidError, match="paid by fred"):
        pay(batch, fay, AT + 1)
    assert counts() == before


def test_payouts_that_are_not_its_lines_are_refused_whole(fred: Any, fay: Any) -> None:
    from openspiff.web.queries import payables  # noqa: PLC0415

    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    before = counts()
    with DuckDBEngine(threads=1) as engine:
        transfers = payables.batch_transfers(fred, engine, 1, at=AT)
        engine.execute("update new_transfers set amount_minor = amount_minor + 1")
        with pytest.raises(acts.BatchMovedError):
            acts.pay_batch(
                number=1,
                digest=batch.digest,
                transfers=transfers,
                reference="x",
                acting_user=fred,
                at=AT,
            )
    assert counts() == before


def test_filters_say_whom_a_batch_pays(fred: Any) -> None:
    assert owed_now(fred, AT, program_ids=("other",)).lines == ()
    assert owed_now(fred, AT, firm_ids=("south",)).lines == ()
    assert len(owed_now(fred, AT, firm_ids=("north", "south")).lines) == 1
    day = owed_now(fred, AT).lines[0].promised_on
    assert len(owed_now(fred, AT, promised_by=day).lines) == 1
    assert owed_now(fred, AT, promised_by=day.replace(day=23)).lines == ()
    assert len(owed_now(fred, AT, least="105").lines) == 1
    small = owed_now(fred, AT, least="105.01")
    assert [one.reason for one in small.left_out] == ["less than 105.01"]


def test_payee_whom_the_roster_does_not_name_is_left_out(fred: Any) -> None:
    PayeeName.objects.filter(pk="ana").delete()
    (one,) = owed_now(fred, AT).left_out
    assert (one.payee_id, one.reason, one.amount_minor) == (
        "ana",
        "not in the roster",
        180_00,
    )


def test_install_that_needs_approval_pays_no_other_way(fred: Any, settings: Any) -> None:
    settings.OPENSPIFF_NEEDS_APPROVAL = True
    before = counts()
    with pytest.raises(NeedsApprovalError):
        pay_all(fred, AT)
    assert counts() == before


def test_history_of_a_batch_cannot_be_edited(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    for change in ({"digest": "x"}, {"totals": {}}, {"state": "paid"}):
        with pytest.raises(IntegrityError, match="refuses"), transaction.atomic():
            ApprovalBatch.objects.filter(pk=1).update(**change)
    approve(batch, fay, AT)
    for change in ({"state": "prepared"}, {"state": "rejected"}):
        with pytest.raises(IntegrityError, match="refuses"), transaction.atomic():
            ApprovalBatch.objects.filter(pk=1).update(**change)


def test_run_after_the_payout_finds_the_books_right(fred: Any, fay: Any) -> None:
    batch = prepare(fred, AT)
    approve(batch, fay, AT)
    pay(batch, fred, AT)
    book(fred, AT + 5)
    assert events_of(fred) == {"USD": 75_00}  # what stays withheld
    assert Transfer.objects.filter(recorded_at=AT + 5).count() == 0
