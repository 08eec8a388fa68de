"""Does each kind of file go all the way through the wizard, and back again?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from import_drafts import AT, outcome, settled, started, tried
from web_world import World

from openspiff.engine import DuckDBEngine, quoted
from openspiff.events import open_feed
from openspiff.web.actions import imports, imports_save
from openspiff.web.models import EventBatch, ImportDraft
from openspiff.web.queries import feed

HEADER: Final = ("Deal ID", "Close date", "Rep", "Product", "Amount", "Stage")
ROWS: Final[list[tuple[Any, ...]]] = [
    ("D-20", dt.date(2026, 3, 3), "cleo", "GTX Pro", 4000.0, "Closed Won"),
    ("D-21", dt.date(2026, 3, 4), "cleo", "GTX Pro", 1200.5, "Closed Lost"),
]
COLUMNS: Final = {
    "source": "crm2",
    "zone": "America/New_York",
    "column_event_id": "Deal ID",
    "column_payee": "Rep",
    "column_occurred_at": "Close date",
    "column_amount": "Amount",
    "column_status": "Stage",
    "column_product_id": "Product",
    "word:Closed Won": "done",
    "word:Closed Lost": "lost",
    "constant_kind": "deal_won",
    "constant_currency": "USD",
}


def workbook(path: Path) -> None:
    """Write a workbook whose days are days, and whose amounts are numbers."""
    book = xlsxwriter.Workbook(str(path))
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet("Deals")
    page.write_row(0, 0, HEADER)
    for number, row in enumerate(ROWS, start=1):
        page.write_row(number, 0, row)
        page.write_datetime(number, 1, row[1], days)
    book.close()


def parquet(path: Path) -> None:
    """Write a Parquet file whose days are days, and whose amounts are decimals."""
    names = ", ".join(f'"{name}"' for name in HEADER)
    rows = ", ".join(
        f"({quoted(one[0])}, date {quoted(one[1])}, {quoted(one[2])}, {quoted(one[3])},"
        f" cast({one[4]} as decimal(12, 2)), {quoted(one[5])})"
        for one in ROWS
    )
    with DuckDBEngine(threads=1) as engine:
        engine.execute(
            f"copy (select * from (values {rows}) as deals({names}))"
            f" to {quoted(path)} (format parquet)"
        )


def comma_text(amount: float) -> str:
    """Return 1234.5 as 1.234,50."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def utf16(path: Path) -> None:
    """Write what a spreadsheet calls Unicode text: UTF-16 with tabs."""
    lines = ["\t".join(HEADER), *("\t".join(map(str, row)) for row in ROWS)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-16"))


def semicolons(path: Path) -> None:
    """Write a German export: semicolons, decimal commas, days with dots."""
    rows = [
        (one[0], f"{one[1]:%d.%m.%Y}", *one[2:4], comma_text(one[4]), one[5])
        for one in ROWS
    ]
    text = "\n".join(";".join(row) for row in [HEADER, *rows])
    path.write_text(text, encoding="cp1252")


FILES: Final[dict[str, tuple[Callable[[Path], None], str, str]]] = {
    "deals.xlsx": (workbook, "ISO", ".,"),
    "deals.parquet": (parquet, "ISO", ".,"),
    "unicode.txt": (utf16, "ISO", ".,"),
    "german.csv": (semicolons, "%d.%m.%Y", ",."),
}


def current(world: World) -> list[tuple[Any, ...]]:
    """Return the events of these files as they stand in the feed."""
    with DuckDBEngine(threads=1) as engine:
        open_feed(engine, feed.feed_files(world.users["manager"]))
        return engine.query(
            "select event_id, status, amount_minor, payee_id, product_id, occurred_at"
            " from current_events where source = 'crm2' order by event_id"
        )


@pytest.mark.parametrize("name", FILES)
def test_file_goes_from_the_upload_to_the_feed_and_back(
    client: Client, world: World, tmp_path: Path, name: str
) -> None:
    write, dates, money = FILES[name]
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (world.home / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    client.force_login(world.users["manager"])
    given = {"kind": "events", "source": "crm2"}
    given |= {"files": [SimpleUploadedFile(name, content)]}
    response = client.post("/imports/new/", given)
    number = int(response.headers["Location"].split("/")[2])
    assert "D-21" in client.get(f"/imports/{number}/file/").content.decode()

    shown = client.get(f"/imports/{number}/columns/").content.decode()
    assert '<option value="Deal ID" selected>' in shown
    if name.endswith(".csv"):
        assert f'<option value="{money}" selected>' in shown
    columns = COLUMNS | {"date_format": dates, "money_way": money}
    response = client.post(f"/imports/{number}/columns/", columns)
    assert response.status_code == 302, response.content.decode()
    assert settled(world, number) == "ready", ImportDraft.objects.get(pk=number).problems
    told = outcome(world, number)
    assert told["counts"] == {"new": 2, "changed": 0, "known": 0, "rejected": 0}
    assert told["effect"]["payees"] == [["cleo", "USD", 200_00]]
    assert EventBatch.objects.count() == 2

    client.post(f"/imports/{number}/save/")
    march = 1_772_514_000_000_000  # the third, as it begins in New York
    day = 86_400_000_000
    assert current(world) == [
        ("D-20", "done", 400_000, "cleo", "GTX Pro", march),
        ("D-21", "lost", 120_050, "cleo", "GTX Pro", march + day),
    ]
    mapping = ImportDraft.objects.get(pk=number).mapping_text
    again = started(world, content, mapping=mapping, name=f"again-{name}")
    assert tried(world, again) == "ready"
    counts = {"new": 0, "changed": 0, "known": 2, "rejected": 0}
    assert outcome(world, again)["counts"] == counts

    user = world.users["manager"]
    undo = imports.start_undo(batch_no=3, acting_user=user, at=AT)
    assert tried(world, undo.pk) == "ready"
    imports_save.save_import(draft_id=undo.pk, acting_user=user, at=AT)
    assert [row[:2] for row in current(world)] == [("D-20", "lost"), ("D-21", "lost")]
    assert EventBatch.objects.count() == 4
