"""How is a library of finished programs read? As one HTML file that needs nothing else."""

from __future__ import annotations

import jinja2

from openspiff.measure import Library, Portfolio

from ._library_chart import programs_chart
from ._library_words import effects_table, library_sections, library_sentences
from ._page import _csv_link, _digest, _template


def library_html(found: Portfolio, library: Library) -> str:
    """Return what finished programs teach together as a self-contained HTML page.

    `found` is the portfolio of the programs of `library`. The page loads nothing from
    anywhere, runs no script and names its own content policy. Same input, same bytes.
    """
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style = _template("report.css")
    chart = programs_chart(found, library)
    return environment.from_string(_template("library.html")).render(
        lead=library_sentences(found),
        chart=chart,
        effects=effects_table(found, library),
        sections=library_sections(found, library),
        csv=_csv_link(chart),
        style=style,
        style_digest=_digest(style),
    )
