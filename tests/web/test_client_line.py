"""When does a client try again, when does it give up, and what does it say then?"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable, Iterator

import httpx
import pytest
from client_world import server_at
from test_client_names import CLAIM

import openspiff
from openspiff.client import ConnectError, Patience, ServerError, UnreachableError
from openspiff.client._patience import seconds_said

BUSY = {"code": "idempotency_key_busy", "detail": "still at work"}
PAGE = {"items": [], "next": None}
Answering = Callable[[httpx.Request], httpx.Response]


def answers(*given: httpx.Response | Exception) -> tuple[Answering, list[httpx.Request]]:
    """Return what answers so, one after the other, and the calls as they came."""
    seen: list[httpx.Request] = []
    left: Iterator[httpx.Response | Exception] = iter(given)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return answer, seen


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut"),
        httpx.Response(200, content=b'{"items": ['),
        httpx.Response(429, json={"code": "too_many_calls"}),
        httpx.Response(502, text="<html>"),
        httpx.Response(503, json={"code": "no_database"}),
        httpx.Response(504),
        httpx.Response(409, json=BUSY),
    ],
    ids=str,
)
def test_what_passes_is_tried_again(failure: httpx.Response | Exception) -> None:
    answer, seen = answers(failure, httpx.Response(200, json=PAGE))
    waits: list[float] = []
    assert list(server_at(httpx.MockTransport(answer), waits=waits).programs()) == []
    assert (len(seen), len(waits)) == (2, 1)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "parameter"),
        (401, "token_refused"),
        (403, "not_allowed"),
        (404, "not_visible"),
        (409, "conflict"),
        (422, "claim"),
        (500, "unforeseen"),
        (507, "disk_full"),
    ],
)
def test_what_does_not_pass_is_told_at_once(status: int, code: str) -> None:
    problems = [{"place": "body.note", "message": "too long", "remedy": "cut it"}]
    document = {
        "code": code,
        "detail": "no",
        "problems": problems,
        "request_id": "r-12345678",
    }
    answer, seen = answers(httpx.Response(status, json=document))
    with pytest.raises(ServerError) as caught:
        list(server_at(httpx.MockTransport(answer)).programs())
    error = caught.value
    assert (error.code, error.status, error.request_id) == (code, status, "r-12345678")
    assert str(error) == "no\n  too long @ body.note (cut it)"
    assert len(seen) == 1


def test_key_of_a_write_is_made_once_and_sent_with_every_try() -> None:
    given = [httpx.ReadError("lost")] * 3
    claim = httpx.Response(422, json={"code": "claim", "detail": "no"})
    answer, seen = answers(*given, claim, claim)
    server = server_at(httpx.MockTransport(answer))
    for _ in range(2):
        with pytest.raises(ServerError):
            server.send_claim(CLAIM)
    keys = [one.headers["Idempotency-Key"] for one in seen]
    assert len(set(keys[:4])) == 1
    assert keys[4] not in keys[:4]
    assert len({one.content for one in seen}) == 1


def test_whoever_gives_up_says_with_which_key_to_go_on() -> None:
    answer, seen = answers(*[httpx.ReadTimeout("late")] * 3)
    server = server_at(httpx.MockTransport(answer), retries=2)
    with pytest.raises(UnreachableError, match="in 3 tries") as caught:
        server.send_claim(CLAIM)
    key = seen[0].headers["Idempotency-Key"]
    assert caught.value.key == key
    assert key in str(caught.value)


def test_busy_server_that_stays_busy_says_so_itself() -> None:
    full = {"code": "no_database", "detail": "the database does not answer"}
    answer, _ = answers(*[httpx.Response(503, json=full)] * 2)
    with pytest.raises(ServerError, match="database does not answer"):
        list(server_at(httpx.MockTransport(answer), retries=1).programs())


def test_waits_double_and_what_the_server_asks_for_is_the_least() -> None:
    patience = Patience(retries=9, first_seconds=1, most_seconds=10)
    waits = [patience.wait_before(n, chance=0.0, said=None) for n in range(1, 10)]
    assert waits == [1, 2, 4, 8, 10, 10, 10, 10, 10]
    assert patience.wait_before(10, chance=0.0, said=None) is None
    assert patience.wait_before(1, chance=1.0, said=None) == 0.5
    assert patience.wait_before(1, chance=0.5, said=30.0) == 30.25
    assert patience.wait_before(1, chance=0.5, said=3600.0) is None
    assert patience.wait_before(9_999, chance=0.5, said=None) is None


def test_retry_after_is_read_as_number_and_as_date() -> None:
    now = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
    assert seconds_said("7", now=now) == 7
    assert seconds_said("Sun, 01 Mar 2026 12:00:30 GMT", now=now) == 30
    assert seconds_said("Sun, 01 Mar 2026 11:00:30 GMT", now=now) == 0
    assert seconds_said("soon", now=now) is None
    assert seconds_said(None, now=now) is None


def test_false_certificate_is_not_tried_again() -> None:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    answer, seen = answers(error)
    with pytest.raises(ConnectError, match="not who it says"):
        list(server_at(httpx.MockTransport(answer)).programs())
    assert len(seen) == 1


def test_token_is_not_sent_on_to_another_address() -> None:
    moved = httpx.Response(301, headers={"Location": "https://elsewhere.example/"})
    answer, seen = answers(moved)
    with pytest.raises(ServerError, match=r"elsewhere\.example"):
        list(server_at(httpx.MockTransport(answer)).programs())
    assert len(seen) == 1


def test_answer_of_another_program_is_told_as_such() -> None:
    answer, _ = answers(httpx.Response(200, json={"items": [{"a": 1}], "next": None}))
    with pytest.raises(ServerError, match="not what was promised") as caught:
        list(server_at(httpx.MockTransport(answer)).programs())
    assert caught.value.code == "unexpected_answer"


@pytest.mark.parametrize("value", [[], "x", 3, {"items": 3}, {}])
def test_answer_of_another_shape_is_told_as_such(value: object) -> None:
    answer, _ = answers(httpx.Response(200, json=value))
    with pytest.raises(ServerError, match="not what was promised"):
        list(server_at(httpx.MockTransport(answer)).programs())


def test_what_is_no_way_to_a_server_is_refused_with_all_problems() -> None:
    with pytest.raises(ConnectError) as caught:
        openspiff.connect("http://a:b@spiff.example/?x=1", "osp a\n")
    assert [one.place for one in caught.value.problems] == ["url", "url", "token"]
    for url in ("spiff.example", "ftp://spiff.example", "https://", "http://[", ""):
        with pytest.raises(ConnectError):
            openspiff.connect(url, "osp_a_b")


def test_plain_http_is_for_this_machine_or_for_whoever_says_so() -> None:
    for url in ("http://localhost:8000", "http://127.0.0.1:8000/", "https://spiff.example"):
        openspiff.connect(url, "osp_a_b").close()
    openspiff.connect("http://web:8000", "osp_a_b", allow_plain_http=True).close()
    with pytest.raises(ConnectError, match="show the token"):
        openspiff.connect("http://web:8000", "osp_a_b")
