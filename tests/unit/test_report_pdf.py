"""Is the PDF the same bytes each time, and can it be read aloud?"""

from __future__ import annotations

import re
import zlib

import attrs
import pytest
from report_answers import a_program, an_answer

from openspiff.program import Program
from openspiff.report import Contents, contents_pdf, report_contents, report_pdf


@pytest.fixture(scope="module")
def program() -> Program:
    return a_program()


@pytest.fixture(scope="module")
def contents(program: Program) -> Contents:
    return report_contents(an_answer(program), program)


@pytest.fixture(scope="module")
def pdf(contents: Contents) -> bytes:
    return contents_pdf(contents)


def all_text(pdf: bytes) -> bytes:
    """Return the file with its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL)
    found = [pdf]
    for stream in streams:
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            found.append(stream)
    return b"\n".join(found)


def test_same_answer_gives_the_same_pdf(program: Program, pdf: bytes) -> None:
    assert report_pdf(an_answer(program), program) == pdf


def test_another_moment_gives_another_pdf(contents: Contents, pdf: bytes) -> None:
    later = attrs.evolve(contents, as_of=contents.as_of + 86_400_000_000)
    assert contents_pdf(later) != pdf


def test_pdf_is_tagged_and_says_language_title_and_standard(pdf: bytes) -> None:
    text = all_text(pdf)
    assert pdf.startswith(b"%PDF-")
    assert b"/Marked true" in text
    assert b"/Lang(en" in text
    assert b"/StructTreeRoot" in text
    assert re.search(rb"pdfuaid:part>1<|pdfuaid:part=.1", text)
    assert b"Compressor push: was it worth it?" in text


def test_every_picture_has_its_words_in_the_pdf(contents: Contents, pdf: bytes) -> None:
    count = len(contents.all_charts)
    assert count > 4
    assert all_text(pdf).count(b"/Alt(") >= count


def test_name_in_letters_that_no_font_has_is_no_reason_to_fail(contents: Contents) -> None:
    foreign = attrs.evolve(contents, title="压缩机: was it worth it?")
    assert contents_pdf(foreign).startswith(b"%PDF-")


def test_words_that_look_like_markup_stay_words(contents: Contents, pdf: bytes) -> None:
    hostile = attrs.evolve(contents, rule='#panic("no") $x$ *b* <label> @ref')
    assert contents_pdf(hostile) != pdf
