"""Does what the files for containers name exist? (No engine runs them here.)"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from house.sources import ROOT, text_of

from openspiff.cli import openspiff

SETTING = re.compile(r"\b(OPENSPIFF_[A-Z_]+)\b")
FILES = ("Dockerfile", "compose.env.example")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile, each on one line."""
    text = re.sub(r"\\\n\s*", " ", text_of(ROOT / "Dockerfile"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text_of(ROOT / "compose.yaml"))[
        "services"
    ]
    return found


def accepted(arguments: list[str]) -> None:
    """Parse a command line of ours as far as its options; nothing is run."""
    name, *rest = arguments
    context = openspiff.make_context("openspiff", ["--home", ".", name])
    command = openspiff.get_command(context, name)
    assert command is not None, name
    command.make_context(name, list(rest), parent=context)


@pytest.mark.parametrize("file", FILES)
def test_every_setting_that_is_named_exists(file: str) -> None:
    named = set(SETTING.findall(text_of(ROOT / file)))
    documented = text_of(ROOT / "docs" / "reference" / "settings.md")
    assert named
    assert {name for name in named if f"`{name}`" not in documented} == set()


def test_every_file_that_is_copied_exists_and_is_let_through() -> None:
    ignored = text_of(ROOT / ".dockerignore").splitlines()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in ignored, source


def test_extras_of_the_image_exist() -> None:
    (said,) = re.findall(r'install "\.\[([a-z,]+)\]"', text_of(ROOT / "Dockerfile"))
    declared = text_of(ROOT / "pyproject.toml")
    assert [one for one in said.split(",") if f"\n{one} = [" not in declared] == []


def test_image_runs_as_nobody_in_particular_and_in_production() -> None:
    found = instructions()
    users = [rest for name, rest in found if name == "USER"]
    assert users == ["openspiff"]
    last = [name for name, _ in found].index("USER")
    assert all(name != "RUN" for name, _ in found[last:])
    (said,) = [rest for name, rest in found if name == "ENV" and "OPENSPIFF_HOME" in rest]
    assert "OPENSPIFF_MODE=production" in said


def test_commands_of_the_image_exist() -> None:
    for name, rest in instructions():
        if name in {"CMD", "HEALTHCHECK"}:
            said = yaml.safe_load(rest[rest.index("[") :])
            accepted(said[1:] if said[0] == "openspiff" else said)


@pytest.mark.parametrize("service", ["server", "upgrade", "worker"])
def test_our_services_run_a_command_that_exists_and_are_shut_in(service: str) -> None:
    said = services()[service]
    accepted(said["command"])
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_database_is_reached_from_inside_only_and_watched() -> None:
    whole = yaml.safe_load(text_of(ROOT / "compose.yaml"))
    database = whole["services"]["database"]
    assert "ports" not in database
    assert database["networks"] == ["inside"]
    assert whole["networks"]["inside"]["internal"] is True
    assert database["healthcheck"]["test"][1] == "pg_isready"
    used = {
        one.split(":")[0] for each in whole["services"].values() for one in each["volumes"]
    }
    assert used == set(whole["volumes"])
    assert all("env_file" in each for each in whole["services"].values())


def test_only_this_machine_reaches_the_server() -> None:
    (port,) = services()["server"]["ports"]
    assert port.startswith("127.0.0.1:")


def test_the_example_holds_no_password() -> None:
    for line in text_of(ROOT / "compose.env.example").splitlines():
        name, _, value = line.partition("=")
        if "PASSWORD" in name or name.endswith(("_KEY", "_TOKEN")):
            assert value == "", name
