"""Where does a transaction begin? With the call of a machine, if the act is part of one.

An act that is refused inside a larger one is undone by itself, by a savepoint, so that what
is around it may go on. Of a refused call nothing goes on: it is undone whole, and its act
needs no savepoint of its own. Rows that nobody reads meanwhile are added together, at the
end of the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db import transaction
from django.db.models import Model

from ._rows import Row, add_row, add_rows, next_number, row_of

_CALL: Final[ContextVar[list[Row] | None]] = ContextVar("openspiff_call", default=None)
"""The rows that wait for the end of the call; None outside of one."""


@contextmanager
def one_call() -> Iterator[None]:
    """Begin the transaction of a call; whatever is raised inside must end the call."""
    waiting: list[Row] = []
    with transaction.atomic():
        before = _CALL.set(waiting)
        try:
            yield
        finally:
            _CALL.reset(before)
        add_rows(waiting)


@contextmanager
def one_act() -> Iterator[None]:
    """Begin the transaction of an act, or join that of the call that it is part of."""
    if _CALL.get() is not None:
        yield
        return
    with transaction.atomic():
        yield


def number_in_time(model: type[Model]) -> str:
    """Return how a statement asks for the number of a row that is added by `add_in_time`.

    It answers null where the row has to be added at once to have one.
    """
    return "null" if _CALL.get() is None else next_number(model)


def add_in_time(model: type[Model], **values: Any) -> None:
    """Add a row that nothing reads before the call is done; outside of one, at once."""
    waiting = _CALL.get()
    if waiting is None:
        add_row(model, **values)
    else:
        waiting.append(row_of(model, values))
