"""How does the report reach those who file it? As a tagged PDF, always the same bytes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final, Unpack

import attrs
import typst

from openspiff.measure import Answer
from openspiff.program import Program

from ._charts import Chart
from ._contents import Contents, Options, report_contents

_TEMPLATE: Final = files("openspiff.report") / "templates" / "report.typ"
_FONT: Final = "Libertinus Serif"
"""Comes with typst, so that the bytes do not hang on the fonts of a machine."""


def report_pdf(answer: Answer, program: Program, **options: Unpack[Options]) -> bytes:
    """Return the report of one measurement as a PDF for screen readers and archives.

    The file is PDF/UA-1 with title, language, headings, tables and words for each picture.
    Its date is the moment from which the answer looks back: same input, same bytes. Where
    a name has letters that typst's own fonts lack, they are drawn as boxes and the file is
    tagged but claims no PDF/UA-1; the HTML page shows them.
    """
    return contents_pdf(report_contents(answer, program, **options))


def contents_pdf(contents: Contents) -> bytes:
    """Return what a report says as a PDF."""
    try:
        return _compiled(contents, standards=["ua-1"])
    except typst.TypstError:
        return _compiled(contents, standards=[])


def _compiled(contents: Contents, *, standards: list[Any]) -> bytes:
    compiler = typst.Compiler(
        _TEMPLATE.read_bytes(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_plain(contents), sort_keys=True)},
    )
    pages = compiler.compile(
        format="pdf", pdf_standards=standards, timestamp=contents.as_of // 1_000_000
    )
    if not isinstance(pages, bytes):
        message = "typst gave no single file"
        raise TypeError(message)
    return pages


def _plain(contents: Contents) -> dict[str, Any]:
    """Return the contents as texts and lists, each picture as its drawing and words."""
    held = {
        field.name: getattr(contents, field.name)
        for field in attrs.fields(Contents)
        if field.name not in {"charts", "sections"}
    }
    sections = [
        {
            "heading": section.heading,
            "sentences": section.sentences,
            "items": section.items,
            "charts": [_drawing(chart) for chart in section.charts],
            "tables": [attrs.asdict(table) for table in section.tables],
        }
        for section in contents.sections
    ]
    charts = [_drawing(chart) for chart in contents.charts]
    return {**held, "charts": charts, "sections": sections}


def _drawing(chart: Chart) -> dict[str, str]:
    drawing = chart.light.replace('font-family="sans-serif"', f'font-family="{_FONT}"')
    return {"title": chart.title, "alternative": chart.alternative, "svg": drawing}
