"""Which way do mails leave? One address says it: nowhere, the console, SMTP, a provider."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from openspiff.errors import Problem

_NAME: Final = "OPENSPIFF_MAIL_URL"
_DJANGO: Final = "django.core.mail.backends"


def mail_settings(url: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return Django's settings for the way that mails take, and what is wrong with it.

    `anymail:postmark?POSTMARK_SERVER_TOKEN=...` sends through a provider by the back end of
    django-anymail of that name, with that package's own settings behind the question mark.
    """
    parts = urlsplit(url)
    match parts.scheme:
        case "" | "console":
            return {"EMAIL_BACKEND": f"{_DJANGO}.console.EmailBackend"}, []
        case "none":
            return {"EMAIL_BACKEND": f"{_DJANGO}.dummy.EmailBackend"}, []
        case "anymail":
            return _of_provider(parts.path, dict(parse_qsl(parts.query)))
        case "smtp" | "smtps" if parts.hostname:
            pass
        case _:
            remedy = "say smtp://user:password@host:587"
            return {}, [Problem(_NAME, f"got {parts.scheme}:", remedy)]
    is_tls = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": f"{_DJANGO}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_tls else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": is_tls,
        # Plain text only inside one machine.
        "EMAIL_USE_TLS": not is_tls and parts.hostname not in {"localhost", "127.0.0.1"},
        "EMAIL_TIMEOUT": 20,
    }, []


def _of_provider(name: str, given: dict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    if find_spec("anymail") is None:
        remedy = "install openspiff[notices]"
        return {}, [Problem(_NAME, "django-anymail is not installed", remedy)]
    if not name.isidentifier() or find_spec(f"anymail.backends.{name}") is None:
        remedy = "say a provider of django-anymail, such as anymail:postmark?..."
        return {}, [Problem(_NAME, f"no provider {name!r}", remedy)]
    backend = f"anymail.backends.{name}.EmailBackend"
    return {"EMAIL_BACKEND": backend, "ANYMAIL": {"REQUESTS_TIMEOUT": 20} | given}, []
