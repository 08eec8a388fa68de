"""What does the API say of itself? One OpenAPI 3.1 document, made without a database."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from ninja import NinjaAPI
from pydantic import BaseModel

from ._doors import OPERATIONS, Operation
from ._problems import MEDIA_TYPE
from ._shapes import ProblemDocument, ProblemShape

PREFIX: Final = "/api/v1"
_HEADERS: Final = {
    "X-Request-ID": "The name under which the logs of the server know this request.",
    "RateLimit-Limit": "How many calls the token has a minute.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "In how many seconds the next minute begins.",
}
_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[ -~]{1,255}$",
    },
    "description": "Chance, new for each thing to do: the same key and body again is "
    "answered as the first time, and nothing is done twice.",
}
_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "maxLength": 1000},
    "description": "The ETag that was read; needed, or the answer is 428.",
}
_NONE_MATCH: Final = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string", "maxLength": 1000},
    "description": "The ETag of what the caller has: 304 when it is still so.",
}


def document(api: NinjaAPI) -> dict[str, Any]:
    """Return the document of the API; everything in it is plain data."""
    return _made(api)


@functools.cache
def _made(api: NinjaAPI) -> dict[str, Any]:
    made: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    components = made["components"]
    for shape in (ProblemDocument, ProblemShape):
        schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        components["schemas"][shape.__name__] = schema
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["securitySchemes"] = {
        "token": next(iter(components["securitySchemes"].values()))
    }
    for details in _details(made):
        _complete(details, OPERATIONS[details["operationId"]])
    plain: dict[str, Any] = _plain(made)
    return plain


def _details(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in made["paths"].values():
        yield from methods.values()


def _complete(details: dict[str, Any], one: Operation) -> None:
    """Add to what ninja tells of an operation what ours adds at the door."""
    # Without more to say ninja repeats the first sentence.
    if details.get("description", "").rstrip(".") == details["summary"]:
        del details["description"]
    for parameter in details["parameters"]:
        parameter.pop("examples", None)  # they stand in its schema, where 3.1 has a list
    details["security"] = [{"token": [one.scope]}]
    if one.method == "GET":
        details["parameters"].append(_NONE_MATCH)
    else:
        details["parameters"].append(_KEY)
    if one.needs_match:
        details["parameters"].append(_MATCH)
    success = details["responses"][one.status]
    success["headers"] = _headers(one)
    if one.shape is None:
        success["content"] = {one.media_type: {"schema": {"type": "string"}}}
    elif one.item is not None:
        _allow_fewer_fields(success["content"][one.media_type], one.item)
    if one.method == "GET":
        details["responses"][304] = {"description": "Not Modified"}
    for status in one.problems:
        details["responses"][status] = {
            "description": HTTPStatus(status).phrase,
            "content": {
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
            },
        }
    details["responses"] = dict(sorted(details["responses"].items()))


def _headers(one: Operation) -> dict[str, Any]:
    texts = dict(_HEADERS)
    if one.method == "GET":
        texts["ETag"] = "The version of what is answered."
    if one.item is not None:
        texts["Link"] = 'The next page: <...>; rel="next".'
    if one.method != "GET":
        texts["Idempotency-Replayed"] = "`true` when this is the answer of an earlier call."
    required = {"X-Request-ID"}
    return {
        name: {
            "schema": {"type": "string"},
            "description": text,
            "required": name in required,
        }
        for name, text in texts.items()
    }


def _allow_fewer_fields(content: dict[str, Any], item: type[BaseModel]) -> None:
    """Let the items of a page lack fields: those that `fields` leaves out."""
    fewer = {
        "type": "object",
        "description": "With `fields`: only those that were asked for.",
        "properties": {name: {} for name in item.model_fields},
        "additionalProperties": False,
    }
    whole = {"$ref": f"#/components/schemas/{item.__name__}"}
    content["schema"] = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": {"anyOf": [whole, fewer]}},
            "next": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
    }


def _plain(value: Any) -> Any:
    """Return plain data, shapes named as what they are: ProgramShape is Program."""
    if isinstance(value, dict):
        return {
            str(name).removesuffix("Shape"): _plain(inner) for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    # In references and titles a name stands alone, and no other text ends like this.
    return value.removesuffix("Shape") if isinstance(value, str) else value
