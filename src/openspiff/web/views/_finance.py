"""What do the pages of finance share? The engine for one answer, and their frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from openspiff.engine import DuckDBEngine
from openspiff.web.access import may_act

from ._doors import SignedInRequest


@contextmanager
def engine() -> Iterator[DuckDBEngine]:
    """Yield an engine that lives as long as one answer."""
    with DuckDBEngine() as found:
        yield found


def finance_page(
    request: SignedInRequest, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Show a page of finance, with the place it has in finance's own bar."""
    may = {"may_work": may_act(request.user, "prepare_batch")}
    return render(request, f"web/{name}.html", context | may, status=status)
