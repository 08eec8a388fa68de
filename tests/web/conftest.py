"""Which install do the page tests look at?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
import pytest

django.setup()  # the settings are named by the conftest above

from web_world import World, make_world  # noqa: E402 (imports records)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """Return a workspace folder of this test."""
    settings.OPENSPIFF_HOME = tmp_path
    (tmp_path / "feed").mkdir()
    (tmp_path / "reports").mkdir()
    return tmp_path


@pytest.fixture
def world(home: Path, db: None) -> World:  # noqa: ARG001 (the database is asked for)
    """Return a small install with a program that has been booked, paid and taken back."""
    return make_world(home)
