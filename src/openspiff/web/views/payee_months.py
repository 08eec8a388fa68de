"""What does a payee file of a month? Its page, its PDF and its rows for a spreadsheet."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openspiff.web.access import READ_STATEMENTS
from openspiff.web.forms.statements import first_on, month_sheet, month_sums, month_table
from openspiff.web.queries.statements import MonthAccount, month_for

from ._doors import SignedInRequest, guarded
from ._kept_offline import kept


@guarded(READ_STATEMENTS)
@require_safe
def month_page(request: SignedInRequest, payee_id: str, month: str) -> HttpResponse:
    """Show what was booked for a payee in one month."""
    found = month_for(request.user, payee_id, month)
    context = {
        "month": found,
        "first_on": first_on(found),
        "payee": found.account.payee,
        "account": found.account,
        "parts": [
            {"booked": one, "sums": month_sums(one), "digest": found.digests[one.currency]}
            for one in found.parts
        ],
    }
    return kept(request, render(request, "web/month.html", context))


@guarded(READ_STATEMENTS)
@require_safe
def month_pdf(request: SignedInRequest, payee_id: str, month: str) -> HttpResponse:
    """Hand over the month as a PDF: the same lines, with their digest."""
    found = month_for(request.user, payee_id, month)
    return _file(month_sheet(found), "application/pdf", found, "pdf")


@guarded(READ_STATEMENTS)
@require_safe
def month_csv(request: SignedInRequest, payee_id: str, month: str) -> HttpResponse:
    """Hand over the lines of the month for a spreadsheet."""
    found = month_for(request.user, payee_id, month)
    return _file(month_table(found), "text/csv; charset=utf-8", found, "csv")


def _file(
    content: bytes, content_type: str, found: MonthAccount, ending: str
) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    # The name of a payee may hold anything: the file is named by the month alone.
    name = f"statement-{found.month}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
