"""Do the pages of background work tell their people all of it, and nobody else anything?"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jobs_world import AT, SECOND, add_jobs, asked, claimed
from web_world import World

from openspiff.web.actions import jobs_leases as leases
from openspiff.web.models import AuditRow, Job


@pytest.fixture
def fred(client: Client, world: World) -> Client:
    """Return a client as somebody of finance, in an install with jobs of every state."""
    add_jobs(world)
    client.force_login(world.users["finance"])
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode())


def job(**which: Any) -> Job:
    return Job.objects.get(**which)


def test_list_tells_what_runs_waits_failed_and_ended(fred: Client) -> None:
    shown = page(fred, "/jobs/")
    for words in ("Under way", "Given up, for somebody to look at", "Ended"):
        assert words in shown
    assert "The report cannot be written" in shown
    assert "Failed 1 of at most 5 times" in shown
    assert 'value="250000">25%</progress>' in shown
    assert "No worker has been seen yet." in shown
    assert "openspiff work" in shown
    assert 'hx-get="/jobs/open/"' in shown


def test_manager_sees_no_run_and_finance_does(
    client: Client, world: World, fred: Client
) -> None:
    assert "Booking of a run" in page(fred, "/jobs/")
    client.force_login(world.users["manager"])
    shown = page(client, "/jobs/")
    assert "Booking of a run" not in shown
    assert "Import 1" in shown
    number = job(kind="run", key="running").pk
    for part in ("", "progress/"):
        page(client, f"/jobs/{number}/{part}", 404)
    assert client.post(f"/jobs/{number}/cancel/").status_code == 404


def test_empty_list_says_what_will_stand_there(client: Client, world: World) -> None:
    client.force_login(world.users["manager"])
    shown = page(client, "/jobs/")
    assert "Nothing was asked for yet." in shown
    assert "openspiff jobs list" in shown
    response = client.get("/jobs/open/")
    assert response.headers["HX-Refresh"] == "true"


def test_job_shows_its_attempts_and_reasons(fred: Client) -> None:
    number = job(error_code="database").pk
    shown = page(fred, f"/jobs/{number}/")
    assert "he database was away" in shown
    assert "test:1" in shown
    assert f"openspiff jobs show {number}" in shown
    shown = page(fred, f"/jobs/{job(key='done').pk}/")
    assert "3 transfers are on the books." in shown


def test_progress_asks_for_the_whole_page_once_it_has_ended(fred: Client) -> None:
    running = job(key="running")
    response = fred.get(f"/jobs/{running.pk}/progress/")
    assert "HX-Refresh" not in response.headers
    assert b"<html" not in response.content
    leases.complete(job=running, result={"transfer_count": 1}, at=AT + 9 * SECOND)
    response = fred.get(f"/jobs/{running.pk}/progress/")
    assert response.headers["HX-Refresh"] == "true"
    assert b"hx-get" not in response.content


def test_time_left_is_guessed_from_what_is_done(fred: Client) -> None:
    now = time.time_ns() // 1_000
    Job.objects.filter(key="running").update(begun_at=now - 30 * SECOND)
    assert "about 2 minutes left" in page(fred, "/jobs/")  # a quarter took half a minute


def test_worker_that_was_seen_is_told_and_one_that_stopped_too(fred: Client) -> None:
    now = time.time_ns() // 1_000
    sign = leases.Sign(name="host:1", kinds=("run",), job_limit=2, begun_at=now)
    leases.note_worker(sign=sign, at=now)
    shown = page(fred, "/jobs/")
    assert "1 worker at work" in shown
    assert "No worker" not in shown
    leases.note_worker(sign=sign, at=now, is_over=True)
    assert "No worker has been seen since" in page(fred, "/jobs/")


def test_job_is_cancelled_and_tried_again_from_its_page(fred: Client, world: World) -> None:
    number = job(key="running").pk
    before = AuditRow.objects.count()
    assert fred.get(f"/jobs/{number}/cancel/").status_code == 405
    response = fred.post(f"/jobs/{number}/cancel/")
    assert response.headers["Location"] == f"/jobs/{number}/"
    assert "Try it again now" in page(fred, f"/jobs/{number}/")
    assert fred.post(f"/jobs/{number}/cancel/").status_code == 409
    assert fred.post(f"/jobs/{number}/retry/").status_code == 302
    assert fred.post(f"/jobs/{number}/retry/").status_code == 409
    assert job(pk=number).state == "waiting"
    rows = AuditRow.objects.order_by("pk")[before:]
    assert [(one.action, one.object_id, one.actor) for one in rows] == [
        ("cancel_job", str(number), world.users["finance"]),
        ("retry_job", str(number), world.users["finance"]),
    ]


def test_analyst_and_outsiders_are_kept_out(client: Client, world: World) -> None:
    for role in ("analyst", "payee", "firm_owner"):
        client.force_login(world.users[role])
        page(client, "/jobs/", 403)


def test_number_of_queries_does_not_grow_with_the_jobs(fred: Client, world: World) -> None:
    def count(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            page(fred, url)
        return len(found)

    few = {url: count(url) for url in ("/jobs/", "/jobs/open/")}
    for number in range(12):
        about = {"run_id": f"run-{number}"}
        asked(f"run-{number}", kind="run", user=world.users["finance"], payload=about)
        about = {"draft_id": number, "attempt": 1}
        asked(f"{number}/2", kind="import", user=world.users["manager"], payload=about)
    claimed(*(f"t{number}" for number in range(8)), at=AT)
    many = {url: count(url) for url in few}
    # One more where an import runs, which says in a file how far it is.
    assert {url: many[url] - few[url] for url in few} == {"/jobs/": 1, "/jobs/open/": 1}


def test_import_page_says_that_it_waits_and_that_nobody_works(
    client: Client, world: World
) -> None:
    from import_drafts import settled, started  # noqa: PLC0415

    client.force_login(world.users["manager"])
    number = started(world)
    assert client.post(f"/imports/{number}/run/").status_code == 302
    shown = page(client, f"/imports/{number}/")
    assert "Waits for a worker that is free." in shown
    assert "No worker has been seen yet." in shown
    assert "was interrupted" not in shown
    client.force_login(world.users["analyst"])  # reads imports, sees no jobs
    assert "Waits for a worker" in page(client, f"/imports/{number}/")
    assert settled(world, number) == "ready"
    client.force_login(world.users["manager"])
    assert client.post(f"/imports/{number}/run/").status_code == 302
    waiting = job(kind="import", state="waiting")
    assert client.post(f"/jobs/{waiting.pk}/cancel/").status_code == 302
    assert "The work was interrupted." in page(client, f"/imports/{number}/")
