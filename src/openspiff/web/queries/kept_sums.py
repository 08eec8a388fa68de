"""What do the kept sums say? Trusted only while they reach the last transfer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from django.db import connection

from openspiff.engine import DuckDBEngine
from openspiff.errors import OpenSpiffError, Problem
from openspiff.ledger import KEPT_COLUMNS
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import KEPT_MODELS, sums_reach

_TEXTS: Final = frozenset(
    {
        *("payee_id", "program_id", "currency", "kind", "same_id", "source", "event_id"),
        *("debit_side", "credit_side"),
        *("top_program_id", "top_source", "top_event_id"),
    }
)


class SumsBehindError(OpenSpiffError):
    """Transfers that came into the books past the acts that book."""

    code: ClassVar[str] = "sums_behind"


def check_sums(viewer: Viewer) -> None:
    """Raise unless the kept sums may be read: NotVisibleError, SumsBehindError."""
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such sums")
    kept, last = sums_reach()
    if kept != last:
        message = f"they reach transfer {kept}, the books end at {last}"
        problem = Problem("kept sums", message, "`openspiff upgrade` makes them anew")
        raise SumsBehindError("the sums of the books are not up to date", [problem])


def asked(sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query of the kept sums; amounts may come as decimals."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def load_kept(engine: DuckDBEngine) -> None:
    """Make tables of KEPT_COLUMNS of what is kept, for `verify` to compare."""
    for name, columns in KEPT_COLUMNS.items():
        shape = {one: "VARCHAR" if one in _TEXTS else "BIGINT" for one in columns}
        rows = list(KEPT_MODELS[name].objects.order_by().values_list(*columns))
        engine.load_rows(name, shape, rows)
