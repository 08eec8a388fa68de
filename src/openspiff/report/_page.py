"""How does the report reach its reader? As one HTML file that needs nothing else."""

from __future__ import annotations

from typing import Unpack

from openspiff.measure import Answer
from openspiff.program import Program

from ._contents import Contents, Options, report_contents
from ._html import render


def report_html(answer: Answer, program: Program, **options: Unpack[Options]) -> str:
    """Return the report of one measurement as a self-contained HTML page.

    The page loads nothing from anywhere, runs no script and names its own content policy.
    Same input, same bytes.
    """
    return contents_html(report_contents(answer, program, **options))


def contents_html(contents: Contents) -> str:
    """Return what a report says as a self-contained HTML page."""
    return render("report.html", contents=contents)
