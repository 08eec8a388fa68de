"""How does the report reach its reader? As one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import jinja2
from whenever import Instant

from openspiff.measure import Answer
from openspiff.program import Program, rule_line
from openspiff.report._charts import Chart, bridge_chart, estimates_chart, path_chart
from openspiff.report._words import TIERS, VERDICTS, headline_sentence, key_figures

_FOLDER = files("openspiff.report") / "templates"


def report_html(
    answer: Answer, program: Program, *, truth: Sequence[tuple[str, str, str]] = ()
) -> str:
    """Return the report of one measurement as a self-contained HTML page.

    The page loads nothing from anywhere, runs no script and names its own content policy.
    `truth` are rows of (quantity, set in the simulated market, estimated): the page shows
    them when the market was made by the simulator. Same input, same bytes.
    """
    charts = [
        chart
        for chart in (
            path_chart(answer) if answer.path else None,
            estimates_chart(answer) if answer.estimates else None,
            bridge_chart(answer),
        )
        if chart is not None
    ]
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style = (_FOLDER / "report.css").read_text(encoding="utf-8")
    page = environment.from_string((_FOLDER / "report.html").read_text(encoding="utf-8"))
    return page.render(
        answer=answer,
        program=program,
        rule=rule_line(program),
        verdict=VERDICTS[answer.verdict.decision],
        sentence=headline_sentence(answer),
        figures=key_figures(answer),
        charts=charts,
        tiers=TIERS,
        truth=truth,
        as_of=_day(answer.as_of, program.window.zone),
        style=style,
        style_digest=_digest(style),
        csv_link=_csv_link,
        cell=_cell,
    )


def chart_csv(chart: Chart) -> str:
    """Return the numbers of a chart as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(chart.header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in chart.rows)
    return text.getvalue()


def _csv_link(chart: Chart) -> str:
    coded = base64.b64encode(chart_csv(chart).encode()).decode()
    return f"data:text/csv;base64,{coded}"


def _digest(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _day(at: int, zone: str) -> str:
    return Instant.from_timestamp(at // 1_000_000).to_tz(zone).date().format_iso()


def _cell(value: Any) -> str:
    match value:
        case None:
            return "n/a"
        case float():
            return f"{value:,.3f}"
        case _:
            return str(value)
