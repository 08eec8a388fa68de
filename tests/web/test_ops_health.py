"""Do machines that watch the server learn how it is, and nothing else?"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from databases import Database, connected
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from web_world import World

from openspiff import web
from openspiff.web.views import _tracing


@pytest.fixture
def whole(world: World, settings: Any) -> World:
    """Return the small install with its key, as `openspiff init` leaves it."""
    web.ensure_payout_key(world.home)
    settings.OPENSPIFF_HAS_KEY = True
    return world


def reasons(client: Client) -> dict[str, str]:
    response = client.get("/ready")
    said = response.json()
    assert response.status_code == (200 if said["ready"] else 503)
    assert said["ready"] is (not said["reasons"])
    return {one["name"]: one["says"] for one in said["reasons"]}


def test_health_asks_neither_database_nor_disk(
    client: Client, whole: World, tmp_path: Path
) -> None:
    shutil.rmtree(whole.home)
    with CaptureQueriesContext(connection) as asked:
        response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"alive": True})
    assert len(asked) == 0
    with connected(Database("sqlite", path=tmp_path / "gone" / "gone.sqlite3")):
        assert client.get("/health").status_code == 200
    assert "no-store" in response.headers["Cache-Control"]


def test_whole_server_is_ready(client: Client, whole: World) -> None:
    assert whole.users
    assert reasons(client) == {}


def test_every_reason_is_named_at_once(
    client: Client, whole: World, settings: Any, tmp_path: Path
) -> None:
    settings.OPENSPIFF_HAS_KEY = False
    shutil.rmtree(whole.home / "feed")
    with connected(Database("sqlite", path=tmp_path / "gone" / "gone.sqlite3")):
        assert reasons(client) == {
            "workspace": "its folders are not there",
            "secret_key": "no key",
            "database": "it does not answer",
        }


def test_lost_payout_key_is_named(client: Client, whole: World) -> None:
    (whole.home / "payout.key").unlink()
    assert reasons(client) == {"payout_key": "the key of the payout accounts is missing"}


def test_older_and_newer_data_are_named(client: Client, whole: World) -> None:
    assert whole.users
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from django_migrations where app = 'web' and name like '0010%'"
        )
    assert reasons(client) == {
        "older_data": "the data is older than this version of openspiff"
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into django_migrations (app, name, applied)"
            " values ('web', '9999_later', '2030-01-01')"
        )
    assert reasons(client) == {
        "newer_data": "the data is newer than this version of openspiff"
    }


def test_what_is_answered_holds_no_secret(
    client: Client, whole: World, settings: Any
) -> None:
    (whole.home / "payout.key").write_text("not-a-key")
    text = client.get("/ready").content.decode() + client.get("/health").content.decode()
    hidden = [settings.SECRET_KEY, "not-a-key", str(whole.home)]
    assert [one for one in hidden if one in text] == []


@pytest.mark.parametrize("address", ["/health", "/ready", "/metrics"])
def test_machines_only_read(client: Client, whole: World, address: str) -> None:
    assert whole.users
    assert client.post(address).status_code == 405


def test_probes_come_in_without_https_and_pages_do_not(whole: World, settings: Any) -> None:
    assert whole.users
    settings.SECURE_SSL_REDIRECT = True
    found = {
        one: Client().get(one).status_code for one in ("/health", "/ready", "/sign-in/")
    }
    assert found == {"/health": 200, "/ready": 200, "/sign-in/": 301}


def test_figures_are_not_there_unless_a_setting_says_whose(
    client: Client, whole: World
) -> None:
    client.force_login(whole.users["administrator"])
    assert client.get("/metrics").status_code == 404


def test_figures_are_for_the_token_or_the_named_network(
    client: Client, whole: World, settings: Any
) -> None:
    assert whole.users
    settings.OPENSPIFF_METRICS_TOKEN = "a-long-token"  # noqa: S105 (of a test)

    def asked(**headers: str) -> int:
        return client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code

    address = "10.1.2.3"
    assert asked() == 401
    assert asked(Authorization="Bearer another") == 401
    assert asked(Authorization="Bearer ä") == 401
    assert asked(Authorization="Basic a-long-token") == 401
    assert asked(Authorization="Bearer a-long-token") == 200
    settings.OPENSPIFF_METRICS_FROM = ["10.1.0.0/16", "::1"]
    assert asked() == 200
    assert asked(**{"X-Forwarded-For": "10.1.2.3"}) == 401
    address = "10.2.2.3"
    assert asked() == 401
    address = ""
    assert asked() == 401


def figures(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = client.get("/metrics", headers={"Authorization": "Bearer t"}).content.decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_count_by_route_and_never_by_address(
    client: Client, whole: World, settings: Any
) -> None:
    settings.OPENSPIFF_METRICS_TOKEN = "t"  # noqa: S105 (of a test)
    before = figures(client)
    client.force_login(whole.users["manager"])
    for payee_id in ("ana", "ben", "cleo", "no-such-payee"):
        client.get(f"/payees/{payee_id}/statement/")
    for number in range(20):
        client.get(f"/nowhere/{number}/")
        client.generic("BREW" + str(number), "/programs/")
    after = figures(client)
    new = {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if name[0] == "openspiff_requests_total" and value != before.get(name, 0)
    }

    def key(method: str, route: str, status: int) -> Any:
        labels = (("method", method), ("route", route), ("status", str(status)))
        return ("openspiff_requests_total", labels)

    assert new == {
        key("GET", "statement", 200): 3,
        key("GET", "statement", 404): 1,
        key("GET", "none", 404): 20,
        key("other", "programs", 405): 20,
        key("GET", "metrics", 200): 1,
    }
    route = (("route", "statement"),)
    assert after["openspiff_request_seconds_count", route] >= 4
    assert after["openspiff_queries_total", route] > 4
    assert after["openspiff_database_up", ()] == 1
    assert after["openspiff_last_transfer_number", ()] >= 4
    assert after["openspiff_claims_waiting", ()] == 0


def test_figures_of_requests_are_told_without_the_database(
    client: Client, whole: World, settings: Any, tmp_path: Path
) -> None:
    assert whole.users
    settings.OPENSPIFF_METRICS_TOKEN = "t"  # noqa: S105 (of a test)
    with connected(Database("sqlite", path=tmp_path / "gone" / "gone.sqlite3")):
        found = figures(client)
    assert found["openspiff_database_up", ()] == 0
    assert ("openspiff_last_transfer_number", ()) not in found


def test_spans_say_the_route_and_belong_to_the_caller(client: Client, whole: World) -> None:
    kept = InMemorySpanExporter()
    _tracing.start(SimpleSpanProcessor(kept))
    try:
        client.force_login(whole.users["manager"])
        trace = "0af7651916cd43dd8448eb211c80319c"
        client.get(
            "/payees/ana/statement/",
            headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"},
        )
        client.get("/payees/nobody/statement/")
    finally:
        _tracing.stop()
    client.get("/programs/")
    first, second = kept.get_finished_spans()
    assert first.name == "GET statement"
    assert dict(first.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "statement",
        "http.response.status_code": 200,
    }
    assert first.context is not None
    assert f"{first.context.trace_id:032x}" == trace
    assert second.attributes is not None
    assert second.attributes["http.response.status_code"] == 404
    assert first.resource.attributes["service.name"] == "openspiff"


def test_routes_have_names_of_their_own() -> None:
    assert [reverse(name) for name in ("health", "ready", "metrics")] == [
        "/health",
        "/ready",
        "/metrics",
    ]
