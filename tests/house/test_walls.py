"""Do the rooms import only what stands below them, and by their front doors?

The contracts stand in pyproject.toml and import-linter holds them. A second run on a copy
with planted wrong imports shows that each of them can fail.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from house.sources import PACKAGE, ROOT, python_files, shown, tree_of

LINT = "from importlinter.cli import lint_imports as lint; exit(lint(no_cache=True))"

# One wrong import for each contract, and one room that nobody gave a place.
PLANTED = {
    "events/_planted.py": "import openspiff.rules",
    "market/_planted.py": "import openspiff.measure",
    "value/_planted.py": "import openspiff.measure",
    "errors.py": "import openspiff.money",
    "web/queries/planted.py": "import openspiff.web.actions",
    "web/urls/planted.py": "import openspiff.web.models",
    "money.py": "import django",
    "measure/_planted.py": "import duckdb",
    "program/_planted.py": "import numpy",
    "web/actions/planted.py": "import scipy",
    "rules/_planted.py": "import altair",
    "program/_one.py": "import openspiff.program._two",
    "program/_two.py": "import openspiff.program._one",
    "leftovers.py": "LEFT = 1",
}


def walls(root: Path) -> tuple[int, dict[str, bool]]:
    """Run import-linter in `root`; return its exit code and which contracts were kept."""
    done = subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    found = re.findall(r"^(.+?) (KEPT|BROKEN)\b.*$", output, flags=re.MULTILINE)
    assert found, done.stdout + done.stderr
    return done.returncode, {name: kept == "KEPT" for name, kept in found}


def test_every_wall_holds() -> None:
    code, kept = walls(ROOT)
    assert {name for name, is_kept in kept.items() if not is_kept} == set()
    assert code == 0


def test_every_wall_can_fall(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        PACKAGE,
        tmp_path / "src" / "openspiff",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for place, line in PLANTED.items():
        path = tmp_path / "src" / "openspiff" / place
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    code, kept = walls(tmp_path)
    assert {name for name, is_kept in kept.items() if is_kept} == set()
    assert code != 0


def private_imports(module: str, tree: ast.Module, *, is_package: bool) -> list[str]:
    """Return the private modules that `module` imports from outside their room."""
    return [
        f"{module}:{line} {target}"
        for target, line in imported(module, tree, is_package=is_package)
        if (room := _room_of(target)) and not f"{module}.".startswith(f"{room}.")
    ]


def imported(
    module: str, tree: ast.Module, *, is_package: bool
) -> Iterator[tuple[str, int]]:
    """Yield the dotted names of all modules of ours that a module may import."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield alias.name, node.lineno
            case ast.ImportFrom(module=base, names=names, level=level):
                up = package[: len(package) - level + 1] if level else []
                start = ".".join([*up, *([base] if base else [])])
                for alias in names:
                    yield f"{start}.{alias.name}", node.lineno


def _room_of(target: str) -> str:
    """Return the package that a private module of ours belongs to, else nothing."""
    parts = target.split(".")
    if parts[0] != "openspiff":
        return ""
    for index, part in enumerate(parts):
        if part.startswith("_") and not part.startswith("__"):
            place = PACKAGE.parent.joinpath(*parts[: index + 1])
            is_module = place.is_dir() or place.with_suffix(".py").is_file()
            return ".".join(parts[:index]) if is_module else ""
    return ""


def test_a_private_module_is_imported_only_inside_its_room() -> None:
    found = []
    for path in python_files("src", "tests", "benchmarks", "docs"):
        name = shown(path).removeprefix("src/").removesuffix(".py").replace("/", ".")
        is_package = name.endswith(".__init__")
        module = name.removesuffix(".__init__")
        imports = private_imports(module, tree_of(path), is_package=is_package)
        found += [one for one in imports if not may_look_inside(module, one.split(" ")[1])]
    assert found == []


def may_look_inside(module: str, target: str) -> bool:
    """Tell whether a test is named after the room whose private module it imports."""
    return module.startswith("tests.") and target.split(".")[1] in re.split(r"[._]", module)


def test_the_check_of_private_imports_can_fail() -> None:
    planted = ast.parse(
        "from openspiff.rules._table import x\nfrom openspiff.rules import _table\n"
        "import openspiff.ledger._one\nfrom ._two import y\nfrom . import _three\n"
        "from ..measure import _types\nfrom openspiff.rules import REASONS\n"
    )
    found = private_imports("openspiff.ledger._six", planted, is_package=False)
    assert found == [
        "openspiff.ledger._six:1 openspiff.rules._table.x",
        "openspiff.ledger._six:2 openspiff.rules._table",
        "openspiff.ledger._six:6 openspiff.measure._types",
    ]
    inside = "openspiff.rules._table"
    assert may_look_inside("tests.unit.test_rules_table", inside)
    assert not may_look_inside("tests.unit.test_ledger", inside)
    assert not may_look_inside("openspiff.measure.rules", inside)
