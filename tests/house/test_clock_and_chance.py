"""Do the clock and the seeds enter at the doors only?

Ruff's banned-api (pyproject.toml) refuses reading the clock; the first test proves that it
is on where it must be. Generators without a seed are found here.
"""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from house.sources import ROOT, python_files, shown, tree_of

READS_THE_CLOCK = '''"""Planted."""

import datetime as dt
import random
import time

from django.utils import timezone
from whenever import Instant

NOW = dt.datetime.now(dt.UTC)
TODAY = dt.date.today()
STAMP = time.time()
INSTANT = Instant.now()
MOMENT = timezone.now()
DICE = random.random()
'''
BANNED_THERE = 6

# Called with nothing, each of these draws its seed from the machine.
GENERATORS = {"default_rng", "Random", "SeedSequence", "RandomState", "Generator", "PCG64"}


def banned_at(place: str) -> list[str]:
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--no-cache"]
    command += ["--output-format", "concise", "--stdin-filename", place, "-"]
    done = subprocess.run(
        command,
        input=READS_THE_CLOCK,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return [line for line in done.stdout.splitlines() if "TID251" in line]


@pytest.mark.parametrize(
    "place",
    [
        "src/openspiff/rules/_planted.py",
        "src/openspiff/measure/_planted.py",
        "src/openspiff/run.py",
        "src/openspiff/web/actions/planted.py",
        "src/openspiff/web/queries/planted.py",
    ],
)
def test_inside_the_clock_is_refused(place: str) -> None:
    assert len(banned_at(place)) == BANNED_THERE


@pytest.mark.parametrize(
    "place", ["src/openspiff/cli.py", "src/openspiff/web/views/planted.py"]
)
def test_the_doors_may_read_the_clock(place: str) -> None:
    assert banned_at(place) == []


def unseeded(trees: dict[str, ast.Module]) -> list[str]:
    return [
        f"{name}:{node.lineno}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and not node.args
        and not node.keywords
        and _last_name(node.func) in GENERATORS
    ]


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def test_every_generator_is_given_a_seed() -> None:
    files = python_files("src", "tests", "benchmarks")
    assert unseeded({shown(path): tree_of(path) for path in files}) == []


def test_the_check_of_seeds_can_fail() -> None:
    planted = ast.parse("a = np.random.default_rng()\nb = default_rng(3)\nc = Random()\n")
    assert unseeded({"a.py": planted}) == ["a.py:1", "a.py:3"]
