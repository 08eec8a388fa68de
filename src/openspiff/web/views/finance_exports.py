"""How does finance take the books away? As tables that run nothing, and as journals."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from openspiff.report import csv_blocks, write_workbook
from openspiff.web.access import READ_FINANCE
from openspiff.web.forms.finance import MonthForm
from openspiff.web.queries import exports
from openspiff.web.queries.programs import books_zone

from ._doors import SignedInRequest, guarded, shown_at
from ._show import local_day

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_BLOCK = 1 << 16


@guarded(READ_FINANCE)
@require_safe
def export(request: SignedInRequest, name: str, form: str) -> HttpResponseBase:
    """Hand out one table of the books as CSV or XLSX."""
    return _file(_export(request, name), form)


@guarded(READ_FINANCE)
@require_safe
def batch_export(request: SignedInRequest, number: int, form: str) -> HttpResponseBase:
    """Hand out the lines of one batch as CSV or XLSX."""
    return _file(exports.batch_export(request.user, number), form)


@guarded(READ_FINANCE)
@require_safe
def book_file(request: SignedInRequest, form: str) -> HttpResponseBase:
    """Hand out the whole books as text for beancount or hledger."""
    response = StreamingHttpResponse(
        exports.book_file(request.user, form), content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="books.{form}"'
    return response


def _export(request: SignedInRequest, name: str) -> exports.Export:
    viewer = request.user
    match name:
        case "transfers":
            return exports.transfers_export(viewer)
        case "trial-balance":
            return exports.trial_balance_export(viewer)
        case "liability":
            return exports.liability_export(viewer, at=shown_at())
        case "month-end":
            zone = books_zone(viewer)
            asked = MonthForm(request.GET)
            month_on: dt.date = asked.month_on(local_day(shown_at(), zone))
            return exports.month_end_export(viewer, month_on, zone=zone)
        case _:
            message = f"no export {name}"
            raise Http404(message)


def _file(found: exports.Export, form: str) -> HttpResponseBase:
    blocks: Iterable[str | bytes] = csv_blocks(found.header, found.rows)
    kind = "text/csv; charset=utf-8"
    if form == "xlsx":
        blocks, kind = _workbook_blocks(found), _WORKBOOK
    response = StreamingHttpResponse(blocks, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{found.name}.{form}"'
    return response


def _workbook_blocks(found: exports.Export) -> Iterator[bytes]:
    """Yield a workbook, which must be whole before its first byte is known."""
    with tempfile.TemporaryDirectory(prefix="openspiff-") as folder:
        path = Path(folder) / "table.xlsx"
        write_workbook(path, found.name, found.header, found.rows)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
