"""How does what a machine sends of events come before the reader of all other files?

Events in JSON become rows of a table with fixed columns, which is read through a mapping
as any file is: one reader, one set of reasons.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

import attrs
from pydantic import ValidationError

from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import (
    EVENT_KINDS,
    STATUSES,
    EventMapping,
    ReadResult,
    look_at,
    parse_mapping,
)
from openspiff.money import PPM

from ._event_shapes import EventGiven
from ._json import BodyError, parse_json

_LONGEST_LINE: Final = 1_000_000
_MOST_PROBLEMS: Final = 1_000
_PLAIN: Final = (
    *("event_id", "subject_id", "kind", "status", "firm_id", "customer_id", "product_id"),
    *("revenue_type", "currency", "is_government", "is_new_customer", "quantity"),
    *("term_months", "revision"),
)
_DEFAULTS: Final = {"quantity": 1, "revision": 1}
_MOMENTS: Final = ("occurred_at", "recorded_at")
_AMOUNTS: Final = {
    "amount": "amount_minor",
    "list_price": "list_price_minor",
    "margin": "margin_minor",
    "mrr": "mrr_minor",
}
_Cells = tuple[Any, ...]
_NEEDED: Final = ("event_id", "kind", "status", "payee_id")


class EventRowsError(OpenSpiffError):
    """Events of a call that cannot be used; nothing of the call was written."""

    code: ClassVar[str] = "event_rows"


def lines_of(path: Path) -> Iterator[tuple[str, EventGiven | list[Problem]]]:
    """Yield the place and the event of each line of NDJSON, or what is wrong with it."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            place = f"line {number}"
            if len(line) >= _LONGEST_LINE:
                problem = Problem(place, f"at most {_LONGEST_LINE} bytes a line")
                raise BodyError("the file is no NDJSON", [problem])
            if line.strip():
                yield place, _event(line, place)


def _event(line: bytes, place: str) -> EventGiven | list[Problem]:
    try:
        return EventGiven.model_validate(parse_json(line.strip()))
    except ValidationError as error:
        return [
            Problem(".".join([place, *map(str, one["loc"])]), one["msg"])
            for one in error.errors(include_url=False, include_context=False)
        ]
    except BodyError as error:
        return [
            Problem(f"{place}: {one.place}", one.message, one.remedy)
            for one in error.problems
        ]


@attrs.frozen(kw_only=True)
class Written:
    """A table of events: where each row was sent, and what was wrong with the others."""

    places: list[str] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    wrong_count: int = 0
    payee_count: int = 1
    has_revisions: bool = False


def write_table(
    told: Iterable[tuple[str, EventGiven | list[Problem]]], path: Path
) -> Written:
    """Write events as a table, with columns for as many payees as one of them has."""
    # As plain words: a million of these are less to keep, and to look through, than events.
    rows: list[tuple[_Cells, _Cells, _Cells]] = []
    places, problems, most_payees = [], [], 1
    wrong_count, has_revisions = 0, False
    for place, one in told:
        if isinstance(one, list):
            problems += one
            wrong_count += 1
            continue
        rows.append(_cells(one))
        places.append(place)
        most_payees = max(most_payees, len(one.payees))
        has_revisions = has_revisions or one.revision is not None
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_PLAIN, *_MOMENTS, *_AMOUNTS, *_payee_columns(most_payees)])
        for plain, payees, shares in rows:
            padding = [""] * (most_payees - len(payees))
            writer.writerow([*plain, *payees, *padding, *shares, *padding])
    return Written(
        places=places,
        problems=problems,
        wrong_count=wrong_count,
        payee_count=most_payees,
        has_revisions=has_revisions,
    )


def _payee_columns(count: int) -> list[str]:
    numbers = range(1, count + 1)
    return [*(f"payee_{one}" for one in numbers), *(f"share_{one}" for one in numbers)]


def _cells(one: EventGiven) -> tuple[_Cells, _Cells, _Cells]:
    """Return what an event says, its payees, and their shares."""
    shares = one.shares()
    plain = (
        *(_cell(getattr(one, name), _DEFAULTS.get(name, "")) for name in _PLAIN),
        *(_moment(getattr(one, name)) for name in _MOMENTS),
        *(_cell(getattr(one, name)) for name in _AMOUNTS.values()),
    )
    told = tuple(f"{share // PPM}.{share % PPM:06d}" for share in shares.values())
    return plain, tuple(shares), told


def _cell(value: Any, default: Any = "") -> Any:
    if value is None:
        return default
    return str(value).lower() if isinstance(value, bool) else value


def _moment(at: int | None) -> str:
    if at is None:
        return ""
    moment = dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC)
    return moment.replace(microsecond=at % 1_000_000).isoformat()


def table_mapping(
    source: str, *, payee_count: int, has_revisions: bool = False
) -> EventMapping:
    """Return the mapping of what `write_table` wrote.

    Without revisions what is told later is what counts, as in a file without them.
    """
    numbers = range(1, payee_count + 1)
    left_out = {"status"} if has_revisions else {"status", "revision"}
    named = (*_PLAIN, *_MOMENTS, *_AMOUNTS)
    columns = {name: name for name in named if name not in left_out}
    shares = {
        "payee": [f"payee_{one}" for one in numbers],
        "share": [f"share_{one}" for one in numbers],
        "total": 1,
    }
    return _mapping(source, "events.csv", columns, shares)


def parquet_mapping(source: str, path: Path) -> EventMapping:
    """Return the mapping of a Parquet file by the names of its columns.

    Raises BodyError for columns that nobody knows or that are lacking.
    """
    look = look_at(path)
    if look.problems:
        raise BodyError("the file cannot be read", look.problems)
    held = {column: name for name, column in _AMOUNTS.items()}
    held |= {name: name for name in (*_PLAIN, *_MOMENTS)}
    known = {*held, "payee_id"}
    problems = [
        Problem(name, "no such column", f"one of {', '.join(sorted(known))}")
        for name in look.header
        if name not in known
    ]
    problems += [
        Problem(name, "this column is needed")
        for name in _NEEDED
        if name not in look.header
    ]
    if problems:
        raise BodyError("the columns are not those of events", problems)
    columns = {held[name]: name for name in look.header if name in held}
    columns.pop("status")
    return _mapping(source, path.name, columns, {"payee": "payee_id"})


def _mapping(
    source: str, file_name: str, columns: Mapping[str, str], shares: Mapping[str, Any]
) -> EventMapping:
    lines = [
        f"source = {_toml(source)}",
        'zone = "UTC"',
        "[files.events]",
        f"path = {_toml(file_name)}",
        "[columns]",
        *(f"{name} = {_toml(column)}" for name, column in columns.items()),
        "[kind]",
        *(f"{kind} = {_toml(kind)}" for kind in EVENT_KINDS),
        "[status]",
        'column = "status"',
        *(f"{status} = {_toml(status)}" for status in STATUSES),
        "[shares]",
        *(f"{name} = {_toml(value)}" for name, value in shares.items()),
        "[money]",
        'units = "minor"',
    ]
    return parse_mapping("\n".join(lines), place="source")


def _toml(value: Any) -> str:
    # Texts and lists of texts are written alike in JSON and in TOML.
    return json.dumps(value, ensure_ascii=False)


def problems_of(result: ReadResult, places: list[str]) -> list[Problem]:
    """Return what the reader refused, each with the place where it was sent."""
    found = []
    for one in result.rejects[:_MOST_PROBLEMS]:
        # The first row of a table stands in its second line.
        number = one.row - 2
        row = places[number] if 0 <= number < len(places) else f"row {one.row}"
        column = _AMOUNTS.get(one.column, one.column)
        value = f": {one.value}" if one.value else ""
        found.append(Problem(f"{row}.{column}", f"{one.reason}{value}", one.remedy))
    return found
