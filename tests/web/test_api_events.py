"""Do events that a machine sends come into the feed as files do, whole or not at all?"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from api_world import machine
from test_api_door import problem
from web_world import World, at_noon

from openspiff.engine import DuckDBEngine
from openspiff.web.api._json import MOST_BYTES
from openspiff.web.models import AuditRow, EventBatch

NDJSON = {"Content-Type": "application/x-ndjson"}
PARQUET = {"Content-Type": "application/vnd.apache.parquet"}


def event(event_id: str, **said: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "kind": "deal_won",
        "status": "done",
        "payees": [{"payee_id": "ana"}],
        "currency": "USD",
        "occurred_at": at_noon(2, 3) + 7,
        "recorded_at": at_noon(2, 4),
        "firm_id": "north",
        "customer_id": 'Blue, "Sky", Ltd',
        "product_id": "GTX Pro",
        "amount_minor": 123_456,
        **said,
    }


def lines(*events: Any) -> bytes:
    return b"\n".join(
        one if isinstance(one, bytes) else json.dumps(one).encode() for one in events
    )


def test_event_is_told_read_told_again_and_told_otherwise(world: World) -> None:
    mia = machine(world.users["manager"])
    shares = [
        {"payee_id": "ana", "share_ppm": 700_000},
        {"payee_id": "ben", "share_ppm": 300_000},
    ]
    batch = {"source": "api", "events": [event("A-1"), event("A-2", payees=shares)]}
    sent = mia.send("/events", batch)
    assert sent.status_code == 200, sent.content
    assert sent.json() | {"notes": []} == {
        "source": "api",
        "batch_no": 3,
        "new_count": 2,
        "changed_count": 0,
        "known_count": 0,
        "rejected_count": 0,
        "problems": [],
        "notes": [],
    }
    again = mia.send("/events", batch).json()
    assert (again["batch_no"], again["known_count"]) == (None, 2)
    other = {"source": "api", "events": [event("A-1", status="cancelled")]}
    assert mia.send("/events", other).json()["changed_count"] == 1
    told = mia.get("/events/api/A-1").json()["items"]
    assert [(one["revision"], one["status"]) for one in told] == [
        (1, "done"),
        (2, "cancelled"),
    ]
    assert told[0]["occurred_at"] == at_noon(2, 3) + 7
    assert (told[0]["amount_minor"], told[0]["customer_id"]) == (
        123_456,
        'Blue, "Sky", Ltd',
    )
    listed = mia.get("/events?source=api").json()["items"]
    assert [(one["event_id"], one["payee_id"], one["share_ppm"]) for one in listed] == [
        ("A-1", "ana", 1_000_000),
        ("A-2", "ana", 700_000),
        ("A-2", "ben", 300_000),
    ]
    assert AuditRow.objects.filter(action="record_batch").count() == 2 + 2


def test_wrong_events_are_named_together_and_nothing_is_kept(world: World) -> None:
    mia = machine(world.users["manager"])
    batch = {
        "source": "api",
        "events": [
            event("A-1"),
            event("A-2", occurred_at=None),
            event("A-3", occurred_at=None, amount_minor=1),
        ],
    }
    found = problem(mia.send("/events", batch), 422, "event_rows")
    assert [one["place"].rsplit(".", 1)[0] for one in found["problems"]] == [
        "body.events.1",
        "body.events.2",
    ]
    assert EventBatch.objects.count() == 2
    kept = mia.send("/events?partial=true", batch).json()
    assert (kept["new_count"], kept["rejected_count"], len(kept["problems"])) == (1, 2, 2)
    wrong = {"source": "api", "events": [event("A-9", payees=[]), event("", kind="x")]}
    found = problem(mia.send("/events", wrong), 422, "invalid")
    assert {one["place"] for one in found["problems"]} == {
        "body.events.0.payees",
        "body.events.1.event_id",
        "body.events.1.kind",
    }


def test_lines_are_read_as_the_batch_is_and_named_by_their_number(world: World) -> None:
    mia = machine(world.users["manager"])
    body = lines(event("A-1"), b"", b'{"event_id": "x\\u0000"}', b"{", event("A-4"))
    url = "/event-files?source=api"
    found = problem(mia.send(url, body, **NDJSON), 422, "event_rows")
    assert [one["place"] for one in found["problems"]] == [
        "line 3: body.event_id",
        "line 4: line 1 column 2",
    ]
    assert EventBatch.objects.count() == 2
    kept = mia.send(f"{url}&partial=true", body, Idempotency_Key="k-1", **NDJSON)
    assert (kept.json()["new_count"], kept.json()["rejected_count"]) == (2, 2)
    again = mia.send(f"{url}&partial=true", body, Idempotency_Key="k-1", **NDJSON)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (kept.content, "true")
    other = mia.send(f"{url}&partial=true", body + b"\n", Idempotency_Key="k-1", **NDJSON)
    problem(other, 422, "idempotency_key_reused")
    problem(mia.send(url, body, **{"Content-Type": "text/csv"}), 415, "media_type")


def test_parquet_file_is_read_by_the_names_of_its_columns(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "events.parquet"
    with DuckDBEngine(threads=1) as engine:
        engine.write_parquet(
            "select 'A-' || i as event_id, 'deal_won' as kind, 'done' as status,"
            " 'ana' as payee_id, 'USD' as currency, 100 * i as amount_minor,"
            " '2026-02-03T12:00:00Z' as occurred_at from range(1, 4) as t(i)",
            path,
        )
    mia = machine(world.users["manager"])
    sent = mia.send("/event-files?source=api", path.read_bytes(), **PARQUET)
    assert sent.json()["new_count"] == 3, sent.content
    (one,) = mia.get("/events/api/A-2").json()["items"]
    assert one["amount_minor"] == 200
    with DuckDBEngine(threads=1) as engine:
        engine.write_parquet("select 'A-1' as event_id, 1 as secret", path)
    found = mia.send("/event-files?source=api", path.read_bytes(), **PARQUET)
    places = [one["place"] for one in problem(found, 400, "body")["problems"]]
    assert places == ["secret", "kind", "status", "payee_id"]
    found = mia.send("/event-files?source=api", b"PAR1 but no more", **PARQUET)
    assert found.status_code in {400, 422}


def test_events_are_listed_behind_the_walls_page_by_page(world: World) -> None:
    ana, sol = machine(world.users["payee"]), machine(world.users["other_owner"])
    assert {one["payee_id"] for one in ana.get("/events").json()["items"]} == {"ana"}
    assert {one["firm_id"] for one in sol.get("/events").json()["items"]} == {"south"}
    assert ana.get("/events?payee_id=cleo").json()["items"] == []
    mia, seen, cursor = machine(world.users["manager"]), [], ""
    while cursor is not None:
        page = mia.get(f"/events?limit=3&cursor={cursor}&fields=event_id,status").json()
        seen += [one["event_id"] for one in page["items"]]
        cursor = page["next"]
    assert seen == sorted(seen)
    assert set(seen) == {"D-1", "D-2", "D-3", "D-4", "D-5", "D-6", "D-7", "D 8/x&y"}
    late = mia.get(f"/events?recorded_from={at_noon(2, 25)}").json()["items"]
    assert {one["event_id"] for one in late} == {"D-7", "D 8/x&y"}


def test_statement_and_reasons_are_those_of_the_pages(world: World) -> None:
    ana = machine(world.users["payee"])
    told = ana.get("/statements/ana").json()
    assert told["balances"][0]["owed_minor"] == sum(
        line["change_minor"] for month in told["months"] for line in month["lines"]
    )
    one = ana.get("/statements/ana?month=2026-02").json()
    assert {month["month"] for month in one["months"]} == {"2026-02"}
    csv = ana.get("/statement-files/ana?month=2026-02")
    assert csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert csv.content.decode().count("\n") == 1 + sum(
        len(month["lines"]) for month in one["months"]
    )
    why = ana.get("/entitlements/ana?source=crm&event_id=D-3").json()["items"]
    assert why[0]["reasons"] == ["below_amount"]
    assert "$1,000" in why[0]["sentences"][0]
    problem(ana.get("/entitlements/ana?event_id=D-3"), 400, "parameters")


def test_run_is_booked_as_it_was_seen_once(world: World) -> None:
    fred, mia = machine(world.users["finance"]), machine(world.users["manager"])
    batch = {"source": "api", "events": [event("A-1", payees=[{"payee_id": "ben"}])]}
    mia.send("/events", batch)
    seen = fred.get("/run-preview").json()
    assert seen["transfer_count"] >= 1
    stale = fred.send("/runs", {"run_id": "none"})
    problem(stale, 409, "conflict")
    body = {"run_id": seen["run_id"]}
    booked = fred.send("/runs", body, Idempotency_Key="run-1")
    assert booked.status_code == 201, booked.content
    assert booked.json()["transfer_count"] == seen["transfer_count"]
    again = fred.send("/runs", body, Idempotency_Key="run-1")
    assert again.content == booked.content
    assert fred.get("/run-preview").json()["transfer_count"] == 0
    number = booked.json()["run_number"]
    assert fred.get(f"/runs/{number}").json() == booked.json()
    problem(fred.get("/runs/999"), 404, "not_visible")


def test_large_file_under_a_key_is_taken_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mia = machine(world.users["manager"])
    # One event, and blank lines to the weight that no body of JSON may have.
    body = lines(event("L-1")) + (b" " * 999 + b"\n") * (MOST_BYTES // 1_000)
    url = "/event-files?source=other"
    sent = mia.send(url, body, Idempotency_Key="large", **NDJSON)
    assert (sent.status_code, sent.json()["new_count"]) == (200, 1), sent.content
    again = mia.send(url, body, Idempotency_Key="large", **NDJSON)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == sent.content
    other = mia.send(url, body + b"\n", Idempotency_Key="large", **NDJSON)
    problem(other, 422, "idempotency_key_reused")
    assert not list(tmp_path.glob("openspiff-api-*"))
