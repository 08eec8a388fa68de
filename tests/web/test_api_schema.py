"""Does the API answer as its document says, whatever is thrown at it?

In process, with a bounded number of examples; `-m slow` throws many more.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from api_world import Machine, token_of
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings as hypothesis_settings
from route_tables.api_calls import BODIES, CALLS, prepare
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi_checks
from web_world import World

from openspiff.web.api import OPERATIONS, schema_document

HOSTILE = [
    *("\0", "a\0b", "x" * 200_000, "\u202e\u0007", "=HYPERLINK(1)", "' or 1=1 --", "%"),
    *("../../etc/passwd", "1e400", "NaN", "", " ", "2026-13-45", "0001-01-01"),
    *(2**63, 2**63 - 1, 10**30, -1, 0, 1e308, 0.5, True, None, [], {}, [[[[[]]]]]),
]
# Files have tests of their own: nothing can make up NDJSON or a photo from a schema.
JSON_CALLS = [name for name, one in OPERATIONS.items() if not one.takes]
RAW = [
    *(b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"a": NaN}', b'{"a": 1e400}'),
    *(b'{"a": 1, "a": 2}', b"[" * 100_000, b'{"a": "\\ud800"}', b'"' + b"x" * 200_000),
    b'{"a": ' + b"9" * 5_000 + b"}",
]
QUIET = [
    *(HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much),
    *(HealthCheck.too_slow, HealthCheck.data_too_large),
]
CHECKS: list[Any] = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.response_headers_conformance,
]


def asked(world: World) -> str:
    """Return the token of somebody who may do nearly everything."""
    prepare(world)
    world.users["administrator"].payee_id = "ana"
    world.users["administrator"].save()
    return token_of(world.users["administrator"])


@functools.cache
def schema_asked() -> Any:
    """Return the schema as a caller reads it; read once, for it never changes."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application())


def thrown_at(name: str, token: str, mode: GenerationMode, examples: int) -> None:
    """Throw cases at one operation; each answer is one that the document allows."""
    operation = schema_asked().find_operation_by_id(name)

    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=QUIET,
        database=None,
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    check()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_answers_are_those_of_the_document(world: World, mode: GenerationMode) -> None:
    token = asked(world)
    for name in JSON_CALLS:
        thrown_at(name, token, mode, examples=2)


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", JSON_CALLS)
def test_answers_are_those_of_the_document_at_length(
    world: World, name: str, mode: GenerationMode, settings: Any
) -> None:
    settings.OPENSPIFF_API_CALLS = 10**8
    thrown_at(name, asked(world), mode, examples=200)


def altered(body: Any) -> Iterator[Any]:
    """Yield a body again and again, each time with one hostile value in one place."""
    for path in places_of(body):
        for value in HOSTILE:
            changed = copy.deepcopy(body)
            inner = changed
            for part in path[:-1]:
                inner = inner[part]
            inner[path[-1]] = value
            yield changed


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for name, inner in items:
            yield from (
                places_of(inner, (*path, name))
                if isinstance(inner, dict | list)
                else iter([(*path, name)])
            )


FULL: dict[str, Any] = BODIES | {
    "send_claim": {
        "program_id": "spring",
        "customer": "A",
        "occurred_on": "2026-02-03",
        "quantity": 1,
        "amount_minor": 1,
        "margin_minor": 1,
        "note": "n",
        "event": {"source": "crm", "event_id": "D-1"},
        "is_government": False,
    },
    "send_events": {
        "source": "api",
        "events": [
            {
                "event_id": "A-1",
                "kind": "deal_won",
                "status": "done",
                "payees": [{"payee_id": "ana", "share_ppm": 1_000_000}],
                "currency": "USD",
                "occurred_at": 1,
                "quantity": 1,
                "revision": 1,
            }
        ],
    },
}


# In the suite each operation is asked a third of the hostile values, and each value is
# thrown at a third of the operations, for all read them by the same code.
@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_hostile_values_in_every_place_are_refused_in_problems(
    world: World, settings: Any, step: int
) -> None:
    settings.OPENSPIFF_API_CALLS = 10**8
    one = Machine(asked(world))
    answers = []
    # One address of each operation: what is hostile is read the same at all of them.
    calls = {name: (name, url) for name, url in reversed(CALLS)}
    for number, (name, url) in enumerate(calls.values()):
        if OPERATIONS[name].method == "GET":
            for value in HOSTILE[number % step :: step]:
                said = quote(str(value)[:4_000], safe="")
                joined = "&" if "?" in url else "?"
                answers.append(one.get(f"{url}{joined}cursor={said}&limit={said}"))
                answers.append(one.get(f"{url.rpartition('/')[0]}/{said}"))
            continue
        answers += [one.send(url, body) for body in RAW]
        body = FULL.get(name)
        if isinstance(body, dict):
            answers += [one.send(url, each) for each in altered(body)]
    statuses = {answer.status_code for answer in answers}
    assert max(statuses) < 500
    for answer in answers:
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert json.loads(answer.content)["request_id"]


def test_document_is_of_version_3_1_and_names_what_it_promises() -> None:
    found = schema_document()
    assert found["openapi"] == "3.1.0"
    details = [one for path in found["paths"].values() for one in path.values()]
    assert sorted(one["operationId"] for one in details) == sorted(OPERATIONS)
    for one in details:
        declared = OPERATIONS[one["operationId"]]
        assert one["summary"]
        assert one["security"] == [{"token": [declared.scope]}]
        assert {str(status) for status in declared.problems} <= set(one["responses"])
        assert all(
            "application/problem+json" in each["content"]
            for code, each in one["responses"].items()
            if code >= "400"
        )
    assert "Shape" not in json.dumps(found)
