"""Where may a webhook go? To public addresses only, and to the very one that was checked.

Whoever may name an address must not reach by it what only this server reaches: itself, its
network, the metadata of its cloud. A name is resolved, every address it stands for is
looked at, and the connection goes to one of those: a second answer of the name server is
never asked for.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import ClassVar, Final
from urllib.parse import urlsplit

import attrs
from django.conf import settings

from openspiff.errors import OpenSpiffError, Problem

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LONGEST: Final = 500
_PLACE: Final = "url"
_INSIDE: Final = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared by providers; some clouds keep their metadata there
        "168.63.129.16/32",  # a cloud's own services, at a public number
        "192.88.99.0/24",
        "::/96",
        "64:ff9b::/96",  # these four carry an IPv4 address inside
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",
    )
)


class TargetError(OpenSpiffError):
    """An address that no webhook may be sent to."""

    code: ClassVar[str] = "webhook_target"


class UnresolvedTargetError(TargetError):
    """A name that nobody could resolve just now."""

    code: ClassVar[str] = "webhook_unresolved"


@attrs.frozen(kw_only=True)
class Target:
    """Where a message goes: name, port and path of the URL, and addresses that may be."""

    host: str
    port: int
    path: str
    is_https: bool
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        """Return what the request says as its Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_https else 80
        return host if self.port == usual else f"{host}:{self.port}"


def checked_target(url: str) -> Target:
    """Resolve a URL and return where to connect; asks the name server once.

    Raises TargetError when it is no https URL or any address it stands for is not public,
    and UnresolvedTargetError. What OPENSPIFF_WEBHOOK_NETWORKS names is let through, also
    by http.
    """
    is_https, host, port, path = _parts(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        problem = Problem(_PLACE, f"the name {host} leads nowhere now", "look at it again")
        raise UnresolvedTargetError("the address cannot be reached", [problem]) from error
    addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    problems = [
        Problem(_PLACE, f"{host} leads to {one}: {why}", "name a public address")
        for one in addresses
        if (why := refusal_of(one, is_https=is_https))
    ]
    if problems or not addresses:
        raise TargetError("no webhook may be sent there", problems)
    return Target(host=host, port=port, path=path, is_https=is_https, addresses=addresses)


def refusal_of(address: str, *, is_https: bool = True) -> str:
    """Return why an address is refused; empty when a webhook may go there."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "that is no address"
    mapped = found.ipv4_mapped if found.version == 6 else None  # noqa: PLR2004 (of IP)
    if not mapped and any(found in one for one in _allowed()):
        return ""
    if mapped or _is_inside(found):
        return "that is not a public address"
    return "" if is_https else "plain http is refused"


def _is_inside(found: Address) -> bool:
    return (
        not found.is_global
        or found.is_multicast
        or found.is_reserved
        or any(found in one for one in _INSIDE)
    )


def _allowed() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [
        ipaddress.ip_network(one, strict=False)
        for one in settings.OPENSPIFF_WEBHOOK_NETWORKS
    ]


def _parts(url: str) -> tuple[bool, str, int, str]:
    """Return whether it is https, host, port and path; raises TargetError, all at once."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise TargetError("that is no URL", [Problem(_PLACE, str(error))]) from error
    is_plain = parts.scheme == "http"
    may_be_plain = bool(settings.OPENSPIFF_WEBHOOK_NETWORKS)
    has_user = parts.username is not None or parts.password is not None
    found = (
        (len(url) > _LONGEST, f"longer than {_LONGEST} letters", ""),
        (
            not url.isascii() or not url.isprintable() or " " in url,
            "holds a letter that no URL has",
            "write other letters as xn--... in the name, as %.. in the path",
        ),
        (
            parts.scheme != "https" and not (is_plain and may_be_plain),
            "must begin with https://",
            "",
        ),
        (not host, "names no host", ""),
        (
            has_user,
            "holds a user or a password",
            "messages are signed: no password is needed",
        ),
        (bool(parts.fragment), "has a part behind #, which is never sent", ""),
        (port == 0, "0 is no port", ""),
    )
    problems = [Problem(_PLACE, said, remedy) for is_so, said, remedy in found if is_so]
    if problems:
        raise TargetError("no webhook may be sent there", problems)
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    return not is_plain, host, port or (80 if is_plain else 443), path
