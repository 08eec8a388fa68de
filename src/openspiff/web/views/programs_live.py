"""How does a program go today? Pace, budget, promises; a table behind each picture."""

from __future__ import annotations

import attrs
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openspiff.program import rule_line
from openspiff.report import chart_csv
from openspiff.web.access import READ_PROGRAMS
from openspiff.web.queries import live_view

from ._doors import SignedInRequest, guarded, shown_at


@guarded(READ_PROGRAMS)
@require_safe
def program_live(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Show how a launched program goes, as of the last day that the feed tells of."""
    found = live_view.live_view(request.user, program_id, at=shown_at())
    told = attrs.asdict(found, recurse=False)
    context = {"program": found.program, "rule": rule_line(found.program), **told}
    return render(request, "web/program_live.html", context)


@guarded(READ_PROGRAMS)
@require_safe
def live_picture(request: SignedInRequest, program_id: str, name: str) -> HttpResponse:
    """Hand out one picture, in the coat that is asked for."""
    coat, at = request.GET.get("coat", "light"), shown_at()
    svg = live_view.live_drawing(request.user, program_id, name, coat=coat, at=at)
    response = HttpResponse(svg, content_type="image/svg+xml")
    # Its address carries a mark of what it shows, so it never goes stale.
    response["Cache-Control"] = "private, max-age=86400"
    return response


@guarded(READ_PROGRAMS)
@require_safe
def live_table(request: SignedInRequest, program_id: str, name: str) -> HttpResponse:
    """Hand out the numbers behind one picture as CSV."""
    text = chart_csv(live_view.live_picture(request.user, program_id, name, at=shown_at()))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    file_name = f"{program_id}-{name}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
