"""Are people told of what nobody did, and is an invitation mailed and not kept?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from claims_world import send
from databases import Database
from django.core import mail
from jobs_world import drained
from web_world import World, at_noon

from openspiff.web.actions.invitations import (
    NewInvitation,
    find_invitation,
    invite,
    renew_invitation,
    revoke_invitation,
)
from openspiff.web.actions.jobs_leases import JOB_KINDS
from openspiff.web.actions.notices import set_paces
from openspiff.web.actions.notices_daily import ask_for_look_of_the_day
from openspiff.web.actions.tries import Visitor
from openspiff.web.models import Job, Notice, User
from openspiff.web.queries.programs import program_versions

DAY = 86_400_000_000
TOKEN = "a-token-of-chance-that-nobody-guesses-0123456789"  # noqa: S105 (of a test)


def look(at: int) -> list[str]:
    """Let a worker look that day and send what is due; return to whom mails went."""
    mail.outbox.clear()
    ask_for_look_of_the_day(at=at)
    drained(at=at)
    return sorted(one.to[0] for one in mail.outbox)


@pytest.fixture
def told(world: World) -> World:
    """Return the install with an address for everybody."""
    for user in User.objects.exclude(username="operator"):
        user.email = f"{user.username}@spiff.example"
        user.save()
    drained(at=at_noon(3, 1))
    Notice.objects.all().delete()
    return world


def test_managers_are_told_daily_while_claims_wait(told: World) -> None:
    assert look(at_noon(3, 12)) == []
    send(told)
    drained(at=at_noon(3, 12))
    assert look(at_noon(3, 12)) == []  # it has looked that day
    # It looks at six and the mail of the day leaves at seven.
    ask_for_look_of_the_day(at=at_noon(3, 13))
    drained(at=at_noon(3, 13))
    mail.outbox.clear()
    drained(at=at_noon(3, 14))
    people = [told.users[role].username for role in ("administrator", "manager")]
    assert sorted(one.to[0] for one in mail.outbox) == sorted(
        f"{name}@spiff.example" for name in people
    )
    assert all("/claims/queue/" in one.body for one in mail.outbox)
    assert not any("Blue Sky" in one.body for one in mail.outbox)


def test_manager_who_wants_none_gets_none(told: World) -> None:
    boss = told.users["manager"]
    boss.refresh_from_db()
    set_paces(paces={"claims_waiting": "off"}, acting_user=boss, at=at_noon(3, 11))
    send(told)
    look(at_noon(3, 12))
    states = dict(
        Notice.objects.filter(kind="claims_waiting").values_list("user__role", "state")
    )
    assert states == {"manager": "suppressed", "administrator": "daily"}


def test_payees_are_told_once_that_a_program_ends_and_those_held_out_are_not(
    told: World,
) -> None:
    from openspiff.web.models import EnrolledPayee  # noqa: PLC0415

    spring = program_versions(told.users["analyst"], "spring")[0]
    ends = spring.program.window.ends_before
    last = at_noon(ends.month, ends.day)
    EnrolledPayee.objects.create(
        program_id="spring", payee_id="zoe", unit_id="zoe", is_held_out=True, assigned_at=1
    )
    User.objects.create(
        username="zoe",
        role="payee",
        payee_id="zoe",
        email="zoe@spiff.example",
        created_at=1,
    )
    assert look(last - 4 * DAY) == []
    first = look(last - 3 * DAY)
    assert f"{told.users['payee'].username}@spiff.example" in first
    assert "zoe@spiff.example" not in first
    assert [look(last - days * DAY) for days in (2, 1, 0)] == [[], [], []]
    assert Notice.objects.filter(kind="program_ends").count() == len(first)


def test_worker_asks_for_one_look_a_day(database: Database) -> None:
    assert database.vendor
    jobs = {ask_for_look_of_the_day(at=at_noon(3, 12) + n).pk for n in range(3)}
    assert len(jobs) == 1
    assert ask_for_look_of_the_day(at=at_noon(3, 13)).pk not in jobs
    assert "look_of_the_day" in JOB_KINDS


def invited(world: World, email: str = "new@spiff.example", token: str = TOKEN) -> Any:
    return invite(
        invitation=NewInvitation(role="analyst", name="Neo", email=email),
        token=token,
        acting_user=world.users["administrator"],
        at=at_noon(3, 12),
    )


def test_invitation_is_mailed_with_a_link_that_works(world: World) -> None:
    invited(world)
    assert TOKEN not in str(list(Job.objects.values_list("payload", "key")))
    drained(at=at_noon(3, 12))
    [one] = [each for each in mail.outbox if "invited" in each.subject]
    assert one.to == ["new@spiff.example"]
    assert "Neo" not in one.body
    assert "turned off" not in one.body
    assert one.alternatives
    link = re.search(r"https?://[^/]+(/join/\S+)", one.body)
    assert link is not None
    assert link[1] == f"/join/{TOKEN}/"
    found = find_invitation(
        token=TOKEN, visitor=Visitor(address="127.0.0.1"), at=at_noon(3, 12)
    )
    assert found.email == "new@spiff.example"


def test_invitation_without_address_or_that_was_revoked_is_not_mailed(
    world: World,
) -> None:
    mail.outbox.clear()
    invited(world, email="")
    assert Job.objects.filter(kind="invitation").count() == 0
    made = invited(world, token=TOKEN + "2")
    renew_invitation(
        invitation_id=made.pk,
        token=TOKEN + "3",
        acting_user=world.users["administrator"],
        at=at_noon(3, 12),
    )
    drained(at=at_noon(3, 12))
    texts = [one.body for one in mail.outbox if "invited" in one.subject]
    assert len(texts) == 1  # the first link works no more
    assert TOKEN + "3" in texts[0]
    other = invited(world, email="third@spiff.example", token=TOKEN + "4")
    revoke_invitation(
        invitation_id=other.pk,
        acting_user=world.users["administrator"],
        at=at_noon(3, 12),
    )
    drained(at=at_noon(3, 12))
    assert len([one for one in mail.outbox if "invited" in one.subject]) == 1
