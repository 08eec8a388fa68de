"""Are rooms told of what waits, while nobody sees their address again?"""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.test import Client
from jobs_world import drained
from web_world import World

from openspiff.web.access import NotAllowedError
from openspiff.web.actions._public_only import only_public_addresses
from openspiff.web.actions.notice_channels import (
    ChannelError,
    NewChannel,
    add_channel,
    tell_channel,
)
from openspiff.web.actions.notices import notify_roles
from openspiff.web.models import AuditRow, Job, NoticeChannel
from openspiff.web.views import _doors

LOOPBACK = ["127.0.0.0/8"]
AT = 1_900_000_000_000_000
NONCE = b"0123456789ab"


class Listening(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told."""

    heard: ClassVar[list[dict[str, Any]]] = []
    answer: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append(json.loads(body))
        self.send_response(self.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def listening(answer: int = 200) -> Iterator[str]:
    Listening.heard.clear()
    Listening.answer = answer
    with http.server.HTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"json://127.0.0.1:{server.server_port}/s3cret"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def here(settings: Any) -> None:
    """Let rooms be told on this machine, but where a test says otherwise."""
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK


def add(world: World, address: str, **said: Any) -> NoticeChannel:
    given = {"name": "Money", "kinds": ["batch_waiting"]} | said
    return add_channel(
        channel=NewChannel(address=address, **given),
        nonce=NONCE,
        acting_user=world.users["administrator"],
        at=AT - 1,
    )


def tell(key: str = "7", kind: str = "batch_waiting") -> None:
    with transaction.atomic():
        notify_roles(kind=kind, key=key, facts={"number": 7, "job_id": 7}, at=AT)


def test_room_is_told_once_of_what_it_was_added_for(world: World) -> None:
    with listening() as address:
        add(world, address)
        tell()
        tell()
        tell(kind="job_given_up")
        assert drained(at=AT) == ["done"]
        assert drained(at=AT) == []
    (heard,) = Listening.heard
    assert heard["title"] == "A payout batch waits for you"
    assert heard["message"].endswith("/finance/batches/7/")


def test_room_that_does_not_take_it_is_tried_again(world: World) -> None:
    with listening(500) as address:
        add(world, address)
        tell()
        assert drained(at=AT) == ["failed"]
        Listening.answer = 200
        assert drained(at=AT + 86_400_000_000) == ["done"]


def test_room_that_never_takes_it_is_not_told_of_that_too(world: World) -> None:
    day = 86_400_000_000
    with listening(500) as address:
        add(world, address, kinds=["job_given_up"])
        tell(kind="job_given_up")
        ends = [end for number in range(40) for end in drained(at=AT + number * day)]
    assert ends[-1] == "dead"
    assert Job.objects.filter(kind="room").count() == 1


def test_room_that_is_gone_is_told_nothing(world: World) -> None:
    with listening() as address:
        row = add(world, address)
        tell()
        row.delete()
        assert drained(at=AT) == ["done"]
    assert Listening.heard == []
    tell("8")
    assert Job.objects.filter(kind="room").count() == 1


def test_every_problem_is_named_and_nothing_is_added(world: World) -> None:
    with pytest.raises(ChannelError) as caught:
        add(world, "nowhere", name=" ", kinds=["claim_decided"])
    assert [one.place for one in caught.value.problems] == ["name", "kinds", "address"]
    assert not NoticeChannel.objects.exists()
    with pytest.raises(NotAllowedError):
        add_channel(
            channel=NewChannel(name="a", address="json://a.test", kinds=["batch_waiting"]),
            nonce=NONCE,
            acting_user=world.users["manager"],
            at=AT,
        )


def test_page_adds_tests_and_removes_and_never_shows_the_address(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_doors, "is_confirmed", lambda _request: True)
    client.force_login(world.users["administrator"])
    assert "No room is told yet." in client.get("/notices/rooms/").content.decode()
    with listening() as address:
        form = {"name": "Money", "address": address, "kinds": ["batch_waiting"]}
        bad = client.post("/notices/rooms/", form | {"kinds": []})
        assert bad.status_code == 400
        assert 'value="Money"' in bad.content.decode()
        assert "s3cret" not in bad.content.decode()
        assert client.post("/notices/rooms/", form).status_code == 302
        assert client.post("/notices/rooms/", form).status_code == 409
        (row,) = NoticeChannel.objects.all()
        assert "s3cret" not in row.sealed_address
        page = client.get("/notices/rooms/").content.decode()
        assert "Money" in page
        assert "s3cret" not in page
        told = client.post(f"/notices/rooms/{row.pk}/test/")
        assert told.headers["Location"].endswith("?done=told")
    assert len(Listening.heard) == 1
    refused = client.post(f"/notices/rooms/{row.pk}/test/")
    assert refused.headers["Location"].endswith("?done=refused")
    assert client.post(f"/notices/rooms/{row.pk}/gone/").status_code == 302
    assert client.post(f"/notices/rooms/{row.pk}/gone/").status_code == 404
    assert client.post(f"/notices/rooms/{row.pk}/test/").status_code == 404
    rows = AuditRow.objects.filter(object_kind="notice_channel").order_by("pk")
    assert [one.action for one in rows] == ["add_notice_channel", "remove_notice_channel"]
    assert "s3cret" not in str([(one.before, one.after) for one in rows])


def test_rooms_ask_who_one_is_once_more(client: Client, world: World) -> None:
    client.force_login(world.users["administrator"])
    response = client.get("/notices/rooms/")
    assert response.status_code == 302
    assert "confirm" in response.headers["Location"]


def test_room_inside_is_not_told_and_the_reason_is_on_record(
    world: World, settings: Any
) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []
    with listening() as address:
        add(world, address)
        tell()
        assert drained(at=AT) == ["dead"]
    assert Listening.heard == []
    error = Job.objects.get(kind="room").error_text
    assert "127.0.0.1: that is not a public address" in error
    assert "s3cret" not in error


def test_name_that_leads_elsewhere_the_second_time_reaches_nothing_inside(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = ["192.0.2.0/24"]  # what the first answer says
    answers = iter(["192.0.2.1", "169.254.169.254"])

    def answer(_host: str, port: int, *_said: Any, **_more: Any) -> list[Any]:
        found = (next(answers, "127.0.0.1"), port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", found)]

    with listening() as address:
        port = int(address.rpartition(":")[2].partition("/")[0])
        row = add(world, f"json://room.example:{port}/x")
        monkeypatch.setattr(socket, "getaddrinfo", answer)
        assert socket.getaddrinfo("room.example", port)[0][4][0] == "192.0.2.1"
        for where in ("169.254.169.254", "127.0.0.1"):
            with pytest.raises(ChannelError, match=f"leads to {where}"):
                tell_channel(channel_id=row.pk, title="t", text="x")
    assert Listening.heard == []


def test_no_connection_inside_and_no_program_is_begun(settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []
    with listening() as address, only_public_addresses() as refused:
        port = int(address.rpartition(":")[2].partition("/")[0])
        for family, place in (
            (socket.AF_INET, ("127.0.0.1", port)),
            (socket.AF_INET6, ("::1", port, 0, 0)),
            (socket.AF_UNIX, "/run/nothing.sock"),
        ):
            opened = socket.socket(family, socket.SOCK_STREAM)
            with pytest.raises(ConnectionRefusedError):
                opened.connect(place)
            opened.close()
        with pytest.raises(PermissionError):
            subprocess.run([sys.executable, "--version"], check=False)
    assert len(refused) == 4


def test_page_says_that_a_room_is_inside(
    client: Client, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []
    monkeypatch.setattr(_doors, "is_confirmed", lambda _request: True)
    row = add(world, "json://127.0.0.1:9/x")
    client.force_login(world.users["administrator"])
    page = client.post(f"/notices/rooms/{row.pk}/test/", follow=True).content.decode()
    assert "leads to what is not public" in page


def test_address_that_names_a_file_of_the_server_is_refused(world: World) -> None:
    with pytest.raises(ChannelError) as caught:
        add(world, "json://room.example/?template=/etc/passwd")
    assert caught.value.problems[0].place == "address"
