"""Does the wall hold? No webhook reaches what only this server reaches (fault 14)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from openspiff.web.actions.webhook_targets import (
    TargetError,
    UnresolvedTargetError,
    checked_target,
    refusal_of,
)

INSIDE = [
    *("127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
    "0.0.0.0",  # noqa: S104 (refused, not listened on)
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fec0::1", "no address"),
]


@pytest.mark.parametrize("address", INSIDE)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert refusal_of(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111"])
def test_public_address_is_let_through(address: str) -> None:
    assert refusal_of(address) == ""
    assert refusal_of(address, is_https=False)


def test_only_named_networks_are_excepted(settings: Any) -> None:
    settings.OPENSPIFF_WEBHOOK_NETWORKS = ["127.0.0.0/8", "10.1.2.0/24"]
    assert refusal_of("127.0.0.1", is_https=False) == ""
    assert refusal_of("10.1.2.9") == ""
    assert refusal_of("10.1.3.9")
    assert refusal_of("8.8.8.8", is_https=False)
    assert refusal_of("::ffff:127.0.0.1")


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let every name lead to these addresses; return the names that were asked for."""
    asked: list[str] = []

    def answer(host: str, port: int, **_said: Any) -> list[Any]:
        asked.append(host)
        if not addresses:
            raise socket.gaierror
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(TargetError) as caught:
        checked_target("https://hooks.example.com/x")
    assert [one.message for one in caught.value.problems] == [
        "hooks.example.com leads to 10.0.0.1: that is not a public address"
    ]


def test_target_has_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolving(monkeypatch, "93.184.215.14")
    found = checked_target("https://hooks.example.com:8443/x/y?z=1")
    assert found.addresses == ("93.184.215.14",)
    assert (found.host_header, found.path) == ("hooks.example.com:8443", "/x/y?z=1")
    assert asked == ["hooks.example.com"]


def test_name_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch)
    with pytest.raises(UnresolvedTargetError):
        checked_target("https://hooks.example.com/")


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.com/", "ftp://hooks.example.com/", "//hooks.example.com"),
        *("file:///etc/passwd", "https://", "https:///x", "javascript:alert(1)"),
        *("https://u:p@hooks.example.com/", "https://hooks.example.com/#part"),
        *("https://hooks.example.com/a b", "https://hooks.example.com/\r\nHost: x"),
        *("https://hooks.example.com:0/", "https://hooks.example.com:99999/"),
        *("https://[::1", "https://h\N{LATIN SMALL LETTER O WITH DIAERESIS}.example/"),
        "https://hooks.example.com/" + "x" * 600,
    ],
)
def test_url_that_is_none_of_ours_is_refused_before_any_look_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, "93.184.215.14")
    with pytest.raises(TargetError):
        checked_target(url)
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://localhost/", "https://2130706433/"),
        *("https://0x7f.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_spelling_of_an_inner_address_does_not_matter(url: str) -> None:
    with pytest.raises(TargetError):
        checked_target(url)
