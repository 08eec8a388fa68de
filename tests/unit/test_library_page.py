"""Can what finished programs teach be read by anyone, anywhere, without a network?"""

from __future__ import annotations

import base64
import csv
import io
import re

import attrs
import numpy as np
import pytest

from openspiff.measure import (
    SPREAD_OF_SHARES,
    Caution,
    Estimate,
    Library,
    MeasuredProgram,
    Portfolio,
    portfolio,
)
from openspiff.report import (
    effects_table,
    library_html,
    library_sections,
    library_sentences,
    programs_chart,
)

NAMES = (
    *("Spring sprint", "Summer", "Compressor push", "Reference drive", "Winter", "May"),
    "Compressor push",
)


def made(count: int, *, slope: float = 0.0) -> Library:
    """Return programs whose effects grow by `slope` with each week of the window."""
    draw = np.random.default_rng(3)
    programs = []
    for number in range(count):
        week_count = 2 + number % 4
        value = 0.05 + slope * week_count + float(draw.normal(0, 0.03))
        effect = Estimate(
            name="net" if number else "gross",
            value=value,
            standard_error=0.02 + 0.01 * (number % 3),
            low=value - 0.04 - 0.02 * (number % 3),
            high=value + 0.04 + 0.02 * (number % 3),
            method="randomized holdout",
            tier="A" if number else "B",
            unit="share of the baseline",
            unit_count=120,
            cluster_count=40,
            warnings=() if number else (Caution("gross", "Gross."),),
        )
        programs.append(
            MeasuredProgram(
                program_id=f"program-{number:02d}",
                name=NAMES[number % len(NAMES)],
                effect=effect,
                behavior_kind=("deal won", "demo held")[number % 2],
                audience="everyone",
                year=2024 + number // 4,
                window_day_count=7 * week_count,
                payout_kind="flat",
                weeks_since_previous=4.0 + number if number else None,
                hold_back_share=0.3 - 0.02 * number + 0.002 * (number % 2)
                if number
                else None,
            )
        )
    return Library(
        programs=tuple(programs), left_out=(("autumn", "not measured"), ("x", "<b>why</b>"))
    )


def together(library: Library) -> Portfolio:
    return portfolio(library.programs, spread_scale=SPREAD_OF_SHARES)


@pytest.fixture(scope="module")
def library() -> Library:
    return made(8)


@pytest.fixture(scope="module")
def found(library: Library) -> Portfolio:
    return together(library)


@pytest.fixture(scope="module")
def page(found: Portfolio, library: Library) -> str:
    return library_html(found, library)


def test_page_loads_nothing_and_runs_nothing(page: str) -> None:
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!data:)[^"#]', page) == []
    assert "style=" not in page  # the page's own policy would refuse it
    assert "default-src 'none'" in page


def test_same_programs_give_the_same_bytes(
    page: str, found: Portfolio, library: Library
) -> None:
    assert library_html(found, library) == page


def test_names_and_reasons_are_texts_and_never_markup(library: Library) -> None:
    first = attrs.evolve(library.programs[0], name="<script>alert(1)</script>")
    hostile = attrs.evolve(library, programs=(first, *library.programs[1:]))
    page = library_html(together(hostile), hostile)
    assert "<script" not in page
    assert "<b>why" not in page


def test_sentences_come_before_the_picture_and_numbers(page: str, found: Portfolio) -> None:
    # Without the policy's and the style's quotes nothing in a sentence is escaped here.
    places = [page.index(sentence) for sentence in library_sentences(found)]
    assert places == sorted(places)
    assert places[-1] < page.index("<figure>") < page.index("<table>")


def test_chart_has_words_two_coats_and_every_number(
    page: str, found: Portfolio, library: Library
) -> None:
    chart = programs_chart(found, library)
    assert chart.light.startswith("<svg")
    assert len({chart.light, chart.dark, chart.light_narrow, chart.dark_narrow}) == 4
    assert all(one.name in chart.alternative for one in library.programs)
    link = re.search(r'href="data:text/csv;base64,([^"]+)"', page)
    assert link is not None
    rows = list(csv.reader(io.StringIO(base64.b64decode(link[1]).decode())))
    assert rows[0] == list(chart.header)
    assert len(rows) == 1 + len(library.programs) + 2
    one = found.effects[0]
    assert [float(cell) for cell in rows[1][3:]] == [
        *(one.raw.value, one.raw.low, one.raw.high),
        *(one.shrunk.value, one.shrunk.low, one.shrunk.high, one.pull_share),
    ]
    assert rows[-1][1:6] == ["The next one", "B", "", "", ""]


def test_marks_differ_in_filling_and_dashes_so_that_grey_is_enough(
    found: Portfolio, library: Library
) -> None:
    svg = programs_chart(found, library).light
    count = len(library.programs)
    assert svg.count('stroke-dasharray="5,3"') == count  # as measured
    assert len(re.findall(r'fill="#f5f4ef"[^>]*stroke="#a8521a"', svg)) == count + 1
    assert len(re.findall(r'fill="#0a655a"[^>]*stroke="#0a655a"', svg)) == count + 1


def test_table_gives_each_program_raw_beside_shrunk(
    found: Portfolio, library: Library
) -> None:
    rows = effects_table(found, library).rows
    assert len(rows) == len(library.programs)
    name, tier, raw, shrunk, pulled = rows[0]
    one = found.effects[0]
    # Two programs have this name, so the id tells which.
    assert (name, tier) == ("Spring sprint (program-00)", "B")
    assert rows[1][0] == "Summer"
    assert raw.startswith(f"{one.raw.value:+.1%} (")
    assert shrunk.startswith(f"{one.shrunk.value:+.1%} (")
    assert pulled == f"{one.pull_share:.0%}"


def test_attribute_that_moved_stands_apart_from_those_that_did_not() -> None:
    steep = made(12, slope=0.05)
    sections = {one.heading: one for one in library_sections(together(steep), steep)}
    moved = sections["What went with larger or smaller effects"]
    dull = sections["What cannot be told apart from nothing"]
    assert any(item.startswith("window length: +") for item in moved.items)
    assert not any(item.startswith("window length") for item in dull.items)
    assert all("rests on" in item or "cannot be asked" in item for item in dull.items)
    assert any("No program was assigned" in sentence for sentence in moved.sentences)


def test_few_programs_say_how_little_they_are() -> None:
    few = made(3)
    lead = library_sentences(together(few))
    assert any(sentence.startswith("Only 3 programs") for sentence in lead)
    sections = {one.heading: one for one in library_sections(together(few), few)}
    waiting = sections["Do payees wait for the next program?"]
    assert waiting.sentences[0].startswith("That cannot be told")
    dull = sections["What cannot be told apart from nothing"]
    assert all("cannot be asked" in item for item in dull.items)


def test_waiting_is_told_where_hold_back_falls_with_the_weeks(
    found: Portfolio, library: Library
) -> None:
    sections = {one.heading: one for one in library_sections(found, library)}
    said = sections["Do payees wait for the next program?"].sentences
    changed = re.search(r"changes by (\S+)%", said[0])
    assert changed is not None
    # Planted at -2; the ripple of .2 over seven programs moves it by .01 at most.
    assert float(changed[1]) == pytest.approx(-2, abs=0.02)
    assert "the more is held back" in said[1]


def test_gross_and_left_out_programs_are_named(page: str) -> None:
    assert "not taken off: Spring sprint (program-00)." in page
    assert "autumn: not measured" in page
