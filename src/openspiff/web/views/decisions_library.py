"""Where does somebody read what all measured programs teach together?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from openspiff.web.access import READ_LIBRARY
from openspiff.web.queries import decisions_library as queries

from ._doors import SignedInRequest, guarded
from .decisions import DRAWING_POLICY, drawing


@guarded(READ_LIBRARY)
@require_safe
def library(request: SignedInRequest) -> HttpResponse:
    """Show what programs teach together, or how many are missing until they do."""
    shelf = queries.library_shelf(request.user)
    context = {"shelf": shelf, "pictures": reverse("library") + "pictures/"}
    return render(request, "web/library.html", context)


@guarded(READ_LIBRARY)
@require_safe
def library_file(request: SignedInRequest) -> HttpResponse:
    """Hand out the library as one file that loads nothing."""
    response = HttpResponse(queries.library_page(request.user), content_type="text/html")
    response["Content-Disposition"] = 'attachment; filename="library.html"'
    response["Content-Security-Policy"] = DRAWING_POLICY
    response["Cache-Control"] = "private, no-cache"
    return response


@guarded(READ_LIBRARY)
@require_safe
def library_picture(request: SignedInRequest, coat: str) -> HttpResponse:
    """Hand out the picture of all programs, for one theme and width."""
    return drawing(queries.library_drawing(request.user, coat=coat))
