"""Does a machine see what was imported, and take one back as a person does?"""

from __future__ import annotations

import time
from typing import Any

from api_world import machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from import_drafts import AT, GOOD, HEADER, saved, started, tried
from jobs_world import drained
from test_api_door import problem
from web_world import World

from openspiff.web.actions.imports_save import save_import
from openspiff.web.models import AuditRow, EventBatch, ImportDraft, ReferenceFile

CHANGED = HEADER + "D-20,2026-03-03,cleo,GTX Pro,9000.00,Closed Won\n"


def work() -> None:
    drained(at=time.time_ns() // 1_000)


def test_import_is_taken_back_by_draft_worker_and_saving(world: World) -> None:
    saved(world)
    batch_no = saved(world, CHANGED).batch_no
    finance = machine(world.users["finance"])
    asked = finance.send(f"/imports/batches/{batch_no}/undo", Idempotency_Key="1")
    assert asked.status_code == 202, asked.content
    url = asked.headers["Location"].removeprefix("/api/v1")
    assert (asked.json()["kind"], asked.json()["undoes_batch"]) == ("undo", batch_no)
    finance.send(f"/imports/batches/{batch_no}/undo", Idempotency_Key="1")
    assert ImportDraft.objects.filter(kind="undo").count() == 1
    # Too early, and then with what was read too early.
    problem(finance.send(f"{url}/save"), 428, "precondition_required")
    early = asked.headers["ETag"]
    problem(finance.send(f"{url}/save", If_Match=early), 409, "import_state")
    work()
    problem(finance.send(f"{url}/save", If_Match=early), 412, "precondition_failed")
    ready = finance.get(url)
    told = ready.json()
    assert (told["state"], told["counts"]["restored"]) == ("ready", 1)
    assert "programs" in told["effect"]
    done = finance.send(f"{url}/save", If_Match=ready.headers["ETag"], Idempotency_Key="2")
    assert (done.json()["state"], done.json()["batch_no"]) == ("saved", batch_no + 1)
    again = finance.send(f"{url}/save", If_Match=ready.headers["ETag"], Idempotency_Key="2")
    assert again.content == done.content
    assert EventBatch.objects.count() == batch_no + 1
    rows = AuditRow.objects.filter(object_kind="import", object_id=str(told["draft_id"]))
    assert [one.action for one in rows.order_by("pk")].count("save_import") == 1
    one = finance.get(f"/imports/batches/{batch_no}").json()
    assert one["undone_by"] == told["draft_id"]
    assert finance.get(f"/imports/batches/{batch_no + 1}").json()["undoes"] == batch_no


def test_draft_is_tried_again_and_discarded(world: World) -> None:
    draft_id = started(world, GOOD)
    manager = machine(world.users["manager"])
    url = f"/import-drafts/{draft_id}"
    assert manager.get(url).json()["files"] == ["deals.csv"]
    tried = manager.send(f"{url}/dry-run")
    assert (tried.status_code, tried.json()["state"]) == (202, "working")
    problem(manager.send(f"{url}/dry-run"), 409, "import_state")
    problem(manager.send(f"{url}/discard", If_Match='"1"'), 412, "precondition_failed")
    gone = manager.send(f"{url}/discard", If_Match=tried.headers["ETag"])
    assert gone.status_code == 200
    problem(manager.get(url), 404, "not_visible")
    assert manager.get("/import-drafts").json()["items"] == []
    assert AuditRow.objects.filter(action="discard_import").count() == 1


def test_what_cannot_be_taken_back_is_refused(world: World) -> None:
    manager = machine(world.users["manager"])
    problem(manager.send("/imports/lists/1/undo"), 409, "import_state")  # the only one
    problem(manager.send("/imports/batches/99/undo"), 404, "not_visible")
    problem(manager.send("/imports/files/1/undo"), 422, "invalid")
    analyst = machine(world.users["analyst"])
    problem(analyst.send("/imports/batches/1/undo"), 403, "not_allowed")
    assert ImportDraft.objects.count() == 0


def test_imports_come_page_by_page_the_latest_first(world: World) -> None:
    manager = world.users["manager"]
    for number, at in enumerate((7, 7, 8)):
        name = f"roster-{number}.parquet"
        ReferenceFile.objects.create(
            kind="payees", file_name=name, digest=name, imported_at=at, imported_by=manager
        )
        EventBatch.objects.create(
            batch_no=50 + number,
            digest=name,
            event_file=name,
            source="crm",
            counts={},
            imported_at=at,
            imported_by=manager,
        )
    one = machine(manager)
    whole = one.get("/imports?limit=500").json()["items"]
    moments = [each["imported_at"] for each in whole]
    assert moments == sorted(moments, reverse=True)
    assert len(whole) == EventBatch.objects.count() + ReferenceFile.objects.count()
    read: list[Any] = []
    url = "/imports?limit=2"
    while True:
        page = one.get(url).json()
        read += page["items"]
        if page["next"] is None:
            break
        url = f"/imports?limit=2&cursor={page['next']}"
    assert read == whole


def test_drafts_come_page_by_page(world: World) -> None:
    ids = [started(world, GOOD) for _ in range(3)]
    one = machine(world.users["analyst"])
    first = one.get("/import-drafts?limit=2&fields=draft_id").json()
    assert first["items"] == [{"draft_id": ids[2]}, {"draft_id": ids[1]}]
    rest = one.get(f"/import-drafts?limit=2&cursor={first['next']}").json()
    assert [each["draft_id"] for each in rest["items"]] == [ids[0]]
    assert rest["next"] is None


def test_number_of_queries_is_constant(world: World) -> None:
    one = machine(world.users["analyst"])

    def asked(url: str) -> int:
        counts = []
        for _ in range(2):  # the first call of a minute has its calls to count
            with CaptureQueriesContext(connection) as found:
                assert len(one.get(url).json()["items"]) > 0
            counts.append(len(found))
        return min(counts)

    draft_id = started(world, GOOD)
    before = asked("/imports"), asked("/import-drafts")
    tried(world, draft_id)
    save_import(draft_id=draft_id, acting_user=world.users["manager"], at=AT)
    for _ in range(2):
        started(world, GOOD)
    assert (asked("/imports"), asked("/import-drafts")) == before
