"""Does a server refuse to start with what is unsafe, and say all of it at once?"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import run_command
from django.core.handlers.wsgi import WSGIHandler

from openspiff import web
from openspiff.web._mail import mail_settings
from openspiff.web._production import is_weak

GOOD = {
    "OPENSPIFF_MODE": "production",
    "OPENSPIFF_HOSTS": "spiff.test",
    "OPENSPIFF_HTTPS": "1",
    "OPENSPIFF_MAIL_URL": "none:",
}


def run(home: Path, *said: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_command("--home", home, *said, **environment)


@pytest.fixture
def production(empty_world: Path, settings: Any) -> Any:
    """Return the settings of a safe install in production, to be spoilt."""
    web.ensure_payout_key(empty_world)
    settings.OPENSPIFF_MODE = "production"
    settings.OPENSPIFF_HAS_KEY = True
    settings.OPENSPIFF_HOSTS = settings.ALLOWED_HOSTS = ["spiff.test"]
    settings.SESSION_COOKIE_SECURE = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings.SECRET_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQ"  # noqa: S105
    return settings


def places() -> list[str]:
    found = web.unsafe_settings()
    assert all(one.remedy and one.message for one in found)
    return [one.place for one in found]


def test_safe_install_starts(production: Any) -> None:
    assert production.OPENSPIFF_MODE == "production"
    assert places() == []
    assert WSGIHandler() is not None


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("DEBUG", True, "OPENSPIFF_DEBUG"),
        ("OPENSPIFF_HAS_KEY", False, "OPENSPIFF_SECRET_KEY"),
        ("SECRET_KEY", "short", "OPENSPIFF_SECRET_KEY"),
        ("SECRET_KEY", "ab" * 40, "OPENSPIFF_SECRET_KEY"),
        ("SECRET_KEY", "insecure-0123456789abcdefghijklmnopqrstuvwxyz-XYZ", None),
        ("OPENSPIFF_HOSTS", [], "OPENSPIFF_HOSTS"),
        ("ALLOWED_HOSTS", ["spiff.test", "*"], "OPENSPIFF_HOSTS"),
        ("SESSION_COOKIE_SECURE", False, "OPENSPIFF_HTTPS"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", None),
        ("OPENSPIFF_AT", 1_000, "OPENSPIFF_AT"),
        ("OPENSPIFF_PAYOUT_KEY", "too-short", "OPENSPIFF_PAYOUT_KEY"),
    ],
)
def test_each_unsafe_setting_is_refused_in_production_only(
    production: Any, name: str, value: Any, place: str | None
) -> None:
    setattr(production, name, value)
    expected = place or {"SECRET_KEY": "OPENSPIFF_SECRET_KEY"}.get(
        name, "OPENSPIFF_MAIL_URL"
    )
    assert places() == [expected]
    with pytest.raises(web.UnsafeSettingError, match=expected):
        WSGIHandler()
    production.OPENSPIFF_MODE = "local"
    assert places() == []


def test_networks_inside_that_webhooks_may_reach_are_warned_of(
    production: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def warned() -> list[str]:
        caplog.clear()
        web.refuse_unsafe()
        said = [one.says for one in web.setting_findings() if one.state == "warn"]
        assert len(said) == len([one for one in caplog.records if one.levelno >= 30])
        return said

    production.OPENSPIFF_WEBHOOK_NETWORKS = ["8.8.8.0/24"]
    assert warned() == []
    production.OPENSPIFF_WEBHOOK_NETWORKS = ["8.8.8.0/24", "10.1.2.0/24"]
    assert warned() == ["webhooks and rooms may reach what is not public: 10.1.2.0/24"]
    production.OPENSPIFF_MODE = "development"
    assert warned() == []


def test_demo_and_lost_payout_key_are_refused(production: Any) -> None:
    home = production.OPENSPIFF_HOME
    (home / "payout.key").unlink()
    (home / "people.txt").write_text("mia  password\n")
    assert places() == ["payout.key", str(home / "people.txt")]


def test_server_names_everything_at_once_and_does_not_start(tmp_path: Path) -> None:
    assert run(tmp_path, "init", str(tmp_path)).returncode == 0
    refused = run(tmp_path, "serve", OPENSPIFF_MODE="production", OPENSPIFF_DEBUG="1")
    assert refused.returncode == 1
    assert refused.stderr.startswith("error [unsafe_setting]:")
    for name in ("DEBUG", "HOSTS", "HTTPS", "MAIL_URL"):
        assert f"@ OPENSPIFF_{name} (" in refused.stderr
    assert "Traceback" not in refused.stderr
    well = run(tmp_path, "doctor", **GOOD)
    assert well.returncode == 0, well.stdout
    assert "mode production" in well.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENSPIFF_MODE", "prod"),
        ("OPENSPIFF_MAIL_URL", "ftp://mail.test"),
        ("OPENSPIFF_LOG_LEVEL", "loud"),
        ("OPENSPIFF_LOG", "xml"),
        ("OPENSPIFF_METRICS_FROM", "10.0.0.300"),
        ("OPENSPIFF_APPROVALS", "two"),
    ],
)
def test_setting_that_nobody_can_follow_is_said_plainly(
    tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "secret.key").write_text("x" * 60)
    refused = run(tmp_path, "verify", **{name: value})
    assert refused.returncode == 1
    assert "error [setting]" in refused.stderr
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_mail_goes_by_an_address() -> None:
    found, problems = mail_settings("smtps://ann:p%40ss@mail.test")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.test", 465)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("ann", "p@ss")
    assert (found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (True, False)
    assert problems == []
    assert mail_settings("smtp://mail.test")[0]["EMAIL_USE_TLS"] is True
    assert mail_settings("smtp://localhost:25")[0]["EMAIL_USE_TLS"] is False
    assert "dummy" in mail_settings("none:")[0]["EMAIL_BACKEND"]


def test_weak_keys_are_known() -> None:
    strong = "Zq3_vR8mTn5xKc2wYb7hJd9sLf4gPa6eUi1oNtVrXzQkMwBy"
    assert [is_weak(one) for one in (strong + "AbC", strong[:40], "a" * 60)] == [
        False,
        True,
        True,
    ]


def test_network_mounts_are_told_from_disks() -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\n"
        "server:/x /srv/share nfs4 rw 0 0\n"
        "tmpfs /srv/share/fast tmpfs rw 0 0\n"
        "//host/y /mnt/two\\040words cifs rw 0 0\n"
    )
    found = {
        place: web.network_mount(Path(place), mounts)
        for place in ("/srv/other", "/srv/share/a", "/srv/share/fast/b", "/mnt/two words/c")
    }
    assert list(found.values()) == ["", "nfs4", "", "cifs"]
