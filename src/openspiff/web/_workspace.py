"""Where does one install keep its things? A folder with a key, a database and files."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import ClassVar, Final

from openspiff.errors import OpenSpiffError, Problem

from ._upgrade import upgrade_database

SETTINGS_MODULE: Final = "openspiff.web.settings"
FOLDERS: Final = ("programs", "mappings", "feed", "reports", "evidence", "uploads")
KEY_FILE: Final = "secret.key"
PAYOUT_KEY_FILE: Final = "payout.key"


class WorkspaceError(OpenSpiffError):
    """A folder that is not a workspace, or a second workspace in one process."""

    code: ClassVar[str] = "workspace"


def setup(home: Path) -> None:
    """Make Django ready to work on the workspace `home`; a second call changes nothing.

    Raises WorkspaceError when `home` is no workspace or the process works on another one.
    """
    home = home.resolve()
    if not (home / KEY_FILE).is_file():
        problem = Problem(str(home), f"no {KEY_FILE}", "run `openspiff init` there first")
        raise WorkspaceError("expected a workspace folder", [problem])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    os.environ.setdefault("OPENSPIFF_HOME", str(home))

    import django  # noqa: PLC0415 (the command line answers --help without Django)
    from django.apps import apps  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    if Path(settings.OPENSPIFF_HOME) != home:
        problem = Problem(str(home), f"already at work on {settings.OPENSPIFF_HOME}")
        raise WorkspaceError("expected one workspace in one process", [problem])
    if not apps.ready:
        django.setup()


def create_workspace(home: Path) -> list[str]:
    """Create the folders, the keys (readable by their owner only) and the database tables.

    Returns the migrations that were applied. Raises NewerDataError when a later version
    has been at work there.

    Safe to run again: nothing that exists is replaced, and an interrupted upgrade of the
    tables goes on where it stopped. Sums that do not reach the last transfer are made anew.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        (home / folder).mkdir(exist_ok=True)
    _write_once(home / KEY_FILE, secrets.token_urlsafe(48))
    setup(home)

    applied = upgrade_database()
    from openspiff.web.actions.kept_sums import renew_sums  # noqa: PLC0415 (Django's)

    renew_sums()
    ensure_payout_key(home)
    return applied


def ensure_payout_key(home: Path) -> None:
    """Write the key that seals account numbers, unless there is one or has been one.

    Raises PayoutKeyError when accounts were sealed with a key that is gone or another one:
    a new key would only hide that they can no longer be read.
    """
    from openspiff.web.queries.payee_methods import (  # noqa: PLC0415
        are_methods_sealed,
        check_payout_key,
    )

    if not are_methods_sealed():
        coded = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        _write_once(home / PAYOUT_KEY_FILE, coded)
    check_payout_key()


def _write_once(path: Path, key: str) -> None:
    # O_EXCL: two processes that begin at once agree on the key of the first one.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(key + "\n")
