"""Which of the given files plays which role, and how is it opened?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import assert_never

from openspiff.errors import Problem
from openspiff.events._csv_file import open_csv
from openspiff.events._mapping import EventMapping, FileFormat, FileRule
from openspiff.events._parquet_file import open_parquet
from openspiff.events._section import did_you_mean
from openspiff.events._sheet_file import open_sheet
from openspiff.events._tables import EventFileError, Table

Given = Path | Sequence[Path] | Mapping[str, Path]
"""A folder, a file, files, or a file for each role."""


def _matching(paths: Sequence[Path], rule: FileRule) -> list[Path]:
    name = Path(rule.path).name
    return [path for path in paths if path.name == name or fnmatch(path.name, name)]


def _by_role(given: Given, mapping: EventMapping) -> dict[str, list[Path]]:
    if isinstance(given, Mapping):
        return {role: [path] for role, path in given.items()}
    if isinstance(given, Path) and given.is_dir():
        return {
            role: sorted(path for path in given.glob(rule.path) if path.is_file())
            for role, rule in mapping.files.items()
        }
    paths = [given] if isinstance(given, Path) else list(given)
    if len(paths) == 1 and len(mapping.files) == 1:
        return {mapping.main: paths}
    return {role: _matching(paths, rule) for role, rule in mapping.files.items()}


def find_files(given: Given, mapping: EventMapping) -> dict[str, list[Path]]:
    """Return the files of every role; only the main role may have several.

    A single file for a mapping with a single role is taken whatever its name. Raises
    EventFileError with every role that has no file, or too many.
    """
    found = _by_role(given, mapping)
    problems: list[Problem] = []
    for role, rule in mapping.files.items():
        place = f"files.{role}"
        paths = found.get(role, [])
        if not paths:
            names = _names(given)
            remedy = did_you_mean(rule.path, names) if names else ""
            problems.append(Problem(place, f"there is no file {rule.path!r}", remedy))
        if len(paths) > 1 and role != mapping.main:
            names = [path.name for path in paths]
            problems.append(Problem(place, f"expected one file, found {', '.join(names)}"))
        problems += [
            Problem(place, f"there is no file {path}")
            for path in paths
            if not path.is_file()
        ]
    problems += [
        Problem(
            f"files.{role}",
            "the mapping has no such file",
            did_you_mean(role, mapping.files),
        )
        for role in found
        if role not in mapping.files
    ]
    if problems:
        msg = f"the files of {mapping.source} are not all there"
        raise EventFileError(msg, problems)
    return found


def _names(given: Given) -> list[str]:
    if isinstance(given, Mapping):
        return []
    if isinstance(given, Path):
        return [path.name for path in given.iterdir()] if given.is_dir() else [given.name]
    return [path.name for path in given]


def open_table(path: Path, rule: FileRule, wanted: Collection[str]) -> Table:
    """Open a file as its rule says; `wanted` columns help to detect how it is written.

    Raises EventFileError when it cannot be opened as that.
    """
    try:
        match rule.format:
            case FileFormat.CSV:
                return open_csv(path, rule, wanted)
            case FileFormat.XLSX:
                return open_sheet(path, rule)
            case FileFormat.PARQUET:
                return open_parquet(path)
            case _:
                assert_never(rule.format)
    except OSError as error:
        problem = Problem(path.name, str(error))
        msg = f"{path.name} cannot be read"
        raise EventFileError(msg, [problem]) from None
