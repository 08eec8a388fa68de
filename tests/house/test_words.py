"""Does one word mean one thing? What GLOSSARY.md refuses names nothing in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from house.sources import ROOT, committed_texts, python_files, shown, text_of, tree_of

from openspiff.events import STATUSES
from openspiff.ledger import Kind, accounts
from openspiff.measure import Tier

GLOSSARY = ROOT / "GLOSSARY.md"

# An identifier that holds a refused word, and why it may.
ALLOWED: dict[str, str] = {
    "scheme": "a browser's color scheme, light or dark",
}

BANNED_ROOMS = {"utils", "util", "helpers", "helper", "common", "core", "misc", "shared"}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")


def glossary_rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every table: word, meaning, other words."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "word"]


def refused_words(text: str) -> set[str]:
    return {word for row in glossary_rows(text) for word in re.findall(r"`(\w+)`", row[2])}


def words_of(identifier: str) -> set[str]:
    """Return the words of snake_case and CamelCase names, in lower case."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)
    return {part.lower() for part in parts}


def names_given(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield every name that this module gives to something of ours, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.arg(arg=name):
                yield name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.alias(asname=str(name)):
                yield name, 0


def refused_names(name_lines: Iterator[tuple[str, int]], refused: set[str]) -> list[str]:
    either = refused | {f"{word}s" for word in refused}
    return [
        f"{line}: {name}"
        for name, line in name_lines
        if words_of(name) & either and name not in ALLOWED
    ]


def sql_names(path: Path) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        for name in re.findall(r"[A-Za-z_]+", line.split("--")[0]):
            yield name, number


REFUSED = refused_words(text_of(GLOSSARY))
FILES = python_files("src", "tests", "benchmarks", "docs")


def test_no_name_in_the_code_is_a_refused_word() -> None:
    found = {
        shown(path): refused_names(names_given(tree_of(path)), REFUSED) for path in FILES
    }
    found |= {
        shown(path): refused_names(sql_names(path), REFUSED)
        for path in sorted((ROOT / "src").rglob("*.sql"))
    }
    found["modules"] = refused_names(((path.stem, 0) for path in FILES), REFUSED)
    assert {place: names for place, names in found.items() if names} == {}


def test_every_allowed_name_is_still_in_use() -> None:
    given = {name for path in FILES for name, _ in names_given(tree_of(path))}
    assert set(ALLOWED) - given == set()


def test_no_word_is_explained_twice() -> None:
    words = [row[0] for row in glossary_rows(text_of(GLOSSARY))]
    assert sorted(words) == sorted(set(words))
    assert not REFUSED & set(words)


def test_the_glossary_explains_what_the_books_and_the_measures_say() -> None:
    words = {
        word for row in glossary_rows(text_of(GLOSSARY)) for word in row[0].split(", ")
    }
    named = {kind.value for kind in Kind} | {f"tier {tier}" for tier in get_args(Tier)}
    for kind in Kind:
        both = accounts(kind, program_id="p", payee_id="q")
        named |= {both.debit.split(":")[0], both.credit.split(":")[0]}
    assert (named | set(STATUSES)) - words == set()


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{shown(path)}:{number}"
        for path in committed_texts()
        if path.suffix not in {".csv", ".txt"}
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_no_room_is_a_box_of_leftovers() -> None:
    names = {path.stem.strip("_") for path in python_files("src")}
    names |= {path.parent.name for path in python_files("src")}
    assert names & BANNED_ROOMS == set()


def test_the_check_of_words_can_fail() -> None:
    planted = ast.parse(
        "class SalesRep:\n    pass\ndef total_commission(agents):\n    uplift = 1\n"
        "    prepare = report = agenda = 2\n    return uplift\nimport a as contest\n"
    )
    found = refused_names(names_given(planted), REFUSED)
    assert [line.split(": ")[1] for line in found] == [
        "SalesRep",
        "total_commission",
        "contest",
        "agents",
        "uplift",
    ]
    assert UNFINISHED.search("# TO" + "DO: later")
    assert refused_words("| word | means | not |\n| a | b | `c`, `d`, e |\n") == {"c", "d"}
