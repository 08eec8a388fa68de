"""What does the code say about itself? Writes docs/reference, or checks that it is fresh.

python docs/make_reference.py            write the pages
python docs/make_reference.py --check    exit 1 and name the pages that would change
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
PACKAGE = ROOT / "src" / "openspiff"
SPECS = ROOT / "tests" / "spec"
NOTE = "<!-- Written from the code by `make docs`: change the code, not this page. -->"
# A name at the start of a line, then words; deeper lines go on with them.
SETTING = re.compile(r"^(OPENSPIFF_[A-Z_]+) +(\S.*(?:\n {8,}\S.*)*)", flags=re.MULTILINE)
COLUMN = re.compile(r'^    "(\w+)": "(\w+)",(?:  # (.*))?$', flags=re.MULTILINE)


def page(title: str, *parts: str) -> str:
    """Return a page: title, where it comes from, and the parts that say something."""
    return "\n\n".join([f"# {title}", NOTE, *(part for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table; line breaks and bars in cells are made harmless."""
    cells = [[_cell(value) for value in row] for row in [head, *rows]]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def paragraphs(text: str | None) -> str:
    """Return a docstring as Markdown paragraphs, without its indentation."""
    return inspect.cleandoc(text or "")


def first_sentences(text: str | None) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join(paragraphs(text).split("\n\n")[0].split())


def error_page() -> str:
    """Return the page of every error that a person can mend, read from the sources."""
    found = [one for path in sources() for one in _classes(path)]
    codes = {"OpenSpiffError": "error"}
    rows = []
    # A class is an error of ours when it inherits from one; a few rounds find them all.
    while fresh := [one for one in found if one[0] not in codes and one[1] & set(codes)]:
        for name, bases, code, room, said in fresh:
            codes[name] = code or codes[min(bases & set(codes))]
            rows.append((f"`{codes[name]}`", f"`{name}`", room, said))
    said = """Every error that a person can put right has a code that never changes. It says
all that is wrong at once, each with its place and what would mend it; the command line
shows it without a traceback, and nothing has been written."""
    return page("Errors", said, table(["code", "class", "room", "it means"], sorted(rows)))


def warning_page() -> str:
    """Return the page of every warning and check of a measurement, by its code."""
    measure = importlib.import_module("openspiff.measure")
    value = importlib.import_module("openspiff.value")
    cautions = sorted({**measure.CAUTIONS, **value.CAUTIONS}.items())
    said = """A warning is what a reader must know before using a number; it stands beside
it, with a sentence about the case at hand. Its code never changes. What these data cannot
answer at all is [an error](errors.md)."""
    asked = """Each is asked where it makes sense; its sentence says what was found. Which
of them stop a verdict is told in
[how a program is measured](../explanation/measurement.md#checks)."""
    return page(
        "Warnings and checks",
        said,
        table(["code", "it means"], [(f"`{code}`", text) for code, text in cautions]),
        "## Checks",
        asked,
        table(
            ["code", "asks"],
            [(f"`{code}`", text) for code, text in sorted(measure.CHECKS.items())],
        ),
    )


def sources() -> list[Path]:
    """Return our modules; migrations are written by Django."""
    return [
        path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts
    ]


def _classes(path: Path) -> Iterator[tuple[str, set[str], str, str, str]]:
    """Yield name, names of bases, code, room and first sentences of every class."""
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base).split(".")[-1] for base in node.bases}
            said = first_sentences(ast.get_docstring(node))
            yield node.name, bases, _code(node), room, said


def _code(node: ast.ClassDef) -> str:
    for one in node.body:
        match one:
            case (
                ast.AnnAssign(
                    target=ast.Name(id="code"), value=ast.Constant(value=str(code))
                )
                | ast.Assign(
                    targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))
                )
            ):
                return code
            case _:
                continue
    return ""


def settings_page() -> str:
    """Return the page of environment variables, from the docstrings that declare them."""
    declared: dict[str, str] = {}
    for path in sources():
        head = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        declared |= dict(SETTING.findall(head))
    rows = [(f"`{name}`", meaning) for name, meaning in sorted(declared.items())]
    said = "Everything else is a file of the workspace; these come from the environment."
    return page("Settings", said, table(["variable", "what it sets"], rows))


def library_page() -> str:
    """Return the page of the names that `import openspiff` offers."""
    package = importlib.import_module("openspiff")
    parts = []
    for name in getattr(package, "__all__", []):
        value = getattr(package, name)
        parts.append(f"## `{name}`")
        if callable(value) and not isinstance(value, type):
            parts.append(f"```python\n{_signature(name, value)}\n```")
        if isinstance(value, type) or callable(value):
            parts.append(paragraphs(value.__doc__))
    return page("Library", "What `import openspiff` offers; the rest is private.", *parts)


def _signature(name: str, value: Any) -> str:
    signature = inspect.signature(value)
    shown = [_parameter(one) for one in signature.parameters.values()]
    starred = next(
        (
            index
            for index, one in enumerate(signature.parameters.values())
            if one.kind is inspect.Parameter.KEYWORD_ONLY
        ),
        None,
    )
    if starred is not None:
        shown.insert(starred, "*")
    back = signature.return_annotation
    answer = back if isinstance(back, str) else getattr(back, "__name__", str(back))
    if len(", ".join(shown)) + len(name) < 80:  # noqa: PLR2004 (a line of the page)
        return f"{name}({', '.join(shown)}) -> {answer}"
    inside = "".join(f"    {one},\n" for one in shown)
    return f"{name}(\n{inside}) -> {answer}"


def _parameter(one: inspect.Parameter) -> str:
    """Return a parameter as it was written: annotations are texts, functions have names."""
    text = re.sub(r": '(.*?)'", r": \1", str(one))
    return re.sub(r"<function (\w+) at 0x\w+>", r"\1", text)


def command_page() -> str:
    """Return the page of the command line, from what its commands say in --help."""
    import click  # noqa: PLC0415 (only here)

    offered = vars(importlib.import_module("openspiff.cli")).values()
    group = next(one for one in offered if isinstance(one, click.Group))
    parts = []
    for words, command in commands(group, "openspiff"):
        context = click.Context(command, info_name=words)
        usage = context.get_usage().removeprefix("Usage: ")
        parts += [f"## `{words}`", f"```\n{usage}\n```", paragraphs(command.help)]
        parts.append(_parameters(context, command))
    return page("Command line", *parts)


def commands(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    """Yield a command and all commands below it, each with the words that call it."""
    import click  # noqa: PLC0415 (only here)

    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), f"{words} {name}")


def _parameters(context: Any, command: Any) -> str:
    records = [one.get_help_record(context) for one in command.get_params(context)]
    rows = [(f"`{head}`", said) for head, said in filter(None, records) if said]
    return table(["option", "what it does"], rows) if rows else ""


def event_page() -> str:
    """Return the page of the columns that the feed, the roster and the rates have."""
    text = (PACKAGE / "events" / "_shape.py").read_text(encoding="utf-8")
    titles = {
        "EVENT_COLUMNS": "Events",
        "SUPERSEDED_COLUMNS": "Superseded revisions",
        "PAYEE_COLUMNS": "The roster",
        "RATE_COLUMNS": "Exchange rates",
    }
    parts = [text.split('"""')[1].strip()]
    for name, title in titles.items():
        body = text.split(f"{name}: Final[Mapping[str, str]] = {{\n")[1].split("\n}")[0]
        note = re.match(r" *# (.*)", body)
        rows = [(f"`{a}`", b, c) for a, b, c in COLUMN.findall(body)]
        parts += [f"## {title}", note[1] if note else "", table(_COLUMN_HEAD, rows)]
    return page("Columns of the feed", *parts)


_COLUMN_HEAD = ("column", "type", "what it says")


def reason_page() -> str:
    """Return the page of reason codes with the sentences that payees read."""
    from openspiff.rules import REASONS, REMEDIES  # noqa: PLC0415 (only here)

    said = """Why an event paid nothing, or less. The code never changes; the sentence is
what a payee reads, with the facts of the event in place of the braces, and so is what
would change it while the window is open."""
    rows = [
        (f"`{code}`", sentence, REMEDIES[code].while_open)
        for code, sentence in REASONS.items()
    ]
    return page(
        "Reason codes", said, table(["code", "sentence", "what would change it"], rows)
    )


def api_page() -> str:
    """Return the page of every operation of the API, from its own document."""
    import django  # noqa: PLC0415 (only here)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openspiff.web.settings")
    django.setup()
    document = importlib.import_module("openspiff.web.api").schema_document()
    said = """Each operation with its scope and its parameters. The OpenAPI 3.1 document
stands at `/api/openapi.json`, the same as a page for reading at `/api/`."""
    parts = []
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            (scope,) = one["security"][0]["token"]
            parts += [
                f"## `{one['operationId']}`",
                f"`{method.upper()} {path}` with the scope `{scope}`",
                f"{one['summary']}.",
                one.get("description", ""),
                _operation_table(one),
            ]
    return page("API", said, *parts)


def _operation_table(one: dict[str, Any]) -> str:
    rows = [
        (f"`{each['name']}`", each["in"], each.get("description", ""))
        for each in one["parameters"]
    ]
    statuses = ", ".join(one["responses"])
    return table(["parameter", "where", "meaning"], rows) + f"\n\nStatuses: {statuses}."


def spec_pages() -> dict[str, str]:
    """Return one page for each folder of specs: titles, texts and tables of examples."""
    sys.path.insert(0, str(ROOT / "tests"))
    pages = {}
    for folder in sorted(path for path in SPECS.iterdir() if path.is_dir()):
        files = sorted(folder.glob("test_*.py"))
        parts = [part for path in files for part in _spec_parts(path)]
        if parts:
            said = "Each example below is a test that runs with every change."
            title = f"{folder.name.capitalize()} by example"
            pages[f"{folder.name}.md"] = page(title, said, *parts)
    return pages


def _spec_parts(path: Path) -> list[str]:
    name = f"spec_{path.parent.name}_{path.stem}"
    description = importlib.util.spec_from_file_location(name, path)
    if description is None or description.loader is None:
        message = f"cannot read {path}"
        raise ImportError(message)
    module = importlib.util.module_from_spec(description)
    description.loader.exec_module(module)
    title = getattr(module, "TITLE", path.stem.removeprefix("test_").replace("_", " "))
    parts = [f"## {title}", paragraphs(module.__doc__)]
    for constant, value in vars(module).items():
        if constant in _SPEC_CONSTANTS and isinstance(value, str):
            parts += _spec_text(constant, value)
    return parts


# What a spec may say as text: terms in TOML, tables with bars, or a few names.
_SPEC_CONSTANTS = {
    "PROGRAM": "Terms",
    "AMENDMENT": "Terms of the amendment",
    "ROSTER": "Roster",
    "RATES": "Exchange rates",
    "HELD_OUT": "Held out",
    "EVENTS": "Events",
    "EXPECTED": "What is due",
}


def _spec_text(constant: str, text: str) -> list[str]:
    """Return the caption and the block of what a spec says as text, if it says anything."""
    lines = text.strip().splitlines()
    if not lines:
        return []
    caption = f"*{_SPEC_CONSTANTS[constant]}*"
    if constant in {"PROGRAM", "AMENDMENT"}:
        return [caption, "```toml\n" + "\n".join(lines) + "\n```"]
    if constant == "HELD_OUT":
        return [f"{caption}: {', '.join(text.split())}"]
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [caption, table(head, rows)]


def pages() -> dict[str, str]:
    """Return every page of the reference by its file name."""
    written = {
        "api.md": api_page(),
        "cli.md": command_page(),
        "errors.md": error_page(),
        "events.md": event_page(),
        "library.md": library_page(),
        "reasons.md": reason_page(),
        "settings.md": settings_page(),
        "warnings.md": warning_page(),
    }
    return written | spec_pages()


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with --check say which of them are stale."""
    written = pages()
    stale = [
        name
        for name, text in written.items()
        if not (REFERENCE / name).is_file()
        or (REFERENCE / name).read_text(encoding="utf-8") != text
    ]
    left_over = [path.name for path in REFERENCE.glob("*.md") if path.name not in written]
    if "--check" in arguments:
        for name in [*stale, *left_over]:
            print(f"docs/reference/{name} is stale: run  make docs")
        return 1 if stale or left_over else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
    for name in left_over:
        (REFERENCE / name).unlink()
    print(f"docs/reference: {len(written)} pages, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
