"""What do the house rules look at? The text of the checkout, read once."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "openspiff"
OURS = (
    "src",
    "tests",
    "benchmarks",
    "docs",
    "examples",
    "changelog.d",
    "requirements",
    ".ci",
)


@functools.cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Return our Python files in these folders; migrations are written by Django."""
    return tuple(
        sorted(
            path
            for folder in folders
            for path in (ROOT / folder).rglob("*.py")
            if "migrations" not in path.parts
        )
    )


@functools.cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def shown(path: Path) -> str:
    """Return the path as people type it, from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def committed_texts() -> tuple[Path, ...]:
    """Return every text file of the checkout, without what was built or cached."""
    # In a second work tree .git is a file that says where the first one lies.
    top = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    below = [
        path
        for folder in OURS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return tuple(sorted(path for path in top + below if _is_text(path)))


def _is_text(path: Path) -> bool:
    if path.name.endswith((".sqlite3", ".pyc")) or path.name == "secret.key":
        return False
    return b"\0" not in path.read_bytes()[:4096]
