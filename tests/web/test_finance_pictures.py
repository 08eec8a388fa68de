"""Do the pictures of finance show what its tables say, in every coat, to its people?"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from finance_world import add_finance
from web_world import World, at_noon

from openspiff.report import (
    BudgetUse,
    DueDay,
    budgets_picture,
    months_picture,
    owed_picture,
)

MARCH = at_noon(3, 10)
NAMES = ("owed-usd", "budgets", "months-usd")
COATS = ("light", "dark", "light-narrow", "dark-narrow")


@pytest.fixture(autouse=True)
def march(settings: Any) -> None:
    settings.OPENSPIFF_AT = MARCH


@pytest.fixture
def fred(client: Client, world: World) -> Client:
    client.force_login(world.users["finance"])
    return client


def cells(client: Client, name: str) -> list[dict[str, str]]:
    answer = client.get(f"/finance/pictures/{name}.csv")
    assert answer.status_code == 200
    assert name in answer["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_comes_in_every_coat(fred: Client, name: str) -> None:
    drawn = {}
    for coat in COATS:
        answer = fred.get(f"/finance/pictures/{name}.svg?coat={coat}")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/svg+xml"
        drawn[coat] = answer.content
        assert drawn[coat].startswith(b"<svg")
    assert len(set(drawn.values())) == 4
    assert fred.get(f"/finance/pictures/{name}.svg?coat=pink").content == drawn["light"]


def test_pages_show_them_with_words_numbers_and_a_file(fred: Client) -> None:
    for page, name in (
        ("/finance/", "owed-usd"),
        ("/finance/liability/", "owed-usd"),
        ("/finance/budgets/", "budgets"),
        ("/finance/budgets/", "months-usd"),
    ):
        text = fred.get(page).content.decode()
        source = re.search(rf'<img src="(/finance/pictures/{name}\.svg\?[^"]+)"', text)
        assert source is not None, page
        assert f"/finance/pictures/{name}.csv" in text
        assert 'alt=""' not in text
        assert fred.get(source[1].replace("&amp;", "&")).status_code == 200


def test_what_is_owed_is_late_approved_or_neither(fred: Client, world: World) -> None:
    (week,) = cells(fred, "owed-usd")
    assert week == {
        "week from": "2026-03-23",
        "late, USD": "0.00",
        "owed, USD": "180.00",
        "approved, USD": "0.00",
    }
    add_finance(world)
    (week,) = cells(fred, "owed-usd")
    assert float(week["approved, USD"]) > 0
    assert float(week["owed, USD"]) + float(week["approved, USD"]) == 180
    months = cells(fred, "months-usd")
    assert [one["month"] for one in months] == ["2026-02", "2026-03"]
    assert months[-1]["booked so far, USD"] == "615.00"


def test_number_of_queries_does_not_grow_with_what_is_owed(
    fred: Client, world: World
) -> None:
    def queries() -> list[int]:
        found = []
        for name in NAMES:
            with CaptureQueriesContext(connection) as seen:
                assert fred.get(f"/finance/pictures/{name}.svg").status_code == 200
            found.append(len(seen))
        return found

    few = queries()
    add_finance(world)
    assert queries() == few


def test_wrong_ways_are_refused(fred: Client, client: Client, world: World) -> None:
    assert fred.post("/finance/pictures/owed-usd.svg").status_code == 405
    assert fred.get("/finance/pictures/owed-chf.svg").status_code == 404
    client.force_login(world.users["payee"])
    assert client.get("/finance/pictures/owed-usd.svg").status_code == 403


def test_many_weeks_become_months() -> None:
    days = [
        DueDay(promised_on=dt.date(2026, month, 3), owed_minor=100) for month in (1, 3, 12)
    ]
    drawn = owed_picture(days, currency="JPY", today=dt.date(2026, 3, 1))
    assert [(str(row[1]), str(row[2])) for row in drawn.rows] == [
        ("100", "0"),
        ("0", "100"),
        ("0", "100"),
    ]
    assert [row[0] for row in drawn.rows] == ["2026-01-01", "2026-03-01", "2026-12-01"]
    assert "¥100 is late" in drawn.alternative


def test_nothing_to_draw_is_no_picture() -> None:
    assert budgets_picture([]) is None
    assert months_picture({dt.date(2026, 1, 1): (5, 0)}, currency="USD") is None
    ahead = BudgetUse(name="A", used_ppm=600_000, elapsed_ppm=500_000)
    drawn = budgets_picture([ahead, BudgetUse(name="B", used_ppm=0, elapsed_ppm=1)])
    assert drawn is not None
    assert drawn.rows == (("A", 60, 50), ("B", 0, 0))
    assert drawn.alternative.startswith("1 of 2 budgets")
