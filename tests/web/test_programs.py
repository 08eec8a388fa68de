"""How does a program change, and what never does?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from program_texts import with_terms
from web_world import TEXT, World, at_noon

from openspiff.program import Candidate, ProgramError
from openspiff.web.access import NotAllowedError
from openspiff.web.actions.programs import (
    ProgramStateError,
    add_program_draft,
    amend_program,
    end_program,
    enroll_joiners,
    launch_program,
)
from openspiff.web.models import AuditRow, EnrolledPayee, ProgramVersion
from openspiff.web.queries import programs

NEW = with_terms(program_id="new", name="New")


def draft(world: World, text: str = NEW, at: int = 1) -> ProgramVersion:
    return add_program_draft(source_text=text, acting_user=world.users["manager"], at=at)


def launch(world: World, program_id: str = "new", version: int = 1) -> ProgramVersion:
    return launch_program(
        program_id=program_id,
        version=version,
        candidates=[Candidate(payee_id="ana"), Candidate(payee_id="ben")],
        acting_user=world.users["manager"],
        at=2,
    )


def test_draft_is_replaced_until_it_is_launched(world: World) -> None:
    first = draft(world)
    second = draft(world, with_terms(program_id="new", name="Newer"), at=2)
    assert (first.pk, second.name) == (second.pk, "Newer")
    changes = AuditRow.objects.filter(action="add_program_draft", object_id="new v1")
    assert [row.before for row in changes] == [None, {"content_hash": first.content_hash}]


def test_same_draft_again_changes_nothing(world: World) -> None:
    draft(world)
    before = AuditRow.objects.count()
    draft(world, at=5)
    assert AuditRow.objects.count() == before


def test_launched_terms_cannot_be_changed_and_the_difference_is_named(world: World) -> None:
    with pytest.raises(ProgramError) as refused:
        draft(world, TEXT.replace("300.00", "400.00"))
    (problem,) = refused.value.problems
    assert problem.place == "caps.payee_cap"
    assert "300.00" in problem.message
    assert "400.00" in problem.message


def test_launched_file_that_says_the_same_is_taken_as_it_stands(world: World) -> None:
    row = draft(world, TEXT + "\n# a remark\n")
    assert row.state == "launched"
    assert row.source_text == TEXT


@pytest.mark.parametrize(
    "change",
    [
        "update web_programversion set terms_json = '{}'",
        "update web_programversion set state = 'draft', launched_at = null",
        "update web_programversion set launched_at = 5",
        "delete from web_programversion",
    ],
)
def test_database_refuses_to_change_what_is_launched(world: World, change: str) -> None:
    assert world.users
    with (
        pytest.raises(IntegrityError, match="web_programversion refuses"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


def test_launch_records_who_is_held_out(world: World) -> None:
    rows = EnrolledPayee.objects.filter(program_id="spring")
    assert {row.payee_id: row.is_held_out for row in rows} == {
        "ana": False,
        "ben": False,
        "cleo": False,
        "dan": True,
    }
    (row,) = AuditRow.objects.filter(action="launch_program")
    assert row.after["enrolled_count"] == 4
    assert row.after["held_out_count"] == 1
    assert programs.held_out(world.users["manager"]) == {"spring": frozenset({"dan"})}


def test_stored_enrolment_is_the_one_that_was_drawn(world: World) -> None:
    enrolment = programs.enrolment(world.users["analyst"], "spring")
    assert enrolment.seed == 14
    assert enrolment.held_out_ids() == {"dan"}


def test_launch_happens_once(world: World) -> None:
    draft(world)
    launch(world)
    with pytest.raises(ProgramStateError, match="cannot be launched"):
        launch(world)
    assert AuditRow.objects.filter(object_id="new v1", action="launch_program").count() == 1


def test_holdout_of_nobody_is_refused_and_the_draft_stays(world: World) -> None:
    draft(world, with_terms(program_id="new", holdout={"share": "20%", "seed": 1}))
    with pytest.raises(ProgramStateError, match="nobody to draw"):
        launch_program(
            program_id="new",
            version=1,
            candidates=[],
            acting_user=world.users["manager"],
            at=2,
        )
    assert ProgramVersion.objects.get(program_id="new").state == "draft"


def amend(world: World, **changes: Any) -> ProgramVersion:
    return amend_program(
        program_id="spring",
        takes_recorded_from=dt.date(2026, 3, 15),
        changes=changes,
        acting_user=world.users["manager"],
        at=at_noon(3, 12),
    )


def test_amendment_is_a_new_version_and_keeps_the_draw(world: World) -> None:
    row = amend(world, **{"caps.payee_cap": "500.00"})
    assert (row.version, row.state) == (2, "draft")
    assert len(programs.launched_programs(world.users["manager"])) == 1
    launch(world, "spring", 2)
    versions = programs.launched_programs(world.users["manager"])
    assert [one.caps.payee_cap for one in versions] == [300_00, 500_00]
    assert EnrolledPayee.objects.filter(program_id="spring").count() == 4


def test_amendment_cannot_change_the_holdout(world: World) -> None:
    with pytest.raises(ProgramError) as refused:
        amend(world, **{"holdout.share": "50%"})
    assert "holdout changes" in str(refused.value)


def test_program_ends_once_nothing_can_be_reported_any_more(world: World) -> None:
    manager = world.users["manager"]
    with pytest.raises(ProgramStateError, match="cannot end yet"):
        end_program(program_id="spring", acting_user=manager, at=at_noon(3, 31))
    end_program(program_id="spring", acting_user=manager, at=at_noon(4, 1))
    (stored,) = programs.program_versions(manager, "spring")
    assert stored.state == "ended"
    # What was promised is still calculated: a late cancellation is clawed back.
    assert len(programs.launched_programs(manager)) == 1


def test_joiners_are_enrolled_once_and_nobody_changes_sides(world: World) -> None:
    before = dict(
        EnrolledPayee.objects.filter(program_id="spring").values_list(
            "payee_id", "is_held_out"
        )
    )
    people = [Candidate(payee_id=name) for name in (*before, "eve", "finn")]
    manager = world.users["manager"]
    counts = [
        enroll_joiners(program_id="spring", candidates=people, acting_user=manager, at=9)
        for _ in range(2)
    ]
    assert counts == [2, 0]
    rows = EnrolledPayee.objects.filter(program_id="spring")
    after = dict(rows.values_list("payee_id", "is_held_out"))
    assert {name: after[name] for name in before} == before
    assert {row.payee_id for row in rows if row.is_joiner} == {"eve", "finn"}


@pytest.mark.parametrize("role", ["payee", "firm_owner", "finance", "analyst"])
def test_others_launch_nothing(world: World, role: str) -> None:
    draft(world)
    with pytest.raises(NotAllowedError):
        launch_program(
            program_id="new",
            version=1,
            candidates=[],
            acting_user=world.users[role],
            at=2,
        )
    assert ProgramVersion.objects.get(program_id="new").state == "draft"
