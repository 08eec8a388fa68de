"""Do mails leave through a provider, as one address says?"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from openspiff.web._mail import mail_settings


@pytest.fixture
def provider() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve as Postmark does, as far as one mail needs it; yield address and what came."""
    came: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append({"headers": dict(self.headers), "body": json.loads(body)})
            answer = json.dumps(
                {"ErrorCode": 0, "Message": "OK", "MessageID": "m-1", "To": "x@y.test"}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", came
    server.shutdown()
    thread.join()
    server.server_close()


def test_mail_goes_to_the_provider_with_its_headers(
    provider: tuple[str, list[dict[str, Any]]], settings: Any
) -> None:
    address, came = provider
    found, problems = mail_settings(
        f"anymail:postmark?POSTMARK_SERVER_TOKEN=t-1&POSTMARK_API_URL={address}"
    )
    assert problems == []
    for name, value in found.items():
        setattr(settings, name, value)
    mail = EmailMultiAlternatives(
        "Approved",
        "Look at your claims.",
        "openspiff@example.test",
        ["ana@example.test"],
        headers={
            "Message-ID": "<n-1@example.test>",
            "List-Unsubscribe": "<https://x.test>",
        },
    )
    mail.attach_alternative("<p>Look at your claims.</p>", "text/html")
    assert mail.send() == 1
    (sent,) = came
    assert sent["headers"]["X-Postmark-Server-Token"] == "t-1"
    assert sent["body"]["To"] == "ana@example.test"
    assert sent["body"]["TextBody"] == "Look at your claims."
    names = {one["Name"] for one in sent["body"]["Headers"]}
    assert {"Message-ID", "List-Unsubscribe"} <= names


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("anymail:pigeon", "no provider 'pigeon'"),
        ("anymail:", "no provider ''"),
        ("anymail:../x", "no provider '../x'"),
        ("ftp://mail.test", "got ftp:"),
        ("smtp:", "got smtp:"),
    ],
)
def test_way_that_is_none_is_said(url: str, message: str) -> None:
    found, problems = mail_settings(url)
    assert found == {}
    assert [one.message for one in problems] == [message]
    assert problems[0].place == "OPENSPIFF_MAIL_URL"
    assert problems[0].remedy
