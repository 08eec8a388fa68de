"""What does a row become? An event with payees, or a reject with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_files import GOOD, HEADER, IMPORTED_AT, MAPPING, lines, read, reasons, staged

from openspiff.events import (
    EventFileError,
    ReadResult,
    parse_mapping,
    read_events,
)

LIST = MAPPING.replace('payee = "rep"', 'list = "rep"')
SHARES = [
    ("one has it all", "ann", [("ann", 1_000_000)]),
    ("equal halves", "ann;bob", [("ann", 500_000), ("bob", 500_000)]),
    ("equal thirds", "a;b;c", [("a", 333_334), ("b", 333_333), ("c", 333_333)]),
    ("in percent", "ann:60;bob:40", [("ann", 600_000), ("bob", 400_000)]),
    (
        "with signs and spaces",
        "ann : 60 % ; bob: 40%",
        [("ann", 600_000), ("bob", 400_000)],
    ),
    ("decimals", "ann:33.34;bob:66.66", [("ann", 333_400), ("bob", 666_600)]),
    ("trailing mark", "ann:60;bob:40;", [("ann", 600_000), ("bob", 400_000)]),
]


@pytest.mark.parametrize("case", SHARES, ids=[case[0] for case in SHARES])
def test_list_of_payees_is_divided(
    tmp_path: Path, case: tuple[str, str, list[tuple[str, int]]]
) -> None:
    _, text, shares = case
    result = read(tmp_path, lines(f"d1,{text},2026-03-02,1"), LIST)
    assert staged(result, "payee_id, share_ppm") == shares
    assert staged(result, "payee_count") == [(len(shares),)] * len(shares)
    assert result.event_count == 1


BAD_SHARES = [
    ("ann:60;bob:30", "shares sum to 90, expected 100"),
    ("ann:60;bob", "payees and shares in pairs"),
    ("ann:60;:40", "payees and shares in pairs"),
    ("ann:50;ann:50", "names a payee twice"),
    ("ann;ann", "names a payee twice"),
    ("ann:x;bob:40", "expected a number"),
    ("ann:-60;bob:160", "a share above zero"),
    ("ann:0;bob:100", "a share above zero"),
    ("12.0;bob", "ends in .0"),
    ("", "expected a payee"),
    (";", "expected a payee"),
]


@pytest.mark.parametrize(("text", "said"), BAD_SHARES)
def test_list_of_payees_is_refused(tmp_path: Path, text: str, said: str) -> None:
    result = read(tmp_path, lines(f"d1,{text},2026-03-02,1"), LIST)
    assert said in reasons(result)[2]


def test_payees_and_shares_may_stand_in_several_columns(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        'payee = "rep"', 'payee = ["rep", "second"]\nshare = ["part", "rest"]\ntotal = 1'
    )
    rows = [
        f"{GOOD},bob,0.75,0.25",
        "d2,ann,2026-03-02,1,,1,",
        "d3,ann,2026-03-02,1,bob,1,",
    ]
    rows += ["d4,ann,2026-03-02,1,bob,,", "d5,ann,2026-03-02,1,,0.5,0.5"]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},second,part,rest"), mapping)
    assert staged(result, "event_id, payee_id, share_ppm") == [
        ("d1", "ann", 750_000),
        ("d1", "bob", 250_000),
        ("d2", "ann", 1_000_000),
    ]
    assert list(reasons(result)) == [4, 5, 6]
    assert "a share beside each payee" in reasons(result)[5]


def test_several_payees_without_shares_divide_equally(tmp_path: Path) -> None:
    mapping = MAPPING.replace('payee = "rep"', 'payee = ["rep", "second"]')
    rows = [f"{GOOD},bob", "d2,ann,2026-03-02,1,"]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},second"), mapping)
    assert staged(result, "payee_id, share_ppm") == [
        ("ann", 500_000),
        ("bob", 500_000),
        ("ann", 1_000_000),
    ]


STAGES = MAPPING.replace('occurred_at = "day"\n', "").replace('status = "done"\n', "")
STAGES += """
[status]
column = "stage"
open = ["New", "In talks"]
done = "Won"
lost = "Lost"
cancelled = "Cancelled"
[status.dates]
open = "day"
done = "closed"
lost = "closed"
cancelled = "closed"
"""


def test_status_words_decide_the_status_and_which_date_counts(tmp_path: Path) -> None:
    rows = [
        "d1,ann,2026-03-02,1,won,2026-03-05",
        "d2,ann,2026-03-02,,Lost,2026-03-06",
        "d3,ann,2026-03-02,,In talks,",
        "d4,ann,,,new,",
        "d5,ann,2026-03-02,1,Cancelled,2026-03-07",
        "d6,ann,2026-03-02,1,Won,",
        "d7,ann,2026-03-02,,Won,2026-03-05",
        "d8,ann,2026-03-02,1,Wonn,2026-03-05",
        "d9,ann,2026-03-02,1,,2026-03-05",
    ]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},stage,closed"), STAGES)
    fifth, day = 1_772_686_800_000_000, 86_400_000_000
    assert staged(result, "event_id, status, occurred_at, amount_minor") == [
        ("d1", "done", fifth, 100),
        ("d2", "lost", fifth + day, 0),
        ("d3", "open", fifth - 3 * day, 0),
        ("d4", "open", None, 0),
        ("d5", "cancelled", fifth + 2 * day, 100),
    ]
    told = reasons(result)
    assert told[7] == "closed: expected the date of an event that is done ()"
    assert "expected a number for an event that is done" in told[8]
    assert "did you mean 'won'?" in told[9]
    assert "expected a status" in told[10]


def test_kind_may_be_told_by_words(tmp_path: Path) -> None:
    mapping = MAPPING.replace('kind = "deal_won"\n', "").replace(
        "[constants]", 'kind = "what"\n[constants]'
    )
    mapping += '[kind]\ndemo_held = "Demo"\ndeal_won = ["Order", "Contract"]\n'
    rows = [f"{GOOD},demo", "d2,ann,2026-03-02,1,Contract", "d3,ann,2026-03-02,1,Lunch"]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},what"), mapping)
    assert staged(result, "kind") == [("demo_held",), ("deal_won",)]
    assert "unknown kind 'Lunch'" in reasons(result)[4]


PRODUCTS = MAPPING.replace("[constants]", 'product_id = "product"\n[constants]')
PRODUCTS += '[products]\nids = ["Router X1", "Switch 24"]\n{setting}\n'
PRODUCTS += '[products.aliases]\n"RX1" = "Router X1"\n'
SOLD = lines(
    f"{GOOD},RX1",
    "d2,ann,2026-03-02,1,Switch24",
    "d3,ann,2026-03-02,1,Switch24",
    "d4,ann,2026-03-02,1,Toaster",
    "d5,ann,2026-03-02,1,",
    header=f"{HEADER},product",
)


def test_unmapped_products_are_kept_and_named_with_count_and_closest(
    tmp_path: Path,
) -> None:
    result = read(tmp_path, SOLD, PRODUCTS.format(setting=""))
    products = [("Router X1",), ("Switch24",), ("Switch24",), ("Toaster",), ("",)]
    assert staged(result, "product_id") == products
    found = [(one.name, one.row_count, one.closest) for one in result.unmapped_products]
    assert found == [("Switch24", 2, "Switch 24"), ("Toaster", 1, "")]
    note = "product 'Switch24' (2 rows) is not listed; closest is 'Switch 24'"
    assert any(note in str(one) for one in result.notes)


def test_unmapped_products_are_rejected_when_the_mapping_says_so(tmp_path: Path) -> None:
    mapping = PRODUCTS.format(setting='unmapped_product = "reject"')
    result = read(tmp_path, SOLD, mapping)
    assert staged(result, "event_id") == [("d1",), ("d5",)]
    assert list(reasons(result)) == [3, 4, 5]
    assert "did you mean 'Switch 24'?" in reasons(result)[3]
    assert [one.row_count for one in result.unmapped_products] == [2, 1]


def test_alias_of_a_product_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    mapping = PRODUCTS.format(setting="").replace('= "Router X1"', '= "Router X2"')
    with pytest.raises(EventFileError, match="'RX1' stands for 'Router X2'"):
        read(tmp_path, SOLD, mapping)


JOINED = MAPPING.replace(
    "[columns]",
    """[files.customers]
path = "customers.csv"
[[joins]]
file = "customers"
on = {{ customer = "number" }}
prefix = "customer."
unmatched = "{unmatched}"
[columns]
customer_id = "customer.name"
firm_id = "customer.partner"
""",
)
BOUGHT = lines(
    f"{GOOD},7",
    "d2,ann,2026-03-02,1,9",
    "d3,ann,2026-03-02,1,",
    header=f"{HEADER},customer",
)


def read_joined(folder: Path, customers: str, unmatched: str) -> ReadResult:
    (folder / "customers.csv").write_text(customers)
    return read(folder, BOUGHT, JOINED.format(unmatched=unmatched))


CUSTOMERS = "number,name,partner\n7,Acme,North\n8,Bolt,South\n"


def test_joined_columns_come_in_by_key(tmp_path: Path) -> None:
    result = read_joined(tmp_path, CUSTOMERS, "empty")
    assert staged(result, "customer_id, firm_id") == [("Acme", "North"), ("", ""), ("", "")]


def test_rows_without_a_match_are_refused_when_the_mapping_says_so(tmp_path: Path) -> None:
    result = read_joined(tmp_path, CUSTOMERS, "reject")
    assert staged(result, "event_id") == [("d1",)]
    assert list(reasons(result)) == [3, 4]
    assert "customer: is not in the joined file 'customers'" in reasons(result)[3]


BAD_LOOKUPS = {
    "two rows for a key": (f"{CUSTOMERS}7,Other,North\n", "already stands in row 2"),
    "no key column": ("id,name,partner\n7,Acme,North\n", "there is no column 'number'"),
    "no joined column": ("number,name\n7,Acme\n", "no column 'customer.partner'"),
    "control character": (f"{CUSTOMERS}9,B\x07,North\n", "U+0007"),
    "ragged": (f"{CUSTOMERS}9,B\n", "expected 3 cells"),
}


@pytest.mark.parametrize("case", BAD_LOOKUPS)
def test_unsound_joined_file_is_refused_whole(tmp_path: Path, case: str) -> None:
    customers, said = BAD_LOOKUPS[case]
    with pytest.raises(EventFileError) as caught:
        read_joined(tmp_path, customers, "empty")
    assert said in str(caught.value)


def test_row_that_repeats_another_word_for_word_counts_once(tmp_path: Path) -> None:
    result = read(tmp_path, lines(GOOD, "d2,ann,2026-03-02,1", GOOD))
    assert staged(result, "event_id") == [("d1",), ("d2",)]
    assert (result.event_count, result.rejected_count) == (2, 0)
    assert any("1 rows repeat another word for word" in str(one) for one in result.notes)


def test_rows_that_contradict_each_other_are_both_refused(tmp_path: Path) -> None:
    rows = [GOOD, "d2,ann,2026-03-02,1", "d1,ann,2026-03-02,200", "d1,bob,2026-03-02,100"]
    result = read(tmp_path, lines(*rows))
    assert staged(result, "event_id") == [("d2",)]
    told = reasons(result)
    assert list(told) == [2, 4, 5]
    assert "the same id says something else in deals.csv row 4" in told[2]
    assert "in deals.csv row 2" in told[5]
    assert "columns.revision" in told[5]
    assert result.rejected_count == 3


REVISED = MAPPING.replace("[constants]", 'revision = "version"\n[constants]')


@pytest.mark.parametrize(
    "versions", [("1", "2", "10"), ("2026-03-01", "2026-03-02", "2026-11-01")]
)
def test_highest_revision_wins_where_the_mapping_names_a_column(
    tmp_path: Path, versions: tuple[str, str, str]
) -> None:
    first, second, third = versions
    rows = [
        f"d1,ann,2026-03-02,2,{second}",
        f"d1,bob,2026-03-02,3,{third}",
        f"d1,ann,2026-03-02,1,{first}",
        f"d2,ann,2026-03-02,1,{first}",
        f"d2,ann,2026-03-02,2,{first}",
    ]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},version"), REVISED)
    assert staged(result, "event_id, payee_id, amount_minor") == [("d1", "bob", 300)]
    assert list(reasons(result)) == [5, 6]
    assert any("2 rows are older revisions" in str(one) for one in result.notes)


def test_ids_may_be_made_of_several_columns(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        'event_id = "id"', 'event_id = ["id", "rep"]\nsubject_id = "id"'
    )
    result = read(tmp_path, lines(GOOD, ",ann,2026-03-02,1"), mapping)
    assert staged(result, "event_id, subject_id") == [("d1/ann", "d1")]
    assert list(reasons(result)) == [3]


def test_moment_of_import_stands_in_for_an_unsaid_recorded_moment(tmp_path: Path) -> None:
    mapping = MAPPING.replace("[constants]", 'recorded_at = "told"\n[constants]')
    rows = [f"{GOOD},2026-03-03T00:00Z", "d2,ann,2026-03-02,1,"]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},told"), mapping)
    assert staged(result, "recorded_at") == [(1_772_496_000_000_000,), (IMPORTED_AT,)]


def test_more_rows_than_one_chunk_are_all_read(tmp_path: Path) -> None:
    rows = [f"d{number:06d},ann,2026-03-02,1" for number in range(50_007)]
    rows[50_003] = "d000001,ann,2026-03-02,2"
    result = read(tmp_path, lines(*rows))
    assert result.event_count == 50_005
    assert [one.row for one in result.rejects] == [3, 50_005]


def test_reading_again_gives_the_same(tmp_path: Path) -> None:
    mapping = parse_mapping(MAPPING)
    (tmp_path / "deals.csv").write_text(lines(GOOD, "d2,ann,never,1"))
    first = read_events(tmp_path, mapping, recorded_at=1)
    second = read_events(tmp_path, mapping, recorded_at=1)
    assert first.rejects == second.rejects
    assert staged(first, "event_id, occurred_at") == staged(second, "event_id, occurred_at")
