"""How does the report reach its reader? As one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import Any, Unpack

import jinja2

from openspiff.measure import Answer
from openspiff.program import Program

from ._charts import Chart, chart_csv
from ._contents import Contents, Options, report_contents

_FOLDER = files("openspiff.report") / "templates"


def report_html(answer: Answer, program: Program, **options: Unpack[Options]) -> str:
    """Return the report of one measurement as a self-contained HTML page.

    The page loads nothing from anywhere, runs no script and names its own content policy.
    Same input, same bytes. Raises MeasureError when a band does not fit the path.
    """
    return contents_html(report_contents(answer, program, **options))


def contents_html(contents: Contents) -> str:
    """Return what a report says as a self-contained HTML page."""
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(_template),
    )
    style = _template("report.css")
    return environment.get_template("report.html").render(
        contents=contents,
        style=style,
        style_digest=_digest(style),
        csv_link=_csv_link,
        cell=_cell,
    )


def _template(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _csv_link(chart: Chart) -> str:
    coded = base64.b64encode(chart_csv(chart).encode()).decode()
    return f"data:text/csv;base64,{coded}"


def _digest(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _cell(value: Any) -> str:
    match value:
        case None:
            return "n/a"
        case float():
            return f"{value:,.3f}"
        case _:
            return str(value)
