"""What does a mapping file refuse, and does it say everything at once?"""

from __future__ import annotations

from pathlib import Path

import pytest

from openspiff.events import EVENT_KINDS, MappingError, load_mapping, parse_mapping
from openspiff.program import BehaviorKind

PARTS = {
    "top": 'source = "crm"\nzone = "UTC"',
    "files": '[files.deals]\npath = "deals.csv"',
    "columns": '[columns]\nevent_id = "id"\noccurred_at = "day"\namount = "value"',
    "constants": '[constants]\nkind = "deal_won"\nstatus = "done"\ncurrency = "USD"',
    "shares": '[shares]\npayee = "rep"',
}


def text_with(**changed: str) -> str:
    return "\n".join({**PARTS, **changed}.values())


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(MappingError) as caught:
        parse_mapping(text, place="crm.toml")
    return {one.place: f"{one.message} ({one.remedy})" for one in caught.value.problems}


def test_a_small_mapping_is_enough() -> None:
    mapping = parse_mapping(text_with())
    assert mapping.main == "deals"
    assert mapping.columns["event_id"] == ("id",)
    assert mapping.money.decimal == "."


REFUSED = {
    "no source": ({"top": 'zone = "UTC"'}, "source", "expected a text, got nothing"),
    "number as source": (
        {"top": 'source = 3\nzone = "UTC"'},
        "source",
        "expected a text, got 3",
    ),
    "unknown zone": (
        {"top": 'source = "crm"\nzone = "Mars/Base"'},
        "zone",
        "unknown time zone 'Mars/Base'",
    ),
    "misspelt key": (
        {"top": 'source = "crm"\nzone = "UTC"\nsauce = 1'},
        "sauce",
        "did you mean 'source'?",
    ),
    "misspelt field": (
        {"columns": '[columns]\nevent_id = "id"\noccured_at = "day"'},
        "columns.occured_at",
        "did you mean 'occurred_at'?",
    ),
    "no id": (
        {"columns": '[columns]\noccurred_at = "day"'},
        "columns.event_id",
        "names an event",
    ),
    "no date": (
        {"columns": '[columns]\nevent_id = "id"'},
        "columns.occurred_at",
        "happened",
    ),
    "no payee": ({"shares": ""}, "shares", "expected who is paid"),
    "two ways of payees": (
        {"shares": '[shares]\npayee = "a"\nlist = "b"'},
        "shares.payee",
        "either payee",
    ),
    "shares without their columns": (
        {"shares": '[shares]\npayee = ["a", "b"]\nshare = ["x"]'},
        "shares.share",
        "expected 2 columns, got 1",
    ),
    "unknown kind": (
        {"constants": '[constants]\nkind = "deal_own"\nstatus = "done"\ncurrency = "USD"'},
        "constants.kind",
        "did you mean 'deal_won'?",
    ),
    "no status": (
        {"constants": '[constants]\nkind = "deal_won"\ncurrency = "USD"'},
        "status",
        "tells the status",
    ),
    "no currency": (
        {"constants": '[constants]\nkind = "deal_won"\nstatus = "done"'},
        "constants.currency",
        "expected a currency",
    ),
    "odd currency": (
        {"constants": '[constants]\nkind = "deal_won"\nstatus = "done"\ncurrency = "Euro"'},
        "constants.currency",
        "three capital letters",
    ),
    "column and constant": (
        {
            "columns": PARTS["columns"] + '\nquantity = "n"',
            "constants": PARTS["constants"] + "\nquantity = 1",
        },
        "constants.quantity",
        "both a column and a constant",
    ),
    "a form that is no form": (
        {"more": "[computed.margin]\nform = \"__import__('os')\""},
        "computed.margin.form",
        "price * quantity",
    ),
    "a computed column": (
        {"more": '[computed.amount]\nform = "amount - cost"\namount = "a"\ncost = "b"'},
        "computed.amount.",
        "columns.amount already says it",
    ),
    "a date format without a year": (
        {"more": '[dates]\nformats = ["%d.%m."]'},
        "dates.formats",
        "does not tell a whole date",
    ),
    "one mark for two things": (
        {"more": '[money]\ndecimal = ","\nthousands = ","'},
        "money.thousands",
        "another mark",
    ),
    "a join to nowhere": (
        {"more": '[[joins]]\nfile = "acounts"\non = { a = "b" }'},
        "joins[1].file",
        "there is no [files.acounts]",
    ),
    "a file for nothing": (
        {"more": '[files.notes]\npath = "notes.csv"'},
        "files.notes",
        "read by nothing",
    ),
    "a file without a format": (
        {"files": '[files.deals]\npath = "deals.dat"'},
        "files.deals.format",
        'add format = "csv"',
    ),
    "an unknown choice": (
        {"more": '[products]\nunmapped_product = "drop"'},
        "products.unmapped_product",
        "expected one of keep, reject",
    ),
    "a roster without payees": (
        {"more": '[payees]\nfile = "deals"'},
        "payees.payee_id",
        "names a payee",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_mapping_is_refused_with_its_place_and_remedy(case: str) -> None:
    changed, place, said = REFUSED[case]
    problems = problems_of(text_with(**changed))
    assert place in problems
    assert said in problems[place]


def test_every_problem_is_told_at_once() -> None:
    text = text_with(
        top='source = ""\nzone = "Nowhere"',
        columns='[columns]\namout = "value"',
        shares="[shares]\ntotal = 7",
    )
    assert set(problems_of(text)) == {
        "source",
        "zone",
        "columns.amout",
        "columns.event_id",
        "columns.occurred_at",
        "shares.payee",
        "shares.total",
    }


def test_a_word_cannot_mean_two_statuses() -> None:
    text = text_with(
        constants='[constants]\nkind = "deal_won"\ncurrency = "USD"',
        more='[status]\ncolumn = "stage"\ndone = "Won"\nlost = "won"',
    )
    assert "stands for two things" in problems_of(text)["status.lost"]


def test_broken_toml_is_told_with_its_line() -> None:
    with pytest.raises(MappingError) as caught:
        parse_mapping('source = "a\n', place="crm.toml")
    assert "line 1" in str(caught.value)


def test_a_missing_mapping_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_the_kinds_of_events_are_those_programs_can_pay_for() -> None:
    assert set(EVENT_KINDS) == {kind.value for kind in BehaviorKind}
