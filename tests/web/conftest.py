"""Which install do the page tests look at? One is made, and every test gets a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from databases import Database, connected

django.setup()  # the settings are named by the conftest above

from django.test import override_settings  # noqa: E402
from web_world import World, make_world, users_of  # noqa: E402 (imports records)


@pytest.fixture(scope="session")
def made_world(
    temporary_folder: Path, sqlite_template: Path, django_db_blocker: Any
) -> Path:
    """Return a folder with the small install and its database."""
    home = temporary_folder / "world"
    home.mkdir()
    path = home / "openspiff.sqlite3"
    shutil.copy(sqlite_template, path)
    with (
        django_db_blocker.unblock(),
        connected(Database("sqlite", path=path)),
        override_settings(OPENSPIFF_HOME=home),
    ):
        make_world(home)
    return home


@pytest.fixture
def world(
    made_world: Path, tmp_path: Path, settings: Any, django_db_blocker: Any
) -> Iterator[World]:
    """Return an install with a program that has been booked, paid and taken back."""
    home = tmp_path / "home"
    shutil.copytree(made_world, home)
    settings.OPENSPIFF_HOME = home
    with (
        django_db_blocker.unblock(),
        connected(Database("sqlite", path=home / "openspiff.sqlite3")),
    ):
        yield World(home, users_of())


@pytest.fixture
def empty_world(
    sqlite_template: Path, tmp_path: Path, settings: Any, django_db_blocker: Any
) -> Iterator[Path]:
    """Return the folder of an install in which nothing has happened yet."""
    settings.OPENSPIFF_HOME = tmp_path
    path = tmp_path / "openspiff.sqlite3"
    shutil.copy(sqlite_template, path)
    with django_db_blocker.unblock(), connected(Database("sqlite", path=path)):
        yield tmp_path
