"""Where does one install keep its things? A folder with a key, a database and files."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import ClassVar, Final

from openspiff.errors import OpenSpiffError, Problem

SETTINGS_MODULE: Final = "openspiff.web.settings"
FOLDERS: Final = ("programs", "mappings", "feed", "reports", "evidence", "uploads")
KEY_FILE: Final = "secret.key"


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


def create_workspace(home: Path) -> None:
    """Create the folders, the key (readable by its owner only) and the database tables.

    Safe to run again: nothing that exists is replaced, and an interrupted upgrade of the
    tables goes on where it stopped.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        (home / folder).mkdir(exist_ok=True)
    _write_key(home / KEY_FILE)
    setup(home)

    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)


def _write_key(path: Path) -> None:
    # O_EXCL: two processes that begin at once agree on the key of the first one.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
