"""What may a cell say, and what is refused with its reason?"""

from __future__ import annotations

from pathlib import Path

import pytest
from event_files import GOOD, HEADER, MAPPING, lines, read, reasons, staged

FIRST_OF_MARCH = 1_772_341_200_000_000  # 2026-03-01 00:00 in New York (05:00 UTC)

AMOUNTS = [
    ("plain", "1234.50", "", "USD", 123_450),
    ("whole", "1234", "", "USD", 123_400),
    ("one place", "0.5", "", "USD", 50),
    ("zero is allowed", "0", "", "USD", 0),
    ("plus", "+7", "", "USD", 700),
    ("no decimals of the yen", "1234", "", "JPY", 1_234),
    ("three of the dinar", "1.234", "", "KWD", 1_234),
    ("european", '"1.234,56"', 'decimal = ","\nthousands = "."', "EUR", 123_456),
    ("european without mark", '"1234,5"', 'decimal = ","\nthousands = "."', "EUR", 123_450),
    ("a thousand, said so", "1.234", 'decimal = ","\nthousands = "."', "EUR", 123_400),
    ("american", '"1,234,567.89"', 'thousands = ","', "USD", 123_456_789),
    ("swiss", "1'234.50", 'thousands = "\'"', "CHF", 123_450),
    ("narrow space", "1\u202f234.50", 'thousands = " "', "EUR", 123_450),
    ("sign before", "$12.50", 'signs = ["$"]', "USD", 1_250),
    ("sign after", "12.50 EUR", 'signs = ["EUR"]', "EUR", 1_250),
    ("cents", "1250", 'units = "minor"', "USD", 1_250),
    ("largest", "10000000000000", "", "USD", 10**15),
]


@pytest.mark.parametrize("case", AMOUNTS, ids=[case[0] for case in AMOUNTS])
def test_amount_is_kept_to_the_minor_unit(
    tmp_path: Path, case: tuple[str, str, str, str, int]
) -> None:
    _, text, ways, currency, minor = case
    mapping = MAPPING.replace('"USD"', f'"{currency}"') + f"[money]\n{ways}\n"
    result = read(tmp_path, lines(f"d1,ann,2026-03-02,{text}"), mapping)
    assert reasons(result) == {}
    assert staged(result, "amount_minor") == [(minor,)]


BAD_AMOUNTS = [
    ("european unsaid", '"1.234,56"', "", "USD", 'money.decimal = ","'),
    ("american unsaid", '"1,234.56"', "", "USD", 'money.thousands = ","'),
    ("european by a comma", '"12,5"', "", "USD", 'money.decimal = ","'),
    ("groups of two", '"1,23"', 'thousands = ","', "USD", "expected a number"),
    ("not a number", "NaN", "", "USD", "expected a number"),
    ("infinite", "inf", "", "USD", "expected a number"),
    ("1e400", "1e400", "", "USD", "expected a number"),
    ("scientific", "1.2E+3", "", "USD", "expected a number"),
    ("negative", "-12.50", "", "USD", "zero or more"),
    ("in parentheses", "(12.50)", "", "USD", "money.parentheses"),
    ("negative by parentheses", "(12.50)", "parentheses = true", "USD", "zero or more"),
    ("negative twice", "(-12.50)", "parentheses = true", "USD", "expected a number"),
    ("yen with cents", "12.50", "", "JPY", "JPY has 0 decimal places"),
    ("tenths of a cent", "12.505", "", "USD", "USD has 2 decimal places"),
    ("cents of cents", "12.5", 'units = "minor"', "USD", "whole minor units"),
    ("a sign", "$12", "", "USD", "money.signs"),
    ("too much", "10000000000000.01", "", "USD", "at most"),
    ("empty", "", "", "USD", "expected a number for an event that is done"),
    ("other digits", "١٢", "", "USD", "expected a number"),
    ("words", "a lot", "", "USD", "expected a number"),
]


@pytest.mark.parametrize("case", BAD_AMOUNTS, ids=[case[0] for case in BAD_AMOUNTS])
def test_amount_is_refused_and_the_other_rows_are_kept(
    tmp_path: Path, case: tuple[str, str, str, str, str]
) -> None:
    _, text, ways, currency, said = case
    mapping = MAPPING.replace('"USD"', f'"{currency}"') + f"[money]\n{ways}\n"
    good = "d2,ann,2026-03-02,100"
    result = read(tmp_path, lines(f"d1,ann,2026-03-02,{text}", good), mapping)
    assert list(reasons(result)) == [2]
    assert said in reasons(result)[2]
    assert staged(result, "event_id") == [("d2",)]
    assert (result.row_count, result.event_count, result.rejected_count) == (2, 1, 1)


def test_zero_amounts_are_noted(tmp_path: Path) -> None:
    result = read(tmp_path, lines(GOOD, "d2,ann,2026-03-02,0"))
    assert any("1 rows are done with an amount of zero" in str(one) for one in result.notes)


def test_margin_may_be_negative_or_unknown(tmp_path: Path) -> None:
    mapping = MAPPING.replace('amount = "value"', 'amount = "value"\nmargin = "margin"')
    mapping += "[money]\nparentheses = true\n"
    rows = [f"{GOOD},(12.50)", "d2,ann,2026-03-02,1,-3", "d3,ann,2026-03-02,1,"]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},margin"), mapping)
    assert staged(result, "margin_minor") == [(-1250,), (-300,), (None,)]


IDS = [
    ("12345.0", "ends in .0"),
    ("1.2E+15", "scientific notation"),
    ("1,2E+15", "scientific notation"),
    ("", "expected an id"),
    ("x" * 201, "up to 200 characters"),
]


@pytest.mark.parametrize(("text", "said"), IDS)
def test_id_that_a_spreadsheet_spoilt_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    result = read(tmp_path, lines(f'"{text}",ann,2026-03-02,1'))
    assert said in reasons(result)[2]


def test_ids_that_lost_their_zeros_are_noted(tmp_path: Path) -> None:
    ids = [f"{number * 7919 % 89_999 + 10_000}" for number in range(60)]
    rows = [f"{one},ann,2026-03-02,1" for one in [*ids, "417"]]
    notes = " ".join(map(str, read(tmp_path, lines(*rows)).notes))
    assert "1 of 61 ids are shorter than the usual 5 digits" in notes


def test_ids_that_kept_their_zeros_or_count_on_are_not_noted(tmp_path: Path) -> None:
    spread = [f"{number * 7919 % 89_999 + 10_000}" for number in range(60)]
    for name, ids in (("a", [*spread, "417", "00417"]), ("b", range(9_990, 10_100))):
        rows = [f"{one},ann,2026-03-02,1" for one in ids]
        notes = " ".join(map(str, read(tmp_path / name, lines(*rows)).notes))
        assert "shorter" not in notes


def test_ids_cut_after_fifteen_digits_are_noted(tmp_path: Path) -> None:
    notes = read(tmp_path, lines("123456789012345000,ann,2026-03-02,1")).notes
    assert any("only zeros after 15 digits" in str(one) for one in notes)


HOUR = 3_600_000_000
MOMENTS = [
    ("a day is its first instant", "2026-03-01", "", FIRST_OF_MARCH),
    ("local time", "2026-03-01T10:00", "", FIRST_OF_MARCH + 10 * HOUR),
    ("with a space", "2026-03-01 10:00:00", "", FIRST_OF_MARCH + 10 * HOUR),
    ("in UTC", "2026-03-01T05:00:00Z", "", FIRST_OF_MARCH),
    ("with an offset", "2026-03-01T06:00:00+01:00", "", FIRST_OF_MARCH),
    ("microseconds", "2026-03-01T00:00:00.000001", "", FIRST_OF_MARCH + 1),
    ("last second of a day", "2026-02-28T23:59:59", "", FIRST_OF_MARCH - 1_000_000),
    ("said format", "01.03.2026", 'formats = ["%d.%m.%Y"]', FIRST_OF_MARCH),
    ("one of two", "03/01/2026", 'formats = ["ISO", "%m/%d/%Y"]', FIRST_OF_MARCH),
    # 02:30 does not exist on 8 March: moved on by the gap, to 03:30 EDT.
    ("skipped", "2026-03-08T02:30", "", 1_772_955_000_000_000),
    # 01:30 on 1 November exists at 05:30 and at 06:30 UTC.
    ("repeated", "2026-11-01T01:30", "", 1_793_511_000_000_000),
    ("repeated, later", "2026-11-01T01:30", 'repeated = "later"', 1_793_514_600_000_000),
]


@pytest.mark.parametrize("case", MOMENTS, ids=[case[0] for case in MOMENTS])
def test_moment_is_read_as_the_rule_says(
    tmp_path: Path, case: tuple[str, str, str, int]
) -> None:
    _, text, ways, instant = case
    result = read(tmp_path, lines(f"d1,ann,{text},1"), f"{MAPPING}[dates]\n{ways}\n")
    assert reasons(result) == {}
    assert staged(result, "occurred_at") == [(instant,)]


BAD_MOMENTS = [
    ("no day", "2026-02-30", "", "expected a date"),
    ("days first unsaid", "01.03.2026", "", "expected a date (ISO"),
    ("a serial number", "46082", "", "expected a date"),
    (
        "can be two days",
        "03/04/2026",
        'formats = ["%d/%m/%Y", "%m/%d/%Y"]',
        "can be read as",
    ),
    ("year 0026", "0026-03-01", "", "expected a year"),
    ("skipped", "2026-03-08T02:30", 'skipped = "reject"', "does not exist"),
    ("repeated", "2026-11-01T01:30", 'repeated = "reject"', "exists twice"),
    ("empty", "", "", "expected the date of an event that is done"),
]


@pytest.mark.parametrize("case", BAD_MOMENTS, ids=[case[0] for case in BAD_MOMENTS])
def test_moment_is_refused(tmp_path: Path, case: tuple[str, str, str, str]) -> None:
    _, text, ways, said = case
    result = read(tmp_path, lines(f"d1,ann,{text},1"), f"{MAPPING}[dates]\n{ways}\n")
    assert said in reasons(result)[2]


def test_day_without_a_midnight_starts_at_its_first_instant(tmp_path: Path) -> None:
    mapping = MAPPING.replace("America/New_York", "Africa/Cairo")
    result = read(tmp_path, lines("d1,ann,2026-04-24,1"), mapping)
    assert staged(result, "occurred_at") == [(1_776_981_600_000_000,)]  # 01:00 EEST


def test_local_times_at_a_change_of_clocks_are_noted(tmp_path: Path) -> None:
    rows = ["d1,ann,2026-03-08T02:30,1", "d2,ann,2026-11-01T01:30,1"]
    notes = " ".join(map(str, read(tmp_path, lines(*rows)).notes))
    assert "1 local times do not exist in America/New_York: moved on" in notes
    assert "1 local times exist twice in America/New_York: earlier" in notes


def test_every_cell_of_a_row_that_is_wrong_is_told(tmp_path: Path) -> None:
    result = read(tmp_path, lines("12.0,,soon,-1"))
    assert [one.column for one in result.rejects] == ["id", "day", "value", "rep"]
    assert result.rejected_count == 1


def test_counts_and_yes_or_no_are_read(tmp_path: Path) -> None:
    columns = (
        'quantity = "n"\nterm_months = "m"\nis_government = "g"\nis_new_customer = "c"'
    )
    mapping = MAPPING.replace("[constants]", f"{columns}\n[constants]")
    rows = ["5,,yes,no", "2.0,12,0,", "1.5,x,maybe,y", "-1,3,,1"]
    text = lines(
        *(f"d{n},ann,2026-03-02,1,{row}" for n, row in enumerate(rows)),
        header=f"{HEADER},n,m,g,c",
    )
    result = read(tmp_path, text, mapping)
    values = staged(result, "quantity, term_months, is_government, is_new_customer")
    assert values == [(5, None, True, False), (2, 12, False, None)]
    assert [one.column for one in result.rejects] == ["g", "n", "m", "n"]


def test_currency_may_stand_in_a_column(tmp_path: Path) -> None:
    mapping = MAPPING.replace('currency = "USD"\n', "").replace(
        "[constants]", 'currency = "cur"\n[constants]'
    )
    rows = [
        "d1,ann,2026-03-02,5.25,EUR",
        "d2,ann,2026-03-02,900,JPY",
        "d3,ann,2026-03-02,1,eur",
    ]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},cur"), mapping)
    assert staged(result, "amount_minor, currency") == [(525, "EUR"), (900, "JPY")]
    assert "three capital letters" in reasons(result)[4]
