"""What happens to a program that runs: paused, resumed, ended, run again?"""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from databases import Database
from django.db import IntegrityError
from django.test import Client
from program_texts import with_terms
from web_world import TEXT, World, at_noon

from openspiff.program import Candidate, ProgramError, parse_program
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions.people import NewUser, add_user, ensure_operator
from openspiff.web.actions.programs import (
    ProgramStateError,
    add_program_draft,
    launch_program,
)
from openspiff.web.actions.programs_draft import clone_program, end_program_early
from openspiff.web.actions.programs_intake import pause_intake, resume_intake
from openspiff.web.models import AuditRow, ProgramPause, ProgramVersion
from openspiff.web.queries import programs

AT = at_noon(3, 10)
EARLY = {"notice_days": 7}


@pytest.fixture
def desk(client: Client, world: World, settings: Any) -> Client:
    settings.OPENSPIFF_AT = AT
    client.force_login(world.users["manager"])
    return client


def words(page: bytes) -> str:
    main = page.decode().split("<main")[-1]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def pause(world: World, reason: str = "Duplicates are being sorted out.") -> ProgramPause:
    manager = world.users["manager"]
    return pause_intake(program_id="spring", reason=reason, acting_user=manager, at=AT)


def launch_text(world: World, text: str, at: int = at_noon(1, 1)) -> None:
    program = parse_program(text)
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=at)
    launch_program(
        program_id=program.program_id,
        version=program.version,
        candidates=[Candidate(payee_id="ana", firm_id="north")],
        acting_user=world.users["manager"],
        at=at,
    )


def test_paused_intake_tells_its_reason_until_it_is_resumed(world: World) -> None:
    ana = world.users["payee"]
    assert programs.pause_of(ana, "spring") is None
    pause(world)
    told = programs.pause_of(ana, "spring")
    assert told is not None
    assert told.reason == "Duplicates are being sorted out."
    resume_intake(program_id="spring", acting_user=world.users["manager"], at=AT + 1)
    assert programs.pause_of(ana, "spring") is None
    assert [row.number for row in ProgramPause.objects.order_by("number")] == [1, 2]
    audit = AuditRow.objects.filter(object_id="spring", action__endswith="_intake")
    assert [(row.action, row.after["is_paused"]) for row in audit] == [
        ("pause_intake", True),
        ("resume_intake", False),
    ]


def test_paused_program_is_paused_once(world: World) -> None:
    pause(world)
    with pytest.raises(ProgramStateError, match="paused already, by Mia"):
        pause(world)
    assert ProgramPause.objects.count() == 1
    assert AuditRow.objects.filter(action="pause_intake").count() == 1


def test_what_is_not_paused_cannot_be_resumed(world: World) -> None:
    with pytest.raises(ProgramStateError, match="not paused"):
        resume_intake(program_id="spring", acting_user=world.users["manager"], at=AT)


@pytest.mark.parametrize(("reason", "told"), [(" \n", "has a reason"), ("x" * 301, "301")])
def test_pause_without_a_reason_payees_can_read_is_refused(
    world: World, reason: str, told: str
) -> None:
    with pytest.raises(ProgramStateError, match=told):
        pause(world, reason)
    assert not ProgramPause.objects.exists()


def test_program_that_is_over_has_no_intake_to_pause(world: World) -> None:
    manager = world.users["manager"]
    with pytest.raises(ProgramStateError, match="over"):
        pause_intake(program_id="spring", reason="x", acting_user=manager, at=at_noon(4, 1))
    with pytest.raises(ProgramStateError, match="not running"):
        pause_intake(program_id="none", reason="x", acting_user=manager, at=AT)


@pytest.mark.parametrize("role", ["payee", "firm_owner", "finance", "analyst"])
def test_others_neither_pause_nor_end(world: World, role: str) -> None:
    user = world.users[role]
    with pytest.raises(NotAllowedError):
        pause_intake(program_id="spring", reason="x", acting_user=user, at=AT)
    with pytest.raises(NotAllowedError):
        resume_intake(program_id="spring", acting_user=user, at=AT)
    with pytest.raises(NotAllowedError):
        end_program_early(
            program_id="spring", ends_before=dt.date(2026, 3, 20), acting_user=user, at=AT
        )
    assert not ProgramPause.objects.exists()


def test_stranger_is_not_told_whether_a_program_is_paused(world: World) -> None:
    add_program_draft(
        source_text=with_terms(program_id="later", name="Later"),
        acting_user=world.users["manager"],
        at=1,
    )
    with pytest.raises(NotVisibleError):
        programs.pause_of(world.users["payee"], "later")


def test_database_takes_pauses_and_resumptions_in_turns(database: Database) -> None:
    assert database
    user = add_user(
        user=NewUser(username="mia", role="manager"),
        acting_user=ensure_operator(at=1),
        at=1,
    )
    of = {"program_id": "p", "acted_at": 1, "acted_by": user}
    ProgramPause.objects.create(number=1, is_paused=True, reason="why", **of)
    from django.db import transaction  # noqa: PLC0415

    for number, is_paused, reason in ((1, True, "b"), (2, True, "b"), (3, True, "")):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProgramPause.objects.create(
                number=number, is_paused=is_paused, reason=reason, **of
            )
    ProgramPause.objects.create(number=2, is_paused=False, **of)


def test_manager_pauses_and_resumes_and_payees_read_why(desk: Client, world: World) -> None:
    assert "keeps counting" in words(desk.get("/programs/spring/pause/").content)
    empty = desk.post("/programs/spring/pause/", {"reason": ""})
    assert empty.status_code == 200
    assert 'role="alert"' in empty.content.decode()
    sent = desk.post("/programs/spring/pause/", {"reason": "Sorting <b>out</b>."})
    assert sent.headers["Location"] == "/programs/spring/"
    again = desk.post("/programs/spring/pause/", {"reason": "Twice."})
    assert again.status_code == 409
    assert "Twice." in again.content.decode()  # what was typed stays
    page = desk.get("/programs/spring/").content
    assert b"Sorting &lt;b&gt;out&lt;/b&gt;." in page
    desk.force_login(world.users["payee"])
    terms = words(desk.get("/programs/spring/terms/").content)
    assert "No claims are taken at the moment. Sorting <b>out</b>." in terms
    desk.force_login(world.users["manager"])
    assert desk.post("/programs/spring/resume/").status_code == 302
    assert "No claims are taken" not in words(desk.get("/programs/spring/").content)


def test_window_that_was_promised_whole_does_not_end_early(
    desk: Client, world: World
) -> None:
    with pytest.raises(ProgramError, match="promise the whole window"):
        end_program_early(
            program_id="spring",
            ends_before=dt.date(2026, 3, 20),
            acting_user=world.users["manager"],
            at=AT,
        )
    assert ProgramVersion.objects.filter(program_id="spring").count() == 1
    text = words(desk.get("/programs/spring/end/").content)
    assert "These terms promise the whole window." in text
    assert "may_end_early = { notice_days = 14 }" in text


def test_amendment_does_not_shorten_a_window_either(world: World) -> None:
    text = programs.program_versions(world.users["manager"], "spring")[0].source_text
    text = f"version = 2\ntakes_recorded_from = 2026-03-11\n{text}"
    text = text.replace("ends_before = 2026-04-01", "ends_before = 2026-03-20")
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=AT)
    with pytest.raises(ProgramError, match="promise the whole window"):
        launch_program(
            program_id="spring",
            version=2,
            candidates=[],
            acting_user=world.users["manager"],
            at=AT,
        )
    assert ProgramVersion.objects.get(program_id="spring", version=2).state == "draft"


def short(**more: Any) -> str:
    window = {"may_end_early": EARLY | more}
    return with_terms(
        program_id="short", name="Short", window=window, caps={"budget": "250.00"}
    )


def test_window_ends_early_with_the_notice_that_was_promised(world: World) -> None:
    launch_text(world, short())
    manager = world.users["manager"]

    def end_on(day: int) -> ProgramVersion:
        return end_program_early(
            program_id="short",
            ends_before=dt.date(2026, 3, day),
            acting_user=manager,
            at=AT,
        )

    with pytest.raises(ProgramError, match="18 March 2026"):
        end_on(17)
    assert ProgramVersion.objects.filter(program_id="short").count() == 1
    row = end_on(18)
    assert (row.version, row.state) == (2, "launched")
    newest = programs.program_versions(manager, "short")[0].program
    assert newest.window.ends_before == dt.date(2026, 3, 18)
    # What was recorded before is not touched: it stays under the first version.
    assert newest.takes_recorded_from == dt.date(2026, 3, 18)
    actions = AuditRow.objects.filter(object_id="short v2").values_list("action", flat=True)
    assert list(actions) == ["add_program_draft", "launch_program"]


def test_draft_of_a_next_version_is_in_the_way_of_an_early_end(world: World) -> None:
    launch_text(world, short())
    text = f"version = 2\ntakes_recorded_from = 2026-03-12\n{short()}"
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=AT)
    with pytest.raises(ProgramStateError, match="version 2 is being drafted"):
        end_program_early(
            program_id="short",
            ends_before=dt.date(2026, 3, 18),
            acting_user=world.users["manager"],
            at=AT,
        )
    assert ProgramVersion.objects.get(program_id="short", version=2).source_text == text


def test_end_page_names_the_earliest_day_and_ends_on_it(desk: Client, world: World) -> None:
    launch_text(world, short())
    text = words(desk.get("/programs/short/end/").content)
    assert "told 7 days ahead" in text
    assert "before 18 Mar 2026" in text
    early = desk.post(
        "/programs/short/end/", {"ends_before": "2026-03-12", "is_meant": "on"}
    )
    assert early.status_code == 409
    assert "2026-03-12" in early.content.decode()
    careless = desk.post("/programs/short/end/", {"ends_before": "2026-03-18"})
    assert "Tick the box" in words(careless.content)
    meant = desk.post(
        "/programs/short/end/", {"ends_before": "2026-03-18", "is_meant": "on"}
    )
    assert meant.headers["Location"] == "/programs/short/"
    assert "window.ends_before : 2026-04-01 → 2026-03-18" in words(
        desk.get("/programs/short/").content
    )


def test_program_that_is_over_is_closed(desk: Client, settings: Any) -> None:
    settings.OPENSPIFF_AT = at_noon(4, 2)
    assert "Close the program" in words(desk.get("/programs/spring/end/").content)
    sent = desk.post("/programs/spring/end/", {"is_meant": "on"})
    assert sent.status_code == 302
    assert ProgramVersion.objects.get(program_id="spring").state == "ended"


def test_clone_has_the_same_terms_later_and_a_draw_of_its_own(desk: Client) -> None:
    assert "drawn anew" in words(desk.get("/programs/spring/clone/").content)
    given = {"program_id": "summer", "name": "Summer sprint", "months": "3"}
    sent = desk.post("/programs/spring/clone/", given)
    assert sent.headers["Location"] == "/drafts/summer/1/"
    row = ProgramVersion.objects.get(program_id="summer")
    new, old = parse_program(row.source_text), parse_program(TEXT)
    assert (row.state, new.name, new.version) == ("draft", "Summer sprint", 1)
    assert new.window.starts_on == dt.date(2026, 4, 1)
    assert new.window.ends_before == dt.date(2026, 7, 1)
    assert (new.payout, new.caps, new.behavior) == (old.payout, old.caps, old.behavior)
    assert new.holdout is not None
    assert old.holdout is not None
    assert new.holdout.share_ppm == old.holdout.share_ppm
    assert new.holdout.seed != old.holdout.seed
    taken = desk.post("/programs/spring/clone/", given | {"name": "Kept"})
    assert taken.status_code == 409
    assert "summer is taken" in words(taken.content)
    assert 'value="Kept"' in taken.content.decode()


def test_clone_of_nothing_is_refused(world: World) -> None:
    with pytest.raises(ProgramStateError, match="no such program"):
        clone_program(
            program_id="none",
            new_id="some",
            name="Some",
            months=3,
            seed=1,
            acting_user=world.users["manager"],
            at=AT,
        )


def test_joiners_are_enrolled_by_a_click(desk: Client, world: World) -> None:
    assert desk.post("/programs/spring/joiners/").status_code == 302
    # Everybody of the roster has a lot already: nothing changed, nothing on record.
    assert not AuditRow.objects.filter(action="enroll_joiners").exists()
    assert world.users
