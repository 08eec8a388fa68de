"""How is the web room set up? From one workspace folder and a few environment variables.

OPENSPIFF_HOME           the workspace folder (default: the folder one stands in)
OPENSPIFF_MODE           "production" refuses to start with an unsafe setting and logs JSON
                         (default: local)
OPENSPIFF_DATABASE_URL   postgresql://user:password@host:port/name (default: SQLite there);
                         ?prepared=0 behind a pooler that hands out another connection for
                         each transaction and keeps no prepared statements
OPENSPIFF_SECRET_KEY     instead of the workspace's secret.key
OPENSPIFF_PAYOUT_KEY     instead of the workspace's payout.key, which seals account numbers
OPENSPIFF_TAX_FORMS      which tax form is expected of whom, a list of WHO=FORM with commas:
                         WHO is firm.US or independent.US (kind and country), US, or * for
                         all others; the form "none" expects none (default: US=W-9,*=W-8BEN)
OPENSPIFF_HOSTS          host names it answers to, separated by commas
OPENSPIFF_HTTPS          1 when served over https: secure cookies, HSTS, proxy header
OPENSPIFF_REQUIRE_SECOND_FACTOR  roles that must have a second factor, by commas
OPENSPIFF_INVITATION_DAYS  how long an invitation holds (default: 7)
OPENSPIFF_OIDC_ISSUER    address of an OpenID Connect provider (needs the extra `sso`)
OPENSPIFF_OIDC_CLIENT_ID  the name under which that provider knows this install
OPENSPIFF_OIDC_CLIENT_SECRET  the secret that goes with it
OPENSPIFF_OIDC_NAME      what the button is called (default: your organization)
OPENSPIFF_DEBUG          1 only while developing
OPENSPIFF_CRASH_AT       for tests only: the name of a point at which the process ends as if
                         it had been killed
OPENSPIFF_DISPUTE_DAYS   within how many days a payee disputes what was booked, and is
                         answered (default: 30)
OPENSPIFF_AT             a moment in microseconds since 1970 UTC, for a demo of the past:
                         pages count days as of then; what is recorded keeps true time
OPENSPIFF_NEEDS_APPROVAL 1: money is paid by approved batches only, `openspiff pay` refuses
OPENSPIFF_APPROVALS      how many people must approve a batch of payouts (default: 1)
OPENSPIFF_API_CALLS      how many calls a token has a minute (default: 6000)
OPENSPIFF_TOKEN_DAYS     how long a token holds at most (default: 366)
OPENSPIFF_WEBHOOK_NETWORKS  networks to which webhooks, also by http, and rooms that are
                         told go though they are not public, by commas:
                         127.0.0.0/8, 10.1.2.0/24 (default: none)
OPENSPIFF_LOG            console or json (default: json in production, else console)
OPENSPIFF_LOG_LEVEL      debug, info, warning or error (default: info)
OPENSPIFF_METRICS_TOKEN  what Prometheus shows as bearer token at /metrics (extra `metrics`)
OPENSPIFF_METRICS_FROM   addresses or networks that read /metrics without it, by commas;
                         without both, /metrics is not there
OPENSPIFF_MAIL_URL       smtp://user:password@host:587 (STARTTLS), smtps://... (TLS from the
                         start), anymail:PROVIDER?SETTING=... (extra `notices`), none: for
                         no mail at all (default: console:)
OPENSPIFF_ADDRESS        where links in mails begin (default: https:// and the first host)
OPENSPIFF_MAIL_FROM      the sender of mails (default: openspiff@ and the first host)

Of the standard variables, OTEL_EXPORTER_OTLP_ENDPOINT turns on tracing (extra `tracing`);
the other OTEL_ variables hold for it too.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web._mail import mail_settings


class SettingError(OpenSpiffError):
    """An environment variable that says what nobody can follow."""

    code: ClassVar[str] = "setting"


OPENSPIFF_HOME = Path(os.environ.get("OPENSPIFF_HOME") or Path.cwd()).resolve()
_WRONG: list[Problem] = []
"""What nobody can follow: said all at once, at the end."""


def _one_of(name: str, *words: str, default: str = "") -> str:
    """Return a setting that is one of a few words; the first is the default."""
    said = os.environ.get(name) or default or words[0]
    if said not in words:
        _WRONG.append(Problem(name, f"got {said!r}", f"say {' or '.join(words)}"))
    return said


def _whole(name: str, default: int | None) -> Any:
    """Return a setting that is a whole number."""
    said = os.environ.get(name, "")
    if said and not said.removeprefix("-").isdecimal():
        _WRONG.append(Problem(name, f"got {said!r}", "say a whole number"))
        return default
    return int(said) if said else default


def _listed(name: str) -> list[str]:
    return [one.strip() for one in os.environ.get(name, "").split(",") if one.strip()]


OPENSPIFF_MODE = _one_of("OPENSPIFF_MODE", "local", "production")


def _secret_key() -> str:
    given = os.environ.get("OPENSPIFF_SECRET_KEY")
    if given:
        return given
    path = OPENSPIFF_HOME / "secret.key"
    if path.is_file():
        return path.read_text(encoding="utf-8").strip()
    # Outside a workspace (tests, type checks) a key that nobody knows and nobody keeps.
    return secrets.token_urlsafe(48)


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": OPENSPIFF_HOME / "openspiff.sqlite3",
            "OPTIONS": {
                # IMMEDIATE: a deferred transaction that turns into a writer is refused at
                # once ("database is locked"), however long the timeout.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                    " PRAGMA foreign_keys=ON;"
                    # Or INSERT OR REPLACE deletes rows past the triggers that refuse it.
                    " PRAGMA recursive_triggers=ON;"
                ),
            },
        }
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    prepare_threshold = None if query.pop("prepared", "1") == "0" else 5
    return {
        "ENGINE": "openspiff.web._postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or (parts.hostname or ""),
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "OPTIONS": {"connect_timeout": "5", "prepare_threshold": prepare_threshold} | query,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
    }


def _networks(name: str) -> list[str]:
    found = _listed(name)
    for one in found:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            _WRONG.append(Problem(name, f"got {one!r}", "say addresses or networks"))
    return found


def _is_on(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes"}


OPENSPIFF_AT: int | None = _whole("OPENSPIFF_AT", None)
OPENSPIFF_NEEDS_APPROVAL = _is_on("OPENSPIFF_NEEDS_APPROVAL")
OPENSPIFF_APPROVALS = max(1, _whole("OPENSPIFF_APPROVALS", 1))

OPENSPIFF_API_CALLS = max(1, _whole("OPENSPIFF_API_CALLS", 6000))
OPENSPIFF_TOKEN_DAYS = max(1, _whole("OPENSPIFF_TOKEN_DAYS", 366))

OPENSPIFF_WEBHOOK_NETWORKS = _networks("OPENSPIFF_WEBHOOK_NETWORKS")

OPENSPIFF_DISPUTE_DAYS = _whole("OPENSPIFF_DISPUTE_DAYS", 30)

OPENSPIFF_PAYOUT_KEY = os.environ.get("OPENSPIFF_PAYOUT_KEY", "")
OPENSPIFF_TAX_FORMS = os.environ.get("OPENSPIFF_TAX_FORMS") or "US=W-9,*=W-8BEN"
# What the pages say of thresholds, each with its day and its source: a person confirms it.
TAX_RULES = (
    {
        "says": "A payer reports to the IRS what it paid one person in a calendar year "
        "from $600 on for 2025 and earlier, from $2,000 on for 2026; from 2027 on the "
        "limit follows the index.",
        "as_of": "2025-07-04",
        "source": "Internal Revenue Code, section 6041(a), as changed by Public Law "
        "119-21, section 70433",
    },
    {
        "says": "Without a valid taxpayer number 24% of what is paid is withheld.",
        "as_of": "2018-01-01",
        "source": "Internal Revenue Code, section 3406(a)(1)",
    },
)

OPENSPIFF_REQUIRE_SECOND_FACTOR = frozenset(
    filter(None, os.environ.get("OPENSPIFF_REQUIRE_SECOND_FACTOR", "").split(","))
)
OPENSPIFF_INVITATION_DAYS = _whole("OPENSPIFF_INVITATION_DAYS", 7)


def _sign_in_provider() -> dict[str, Any] | None:
    """Return the provider of single sign-on, or None: then nothing of it is loaded."""
    issuer = os.environ.get("OPENSPIFF_OIDC_ISSUER", "").rstrip("/")
    client_id = os.environ.get("OPENSPIFF_OIDC_CLIENT_ID", "")
    if not (issuer and client_id and find_spec("requests") and find_spec("jwt")):
        return None
    return {
        "provider_id": "sso",
        "name": os.environ.get("OPENSPIFF_OIDC_NAME") or "your organization",
        "client_id": client_id,
        "secret": os.environ.get("OPENSPIFF_OIDC_CLIENT_SECRET", ""),
        "settings": {"server_url": issuer},
    }


OPENSPIFF_OIDC = _sign_in_provider()

SECRET_KEY = _secret_key()
_KEY_FILE = OPENSPIFF_HOME / "secret.key"
OPENSPIFF_HAS_KEY = bool(os.environ.get("OPENSPIFF_SECRET_KEY")) or _KEY_FILE.is_file()
DEBUG = _is_on("OPENSPIFF_DEBUG")
_HTTPS = _is_on("OPENSPIFF_HTTPS") and not DEBUG
OPENSPIFF_HOSTS = _listed("OPENSPIFF_HOSTS")
ALLOWED_HOSTS = OPENSPIFF_HOSTS or ["localhost", "127.0.0.1", "[::1]"]

_LOG_LEVEL = _one_of("OPENSPIFF_LOG_LEVEL", "info", "debug", "warning", "error").upper()
_FORM = "json" if OPENSPIFF_MODE == "production" else "console"
_LOG_FORM = _one_of("OPENSPIFF_LOG", "console", "json", default=_FORM)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": "openspiff.web._logs.Lines",
            "is_json": _LOG_FORM == "json",
            "is_whole": DEBUG,
        }
    },
    "handlers": {"stderr": {"()": "openspiff.web._logs.Stderr", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "openspiff": {"level": _LOG_LEVEL},
        # What it warns of stands in our line of the request already.
        "django": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
OPENSPIFF_METRICS_TOKEN = os.environ.get("OPENSPIFF_METRICS_TOKEN", "")
OPENSPIFF_METRICS_FROM = _networks("OPENSPIFF_METRICS_FROM")
OPENSPIFF_TRACING = bool(
    os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
)
_MAIL, _of_mail = mail_settings(os.environ.get("OPENSPIFF_MAIL_URL", ""))
_WRONG += _of_mail
globals().update(_MAIL)
OPENSPIFF_ADDRESS = os.environ.get("OPENSPIFF_ADDRESS", "").rstrip("/") or (
    f"http{'s' if _HTTPS else ''}://{ALLOWED_HOSTS[0].lstrip('.')}"
)
DEFAULT_FROM_EMAIL = os.environ.get("OPENSPIFF_MAIL_FROM") or (
    f"openspiff@{ALLOWED_HOSTS[0].lstrip('.')}"
)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "openspiff.web.apps.WebConfig",
]
if OPENSPIFF_OIDC is not None:
    INSTALLED_APPS += [
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ]
MIDDLEWARE = [
    "openspiff.web.views._requests.requests_told",
    "django.middleware.security.SecurityMiddleware",
    "openspiff.web.api.calls_apart",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "openspiff.web.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "openspiff.web.views._places.places",
                "openspiff.web.views._requests.request_number",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "openspiff.web.views._same",
                "openspiff.web.views._show",
            ],
        },
    }
]
DATABASES = {"default": _database(os.environ.get("OPENSPIFF_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "web.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
CSRF_FAILURE_VIEW = "openspiff.web.views.errors.form_too_old"

# Of allauth we use the records and the arithmetic of second factors, behind pages of our
# own; none of its addresses exists here.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "openspiff"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "openspiff.web.actions._allauth.FactorAdapter"
SOCIALACCOUNT_ADAPTER = "openspiff.web.views.people_provider.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [] if OPENSPIFF_OIDC is None else [OPENSPIFF_OIDC],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
# Served as installed: nothing to collect, so nothing to forget after an upgrade.
WHITENOISE_USE_FINDERS = True

SESSION_ENGINE = "openspiff.web.models.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_SSL_REDIRECT = _HTTPS
# What watches the server asks it directly, past the proxy.
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "script-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

if _WRONG:
    raise SettingError("settings that cannot be understood", _WRONG)
