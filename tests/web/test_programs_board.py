"""Where does every program stand, and what needs somebody today?"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import attrs
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from program_texts import with_terms
from web_world import DAY, PAYEES, World, add_answer, at_noon

from openspiff.web.access import NotVisibleError
from openspiff.web.actions.feed import (
    NewBatch,
    RosterName,
    record_batch,
    record_roster,
)
from openspiff.web.actions.people import NewUser, add_user, ensure_operator
from openspiff.web.actions.programs import add_program_draft, end_program, launch_program
from openspiff.web.actions.programs_intake import pause_intake
from openspiff.web.models import EnrolledPayee
from openspiff.web.queries.board import Stage, TaskKind, board


def stage(world: World, at: int, program_id: str = "spring") -> Stage:
    found = board(world.users["analyst"], at=at)
    return next(
        one.stage for one in found.standings if one.program.program_id == program_id
    )


def tasks(world: World, at: int) -> dict[TaskKind, int]:
    return {one.kind: one.number for one in board(world.users["manager"], at=at).tasks}


def read(client: Client, world: World, settings: Any, at: int) -> str:
    settings.OPENSPIFF_AT = at
    client.force_login(world.users["manager"])
    response = client.get("/programs/")
    assert response.status_code == 200
    main = response.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_program_goes_through_its_stages(world: World) -> None:
    assert stage(world, at_noon(12, 1, 2025)) == Stage.UPCOMING
    assert stage(world, at_noon(3, 10)) == Stage.OPEN
    manager = world.users["manager"]
    pause_intake(program_id="spring", reason="Check", acting_user=manager, at=at_noon(3, 1))
    assert stage(world, at_noon(3, 10)) == Stage.PAUSED
    assert stage(world, at_noon(4, 10)) == Stage.SETTLING  # $180 is owed
    add_answer(world)
    assert stage(world, at_noon(4, 10)) == Stage.DECIDED


def test_draft_is_a_stage_of_its_own(world: World) -> None:
    text = with_terms(program_id="later", name="Later")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
    assert stage(world, at_noon(3, 10), "later") == Stage.DRAFT


def test_nothing_is_asked_for_while_everything_is_as_it_should_be(world: World) -> None:
    assert tasks(world, at_noon(2, 14)) == {}


def test_feed_that_stands_still_is_told_of(world: World) -> None:
    # The last batch came on 12 February, and was booked on 10 March.
    assert tasks(world, at_noon(3, 10)) == {TaskKind.NO_IMPORT: 26}


def test_end_that_comes_near_is_told_of(world: World) -> None:
    found = tasks(world, at_noon(3, 20))
    assert found[TaskKind.ENDS_SOON] == 12


def test_program_that_is_over_is_to_be_closed_then_measured(world: World) -> None:
    assert tasks(world, at_noon(4, 10)) == {TaskKind.CLOSE_DUE: 0}
    manager = world.users["manager"]
    end_program(program_id="spring", acting_user=manager, at=at_noon(4, 10))
    assert tasks(world, at_noon(4, 10)) == {}
    assert tasks(world, at_noon(6, 5)) == {TaskKind.MEASURE_DUE: 9}


def test_draft_whose_window_begins_is_to_be_launched(world: World) -> None:
    text = with_terms(program_id="later", name="Later", window={"starts_on": None})
    text = text.replace("[window]", "[window]\nstarts_on = 2026-03-15")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
    assert tasks(world, at_noon(3, 10))[TaskKind.LAUNCH_DUE] == 4
    assert tasks(world, at_noon(3, 20))[TaskKind.LAUNCH_DUE] < 0
    assert TaskKind.LAUNCH_DUE not in tasks(world, at_noon(2, 14))


def test_payees_who_joined_the_roster_wait_for_their_lots(world: World) -> None:
    from openspiff.events import feed_from_rows  # noqa: PLC0415

    rows = [
        {"payee_id": one, "name": name, "firm_id": firm}
        for one, (name, firm) in {**PAYEES, "eve": ("Eve", "south")}.items()
    ]
    made = feed_from_rows([], world.home / "feed" / "more", payees=rows)
    assert made.payees is not None
    record_roster(
        file_name=f"more/{made.payees.name}",
        digest="roster-2",
        names=[RosterName(payee_id="eve", name="Eve", firm_id="south")],
        acting_user=world.users["manager"],
        at=at_noon(2, 13),
    )
    assert tasks(world, at_noon(2, 14)) == {TaskKind.JOINERS: 1}


def test_held_out_payee_with_money_in_the_books_is_a_leak(world: World) -> None:
    # As if the lots had been drawn otherwise: Cleo has 65 in the books.
    EnrolledPayee.objects.create(
        program_id="other", payee_id="cleo", unit_id="cleo", is_held_out=True, assigned_at=1
    )
    assert TaskKind.LEAKAGE not in tasks(world, at_noon(2, 14))
    with connection.cursor() as cursor:
        cursor.execute("drop trigger web_enrolledpayee_no_update")
    EnrolledPayee.objects.filter(program_id="spring", payee_id="cleo").update(
        is_held_out=True
    )
    assert tasks(world, at_noon(2, 14))[TaskKind.LEAKAGE] == 1


def test_budget_that_runs_out_is_told_of(world: World) -> None:
    from openspiff.web.queries import board as module  # noqa: PLC0415

    (one,) = board(world.users["manager"], at=at_noon(2, 14)).standings
    assert one.used_ppm == 307_500
    for used, kind in ((800_000, TaskKind.BUDGET_LOW), (1_000_000, TaskKind.BUDGET_SPENT)):
        used_up = attrs.evolve(one, used_ppm=used)
        told = module._running_tasks(used_up, at_noon(2, 14))  # noqa: SLF001
        assert [task.kind for task in told] == [kind]


def test_import_that_was_not_booked_is_told_of(world: World) -> None:
    folder = world.home / "feed"
    (folder / "3").mkdir()
    shutil.copy(folder / "1" / "events.parquet", folder / "3" / "events.parquet")
    new = NewBatch(batch_no=3, digest="d", event_file="3/events.parquet", source="crm")
    record_batch(batch=new, acting_user=world.users["manager"], at=at_noon(3, 11))
    assert tasks(world, at_noon(3, 11)) == {TaskKind.UNBOOKED: 1}


def test_page_names_every_task_with_a_way_to_do_it(
    client: Client, world: World, settings: Any
) -> None:
    text = read(client, world, settings, at_noon(3, 20))
    assert "Spring sprint It ends in 12 days. Prepare the next one" in text
    assert "Nothing was imported for 36 days. Import" in text
    assert "Open 1" in text
    assert "$615.00 earned, $510.00 paid" in text
    assert "Nothing earned yet" not in text


def test_install_without_programs_shows_how_one_looks(
    client: Client, empty_world: Path
) -> None:
    assert empty_world
    new = NewUser(username="mia", role="manager")
    user = add_user(user=new, acting_user=ensure_operator(at=1), at=1)
    client.force_login(user)
    page = client.get("/programs/").content.decode()
    assert "No program yet." in page
    assert "Win a Product A deal of $5,000 or more by" in page
    assert 'href="/drafts/new/"' in page
    assert "openspiff launch my-program.toml" in page


def test_reader_is_offered_nothing_to_write(client: Client, world: World) -> None:
    client.force_login(world.users["analyst"])
    assert "/drafts/new/" not in client.get("/programs/").content.decode()


def test_payee_has_no_board(world: World) -> None:
    with pytest.raises(NotVisibleError):
        board(world.users["payee"], at=1)


def test_number_of_questions_does_not_grow_with_the_programs(
    client: Client, world: World, settings: Any
) -> None:
    settings.OPENSPIFF_AT = at_noon(3, 10)
    client.force_login(world.users["manager"])
    client.get("/programs/")
    with CaptureQueriesContext(connection) as one:
        client.get("/programs/")
    for number in range(5):
        text = with_terms(program_id=f"more-{number}", name=f"More {number}")
        manager = world.users["manager"]
        add_program_draft(source_text=text, acting_user=manager, at=1)
        launch_program(
            program_id=f"more-{number}",
            version=1,
            candidates=[],
            acting_user=manager,
            at=at_noon(1, 1) + number * DAY,
        )
    with CaptureQueriesContext(connection) as many:
        page = client.get("/programs/").content.decode()
    assert len(many) == len(one)
    assert page.count("Nothing earned yet") == 5
