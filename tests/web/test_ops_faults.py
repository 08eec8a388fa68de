"""What is told, what is kept, when the database dies (fault 4) or the disk is full (5)?"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Database, Server, connected
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from web_world import World

from openspiff.web.actions._audit import record_change
from openspiff.web.actions.people import ensure_operator
from openspiff.web.models import AuditRow
from openspiff.web.queries.health import status_of


@pytest.fixture
def own_server() -> Iterator[Server]:
    """Return a PostgreSQL of this test alone, to be killed."""
    folder = Path(tempfile.mkdtemp(prefix="osp-"))
    server = Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def post_note(number: object) -> None:
    record_change(
        acting_user=None,
        at=1,
        action="noted",
        of=("test", "1"),
        change=(None, {"number": str(number)}),
    )


def post_until_full(size: int) -> None:
    while True:
        post_note("9" * size)


@pytest.mark.postgres
def test_fault_4_killed_postgresql_is_503_and_keeps_what_was_acknowledged(
    own_server: Server, django_db_blocker: Any, client: Client
) -> None:
    client.raise_request_exception = False
    # As in real life: what is acknowledged is on the disk.
    own_server.execute("alter system set fsync = on", "select pg_reload_conf()")
    database = Database("postgresql", own_server.url())
    data = own_server.folder
    with django_db_blocker.unblock(), connected(database):
        call_command("migrate", verbosity=0, interactive=False)
        client.force_login(ensure_operator(at=1))
        acknowledged = 0
        for number in range(20):
            post_note(number)
            acknowledged += 1
        assert client.get("/programs/").status_code == 200
        (pid, *_) = (data / "postmaster.pid").read_text().split()
        os.kill(int(pid), signal.SIGKILL)
        wait_until_gone(int(pid))

        page = client.get("/programs/")
        assert page.status_code == 503
        assert page.headers["Retry-After"] == "30"
        assert "The database does not answer." in page.content.decode()
        assert page.headers["X-Request-ID"] in page.content.decode()
        assert client.get("/health").status_code == 200
        ready = client.get("/ready")
        assert ready.status_code == 503
        assert "database" in {one["name"] for one in ready.json()["reasons"]}

        own_server.start_again()
        # A server does so between requests; the client of the tests leaves it out.
        connection.close_if_unusable_or_obsolete()
        again = client.get("/programs/")
        assert again.status_code == 200
        assert AuditRow.objects.filter(action="noted").count() == acknowledged


def wait_until_gone(pid: int) -> None:
    """Wait until the server and its children have ended."""
    import psutil  # noqa: PLC0415 (comes with the package that brings PostgreSQL)

    try:
        psutil.Process(pid).wait(timeout=30)
    except psutil.NoSuchProcess:
        return


def test_fault_5_full_disk_is_507_and_pages_can_still_be_read(
    client: Client, world: World
) -> None:
    client.raise_request_exception = False
    client.force_login(world.users["manager"])
    address = reverse("profile")
    form = {"name": "Mia of the long name" * 5, "email": ""}
    limit(pages=1)
    for size in (3000, 100, 1):
        with pytest.raises(OperationalError) as caught:
            post_until_full(size)
        assert status_of(caught.value) == 507
    before = AuditRow.objects.count()
    full = client.post(address, form)
    assert full.status_code == 507
    assert "The disk of the server is full." in full.content.decode()
    assert AuditRow.objects.count() == before
    assert client.get("/programs/spring/").status_code == 200
    limit(pages=1_000_000)
    assert client.post(address, form).status_code == 302
    assert AuditRow.objects.count() > before


def limit(*, pages: int) -> None:
    """Let the database grow to so many pages, or what it has: as a full disk does."""
    with connection.cursor() as cursor:
        cursor.execute(f"pragma max_page_count = {pages}")


@pytest.mark.postgres
def test_full_disk_of_postgresql_is_told_from_a_lost_one(
    database: Database, client: Client
) -> None:
    client.raise_request_exception = False
    if database.vendor == "sqlite":
        pytest.skip("the test above is SQLite's")
    operator = ensure_operator(at=1)
    client.force_login(operator)
    with connection.cursor() as cursor:
        cursor.execute(
            "create function full_disk() returns trigger language plpgsql as $$"
            " begin raise exception 'could not extend file' using errcode = '53100'; end $$"
        )
        cursor.execute(
            "create trigger full_disk before insert on web_auditrow"
            " for each row execute function full_disk()"
        )
    with pytest.raises(OperationalError) as caught:
        post_note(1)
    assert status_of(caught.value) == 507


def test_status_of_what_broke() -> None:
    no_space = OSError(errno.ENOSPC, "No space left on device")
    wrapped = ValueError("while writing evidence")
    wrapped.__cause__ = no_space
    found = [no_space, wrapped, OSError(errno.ENOENT, "gone"), OperationalError("x"), None]
    assert [status_of(one) for one in found] == [507, 507, 500, 503, 500]
