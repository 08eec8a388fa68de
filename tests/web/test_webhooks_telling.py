"""Does each thing that happens tell its kind, with ids and figures and no names?"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from claims_world import add_claims
from finance_world import add_finance
from hooks_world import Teller, endpoint_at, event, receiving, source_of
from web_world import World, add_answer, book, pay

from openspiff.web.actions.people import ensure_operator
from openspiff.web.models import HOOK_KINDS, Delivery, EventBatch, PayoutBatch


@pytest.fixture
def listening(world: World, settings: Any) -> World:
    """Return an install with an endpoint that is told of everything."""
    settings.OPENSPIFF_WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with receiving() as receiver:
        endpoint_at(receiver.url, world.users["administrator"], *HOOK_KINDS)
    return world


def data_of(kind: str) -> list[dict[str, Any]]:
    rows = Delivery.objects.filter(kind=kind).order_by("pk")
    return [json.loads(row.body)["data"] for row in rows]


def test_verdict_is_told(listening: World) -> None:
    add_answer(listening)
    [said] = data_of("verdict.recorded")
    assert said == {"program_id": "spring", "verdict": "redesign", "measurement": 1}


def test_batch_is_told_whoever_brought_it(listening: World) -> None:
    source_of(listening.users["administrator"])
    assert Teller().send(event()).status_code == 200
    [said] = data_of("event.batch_added")
    last = EventBatch.objects.order_by("batch_no").last()
    assert last is not None
    assert said == {
        "batch_no": last.batch_no,
        "source": "crm-live",
        "counts": {"new": 1, "changed": 0},
    }


def test_claims_are_told_as_they_are_sent_and_decided(listening: World) -> None:
    add_claims(listening)
    assert data_of("claim.sent")
    decided = data_of("claim.decided")
    assert {one["state"] for one in decided} <= {"approved", "rejected", "undone"}
    for one in data_of("claim.sent") + decided:
        assert set(one) <= {"claim_id", "program_id", "state", "revision", "batch_no"}


def test_runs_and_payouts_are_told_with_their_totals(listening: World) -> None:
    source_of(listening.users["administrator"])
    assert Teller().send(event(payees=[{"payee_id": "cleo"}])).status_code == 200
    operator = ensure_operator(at=1)
    at = time.time_ns() // 1000
    book(operator, at)
    pay(operator, at + 1)
    [run], [payout] = data_of("run.booked"), data_of("payout.paid")
    assert run["transfer_count"] == 1
    assert run["totals"] == {"USD": {"accrual": 12_500}}  # 5% of 2,500.00
    paid = PayoutBatch.objects.order_by("pk").last()
    assert paid is not None
    assert payout == {
        "run_id": paid.run_id,
        "payee_count": paid.payee_count,
        "totals": paid.totals,
    }


def test_no_name_of_a_person_leaves(listening: World) -> None:
    for add in (add_answer, add_claims, add_finance):
        add(listening)
    said = " ".join(Delivery.objects.values_list("body", flat=True))
    assert said
    for name in ("Ana", "Ruiz", "Ben Ode", "Cleo", "Dan Vu", "Mia", "customer of"):
        assert name not in said
