"""Who is added, and what may become of their role?"""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from web_world import World

from openspiff.web.access import NotAllowedError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.people import (
    NewUser,
    UserError,
    add_user,
    demo_users,
    ensure_operator,
    set_role,
)
from openspiff.web.models import AuditRow, User

NAMES = ("payee", "owner", "manager", "finance", "checker", "analyst", "admin")
WORDS = {name: f"the demo words of {name}" for name in NAMES}


def test_every_problem_of_a_new_user_is_told_at_once(world: World) -> None:
    new = NewUser(username=" ", role="payee", password="short")  # noqa: S106
    with pytest.raises(UserError) as refused:
        add_user(user=new, acting_user=world.users["administrator"], at=1)
    places = [one.place for one in refused.value.problems]
    assert places == ["username", "payee_id", "password"]


def test_name_is_given_once(world: World) -> None:
    new = NewUser(username="ana", role="manager")
    with pytest.raises(UserError, match="ana is taken"):
        add_user(user=new, acting_user=world.users["administrator"], at=1)


def test_operator_is_added_once(world: World) -> None:
    assert world.users
    first = ensure_operator(at=5)
    assert first.created_at == 1_000_000
    assert not first.has_usable_password()
    assert User.objects.filter(username="operator").count() == 1


def test_role_change_is_on_record_with_before_and_after(world: World) -> None:
    user = world.users["analyst"]
    set_role(user=user, role="finance", acting_user=world.users["administrator"], at=7)
    row = AuditRow.objects.get(action="set_role")
    assert (row.before, row.after) == ({"role": "analyst"}, {"role": "finance"})
    assert (row.actor, row.acted_at) == (world.users["administrator"], 7)


def test_role_that_was_changed_meanwhile_is_not_overwritten(world: World) -> None:
    stale = User.objects.get(username="abe")
    set_role(
        user=world.users["analyst"],
        role="finance",
        acting_user=world.users["administrator"],
        at=1,
    )
    with pytest.raises(ConflictError):
        set_role(user=stale, role="manager", acting_user=world.users["administrator"], at=2)
    assert User.objects.get(username="abe").role == "finance"


@pytest.mark.parametrize("role", ["*", "superuser", ""])
def test_unknown_role_is_refused(world: World, role: str) -> None:
    with pytest.raises(UserError):
        set_role(
            user=world.users["analyst"],
            role=role,
            acting_user=world.users["administrator"],
            at=1,
        )


def test_nobody_changes_their_own_role(world: World) -> None:
    for name in ("administrator", "manager"):
        with pytest.raises(NotAllowedError):
            set_role(
                user=world.users[name],
                role="finance",
                acting_user=world.users[name],
                at=1,
            )


def test_database_knows_the_roles_too(world: World) -> None:
    rows = User.objects.filter(pk=world.users["analyst"].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(role="root")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(role="payee")  # without a payee


def test_demo_people_have_every_role_and_get_new_passwords(world: World) -> None:
    operator = ensure_operator(at=1)
    for words in (WORDS, {name: f"other {text}" for name, text in WORDS.items()}):
        people = demo_users(
            payee_id="ana", firm_id="north", passwords=words, acting_user=operator, at=2
        )
        assert {one.role for one in people} == {
            *("payee", "firm_owner", "manager", "finance", "analyst", "administrator")
        }
        assert all(one.check_password(words[one.username]) for one in people)
    assert User.objects.filter(username__in=WORDS).count() == len(WORDS) == 7
    assert people[1].firm_id == "north"
    assert people[0].payee_id == "ana"
    assert world.users["payee"].payee_id == "ana"
