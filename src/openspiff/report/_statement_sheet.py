"""How does a payee file a month? Its statement as a tagged PDF, always the same bytes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

import attrs
import typst

_TEMPLATE: Final = files("openspiff.report") / "templates" / "statement.typ"


@attrs.frozen(kw_only=True)
class StatementSheet:
    """What the sheet says, every text as it is shown.

    `head` are facts by name, `figures` the sums of the month, `header` and `rows` its
    lines: what, program, event, day, change, balance. `digest` is that of the lines; `at`
    is the moment of the last line, which the file carries as its date.
    """

    title: str
    language: str
    head: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    digest_label: str
    digest: str
    at: int


def statement_pdf(sheet: StatementSheet) -> bytes:
    """Return the statement of a month as a PDF for screen readers and archives.

    PDF/UA-1 with title, language, headings and table, as the report: where a name has
    letters that typst's own fonts lack it stays tagged but claims no PDF/UA-1. Same sheet,
    same bytes.
    """
    try:
        return _compiled(sheet, standards=["ua-1"])
    except typst.TypstError:
        return _compiled(sheet, standards=[])


def _compiled(sheet: StatementSheet, *, standards: list[Any]) -> bytes:
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(attrs.asdict(sheet), sort_keys=True)},
    )
    pages = compiler.compile(
        format="pdf", pdf_standards=standards, timestamp=sheet.at // 1_000_000
    )
    if not isinstance(pages, bytes):
        message = "typst gave no single file"
        raise TypeError(message)
    return pages
