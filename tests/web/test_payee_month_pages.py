"""Does a month say the same on its page, on paper and in a spreadsheet?"""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from web_world import World

from openspiff.ledger import month_digest
from openspiff.web.models import Transfer
from openspiff.web.queries.books import payee_statement
from openspiff.web.queries.statements import month_for

URL = "/payees/ana/statement/2026-03/"


def rows_of(client: Client, url: str) -> list[list[str]]:
    text = client.get(url).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_page_shows_the_lines_and_the_sums_of_the_month(
    client: Client, world: World
) -> None:
    client.force_login(world.users["payee"])
    page = client.get(URL).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Open at the start $0.00 Earned $105.00 Paid $0.00 Open at the end $105.00" in (
        text
    )
    assert "Clawed back D-2" in text
    assert 'href="/payees/ana/statement/2026-02/"' in page
    assert "2026-04" not in page


def test_digest_is_that_of_the_lines_of_the_books(client: Client, world: World) -> None:
    told = payee_statement(world.users["payee"], "ana", zone="America/New_York")
    (march,) = [one for one in told.months if one.month == "2026-03"]
    client.force_login(world.users["payee"])
    assert month_digest(march) in client.get(URL).content.decode()
    found = month_for(world.users["payee"], "ana", "2026-02")
    assert found.digests["USD"] != month_digest(march)
    assert (found.earlier, found.later) == ("", "2026-03")


def test_pdf_is_a_file_and_always_the_same(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    url = URL.removesuffix("/") + ".pdf"
    first, second = client.get(url), client.get(url)
    assert first.headers["Content-Type"] == "application/pdf"
    assert 'filename="statement-2026-03.pdf"' in first.headers["Content-Disposition"]
    assert first.content == second.content
    assert first.content.startswith(b"%PDF-")


def test_spreadsheet_adds_up_to_the_books(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    header, *rows = rows_of(client, URL.removesuffix("/") + ".csv")
    assert header[-3:] == ["currency", "change", "balance"]
    booked = [(one[1], one[4], one[-2], one[-1]) for one in rows]
    assert set(booked) == {
        ("accrual", "D-7", "180.00", "180.00"),
        ("clawback", "D-2", "-75.00", "105.00"),
    } or set(booked) == {
        ("clawback", "D-2", "-75.00", "-75.00"),
        ("accrual", "D-7", "180.00", "105.00"),
    }


def test_name_of_an_event_is_no_formula_in_a_spreadsheet(
    client: Client, world: World
) -> None:
    last = Transfer.objects.order_by("-sequence").first()
    assert last is not None
    Transfer.objects.create(
        sequence=last.sequence + 1,
        transfer_key="evil",
        kind="accrual",
        debit_account="expense:spring",
        credit_account="payable:ana",
        amount_minor=1,
        currency="USD",
        program_id="spring",
        version=1,
        source="crm",
        event_id='=HYPERLINK("http://x")',
        payee_id="ana",
        number=1,
        run_id="x",
        effective_at=last.effective_at,
        recorded_at=last.recorded_at,
        reason="",
    )
    client.force_login(world.users["payee"])
    *_, row = rows_of(client, URL.removesuffix("/") + ".csv")
    assert row[4] == '\'=HYPERLINK("http://x")'
    assert row[-2] == "0.01"


@pytest.mark.parametrize("ending", ["/", ".pdf", ".csv"])
@pytest.mark.parametrize(
    "month", ["2026-13", "2026-3", "2024-01", "x", "2026-03-01", "%00", "२०२६-०३"]
)
def test_month_without_lines_is_not_found(
    client: Client, world: World, month: str, ending: str
) -> None:
    client.force_login(world.users["payee"])
    assert client.get(f"/payees/ana/statement/{month}{ending}").status_code == 404


@pytest.mark.parametrize("ending", ["/", ".pdf", ".csv"])
def test_only_those_who_see_the_payee_see_the_month(
    client: Client, world: World, ending: str
) -> None:
    url = f"/payees/ana/statement/2026-03{ending}"
    found = {}
    for role in ("payee", "firm_owner", "other_payee", "other_owner", "analyst"):
        client.force_login(world.users[role])
        found[role] = client.get(url).status_code
        assert client.post(url).status_code == 405
    assert found == {
        "payee": 200,
        "firm_owner": 200,
        "other_payee": 404,
        "other_owner": 404,
        "analyst": 200,
    }


def test_number_of_queries_is_that_of_a_statement(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    with CaptureQueriesContext(connection) as one:
        client.get("/payees/ana/statement/2026-02/")
    with CaptureQueriesContext(connection) as other:
        client.get(URL)
    assert len(one) == len(other) <= 6


def test_other_languages_write_amounts_their_way(
    client: Client, world: World, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "de"
    settings.LANGUAGES = [("de", "Deutsch")]
    client.force_login(world.users["payee"])
    page = client.get(URL, headers={"accept-language": "de"}).content.decode()
    assert "180,00\N{NO-BREAK SPACE}$" in page
    assert "März 2026" in page
