"""What did an event cost before any discount?"""

from __future__ import annotations

from pathlib import Path

import pytest
from event_files import GOOD, HEADER, MAPPING, lines, read, reasons, staged

from openspiff.events import EventFileError, MappingError, parse_mapping

PRODUCTS = """
[files.products]
path = "products.csv"
[products]
file = "products"
column = "name"
list_price = "price"
[products.aliases]
"PUMP-1" = "Pump"
"""
MORE = 'amount = "value"\nproduct_id = "product"\nquantity = "pieces"'
LISTED = MAPPING.replace('amount = "value"', MORE) + PRODUCTS
WIDE = f"{HEADER},product,pieces"


def priced(folder: Path, *rows: str, prices: str = "Pump,99.99\nValve,\n") -> list[object]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "products.csv").write_text(f"name,price\n{prices}")
    result = read(folder, lines(*rows, header=WIDE), LISTED)
    assert reasons(result) == {}
    return [row[0] for row in staged(result, "list_price_minor")]


def test_list_price_may_be_a_column_of_the_event(tmp_path: Path) -> None:
    mapping = MAPPING.replace('amount = "value"', 'amount = "value"\nlist_price = "list"')
    rows = [f"{GOOD},125.50", "d2,ann,2026-03-02,10,"]
    result = read(tmp_path, lines(*rows, header=f"{HEADER},list"), mapping)
    assert staged(result, "list_price_minor") == [(12_550,), (None,)]


def test_list_price_may_follow_from_the_product_and_its_quantity(tmp_path: Path) -> None:
    rows = [
        f"{GOOD},Pump,3",
        "d2,ann,2026-03-02,10,PUMP-1,1",
        "d3,ann,2026-03-02,10,Valve,2",
    ]
    # By its other name too; a valve has no list price, which is not zero.
    assert priced(tmp_path, *rows) == [29_997, 9_999, None]


def test_list_price_that_is_no_number_is_refused_with_its_product(tmp_path: Path) -> None:
    with pytest.raises(
        EventFileError, match=r"Valve: 'ask' is no number.*products\.list_price"
    ):
        priced(tmp_path, f"{GOOD},Pump,3", prices="Pump,1\nValve,ask\n")


def test_list_price_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("name,cost\nPump,1\n")
    with pytest.raises(EventFileError, match=r"products\.list_price"):
        read(tmp_path, lines(f"{GOOD},Pump,3", header=WIDE), LISTED)


def test_list_price_is_said_once_and_of_a_file() -> None:
    twice = LISTED.replace('product_id = "product"', 'product_id = "p"\nlist_price = "l"')
    with pytest.raises(MappingError, match=r"mapped too @ products\.list_price"):
        parse_mapping(twice)
    nowhere = MAPPING + '[products]\nids = ["Pump"]\nlist_price = "price"\n'
    with pytest.raises(MappingError, match=r"expected the file.* @ products\.list_price"):
        parse_mapping(nowhere)
