"""Who are the payees, and since when are they what they are?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any, Final

from openspiff.engine import Row
from openspiff.events._cells import Failure, read_id, read_text
from openspiff.events._frame import Frame, column_problems, frame_of
from openspiff.events._mapping import ROSTER_FIELDS, DateRule, RosterRule
from openspiff.events._moments import MomentReader, day_start
from openspiff.events._result import Reject
from openspiff.events._shape import FIRST_INSTANT, LAST_INSTANT
from openspiff.events._tables import EventFileError, Table, printable

_DAY: Final = dt.timedelta(days=1)


class _Refused(Exception):  # noqa: N818 (never leaves this module)
    """A row of the roster that cannot be used: column, value, why."""


def _bound(frame: Frame, column: str, index: int, moments: MomentReader) -> dt.date | None:
    if not column:
        return None
    text = frame.columns[column][index]
    day = moments.day(text)
    if isinstance(day, Failure):
        raise _Refused(column, text, day)
    return day


def _span(
    frame: Frame, rule: RosterRule, index: int, moments: MomentReader
) -> tuple[int, int]:
    zone = moments.rule.zone
    first = _bound(frame, rule.from_column, index, moments)
    before = _bound(frame, rule.before_column, index, moments)
    last = _bound(frame, rule.until_column, index, moments)
    before = last + _DAY if last is not None else before
    from_at = FIRST_INSTANT if first is None else day_start(first, zone)
    before_at = LAST_INSTANT if before is None else day_start(before, zone)
    if before_at <= from_at:
        column = rule.before_column or rule.until_column
        raise _Refused(column, str(before), Failure("the span ends before it begins"))
    return from_at, before_at


def _checked(names: tuple[str, ...], text: str, value: Any) -> str:
    if isinstance(value, Failure):
        raise _Refused("/".join(names), text, value)
    return str(value)


def _row(frame: Frame, rule: RosterRule, index: int, moments: MomentReader) -> Row:
    text = frame.texts(rule.payee_id)[index]
    if not text:
        raise _Refused("/".join(rule.payee_id), text, Failure("expected a payee"))
    values = {"payee_id": _checked(rule.payee_id, text, read_id(text))}
    for field in ROSTER_FIELDS:
        names = rule.columns.get(field)
        if names is None:
            values[field] = rule.constants.get(field, "")
            continue
        text = frame.texts(names)[index]
        values[field] = _checked(names, text, read_text(text))
    if "name" not in rule.columns and "name" not in rule.constants:
        values["name"] = values["payee_id"]
    from_at, before_at = _span(frame, rule, index, moments)
    return (
        values["payee_id"],
        *(values[field] for field in ROSTER_FIELDS),
        from_at,
        before_at,
    )


def roster_columns(rule: RosterRule) -> list[tuple[str, str]]:
    """Return (place in the mapping, column) for everything the roster reads."""
    named = {"payee_id": rule.payee_id, **rule.columns}
    found = [(f"payees.{key}", one) for key, columns in named.items() for one in columns]
    bounds = {
        "from": rule.from_column,
        "before": rule.before_column,
        "until": rule.until_column,
    }
    return found + [(f"payees.{key}", one) for key, one in bounds.items() if one]


def read_roster(
    table: Table, rule: RosterRule, dates: DateRule
) -> tuple[list[Row], list[Reject]]:
    """Return the roster (PAYEE_COLUMNS, by payee and span) and the rows it refuses.

    A row whose span overlaps another of the same payee is refused: an event on such a day
    would count twice. Raises EventFileError when a column is missing.
    """
    wanted = roster_columns(rule)
    problems = column_problems(table, wanted, table.header)
    if problems:
        msg = f"{table.path.name} lacks columns of the roster"
        raise EventFileError(msg, problems)
    moments = MomentReader(dates)
    rejects: list[Reject] = []
    spans: dict[str, list[Row]] = defaultdict(list)
    for chunk in table.chunks:
        frame = frame_of(chunk, table.header, (), {name for _, name in wanted})
        rejects += [
            Reject(
                file=table.path.name,
                row=one.number,
                column=one.column,
                value=one.value,
                reason=one.reason,
            )
            for one in chunk.bad
        ]
        for index, number in enumerate(chunk.numbers):
            try:
                row = _row(frame, rule, index, moments)
                _add_span(spans[str(row[0])], row, rule)
            except _Refused as refused:
                column, value, failure = refused.args
                rejects.append(
                    Reject(
                        file=table.path.name,
                        row=number,
                        column=column,
                        value=printable(value),
                        reason=failure.reason,
                        remedy=failure.remedy,
                    )
                )
    rows = [row for payee in sorted(spans) for row in sorted(spans[payee], key=_from_at)]
    return rows, rejects


def _from_at(row: Row) -> int:
    return int(row[-2])


def _add_span(known: list[Row], row: Row, rule: RosterRule) -> None:
    if row in known:
        return
    if any(other[-2] < row[-1] and row[-2] < other[-1] for other in known):
        failure = Failure(
            "its days overlap those of another row of this payee",
            "say payees.from and payees.before (or until) so that spans do not overlap",
        )
        raise _Refused("/".join(rule.payee_id), str(row[0]), failure)
    known.append(row)
