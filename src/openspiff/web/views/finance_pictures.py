"""What does finance see at a glance? Pictures of what is owed, of budgets, of months."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from openspiff.report import chart_csv
from openspiff.web.access import READ_FINANCE
from openspiff.web.queries.finance_pictures import finance_drawing, finance_picture

from ._doors import SignedInRequest, guarded, shown_at


@guarded(READ_FINANCE)
@require_safe
def picture(request: SignedInRequest, name: str) -> HttpResponse:
    """Hand out one picture, in the coat that is asked for."""
    coat = request.GET.get("coat", "light")
    svg = finance_drawing(request.user, name, coat=coat, at=shown_at())
    response = HttpResponse(svg, content_type="image/svg+xml")
    # Its address carries a mark of what it shows, so it never goes stale.
    response["Cache-Control"] = "private, max-age=86400"
    return response


@guarded(READ_FINANCE)
@require_safe
def table(request: SignedInRequest, name: str) -> HttpResponse:
    """Hand out the numbers behind one picture as CSV."""
    text = chart_csv(finance_picture(request.user, name, at=shown_at()))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
