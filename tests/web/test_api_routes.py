"""Who gets in where? Every operation, every role, own and strange objects."""

from __future__ import annotations

import json

from api_world import Machine, machine, token_of
from django.db import transaction
from django.http import HttpResponse
from django.urls import get_resolver
from route_tables.api_calls import BODIES, CALLS, prepare
from web_world import World

from openspiff.web.access import SCOPES, Policy, scopes_for
from openspiff.web.api import OPERATIONS


def test_every_operation_has_a_policy_a_known_scope_and_an_address() -> None:
    patterns = get_resolver().url_patterns
    found = [
        each.name
        for pattern in patterns
        for each in getattr(pattern.callback, "operations", ())
    ]
    assert sorted(found) == sorted(OPERATIONS)
    assert all(isinstance(one.policy, Policy) for one in OPERATIONS.values())
    # Drafts are written by tools of assistants, by no call.
    assert {one.scope for one in OPERATIONS.values()} | {"programs:draft"} == set(SCOPES)


def test_every_operation_is_walked() -> None:
    assert {name for name, _ in CALLS} == set(OPERATIONS)


def _call(machine: Machine, name: str, url: str) -> HttpResponse:
    if OPERATIONS[name].method == "GET":
        return machine.get(url)
    media_type = (*OPERATIONS[name].takes, "application/json")[0]
    return machine.send(url, BODIES.get(name), **{"Content-Type": media_type})


def _sort(response: HttpResponse) -> int:
    """Return 200 for whoever was let in, whatever was then said of the call itself."""
    code = response.status_code
    return code if code in {401, 403, 404} or code >= 500 else 200


def test_every_role_gets_what_the_policy_says(world: World) -> None:
    prepare(world)
    wrong = {}
    for role, user in world.users.items():
        one = machine(user)
        for (name, url), (allowed, refused) in CALLS.items():
            with transaction.atomic():
                found = _sort(_call(one, name, url))
                transaction.set_rollback(True)
            code = 200 if role in allowed else 403 if role in refused else 404
            if found != code:
                wrong[name, url, role] = found, code
    assert wrong == {}


def test_no_operation_answers_without_a_token_or_without_its_scope(world: World) -> None:
    nobody = Machine("osp_none_none")
    for name, url in CALLS:
        assert _call(nobody, name, url).status_code == 401, name
    user = world.users["administrator"]
    for name, url in CALLS:
        # Every scope but the one that is asked for.
        lacking = set(scopes_for(user)) - {OPERATIONS[name].scope}
        response = _call(Machine(token_of(user, *lacking)), name, url)
        assert response.status_code == 403, name
        said = json.loads(response.content)["problems"][0]["place"]
        assert said == OPERATIONS[name].scope
