"""How is a long list read? Page by page, each with the cursor of the next."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

from ninja import Query
from pydantic import BaseModel

from openspiff.errors import Problem

from ._json import ParameterError
from ._shapes import Item, Page

MOST: Final = 500
USUAL: Final = 100
_LONGEST: Final = 1_000
Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most in one page.")]
Cursor = Annotated[
    str,
    Query(
        max_length=_LONGEST,
        description="Where to go on: `next` of the page before; empty for the first page.",
    ),
]
Fields = Annotated[
    str,
    Query(
        max_length=_LONGEST,
        description="Names with commas: only these fields of each item are answered.",
        examples=["program_id,name"],
    ),
]


def cursor_of(*key: str | int) -> str:
    """Return the cursor that goes on after a key."""
    text = json.dumps(key, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def key_of(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """Return the key of a cursor, None for the first page.

    Raises ParameterError for what no page has answered.
    """
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        key = None
    if (
        not isinstance(key, list)
        or [type(part) for part in key] != list(kinds)
        or any(isinstance(part, int) and abs(part) >= 2**63 for part in key)
        or any(isinstance(part, str) and not _can_be_kept(part) for part in key)
    ):
        problem = Problem("cursor", "no page has answered this", "begin without one")
        raise ParameterError("the cursor cannot be read", [problem])
    return tuple(key)


def part_of(cursor: str, kind: type) -> Any:
    """Return the only part of the key of a cursor, None for the first page."""
    key = key_of(cursor, kind)
    return None if key is None else key[0]


def page_of(
    page: type[Page[Item]],
    rows: Sequence[Row],
    limit: int,
    made: Callable[[Row], Item],
    *key: str,
) -> Page[Item]:
    """Return the first rows as a page; a row beyond `limit` says that there are more.

    `key` are the fields of an item from which the next page goes on.
    """
    items = [made(one) for one in rows[:limit]]
    more = None
    if len(rows) > limit:
        more = cursor_of(*(getattr(items[-1], name) for name in key))
    return page(items=items, next=more)


def _can_be_kept(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def chosen_fields(fields: str, shape: type[BaseModel]) -> set[str] | None:
    """Return the names that are asked for, None for all; raises ParameterError."""
    if not fields:
        return None
    names = {name.strip() for name in fields.split(",")}
    known = set(shape.model_fields)
    problems = [
        Problem("fields", f"{name!r} is no field", f"one of {', '.join(sorted(known))}")
        for name in sorted(names - known)
    ]
    if problems:
        raise ParameterError("the fields cannot be chosen", problems)
    return names
