"""Which install do the page tests look at? One is made, and every test gets a copy."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django
import pytest
from databases import Database, connected, made_once

django.setup()  # the settings are named by the conftest above

from django.conf import settings as _settings  # noqa: E402
from django.test import override_settings  # noqa: E402
from web_world import World, make_world, users_of  # noqa: E402 (imports records)

_settings.PASSWORD_HASHERS = ["quick_hasher.QuickArgon2"]


@pytest.fixture(scope="session")
def made_world(shared_folder: Path, sqlite_template: Path, django_db_blocker: Any) -> Path:
    """Return a folder with the small install and its database."""

    def make(home: Path) -> None:
        path = home / "openspiff.sqlite3"
        shutil.copy(sqlite_template, path)
        with (
            django_db_blocker.unblock(),
            connected(Database("sqlite", path=path)),
            override_settings(OPENSPIFF_HOME=home),
        ):
            make_world(home)

    return made_once(shared_folder, "world", make)


@contextmanager
def at_work_on(home: Path, blocker: Any) -> Iterator[World]:
    """Let Django work on an install's database."""
    path = home / "openspiff.sqlite3"
    with blocker.unblock(), connected(Database("sqlite", path=path)):
        yield World(home, users_of())


@pytest.fixture
def world(
    made_world: Path, tmp_path: Path, settings: Any, django_db_blocker: Any
) -> Iterator[World]:
    """Return an install with a program that has been booked, paid and taken back."""
    home = tmp_path / "home"
    shutil.copytree(made_world, home)
    settings.OPENSPIFF_HOME = home
    with at_work_on(home, django_db_blocker) as world:
        yield world


@pytest.fixture(scope="session")
def made_with(
    made_world: Path, temporary_folder: Path, django_db_blocker: Any
) -> Callable[[Callable[[World], None]], Path]:
    """Return what gives the install with more in it, made once a process."""

    @functools.cache
    def made(prepare: Callable[[World], None]) -> Path:
        home = Path(tempfile.mkdtemp(dir=temporary_folder)) / "home"
        shutil.copytree(made_world, home)
        with (
            override_settings(OPENSPIFF_HOME=home),
            at_work_on(home, django_db_blocker) as world,
        ):
            prepare(world)
        return home

    return made


@pytest.fixture
def world_with(
    made_with: Callable[[Callable[[World], None]], Path],
    tmp_path: Path,
    settings: Any,
    django_db_blocker: Any,
) -> Iterator[Callable[[Callable[[World], None]], World]]:
    """Return what copies the install with more in it, for this test alone."""
    with ExitStack() as stack:

        def copied(prepare: Callable[[World], None]) -> World:
            made = made_with(prepare)
            home = tmp_path / "home"
            shutil.copytree(made, home)
            settings.OPENSPIFF_HOME = home
            return stack.enter_context(at_work_on(home, django_db_blocker))

        yield copied


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
