"""How is an amount kept, split and shown?"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from openspiff.engine import DuckDBEngine, emit
from openspiff.money import (
    MAX_MINOR,
    PPM,
    MoneyError,
    currency_exponent,
    format_money,
    share_of,
    split_exactly,
    to_minor,
)

AMOUNTS = st.integers(0, MAX_MINOR)
RATES = st.integers(0, 100 * PPM)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1234.5", "USD", 123450),
        ("1234.50", "EUR", 123450),
        ("900", "JPY", 900),
        ("1.234", "KWD", 1234),
        ("-12.50", "USD", -1250),
        ("0", "USD", 0),
        ("1E+3", "USD", 100_000),
    ],
)
def test_amount_is_kept_in_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("9.50", "JPY"),
        ("1.234", "USD"),
        ("NaN", "USD"),
        ("Infinity", "USD"),
        ("1e400", "USD"),
        ("1.234,56", "EUR"),
        ("", "USD"),
        ("99999999999999.99", "USD"),
        ("1", "usd"),
        ("1", "EURO"),
    ],
)
def test_amount_that_cannot_be_exact_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        to_minor(amount, currency)


def test_exponents_are_those_of_the_currency() -> None:
    names = ("USD", "JPY", "KWD", "CLF")
    assert [currency_exponent(one) for one in names] == [2, 0, 3, 4]


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123450, "USD", "$1,234.50"),
        (-500, "EUR", "-€5.00"),
        (900, "JPY", "¥900"),
        (1234, "KWD", "KWD 1.234"),
        (5, "CHF", "CHF 0.05"),
    ],
)
def test_amount_is_shown_as_people_write_it(minor: int, currency: str, text: str) -> None:
    assert format_money(minor, currency) == text


@given(AMOUNTS, RATES)
def test_share_is_rounded_half_up(amount: int, rate: int) -> None:
    exact = Fraction(amount * rate, PPM)
    assert share_of(amount, rate) == (exact + Fraction(1, 2)).__floor__()


def test_share_of_less_than_nothing_is_refused() -> None:
    with pytest.raises(MoneyError):
        share_of(-1, 500_000)


def test_hundred_over_three_is_split_to_the_cent() -> None:
    assert split_exactly(10_000, {"b": 1, "c": 1, "a": 1}) == {
        "a": 3334,
        "b": 3333,
        "c": 3333,
    }


WEIGHTS = st.dictionaries(
    st.text(min_size=1, max_size=3), st.integers(0, 10**6), min_size=1
)


@given(AMOUNTS, WEIGHTS.filter(lambda weights: sum(weights.values()) > 0))
def test_split_sums_exactly_and_is_off_by_less_than_one(
    amount: int, weights: dict[str, int]
) -> None:
    parts = split_exactly(amount, weights)
    assert sum(parts.values()) == amount
    total = sum(weights.values())
    for name, part in parts.items():
        assert abs(Fraction(amount * weights[name], total) - part) < 1
    backwards = dict(reversed(weights.items()))
    assert split_exactly(amount, backwards) == parts


@pytest.mark.parametrize("weights", [{"a": 0}, {"a": 2, "b": -1}])
def test_split_by_no_weight_is_refused(weights: dict[str, int]) -> None:
    with pytest.raises(MoneyError):
        split_exactly(100, weights)


@given(st.lists(st.tuples(AMOUNTS, RATES), min_size=1, max_size=40))
def test_macro_of_the_engine_gives_what_its_twin_gives(
    pairs: list[tuple[int, int]],
) -> None:
    shape = {"place": "BIGINT", "amount": "BIGINT", "rate": "BIGINT"}
    with DuckDBEngine(threads=1) as engine:
        rows = [(place, *pair) for place, pair in enumerate(pairs)]
        engine.load_rows("pairs", shape, rows)
        sql = (
            "select share_of(amount, rate) as part, convert_at(amount, 3, 7) as converted, "
            "int_div(amount, 7) as whole from pairs order by place"
        )
        found = engine.query(sql)
    for (amount, rate), (part, converted, whole) in zip(pairs, found, strict=True):
        assert part == share_of(amount, rate)
        assert converted == (Fraction(3 * amount, 7) + Fraction(1, 2)).__floor__()
        assert whole == amount // 7


@pytest.mark.parametrize(
    ("dialect", "divides"), [("duckdb", "//"), ("spark", "DIV"), ("postgres", "/")]
)
def test_division_is_whole_on_every_engine(dialect: str, divides: str) -> None:
    text = emit("select share_of(a + 1, int_div(b, 2)) as part from t", dialect)
    assert divides in text
    assert "share_of" not in text.lower()
    assert "int_div" not in text.lower()


def test_macro_with_the_wrong_number_of_arguments_is_refused() -> None:
    with pytest.raises(ValueError, match="share_of takes 2 arguments"):
        emit("select share_of(a) as part from t", "duckdb")
