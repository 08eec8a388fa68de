"""How is a library of finished programs read? As one HTML file that needs nothing else."""

from __future__ import annotations

from openspiff.measure import Library, Portfolio

from ._html import render
from ._library_chart import programs_chart
from ._library_words import effects_table, library_sections, library_sentences


def library_html(found: Portfolio, library: Library) -> str:
    """Return what finished programs teach together as a self-contained HTML page.

    `found` is the portfolio of the programs of `library`. The page loads nothing from
    anywhere, runs no script and names its own content policy. Same input, same bytes.
    """
    return render(
        "library.html",
        lead=library_sentences(found),
        chart=programs_chart(found, library),
        effects=effects_table(found, library),
        sections=library_sections(found, library),
    )
