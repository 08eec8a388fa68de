"""Are amounts, days and counts written as the reader's language does?"""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from openspiff.web.views import _show as show

DAY = dt.date(2026, 3, 9)
MINUS, HARD = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"


def test_english_is_written_as_the_terms_are() -> None:
    with translation.override("en"):
        assert show.money(-123_456, "USD") == f"{MINUS}$1,234.56"
        assert show.day(DAY) == "9 Mar 2026"
        assert show.month(DAY) == "March 2026"
        assert show.count(12_345) == "12,345"
        assert show.percent(125_000) == "12.50%"
        assert show.days_left(DAY, dt.date(2026, 3, 7)) == "2 days left"
        assert show.days_left(DAY, dt.date(2026, 3, 8)) == "last day"
        assert show.days_left(DAY, DAY) == "ended 8 Mar 2026"
        assert show.kind_words("clawback") == "Clawed back"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (-123_456, "USD", f"{MINUS}1.234,56{HARD}$"),
        (900, "JPY", f"900{HARD}¥"),
        (1_234_567, "CHF", f"12.345,67{HARD}CHF"),
        (1_500, "KWD", f"1,500{HARD}KWD"),
    ],
)
def test_german_puts_comma_and_currency_where_they_belong(
    amount: int, currency: str, said: str
) -> None:
    with translation.override("de"):
        assert show.money(amount, currency) == said


def test_other_languages_write_days_and_counts_their_way() -> None:
    with translation.override("de"):
        assert show.day(DAY) == "9. März 2026"
        assert show.month(DAY) == "März 2026"
        assert show.count(12_345) == "12.345"
        assert show.percent(125_000) == f"12,50{HARD}%"
        assert show.percent(50_000) == f"5{HARD}%"
        assert show.day(None) == ""
