"""Who comes in through the API's door, and what are all others told?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from api_world import Machine, machine, token_of
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import get_language
from web_world import DAY, World

from openspiff.web.actions.people import set_active, set_role
from openspiff.web.actions.tokens import revoke_token
from openspiff.web.models import ApiToken


def problem(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Return a problem document after a look at its frame."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(response.content)
    assert (found["status"], found["code"]) == (status, code)
    assert found["request_id"] == response.headers["X-Request-ID"]
    return found


@pytest.mark.parametrize("host", ["elsewhere.example", "_&ZY?.)IbX?", ""])
def test_name_of_another_server_is_a_problem_too(world: World, host: str) -> None:
    found = machine(world.users["manager"]).get("/programs", Host=host)
    assert problem(found, 400, "parameters")["problems"][0]["place"] == "Host"


def test_token_reads_what_its_user_reads(world: World) -> None:
    response = machine(world.users["manager"]).get("/programs")
    assert response.status_code == 200
    (one,) = response.json()["items"]
    assert (one["program_id"], one["state"], one["budget"]) == (
        "spring",
        "launched",
        200_000,
    )
    assert int(response.headers["RateLimit-Remaining"]) == 5_999


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer osp_none_x",
        "Bearer osp__",
        "Bearer x\0",
    ],
)
def test_no_token_is_no_entry(world: World, said: str) -> None:
    assert world.users
    response = Client().get("/api/v1/programs", headers={"Authorization": said})
    problem(response, 401, "token_refused")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_wrong_secret_of_a_real_name_is_no_entry(world: World) -> None:
    token = token_of(world.users["manager"])
    problem(Machine(token[:-1] + "!").get("/programs"), 401, "token_refused")
    assert ApiToken.objects.get().used_at is None


def test_session_opens_nothing(client: Client, world: World) -> None:
    client.force_login(world.users["administrator"])
    problem(client.get("/api/v1/programs"), 401, "token_refused")


def test_answer_is_none_that_a_browser_would_show_or_keep_a_cookie_of(
    client: Client, world: World
) -> None:
    client.force_login(world.users["administrator"])
    token = token_of(world.users["manager"])
    for response in (
        Machine(token, client).get("/programs"),
        client.get("/api/openapi.json"),
        client.get("/api/nothing/"),
    ):
        found = response.headers
        assert found["Content-Security-Policy"].startswith("default-src 'none'")
        assert found["X-Frame-Options"] == "DENY"
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Referrer-Policy"] == "same-origin"
        assert int(found["Content-Length"]) == len(response.content)
        assert not response.cookies
    # The page of reference is a page like any other.
    assert "script-src" in client.get("/api/").headers["Content-Security-Policy"]


def test_call_to_another_host_is_none_of_ours(world: World) -> None:
    assert world.users
    response = Client().get("/api/openapi.json", headers={"Host": "evil.example"})
    assert response.status_code == 400


def test_call_has_not_the_language_of_the_page_before(
    client: Client, settings: Any, world: World
) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    assert client.get("/sign-in/", headers={"Accept-Language": "de"}).status_code == 200
    assert get_language() == "de"
    machine(world.users["manager"]).get("/programs")
    assert get_language() == "en"


def test_ended_and_revoked_tokens_open_nothing(world: World) -> None:
    user = world.users["manager"]
    ended = Machine(token_of(user, at=1_000_000, days=1))
    assert "no longer" in problem(ended.get("/programs"), 401, "token_refused")["detail"]
    taken = machine(user)
    assert taken.get("/programs").status_code == 200
    row = ApiToken.objects.get(revoked_at=None, expires_at__gt=10 * DAY)
    revoke_token(token_id=row.pk, acting_user=user, at=2)
    problem(taken.get("/programs"), 401, "token_refused")


def test_scope_that_the_token_lacks_is_named(world: World) -> None:
    one = machine(world.users["manager"], "claims:read")
    found = problem(one.get("/programs"), 403, "not_allowed")
    assert found["problems"][0]["place"] == "programs:read"
    assert "make a token" in found["problems"][0]["remedy"]


def test_demoted_and_inactive_users_are_stopped_at_the_next_call(world: World) -> None:
    user, administrator = world.users["finance"], world.users["administrator"]
    one = machine(user)
    assert one.get("/programs").status_code == 200
    user.firm_id = "south"
    user.save()
    set_role(user=user, role="firm_owner", acting_user=administrator, at=1)
    set_active(user=user, is_active=False, acting_user=administrator, at=2)
    problem(one.get("/programs"), 401, "token_refused")


def test_last_use_is_written_once_a_minute(world: World) -> None:
    one = machine(world.users["manager"])
    one.get("/programs")
    first = ApiToken.objects.get().used_at
    one.get("/programs")
    assert first is not None
    assert ApiToken.objects.get().used_at - first in {0, *range(1, 60_000_000)}


def test_calls_beyond_the_limit_wait_for_the_next_minute(
    world: World, settings: Any
) -> None:
    settings.OPENSPIFF_API_CALLS = 3
    one = machine(world.users["manager"])
    found = [one.get("/programs") for _ in range(5)]
    # A minute may turn while we call: then the first calls belong to the one before.
    assert [each.status_code for each in found[:3]] == [200] * 3
    refused = [each for each in found if each.status_code == 429]
    assert refused
    problem(refused[0], 429, "too_many_calls")
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60


def test_unknown_addresses_and_methods_answer_in_problems(world: World) -> None:
    one = machine(world.users["manager"])
    problem(one.get("/nothing"), 404, "not_found")
    problem(one.get("/entitlements/a%0Ab"), 404, "not_found")
    response = one.client.delete("/api/v1/programs")
    problem(response, 405, "method")
    assert response.headers["Allow"] == "GET"
    problem(one.client.post("/api/openapi.json"), 405, "method")


def test_unknown_parameters_are_refused(world: World) -> None:
    one = machine(world.users["manager"])
    found = problem(one.get("/programs?stat=x&state=a&state=b"), 400, "parameters")
    assert [each["place"] for each in found["problems"]] == ["state"]
    found = problem(one.get("/programs?stat=x"), 400, "parameters")
    assert [each["place"] for each in found["problems"]] == ["stat"]
    problem(one.get("/programs?state=%00"), 400, "parameters")
    assert problem(one.get("/programs?limit=0"), 422, "invalid")["problems"] == [
        {
            "place": "query.limit",
            "message": "Input should be greater than or equal to 1",
            "remedy": "",
        }
    ]
    problem(one.get("/programs?cursor=W10"), 400, "parameters")
    problem(one.get("/programs?fields=name,nam"), 400, "parameters")


def test_unchanged_answer_is_not_sent_again(world: World) -> None:
    one = machine(world.users["manager"])
    first = one.get("/programs/spring")
    again = one.get("/programs/spring", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = one.get("/programs/spring", **{"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_only_the_fields_that_are_asked_for_are_answered(world: World) -> None:
    response = machine(world.users["manager"]).get("/programs?fields=name,program_id")
    assert response.json() == {
        "items": [{"program_id": "spring", "name": "Spring sprint"}],
        "next": None,
    }


def test_request_id_of_the_caller_is_kept_and_others_are_made(world: World) -> None:
    one = machine(world.users["manager"])
    said = {"X-Request-ID": "from-the-caller-1"}
    assert one.get("/programs", **said).headers["X-Request-ID"] == "from-the-caller-1"
    made = one.get("/programs", **{"X-Request-ID": "x y\n"}).headers["X-Request-ID"]
    assert len(made) == 16
