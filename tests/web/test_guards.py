"""What holds even when a page or an action forgets?"""

from __future__ import annotations

import logging
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from api_world import add_calls
from claims_world import add_claims
from databases import Database, connected
from decisions_world import add_decisions
from django.db import IntegrityError, connection, transaction
from django.test import Client
from finance_world import add_finance
from hooks_world import add_hooks
from jobs_world import add_jobs
from payee_world import add_payee_details
from web_world import World, add_answer

from openspiff import web
from openspiff.web.actions._audit import record_change
from openspiff.web.actions.programs_intake import pause_intake
from openspiff.web.models import AuditRow

APPEND_ONLY = {
    "web_apitoken",
    "web_approvalbatch",
    "web_approvalline",
    "web_approvalstep",
    "web_auditrow",
    "web_claim",
    "web_claimstep",
    "web_delivery",
    "web_deliverytry",
    "web_dispute",
    "web_disputestep",
    "web_endpoint",
    "web_enrolledpayee",
    "web_eventbatch",
    "web_evidence",
    "web_firmconsent",
    "web_hold",
    "web_holdrelease",
    "web_hookmessage",
    "web_hookrevision",
    "web_hooksource",
    "web_jobattempt",
    "web_keptanswer",
    "web_leaderboardplace",
    "web_leaderboardsnapshot",
    "web_measurementrecord",
    "web_payoutbatch",
    "web_payoutmethod",
    "web_programpause",
    "web_programversion",
    "web_referencefile",
    "web_reportedition",
    "web_reportfile",
    "web_run",
    "web_sharelink",
    "web_shareopening",
    "web_sharerevocation",
    "web_taxformstep",
    "web_taxruleconfirmation",
    "web_transfer",
    "web_verdictrecord",
}


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        return "refuses" in str(error)
    return False


def guards() -> set[str]:
    """Return the names of all triggers of ours."""
    sqlite = "select name from sqlite_master where type = 'trigger'"
    other = "select tgname from pg_trigger where not tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else other)
        return {name for (name,) in cursor.fetchall()}


def test_history_is_guarded_after_every_migration(database: Database) -> None:
    verbs = {"update", "delete"}
    if database.vendor == "postgresql":
        verbs.add("truncate")
    assert guards() == {f"{table}_no_{verb}" for table in APPEND_ONLY for verb in verbs}


def test_audit_cannot_be_edited(database: Database) -> None:
    for number in range(2):
        record_change(
            acting_user=None, at=number, action="a", of=("b", "c"), change=(None, {"d": 1})
        )
    assert refused("update web_auditrow set action = 'x'")
    assert refused("delete from web_auditrow")
    if database.vendor == "postgresql":
        assert refused("truncate web_auditrow")
    assert AuditRow.objects.filter(action="a").count() == 2


def test_nothing_of_the_history_can_be_deleted(world: World) -> None:
    add_answer(world)
    for add in (
        add_claims,
        add_finance,
        add_decisions,
        add_payee_details,
        add_jobs,
        add_calls,
        add_hooks,
    ):
        add(world)
    # Last: a program that is paused takes no claims.
    pause_intake(
        program_id="spring", reason="Check", acting_user=world.users["manager"], at=1
    )
    tables = APPEND_ONLY
    assert {table for table in tables if not refused(f"delete from {table}")} == set()


def test_pages_load_nothing_from_elsewhere_and_cannot_be_framed(
    client: Client, world: World
) -> None:
    client.force_login(world.users["manager"])
    response = client.get("/programs/spring/")
    policy = response.headers["Content-Security-Policy"]
    assert {part.strip() for part in policy.split(";")} == {
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    }
    page = response.content.decode()
    assert "http" not in page.replace("http-equiv", "")
    assert " style=" not in page
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", page)
    assert scripts
    assert all("src=" in head and not body for head, body in scripts)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_lost_database_is_told_and_not_a_broken_page(
    client: Client, world: World, tmp_path: Path
) -> None:
    client.force_login(world.users["manager"])
    client.raise_request_exception = False
    logging.disable(logging.CRITICAL)
    try:
        with connected(Database("sqlite", path=tmp_path / "gone" / "gone.sqlite3")):
            response = client.get("/programs/")
    finally:
        logging.disable(logging.NOTSET)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert "The database does not answer." in response.content.decode()


def run_python(code: str, home: Path, **environment: str) -> str:
    """Run code in a new process, as the command line would; return what it printed."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENSPIFF_", "DJANGO_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_workspace_has_a_key_of_its_owner_only_and_can_be_made_twice(
    tmp_path: Path,
) -> None:
    code = (
        "import sys; from pathlib import Path; import openspiff.web as web\n"
        "home = Path(sys.argv[1]); web.create_workspace(home)\n"
        "key = (home / 'secret.key').read_text(); web.create_workspace(home)\n"
        "from django.conf import settings\n"
        "print(key.strip() == settings.SECRET_KEY, len(key) > 60)"
    )
    home = tmp_path / "new" / "home"
    assert run_python(code, home).strip() == "True True"
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    folders = {path.name for path in home.iterdir() if path.is_dir()}
    assert folders == {"programs", "mappings", "feed", "reports", "evidence", "uploads"}


def test_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(web.WorkspaceError, match="openspiff init"):
        web.setup(tmp_path)


def test_cookies_are_secure_over_https(tmp_path: Path) -> None:
    code = (
        "from openspiff.web import settings as s\n"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    )
    on, off = (run_python(code, tmp_path, OPENSPIFF_HTTPS=one).strip() for one in "10")
    assert (on, off) == ("True True True", "False False False")


def test_database_url_is_understood() -> None:
    from openspiff.web.settings import _database  # noqa: PLC0415

    found = _database("postgresql://ann:p%40ss@db.example:6543/spiff?sslmode=require")
    assert found["NAME"], found["USER"] == ("spiff", "ann")
    assert (found["PASSWORD"], found["HOST"], found["PORT"]) == (
        "p@ss",
        "db.example",
        "6543",
    )
    assert found["OPTIONS"] == {
        "connect_timeout": "5",
        "prepare_threshold": 5,
        "sslmode": "require",
    }
    pooled = _database("postgresql://ann@db.example/spiff?prepared=0")["OPTIONS"]
    assert pooled == {"connect_timeout": "5", "prepare_threshold": None}
    socket = _database("postgresql://postgres:@/postgres?host=/run/pg")
    assert (socket["HOST"], socket["PORT"]) == ("/run/pg", "")
