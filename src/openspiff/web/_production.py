"""May a server start like this? In production not with a setting that is unsafe."""

from __future__ import annotations

import ipaddress
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final

from openspiff.errors import OpenSpiffError, Problem

from ._findings import Finding

EXTRAS: Final = {
    "client": "httpx",
    "mcp": "mcp",
    "metrics": "prometheus_client",
    "notices": "apprise",
    "sso": "requests",
    "spark": "pyspark",
    "tracing": "opentelemetry",
}
"""By which module the presence of an extra is seen."""

KEY_LENGTH: Final = 50
_LOG: Final = logging.getLogger("openspiff.start")
_DIFFERENT_LETTERS: Final = 10
_EXAMPLES: Final = (
    "change-me",
    "changeme",
    "example",
    "insecure",
    "secret-key",
    "password",
)
_NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "glusterfs", "ceph"}
)
_MOUNTS: Final = Path("/proc/self/mounts")


class UnsafeSettingError(OpenSpiffError):
    """Settings with which a server must not start in production."""

    code: ClassVar[str] = "unsafe_setting"


def refuse_unsafe() -> None:
    """Raise UnsafeSettingError with every unsafe setting; only in production.

    What is allowed but worth a look is logged.
    """
    problems = unsafe_settings()
    if private_networks():
        count = {"networks": len(private_networks())}
        _LOG.warning("webhooks and rooms may reach what is not public", extra=count)
    if problems:
        message = "settings that are not safe in production"
        raise UnsafeSettingError(message, problems)


def unsafe_settings() -> list[Problem]:
    """Return what is unsafe, each with its remedy; nothing outside production."""
    from django.conf import settings  # noqa: PLC0415 (Django is loaded by then)

    if settings.OPENSPIFF_MODE != "production":
        return []
    found = [*_key_problems()]
    if settings.DEBUG:
        found.append(
            Problem("OPENSPIFF_DEBUG", "shows the code's insides to everybody", "unset it")
        )
    if not settings.OPENSPIFF_HOSTS:
        found.append(
            Problem("OPENSPIFF_HOSTS", "not set", "name the hosts, such as spiff.example")
        )
    if any(host.strip() in {"*", ".", ""} for host in settings.ALLOWED_HOSTS):
        found.append(
            Problem("OPENSPIFF_HOSTS", "lets any name in", "name each host by itself")
        )
    if not settings.SESSION_COOKIE_SECURE:
        remedy = (
            "serve over https behind a proxy that sets X-Forwarded-Proto, then set it to 1"
        )
        found.append(Problem("OPENSPIFF_HTTPS", "not on", remedy))
    if settings.EMAIL_BACKEND == "django.core.mail.backends.console.EmailBackend":
        remedy = "smtp://user:password@host:587, or none: where no mail is wanted"
        found.append(Problem("OPENSPIFF_MAIL_URL", "mail goes to the console", remedy))
    if settings.OPENSPIFF_AT is not None:
        found.append(Problem("OPENSPIFF_AT", "days are counted as of the past", "unset it"))
    people = Path(settings.OPENSPIFF_HOME) / "people.txt"
    if people.exists():
        found.append(
            Problem(
                str(people), "a demo with known passwords", "make a workspace of its own"
            )
        )
    return found


def private_networks() -> list[str]:
    """Return what OPENSPIFF_WEBHOOK_NETWORKS lets in that is not public, in production."""
    from django.conf import settings  # noqa: PLC0415 (Django is loaded by then)

    if settings.OPENSPIFF_MODE != "production":
        return []
    return [
        one
        for one in settings.OPENSPIFF_WEBHOOK_NETWORKS
        if not ipaddress.ip_network(one, strict=False).is_global
    ]


def setting_findings() -> list[Finding]:
    """Return what is right and wrong with the settings, in any mode."""
    from django.conf import settings  # noqa: PLC0415 (Django is loaded by then)

    unsafe = unsafe_settings()
    found = [
        Finding("settings", "problem", f"{one.place}: {one.message}", one.remedy)
        for one in unsafe
    ]
    if not unsafe:
        found.append(Finding("settings", "ok", f"mode {settings.OPENSPIFF_MODE}"))
    inside = private_networks()
    if inside:
        says = f"webhooks and rooms may reach what is not public: {', '.join(inside)}"
        remedy = "OPENSPIFF_WEBHOOK_NETWORKS: name as few as can be, or none"
        found.append(Finding("settings", "warn", says, remedy))
    wants = {
        "metrics": settings.OPENSPIFF_METRICS_TOKEN or settings.OPENSPIFF_METRICS_FROM,
        "tracing": settings.OPENSPIFF_TRACING,
    }
    for extra, is_asked in wants.items():
        if is_asked and find_spec(EXTRAS[extra]) is None:
            remedy = f"install openspiff[{extra}]"
            says = f"{extra} is asked for, its extra is missing"
            found.append(Finding("settings", "warn", says, remedy))
    return found


def _key_problems() -> list[Problem]:
    from django.conf import settings  # noqa: PLC0415 (Django is loaded by then)

    from openspiff.web.queries.payee_methods import check_payout_key_form  # noqa: PLC0415

    found = []
    if not settings.OPENSPIFF_HAS_KEY:
        remedy = "`openspiff init` writes one into secret.key, or set it"
        found.append(Problem("OPENSPIFF_SECRET_KEY", "no key: one is made up", remedy))
    elif is_weak(settings.SECRET_KEY):
        remedy = f"{KEY_LENGTH} letters or more that nobody can guess"
        found.append(
            Problem("OPENSPIFF_SECRET_KEY", "a weak key, or that of an example", remedy)
        )
    try:
        check_payout_key_form()
    except OpenSpiffError as error:
        found += error.problems
    return found


def is_weak(key: str) -> bool:
    """Tell whether a key is short, monotonous or taken from an example."""
    return (
        len(key) < KEY_LENGTH
        or len(set(key)) < _DIFFERENT_LETTERS
        or any(one in key.lower() for one in _EXAMPLES)
    )


def network_mount(path: Path, mounts: str | None = None) -> str:
    """Return the kind of the network file system on which a path lies, or nothing.

    SQLite keeps its promises by locks of the file system, and those of networks lie.
    """
    if mounts is None:
        mounts = _MOUNTS.read_text(encoding="utf-8") if _MOUNTS.is_file() else ""
    best, kind = "", ""
    for line in mounts.splitlines():
        _, place, what, *_ = [*line.split(" "), "", "", ""]
        place = place.replace("\\040", " ")
        if path.is_relative_to(place or "?") and len(place) >= len(best):
            best, kind = place, what
    return kind if kind in _NETWORK else ""
