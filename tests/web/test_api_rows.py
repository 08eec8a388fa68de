"""Are rows that are added the short way those that the ORM would add?"""

from __future__ import annotations

from typing import Any

import pytest
from databases import Database
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from openspiff.web.actions._one_call import (
    add_in_time,
    number_in_time,
    one_act,
    one_call,
)
from openspiff.web.actions._rows import add_row, add_rows, row_of
from openspiff.web.models import AuditRow

ROW = {"acted_at": 2**62, "action": "try", "object_kind": "é", "object_id": "a'b%s"}


def rows() -> list[dict[str, Any]]:
    return [
        {name: value for name, value in one.items() if name != "id"}
        for one in AuditRow.objects.order_by("pk").values()
    ]


def test_row_is_the_one_of_the_orm(database: Database) -> None:
    assert database
    for before, after in ((None, {"a": [1, None, "ü"]}), ({}, {"x": 2**60})):
        AuditRow.objects.create(**ROW, before=before, after=after)
        number = add_row(AuditRow, **ROW, before=before, after=after)
        assert number == AuditRow.objects.order_by("pk").last().pk
        *_, first, second = rows()
        assert first == second


def test_several_rows_are_added_or_none(database: Database) -> None:
    given = [row_of(AuditRow, ROW | {"action": str(number)}) for number in range(3)]
    with CaptureQueriesContext(connection) as asked:
        add_rows(given)
    assert len(asked) == (1 if database.vendor == "postgresql" else 3)
    assert {one["action"] for one in rows()} == {"0", "1", "2"}
    add_rows([])
    wrong = row_of(AuditRow, ROW | {"actor_id": 12345})
    with pytest.raises(IntegrityError), one_call():
        add_rows([given[0], wrong])
    assert len(rows()) == 3


def test_column_that_is_missing_or_unknown_is_a_mistake_of_ours(database: Database) -> None:
    assert database
    with pytest.raises(TypeError, match="acted_at"):
        row_of(AuditRow, {"action": "try"})
    with pytest.raises(TypeError, match="actor"):
        row_of(AuditRow, ROW | {"actor": None})
    # What may be left out is what the ORM would fill in.
    assert row_of(AuditRow, ROW).values[-1] is None


def test_rows_wait_for_the_end_of_the_call_only(database: Database) -> None:
    assert database
    add_in_time(AuditRow, **ROW)
    assert len(rows()) == 1
    with one_call():
        with one_act():
            add_in_time(AuditRow, **ROW)
        assert len(rows()) == 1
    assert len(rows()) == 2
    for begun in (one_call, one_act):
        with pytest.raises(ValueError, match="enough"):
            add_and_fail(begun)
    assert len(rows()) == 2


def test_number_is_taken_before_the_row_where_the_database_can(database: Database) -> None:
    def asked() -> int | None:
        with connection.cursor() as cursor:
            cursor.execute(f"select {number_in_time(AuditRow)}")
            (number,) = cursor.fetchone()
        return number

    assert asked() is None  # outside of a call
    with one_call():
        number = asked()
        assert (number is not None) == (database.vendor == "postgresql")
        if number is not None:
            add_in_time(AuditRow, id=number, **ROW)
        add_in_time(AuditRow, **ROW)
    found = list(AuditRow.objects.order_by("pk").values_list("pk", flat=True))
    assert len(set(found)) == (1 if number is None else 2)
    assert number is None or number in found


def add_and_fail(begun: Any) -> None:
    with begun():
        add_in_time(AuditRow, **ROW)
        message = "enough"
        raise ValueError(message)
