"""Does a message arrive whole, at the address that was checked, or else say why not?"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hooks_world import LOOPBACK, Receiver, receiving

from openspiff.web.worker._sending import post

HEADERS = {"webhook-id": "msg_1"}


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = LOOPBACK


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_message_arrives_whole(receiver: Receiver) -> None:
    outcome = post(receiver.url, headers=HEADERS, body=b'{"a":1}')
    assert (outcome.status, outcome.error_code) == (204, "")
    [got] = receiver.got
    assert (got["path"], got["body"]) == ("/hooks?from=spiff", b'{"a":1}')
    assert got["headers"]["webhook-id"] == "msg_1"
    assert got["headers"]["content-type"] == "application/json"
    assert got["headers"]["host"] == f"127.0.0.1:{receiver.port}"


def test_redirect_is_an_answer_and_not_followed(receiver: Receiver) -> None:
    receiver.status = 302
    receiver.headers = {"Location": receiver.url}
    outcome = post(receiver.url, headers=HEADERS, body=b"{}")
    assert (outcome.status, outcome.is_taken) == (302, False)
    assert len(receiver.got) == 1


def test_only_the_beginning_of_an_answer_is_kept(receiver: Receiver) -> None:
    receiver.status, receiver.answer = 500, b"\0\xff" + b"x" * 10_000
    outcome = post(receiver.url, headers=HEADERS, body=b"{}")
    assert len(outcome.answer) == 4_096
    assert "\0" not in outcome.answer


def test_inner_address_is_refused_at_sending_too(receiver: Receiver, settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []
    outcome = post(receiver.url.replace("http:", "https:"), headers=HEADERS, body=b"{}")
    assert (outcome.status, outcome.error_code) == (0, "refused_address")
    assert receiver.got == []


def test_name_is_asked_for_once_and_a_second_answer_reaches_nobody(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    whole = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **said: Any) -> Any:
        nonlocal asked
        if host != "hooks.example":
            return whole(host, port, *rest, **said)
        asked += 1
        address = "127.0.0.1" if asked == 1 else "127.0.0.99"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    url = f"http://hooks.example:{receiver.port}/"
    assert post(url, headers=HEADERS, body=b"{}").status == 204
    assert asked == 1
    assert receiver.got[0]["headers"]["host"] == f"hooks.example:{receiver.port}"


def test_name_that_turns_inward_after_it_was_saved_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = []

    def answer(_host: Any, port: Any, **_said: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    url = f"https://hooks.example:{receiver.port}/"
    assert post(url, headers=HEADERS, body=b"{}").error_code == "refused_address"
    assert receiver.got == []


def test_nobody_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert post(url, headers=HEADERS, body=b"{}").error_code == "no_connection"


@pytest.mark.parametrize(
    "chunk", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"no http at all\r\n\r\n"]
)
def test_answer_that_never_ends_is_ended(chunk: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        is_over = threading.Event()

        def drip() -> None:
            held, _ = server.accept()
            with held:
                while not is_over.is_set():
                    try:
                        held.sendall(chunk)
                    except OSError:
                        return
                    is_over.wait(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        began = time.monotonic()
        outcome = post(url, headers=HEADERS, body=b"{}", whole_seconds=1.0)
        is_over.set()
        thread.join()
    assert outcome.error_code in {"timeout", "broken_answer"}
    assert time.monotonic() - began < 20  # far above the limit of a second, on any machine


def certificate(folder: Path, name: str) -> Path:
    """Write a key and a certificate of `name` that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start - dt.timedelta(days=3650))
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("asked_for", "error_code"), [("hooks.example", ""), ("other.example", "certificate")]
)
def test_certificate_must_be_of_the_name_in_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_for: str, error_code: str
) -> None:
    path = certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    named: list[str] = []
    context.sni_callback = lambda _socket, name, _context: named.append(str(name))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    def answer(_host: Any, port: Any, **_said: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with receiving(lambda plain: context.wrap_socket(plain, server_side=True)) as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", answer)
        url = f"https://{asked_for}:{receiver.port}/x"
        outcome = post(url, headers=HEADERS, body=b"{}")
        monkeypatch.undo()
    assert outcome.error_code == error_code
    assert named == [asked_for]
    assert len(receiver.got) == (0 if error_code else 1)
