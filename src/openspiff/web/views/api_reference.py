"""What can machines ask? The API's own document as a page, without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openspiff.web.access import SIGNED_IN

from ._doors import SignedInRequest, guarded

Document = Mapping[str, Any]


@attrs.frozen(kw_only=True)
class Parameter:
    """One thing that an operation may be told: in its address, query, headers or body."""

    name: str
    where: str
    kind: str
    is_needed: bool
    says: str


@attrs.frozen(kw_only=True)
class Call:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]
    fields: tuple[Parameter, ...]
    curl: str


@guarded(SIGNED_IN)
@require_safe
def reference(
    request: SignedInRequest,
    schema_document: Callable[[], Document],
    problem_words: Mapping[str, tuple[str, str]],
) -> HttpResponse:
    """Show every operation with a call to copy, and what each code of a problem means."""
    document = schema_document()
    site = f"{request.scheme}://{request.get_host()}"
    topics: dict[str, list[Call]] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            call = _call(document, method.upper(), path, one, site)
            topics.setdefault(one["tags"][0], []).append(call)
    context = {
        "document": document,
        "topics": list(topics.items()),
        "site": site,
        "problems": [(code, *words) for code, words in problem_words.items()],
    }
    return render(request, "web/api.html", context)


def _call(document: Document, method: str, path: str, one: Document, site: str) -> Call:
    body = one.get("requestBody", {}).get("content", {})
    success = next(code for code in one["responses"] if code < "300")
    content = one["responses"][success].get("content", {})
    return Call(
        name=one["operationId"],
        method=method,
        path=path,
        summary=one["summary"],
        description=one.get("description", ""),
        scope=one["security"][0]["token"][0],
        parameters=(
            *(_parameter(document, each) for each in one["parameters"]),
            *_fields(document, _first_schema(body), "body"),
        ),
        answers=tuple(
            (code, each["description"]) for code, each in one["responses"].items()
        ),
        fields=tuple(_fields(document, _first_schema(content), "answer")),
        curl=_curl(method, f"{site}{path}", list(body)),
    )


def _parameter(document: Document, one: Document) -> Parameter:
    return Parameter(
        name=one["name"],
        where=one["in"],
        kind=_kind(document, one["schema"]),
        is_needed=one["required"],
        says=one.get("description", ""),
    )


def _fields(document: Document, schema: Document, where: str) -> Iterator[Parameter]:
    """Yield the fields of an object; of a page those of its items."""
    found = _looked_up(document, schema)
    items = found.get("properties", {}).get("items", {}).get("items", {})
    if "anyOf" in items:
        items = items["anyOf"][0]
    if items:
        found = _looked_up(document, items)
    for name, one in found.get("properties", {}).items():
        yield Parameter(
            name=name,
            where=where,
            kind=_kind(document, one),
            is_needed=name in found.get("required", ()),
            says=one.get("description", ""),
        )


def _first_schema(content: Document) -> Document:
    """Return the schema of the first of the formats that a body may have."""
    for one in content.values():
        found: Document = one["schema"]
        return found
    return {}


def _looked_up(document: Document, schema: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Document = document["components"]["schemas"].get(name, schema)
    return found


def _kind(document: Document, schema: Document) -> str:
    """Return in a few words what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(document, one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    return str(schema.get("format", schema.get("type", "any")))


def _curl(method: str, url: str, media_types: list[str]) -> str:
    words = ["curl", '-H "Authorization: Bearer $TOKEN"']
    if method != "GET":
        words.append('-H "Idempotency-Key: $(uuidgen)"')
    if media_types:
        words.append(f'-H "Content-Type: {media_types[0]}" --data-binary @file')
    elif method != "GET":
        words.append("-X POST")
    return " ".join([*words, f'"{url}"'])
