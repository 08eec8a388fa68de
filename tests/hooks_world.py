"""Which systems do the tests connect? Endpoints, a receiver of their messages, a source."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
from django.db import transaction
from django.test import Client
from web_world import World

from openspiff.web.actions import jobs_leases
from openspiff.web.actions.webhook_endpoints import NewEndpoint, add_endpoint
from openspiff.web.actions.webhook_signatures import HookSecret, signed_headers
from openspiff.web.actions.webhook_sources import add_source
from openspiff.web.actions.webhooks import tell
from openspiff.web.models import Endpoint, HookSource
from openspiff.web.worker import do_job, work_of

AT = 1_770_000_000_000_000
SECOND = 1_000_000
LOOPBACK = ["127.0.0.0/8"]
_NUMBERS = itertools.count(1)


def secret_of(number: int = 1) -> HookSecret:
    """Return a secret that is no chance at all."""
    return HookSecret(key=bytes([number % 256]) * 32, nonce=number.to_bytes(12))


def endpoint_at(url: str, user: Any, *kinds: str, number: int = 1) -> Endpoint:
    """Return an endpoint that is told of `kinds` (of payouts where none are named)."""
    new = NewEndpoint(
        name=f"test{next(_NUMBERS)}",
        label=f"Payroll {number}",
        url=url,
        kinds=kinds or ("payout.paid",),
    )
    return add_endpoint(endpoint=new, secret=secret_of(number), acting_user=user, at=AT)


def told(number: int = 1, *, kind: str = "payout.paid", at: int = AT) -> None:
    """Tell whoever listens that something happened."""
    with transaction.atomic():
        tell(kind=kind, facts={"run_id": f"run {number}"}, at=at)


def sent(*, at: int = AT) -> list[str]:
    """Deliver what is due, as a worker would, and nothing else; return how each ended."""
    ends: list[str] = []
    while claimed := jobs_leases.claim_jobs(
        kinds=["delivery"],
        tokens=[f"token {next(_NUMBERS)}"],
        worker="test:1",
        lease_seconds=60,
        at=at,
    ):
        ends += [do_job(job, works=work_of, clock=lambda: at) for job in claimed]
    return ends


@attrs.define
class Receiver:
    """A server that keeps what it gets, and answers as it is told to."""

    status: int = 204
    answer: bytes = b""
    headers: dict[str, str] = attrs.field(factory=dict)
    got: list[dict[str, Any]] = attrs.field(factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks?from=spiff"


@contextmanager
def receiving(wrap: Any = None) -> Iterator[Receiver]:
    """Yield a receiver on this machine, under TLS where `wrap` makes it so."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append({"path": self.path, "headers": headers, "body": body})
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if wrap is not None:
        server.socket = wrap(server.socket)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def source_of(user: Any, name: str = "crm-live", number: int = 9) -> HookSource:
    """Return a source whose secret is `secret_of(number)`."""
    return add_source(name=name, secret=secret_of(number), acting_user=user, at=AT)


def event(event_id: str = "H-1", revision: int = 1, **said: Any) -> dict[str, Any]:
    """Return one event as a source tells it."""
    return {
        "event_id": event_id,
        "revision": revision,
        "payees": [{"payee_id": "ana"}],
        "status": "done",
        "occurred_at": "2026-02-03T12:00:00Z",
        "currency": "USD",
        "amount_minor": 250_000,
        "firm_id": "north",
        "customer_id": f"customer of {event_id}",
        "product_id": "GTX Pro",
    } | said


@attrs.define
class Teller:
    """A system that sends signed messages to us."""

    name: str = "crm-live"
    number: int = 9
    client: Client = attrs.field(factory=lambda: Client(SERVER_NAME="localhost"))

    def send(
        self,
        said: Any,
        message_id: str = "msg_1",
        *,
        at: int | None = None,
        **headers: str,
    ) -> Any:
        """Send a message; `headers` with _ for - overrule those that are right."""
        import time  # noqa: PLC0415

        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        right = signed_headers(
            [str(secret_of(self.number))],
            message_id=message_id,
            at=time.time_ns() // 1000 if at is None else at,
            body=body,
        )
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"/api/hooks/{self.name}/events",
            body,
            content_type=given.pop("content-type", "application/json"),
            headers=right | given,
        )


def add_hooks(world: World) -> None:
    """Connect an endpoint that took one message and not another, and a source."""
    from django.test import override_settings  # noqa: PLC0415

    ada = world.users["administrator"]
    with receiving() as receiver, override_settings(OPENSPIFF_WEBHOOK_NETWORKS=LOOPBACK):
        endpoint_at(receiver.url, ada)
        told(1)
        sent()
        receiver.status, receiver.answer = 503, b"away for a while"
        told(2)
        sent()
    source_of(ada)
    answer = Teller().send(event("H-100"))
    assert answer.status_code == 200, answer.content
