"""Does the command line do with webhooks what the pages do?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hooks_world import LOOPBACK, Receiver, receiving, sent, told
from web_world import World

from openspiff import web
from openspiff.cli import openspiff
from openspiff.web.models import Delivery, Endpoint


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK
    with receiving() as found:
        yield found


@pytest.fixture
def called(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a way to call `openspiff webhooks` as the administrator."""

    def nothing(_home: Path | None = None) -> None:
        """The tests have set Django up already."""

    monkeypatch.setattr(web, "setup", nothing)
    monkeypatch.setattr(web, "check_data_version", nothing)

    def call(*words: str, as_whom: str = "ada") -> Any:
        start = ["--home", str(world.home), "--as", as_whom, "--json", "webhooks"]
        done = CliRunner().invoke(openspiff, [*start, *words])
        if done.exception is not None:
            raise done.exception
        return json.loads(done.stdout)

    return call


def test_endpoint_from_beginning_to_end(called: Any, receiver: Receiver) -> None:
    made = called("add", "Payroll", receiver.url, "--kind", "payout.paid")
    assert made["secret"].startswith("whsec_")
    told()
    sent()
    [found] = called("list")["endpoints"]
    assert (found["label"], found["state"], found["delivery_count"]) == ("Payroll", "on", 1)
    assert "secret" not in str(found)
    [message] = called("log", str(made["endpoint"]))["deliveries"]
    assert (message["state"], message["try_count"]) == ("delivered", 1)
    again = called("redeliver", str(message["delivery_id"]))
    assert (again["message_id"], again["state"]) == (message["message_id"], "waiting")
    sent(at=2_000_000_000_000_000)
    assert len(receiver.got) == 2
    assert called("rotate", "1", "--overlap", "0")["secret"] != made["secret"]
    assert called("off", "1")["state"] == "off"
    assert Endpoint.objects.get().state == "off"
    assert called("on", "1") == {"endpoint": 1, "state": "on", "sent_again": 0}
    assert called("test", "1")["message_id"].startswith("msg_")
    assert Delivery.objects.count() == 2


def test_source_is_added(called: Any) -> None:
    made = called("add-source", "crm")
    assert made["path"] == "/api/hooks/crm/events"
    [found] = called("list")["sources"]
    assert (found["name"], found["acts_for"]) == ("crm", "ada")


def test_manager_is_refused(called: Any, receiver: Receiver) -> None:
    from openspiff.errors import OpenSpiffError  # noqa: PLC0415

    with pytest.raises(OpenSpiffError, match="may not do this"):
        called("add", "x", receiver.url, "--kind", "payout.paid", as_whom="mia")
    assert Endpoint.objects.count() == 0
