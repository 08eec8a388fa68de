"""Does a month reach paper and spreadsheet as it stands on the books?"""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import attrs
import pytest

from openspiff.report import StatementSheet, csv_blocks, statement_pdf

SHEET = StatementSheet(
    title="Statement of Ana Ruiz, March 2026",
    language="en",
    head=(("Payee", "Ana Ruiz"), ("Firm", "north")),
    figures=(("Opening", "$0.00"), ("Closing", "$105.00")),
    header=("What", "Program", "Event", "Day", "Change", "Balance"),
    rows=(("Earned", "Spring sprint", "D-7", "10 Mar 2026", "+$180.00", "$180.00"),),
    note="Days are those of America/New_York.",
    digest_label="SHA-256 of the lines",
    digest="ab" * 32,
    at=1_773_158_400_000_000,
)


def test_same_sheet_gives_the_same_bytes() -> None:
    found = statement_pdf(SHEET)
    assert found.startswith(b"%PDF-")
    assert found == statement_pdf(SHEET)
    assert found != statement_pdf(attrs.evolve(SHEET, digest="cd" * 32))


def test_file_is_tagged_and_says_so() -> None:
    found = statement_pdf(SHEET)
    assert b"/MarkInfo" in found
    assert b"pdfuaid" in found


def test_letters_that_the_font_lacks_do_not_stop_it() -> None:
    assert statement_pdf(attrs.evolve(SHEET, title="報告")).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        "+1",
        "-1+1",
        "@sum(a1)",
        "\t=1",
        "\r=1",
        " =1",
        "'=1",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_inert(text: str) -> None:
    made = "".join(csv_blocks(["a"], [[text]]))
    ((found,),) = list(csv.reader(io.StringIO(made, newline="")))[1:]
    assert found == f"'{text}"


def test_numbers_stay_numbers_and_plain_texts_stay_as_they_are() -> None:
    amounts = [Decimal("-12.50"), Decimal(900), Decimal("-0.05")]
    row = [*amounts, -3, "D-1, north"]
    text = "".join(csv_blocks(["a", "b", "c", "d", "e"], [row], has_mark=True))
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}a,b,c,d,e\r\n")
    assert text.splitlines()[1] == '-12.50,900,-0.05,-3,"D-1, north"'
