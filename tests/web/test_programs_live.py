"""How does a running program go, and is every number the one of the feed and the books?"""

from __future__ import annotations

import csv
import html
import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from program_texts import with_terms
from web_world import World, at_noon

from openspiff.web.access import NotVisibleError
from openspiff.web.actions.programs import add_program_draft
from openspiff.web.queries import live
from openspiff.web.queries.live import LiveViewError, live_facts

LIVE = "/programs/spring/live/"


@pytest.fixture
def desk(client: Client, world: World, settings: Any) -> Client:
    settings.OPENSPIFF_AT = at_noon(3, 10)
    client.force_login(world.users["analyst"])
    return client


def words(page: bytes) -> str:
    main = page.decode().split("<main")[-1]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def test_live_view_tells_pace_budget_promises_speed_and_holdout(desk: Client) -> None:
    text = words(desk.get(LIVE).content)
    for told in (
        # D-1, D-4, D-5 and D-7; D-2 was cancelled, D-3 is too small, D-6 is Dan's.
        "So far 4",
        "the terms name no target_events",
        "The feed tells of no earlier quarter whole",
        "Left $1,385.00 of $2,000.00",
        "Owed $180.00 promised within 14 days",
        "Of it late $0.00",
        "Paid $510.00",
        "Wanted back $75.00",
        "Held out 1 payees",
        "Their qualifying events 1 of 1 payee",
        "Booked for them $0.00 nothing leaks",
    ):
        assert told in text


def test_days_to_pay_are_counted_from_the_recording(world: World) -> None:
    facts = live_facts(world.users["manager"], "spring")
    # Recorded on 21 January, 4 and 6 February; paid on 14 February. D-2 was recorded
    # anew when it was cancelled, after it had been paid: nobody waited for that.
    assert dict(facts.pace.waits.paid) == {8: 1, 10: 1, 24: 1}


def test_what_is_owed_late_is_told(desk: Client, settings: Any) -> None:
    settings.OPENSPIFF_AT = at_noon(3, 30)
    text = words(desk.get(LIVE).content)
    assert "Of it late $180.00" in text  # booked on 10 March, promised for 24 March


def test_every_picture_has_words_a_table_and_a_file_of_numbers(desk: Client) -> None:
    page = desk.get(LIVE).content.decode()
    addresses = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', page)
    assert len(addresses) == 3
    for address, alternative in addresses:
        assert len(alternative) > 20
        for coat in ("light", "dark", "light-narrow", "dark-narrow", "nonsense"):
            url = html.unescape(address).split("?")[0] + f"?coat={coat}"
            answer = desk.get(url)
            assert answer.headers["Content-Type"] == "image/svg+xml"
            assert ET.fromstring(answer.content).tag.endswith("svg")  # noqa: S314 (ours)
        rows = list(
            csv.reader(
                io.StringIO(desk.get(url.split("?")[0][:-3] + "csv").content.decode())
            )
        )
        assert len(rows) > 1
        for cell in rows[1]:
            assert not cell or f">{cell}</t" in page
    assert desk.get("/programs/spring/live/other.csv").status_code == 404


def test_plan_is_compared_with_where_it_should_be_by_now(
    desk: Client, world: World
) -> None:
    from test_programs_running import launch_text  # noqa: PLC0415

    text = with_terms(
        program_id="plan",
        name="Plan",
        measurement={"target_events": 90},
        window={"zone": "America/New_York"},
    )
    launch_text(world, text)
    told = words(desk.get("/programs/plan/live/").content)
    # Known up to 2 March: 61 of 90 days.
    assert "Planned by now 61 of 90 in all, day by day alike" in told


def test_leak_is_told_when_a_held_out_payee_has_money(world: World, desk: Client) -> None:
    from openspiff.web.models import EnrolledPayee  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("drop trigger web_enrolledpayee_no_update")
    EnrolledPayee.objects.filter(program_id="spring", payee_id="cleo").update(
        is_held_out=True
    )
    text = words(desk.get(LIVE).content)
    assert "Booked for them $65.00 a leak: it must be nothing" in text
    assert world.users


def test_window_that_has_not_begun_has_nothing_to_show(desk: Client, settings: Any) -> None:
    settings.OPENSPIFF_AT = at_noon(12, 1, 2025)
    text = words(desk.get(LIVE).content)
    assert "Nothing to see yet." in text
    assert desk.get("/programs/spring/live/pace.svg").status_code == 404


def test_same_feed_and_books_are_worked_out_once(world: World) -> None:
    first = live_facts(world.users["manager"], "spring")
    assert live_facts(world.users["analyst"], "spring") is first
    from web_world import pay  # noqa: PLC0415

    pay(world.users["finance"], at_noon(3, 12))
    second = live_facts(world.users["manager"], "spring")
    # 180 less the 75 that Ana owes for D-2 were paid; the rest is withheld and stays owed.
    assert sum(second.promised_minor.values()) == 75_00
    assert second.mark != first.mark


def test_feed_that_is_too_large_is_said_so(
    desk: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_ROWS_AT_MOST", 3)
    with pytest.raises(LiveViewError):
        live_facts(world.users["manager"], "spring")
    assert desk.get(LIVE).status_code == 409


def test_draft_and_strangers_have_no_live_view(world: World) -> None:
    text = with_terms(program_id="later", name="Later")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
    for user, program_id in (
        (world.users["manager"], "later"),
        (world.users["payee"], "spring"),
        (world.users["firm_owner"], "spring"),
    ):
        with pytest.raises(NotVisibleError):
            live_facts(user, program_id)


def test_number_of_questions_does_not_grow(desk: Client, world: World) -> None:
    desk.get(LIVE)
    with CaptureQueriesContext(connection) as one:
        desk.get(LIVE)
    for number in range(4):
        text = with_terms(program_id=f"more-{number}", name=f"More {number}")
        add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
    with CaptureQueriesContext(connection) as many:
        desk.get(LIVE)
    assert len(one) == len(many) < 20
