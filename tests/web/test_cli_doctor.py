"""Does the doctor find what is wrong, say what helps, and change nothing?"""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from click.testing import CliRunner
from databases import Database
from django.db import connection, transaction
from test_guards import APPEND_ONLY
from web_world import World

from openspiff import web
from openspiff.cli import openspiff
from openspiff.cli._doctor import NotReadyError
from openspiff.web.actions._audit import record_change
from openspiff.web.queries.doctor import database_findings, guarded_tables

LATER = 1_900_000_000_000_000


def states(at: int = LATER) -> dict[str, str]:
    return {one.name: one.state for one in database_findings(at=at)}


def says(name: str, at: int = LATER) -> str:
    (one,) = [one for one in database_findings(at=at) if one.name == name]
    assert one.state == "ok" or one.remedy
    return one.says


@pytest.fixture
def well(world: World, settings: Any) -> World:
    """Return an install with nothing to find."""
    web.ensure_payout_key(world.home)
    for folder in web.FOLDERS:
        (world.home / folder).mkdir(exist_ok=True)
    (world.home / "secret.key").write_text("x")
    (world.home / "secret.key").chmod(0o600)
    settings.OPENSPIFF_HAS_KEY = True
    return world


def doctor(world: World, *said: str) -> tuple[int, dict[str, str]]:
    given = ["--home", str(world.home), "--json", "doctor", *said]
    done = CliRunner().invoke(openspiff, given)
    record = json.loads(done.stdout)
    assert record["well"] is (done.exit_code == 0)
    return done.exit_code, {one["name"]: one["state"] for one in record["findings"]}


def test_well_install_has_nothing_to_mend(well: World) -> None:
    code, found = doctor(well)
    assert code == 0
    assert set(found.values()) == {"ok"}
    assert set(found) == {
        *("python", "libraries", "extras", "workspace", "disk", "settings"),
        *("database", "migrations", "guards", "clock", "payout key", "books"),
    }


def test_books_that_break_a_law_are_found(well: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("drop trigger web_transfer_no_update")
        cursor.execute(
            "update web_transfer set payee_id = 'eve' where sequence ="
            " (select min(sequence) from web_transfer where kind = 'payout')"
        )
    code, found = doctor(well)
    assert (code, found["guards"], found.get("books")) == (1, "problem", None)
    with connection.cursor() as cursor:
        cursor.execute(
            "create trigger web_transfer_no_update before update on web_transfer"
            " begin select raise(abort, 'web_transfer refuses UPDATE'); end"
        )
    code, found = doctor(well)
    assert (code, found["guards"], found["books"]) == (1, "ok", "problem")
    assert doctor(well, "--skip-verify")[0] == 0


def test_open_key_missing_folder_and_no_workspace_are_found(
    well: World, tmp_path: Path
) -> None:
    (well.home / "secret.key").chmod(0o644)
    (well.home / "evidence").rmdir()
    code, found = doctor(well)
    assert (code, found["key files"], found["workspace"]) == (1, "warn", "problem")
    nowhere = World(tmp_path / "nowhere", {})
    assert doctor(nowhere)[1]["workspace"] == "problem"


def test_doctor_knows_every_guarded_table() -> None:
    assert guarded_tables() == APPEND_ONLY


def test_database_that_is_whole_is_ok_but_for_the_settings_of_tests(
    database: Database, settings: Any, tmp_path: Path
) -> None:
    settings.OPENSPIFF_HOME = tmp_path
    web.ensure_payout_key(tmp_path)
    found = states()
    # The PostgreSQL of the tests does not wait for the disk: the doctor sees it.
    server = found.pop("database")
    assert server == ("ok" if database.vendor == "sqlite" else "warn")
    assert set(found.values()) == {"ok"}
    assert ("fsync off" in says("database")) is (database.vendor == "postgresql")


def test_each_missing_trigger_is_found(
    database: Database, settings: Any, tmp_path: Path
) -> None:
    settings.OPENSPIFF_HOME = tmp_path
    on = "" if database.vendor == "sqlite" else " on web_auditrow"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"drop trigger web_auditrow_no_delete{on}")
    assert "first web_auditrow_no_delete" in says("guards")
    if database.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("alter table web_run disable trigger web_run_no_update")
        assert says("guards").startswith("2 of")


def test_fault_19_clock_set_back_two_days_is_warned_of(database: Database) -> None:
    assert database
    two_days = 2 * 24 * 3_600_000_000
    record_change(
        acting_user=None, at=LATER, action="a", of=("b", "c"), change=(None, {"d": 1})
    )
    assert states(LATER - two_days)["clock"] == "warn"
    assert says("clock", LATER - two_days) == "48.0 hours behind the newest row"
    assert states(LATER)["clock"] == "ok"


def test_lost_payout_key_and_lost_database_are_found(well: World, tmp_path: Path) -> None:
    from databases import connected  # noqa: PLC0415

    (well.home / "payout.key").unlink()
    assert doctor(well)[1]["payout key"] == "problem"
    with connected(Database("sqlite", path=tmp_path / "gone" / "gone.sqlite3")):
        code, found = doctor(well)
    assert (code, found["database"]) == (1, "problem")
    assert "migrations" not in found


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers as told, and keeps what it was asked."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    asked: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        status, body = self.answer
        self.asked.update(self.headers.items())
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    Answering.answer = (status, body)
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_server_is_asked_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSPIFF_HOSTS", "spiff.test,other.test")
    with answering(200, b'{"ready": true, "reasons": []}') as port:
        done = CliRunner().invoke(openspiff, ["ready", "--port", str(port)])
    assert (done.exit_code, done.stdout) == (0, "ready\n")
    assert Answering.asked["Host"] == "spiff.test"
    reason = b'{"reasons": [{"name": "database", "says": "gone", "remedy": "start it"}]}'
    with answering(503, reason) as port:
        done = CliRunner().invoke(openspiff, ["ready", "--port", str(port)])
    assert isinstance(done.exception, NotReadyError)
    assert "gone @ database (start it)" in str(done.exception)
    with answering(200, b"<html>another server</html>") as port:
        done = CliRunner().invoke(openspiff, ["ready", "--port", str(port)])
    assert isinstance(done.exception, NotReadyError)
    done = CliRunner().invoke(openspiff, ["ready", "--port", str(port)])
    assert "ConnectionRefusedError" in str(done.exception)
