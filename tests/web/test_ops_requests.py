"""Does the log tell of every request, and of no person?"""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from api_world import machine
from django.db import connection
from django.test import Client
from web_world import PASSWORD, World

from openspiff.web._logs import Lines, event_of

LINES = Lines(is_json=True, is_whole=False)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Any:
    """Return a function that reads what was logged so far, as JSON lines."""
    caplog.set_level(logging.DEBUG, logger="openspiff")

    def lines(event: str = "request") -> list[dict[str, Any]]:
        read = [json.loads(LINES.format(one)) for one in caplog.records]
        return [one for one in read if one["event"] == event]

    return lines


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(LINES.format(one) for one in caplog.records)


def test_a_request_is_one_line_with_route_status_and_user(
    client: Client, world: World, log: Any
) -> None:
    user = world.users["manager"]
    client.force_login(user)
    response = client.get("/programs/spring/")
    (line,) = log()
    number = response.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{16}", number)
    assert line["milliseconds"] >= 0
    assert line["queries"] > 3
    assert {name: line[name] for name in ("method", "route", "status", "user")} == {
        "method": "GET",
        "route": "program",
        "status": 200,
        "user": user.pk,
    }
    assert line["request_id"] == number
    assert set(line) == {
        *("timestamp", "level", "logger", "event", "request_id"),
        *("method", "route", "status", "milliseconds", "queries", "user"),
    }


def test_line_of_a_call_names_the_user_of_its_token(world: World, log: Any) -> None:
    user = world.users["manager"]
    machine(user).get("/programs")
    assert log()[-1]["user"] == user.pk
    Client(SERVER_NAME="localhost").get("/api/v1/programs")
    assert (log()[-1]["status"], log()[-1]["user"]) == (401, None)


def test_count_of_queries_is_that_of_the_database(
    client: Client, world: World, log: Any
) -> None:
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    client.force_login(world.users["manager"])
    with CaptureQueriesContext(connection) as asked:
        client.get("/programs/")
    assert log()[-1]["queries"] == len(asked)


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("0f8e-proxy_1.a", True),
        ("short", False),
        ("a" * 65, False),
        ("has spaces in it", False),
        ("ünïcode-number", False),
        ('"}\n{"event": "forged', False),
        ("", False),
    ],
)
def test_number_of_a_proxy_is_kept_only_if_it_is_a_plain_word(
    client: Client, world: World, log: Any, given: str, is_kept: bool
) -> None:
    assert world.users
    response = client.get("/sign-in/", headers={"X-Request-ID": given})
    assert (response.headers["X-Request-ID"] == given) is is_kept
    assert log()[-1]["request_id"] == response.headers["X-Request-ID"]


def test_error_pages_say_their_number(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    client.force_login(world.users["payee"])
    found = {}
    for address in ("/no-such-page/", "/programs/spring/", "/payees/cleo/statement/"):
        response = client.get(address)
        found[response.status_code] = response
    found[400] = client.get("/sign-in/", headers={"Host": "elsewhere.example"})
    checked = Client(enforce_csrf_checks=True)
    old_form = checked.post("/sign-out/")
    monkeypatch.setattr("openspiff.web.queries.payee_home.waiting_for", None, raising=False)
    from openspiff.web.views import payee_home  # noqa: PLC0415

    monkeypatch.setattr(payee_home, "shown_at", broken)
    found[500] = client.get("/home/")
    assert set(found) == {400, 403, 404, 500}
    assert old_form.status_code == 403
    for status, response in [*found.items(), (403, old_form)]:
        assert response.status_code == status
        assert response.headers["X-Request-ID"] in response.content.decode(), status


def broken() -> int:
    message = "Ana Ruiz, ana@north.example, owes 1,234.56"
    raise ValueError(message)


def test_log_holds_no_name_address_amount_or_secret(
    client: Client,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="openspiff")
    client.raise_request_exception = False
    secrets = [
        *("Ana", "Ruiz", "ana@", "Cleo", "cleo", "north", "spring", "D-1", "1,234.56"),
        *(PASSWORD, "s3cret-token", "4111111111", "elsewhere.example", "mia", "forged"),
    ]
    client.post("/sign-in/", {"username": "mia", "password": PASSWORD})
    client.post("/sign-in/", {"username": "ana@north.example", "password": "s3cret-token"})
    for address in (
        "/programs/spring/",
        "/payees/ana/statement/?q=Ana+Ruiz",
        "/payees/cleo/why/crm/D-1/",
        "/join/s3cret-token/",
        "/no/such/page/4111111111/",
        "/firms/north/\nforged",
    ):
        client.get(address)
    client.get("/programs/", headers={"Authorization": "Bearer s3cret-token"})
    client.get("/programs/", headers={"Host": "elsewhere.example"})
    client.force_login(world.users["payee"])
    client.get("/payees/cleo/statement/")
    client.post("/payees/cleo/statement/", {"iban": "4111111111"})
    from openspiff.web.views import payee_home  # noqa: PLC0415

    monkeypatch.setattr(payee_home, "shown_at", broken)
    assert client.get("/home/").status_code == 500
    text = logged(caplog)
    assert len(caplog.records) > 12
    assert [one for one in secrets if one.lower() in text.lower()] == []


def test_what_broke_is_logged_by_class_and_place(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch, log: Any
) -> None:
    client.raise_request_exception = False
    client.force_login(world.users["payee"])
    from openspiff.web.views import payee_home  # noqa: PLC0415

    monkeypatch.setattr(payee_home, "shown_at", broken)
    response = client.get("/home/")
    (line,) = [one for one in log("…: …") if "error" in one]
    assert line["level"] == "error"
    assert line["error"] == "builtins.ValueError"
    assert line["places"][-1].startswith("test_ops_requests.py:")
    assert any(one.startswith("openspiff/web/views/payee_home") for one in line["places"])
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert log()[-1]["status"] == 500


def test_only_numbers_and_known_words_of_a_record_are_kept() -> None:
    record = logging.makeLogRecord(
        {
            "name": "somebody.else",
            "levelname": "WARNING",
            "msg": "mail to %s (%-10.3f) failed\n%(why)s",
            "args": ("ana@north.example", 1.5),
            "customer": "Acme",
            "route": 'a"\nb',
            "status": 7,
            "request": object(),
        }
    )
    line = event_of(record)
    assert line["event"] == "mail to … (…) failed …"
    assert (line["customer"], line["route"], line["status"]) == ("…", 'a"\\nb', 7)
    assert "request" not in line
    assert (
        event_of(logging.makeLogRecord({"msg": ValueError("Ana")}))["event"] == "ValueError"
    )


def test_developing_shows_the_whole_trace_and_a_keyboard_columns() -> None:
    try:
        broken()
    except ValueError as error:
        record = logging.makeLogRecord(
            {"msg": "broke", "exc_info": (type(error), error, error.__traceback__)}
        )
    whole = Lines(is_json=False, is_whole=True).format(record)
    assert "owes 1,234.56" in whole
    assert "owes" not in Lines(is_json=False, is_whole=False).format(record)
    assert not whole.startswith("{")


def test_static_files_and_probes_are_told_only_when_they_fail(
    client: Client, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.users
    caplog.set_level(logging.INFO, logger="openspiff")
    for address in ("/health", "/static/web/openspiff.css"):
        response = client.get(address)
        assert response.status_code == 200
        b"".join(response)  # a file is closed at its end
    assert caplog.records == []
    assert client.get("/static/web/none.css").status_code == 404
    assert [event_of(one)["route"] for one in caplog.records] == ["static"]
