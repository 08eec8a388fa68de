"""Do exported books say the same, and does nothing in them run?"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from finance_world import add_finance
from python_calamine import CalamineWorkbook
from web_world import World

from openspiff.ledger import (
    BOOK_FILE_COLUMNS,
    AccountTotal,
    TrialBalance,
    beancount_lines,
    hledger_lines,
)
from openspiff.report import csv_blocks, write_workbook
from openspiff.web.models import Transfer
from openspiff.web.queries import books

POSTED = re.compile(r"^ +([A-Z]\S+)  (-?[\d.]+) (\w{3})(?: =|$)", re.MULTILINE)
ACCOUNT = re.compile(r"[A-Z][A-Za-z]*(:[A-Z][A-Za-z0-9-]*)+")
HOSTILE = '=HYPERLINK("http://example.test","x")'


def content_of(client: Client, url: str) -> bytes:
    response = client.get(url)
    assert response.status_code == 200, url
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def sums_of(text: str) -> dict[str, Decimal]:
    """Add up a journal by account; every entry of it must come to nothing."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry in re.split(r"\n\n", text):
        if not re.match(r"\d{4}-\d\d-\d\d \*", entry):
            continue
        amounts = re.findall(
            r"^ +([A-Z]\S+)  (-?[\d.]+) (\w{3})(?: =|$)", entry, re.MULTILINE
        )
        assert sum(Decimal(amount) for _, amount, _ in amounts) == 0
        for account, amount, _ in amounts:
            sums[account] += Decimal(amount)
    return dict(sums)


@pytest.fixture
def fred(client: Client, world: World) -> Any:
    client.force_login(world.users["finance"])
    return world.users["finance"]


@pytest.mark.parametrize(
    ("form", "asserted"),
    [
        ("beancount", r"^\d{4}-\d\d-\d\d balance (\S+)  (-?[\d.]+) USD$"),
        ("hledger", r"^    (\S+)  0\.00 USD = (-?[\d.]+) USD$"),
    ],
)
def test_book_file_has_the_trial_balance_of_the_books(
    client: Client, fred: Any, form: str, asserted: str
) -> None:
    text = content_of(client, f"/finance/exports/books.{form}").decode()
    sums = sums_of(text)
    expected = {
        one.account: Decimal(one.debit_minor - one.credit_minor) / 100
        for one in books.accounts_now(fred).accounts
    }
    assert sorted(sums.values()) == sorted(expected.values())
    assert sums["Assets:Cash"] == expected["cash"]
    assert sums["Liabilities:Payable:Xana"] == expected["payable:ana"]
    found = {
        name: Decimal(amount) for name, amount in re.findall(asserted, text, re.MULTILINE)
    }
    assert found == sums


def test_names_of_any_kind_stay_apart_in_a_book_file() -> None:
    names = ["ana", "Ana", "an a", "an-a", "an-20-a", 'a"; b', "x\ny", "é", "50%"]
    rows = [
        (
            1_000_000 * number,
            "expense:spring",
            f"payable:{name}",
            100 + number,
            "KWD",
            "spring",
            "crm",
            "1",
            name,
            'so; it "is"\n2026-01-01 close x',
            f"k{number}",
        )
        for number, name in enumerate(names)
    ]
    assert len(rows[0]) == len(BOOK_FILE_COLUMNS)
    totals = TrialBalance(
        (
            AccountTotal("expense:spring", "KWD", sum(row[3] for row in rows), 0),
            *(AccountTotal(row[2], "KWD", 0, row[3]) for row in rows),
        )
    )
    for write in (beancount_lines, hledger_lines):
        text = "".join(write(rows, totals))
        sums = sums_of(text)
        assert len(sums) == len(names) + 1
        assert Decimal("0.100") in {-one for one in sums.values()}
        assert all(
            re.fullmatch(r"[A-Z][A-Za-z]*(:[A-Z][A-Za-z0-9-]*)+", one) for one in sums
        )
        assert not re.search(r"^2026-01-01 close", text, re.MULTILINE)


def test_transfers_come_whole_and_in_order(client: Client, world: World, fred: Any) -> None:
    assert fred
    text = content_of(client, "/finance/exports/transfers.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    stored = list(Transfer.objects.order_by("sequence").values_list("sequence", flat=True))
    assert [int(row["sequence"]) for row in rows] == stored
    assert rows[0]["amount"] == "120.00"
    assert rows[0]["recorded_on"] == "2026-02-12"
    assert world.home


def test_formula_in_a_name_is_inert_and_amounts_below_zero_stay_numbers(
    client: Client, world: World, fred: Any, tmp_path: Path
) -> None:
    row = Transfer.objects.filter(kind="accrual", payee_id="ben").get()
    row.pk, row.transfer_key, row.payee_id = None, "x", HOSTILE
    row.credit_account = f"payable:{HOSTILE}"
    row.save(force_insert=True)
    assert fred
    assert world.users
    text = content_of(client, "/finance/exports/trial-balance.csv").decode()
    names = {one["account"]: one["balance"] for one in csv.DictReader(io.StringIO(text))}
    assert names[f"payable:{HOSTILE}"] == "-250.00"
    text = content_of(client, "/finance/exports/transfers.csv").decode()
    payees = {one["payee_id"] for one in csv.DictReader(io.StringIO(text))}
    assert f"'{HOSTILE}" in payees

    path = tmp_path / "books.xlsx"
    path.write_bytes(content_of(client, "/finance/exports/transfers.xlsx"))
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert HOSTILE in {one[sheet[0].index("payee_id")] for one in sheet}
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(path) as book:
        whole = b"".join(book.read(name) for name in book.namelist())
    # Neither a formula nor a link: told by yes or no, for the file is long.
    assert (b"<f>" in whole, b"<hyperlink" in whole) == (False, False)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@sum", "\t=1", " =1", "\r=1", "\n=1"]
)
def test_cell_that_could_run_is_text(cell: str, tmp_path: Path) -> None:
    text = "".join(csv_blocks(("a", "b"), [(cell, Decimal("-12.50"))]))
    (row,) = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert row == [f"'{cell}", "-12.50"]
    path = tmp_path / "a.xlsx"
    write_workbook(path, "a", ("a", "b"), [(cell, Decimal("-12.50"))])
    found = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert found[1][1] == -12.5


def test_control_characters_and_endless_cells_do_not_break_a_workbook(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, "x" * 60, ("a",), [("\x00\x1b",), ("y" * 200_000,), (10**17,)])
    (head, first, second, third) = (
        CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    )
    assert (head, len(second[0]), third) == (["a"], 32_767, [str(10**17)])
    assert str(first[0]).strip() == ""


def test_lines_of_a_batch_come_as_a_table(client: Client, world: World, fred: Any) -> None:
    add_finance(world)
    assert fred
    text = content_of(client, "/finance/batches/1/lines.csv").decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["payee_id"], row["amount"], row["withheld"]) == ("ana", "105.00", "75.00")
