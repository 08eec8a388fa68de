"""Which places does the bar at the top lead to? Those that the viewer's role may enter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from openspiff.web.access import (
    READ_LIBRARY,
    READ_PAYEES,
    READ_PROGRAMS,
    Viewer,
    may_enter,
)


def places(request: HttpRequest) -> dict[str, Any]:
    """Return the links of the top bar, the one that stands for this page marked."""
    viewer = getattr(request, "user", None)
    if not isinstance(viewer, Viewer):
        return {"as_of_at": settings.OPENSPIFF_AT}
    named = []
    if viewer.payee_id:
        of_payee = {"payee_id": viewer.payee_id}
        named += [
            ("Statement", reverse("statement", kwargs=of_payee)),
            ("Events", reverse("payee_events", kwargs=of_payee)),
        ]
    if may_enter(viewer, READ_PROGRAMS):
        named.append(("Programs", reverse("programs")))
    if may_enter(viewer, READ_LIBRARY):
        named.append((_("Library"), reverse("library")))
    if may_enter(viewer, READ_PAYEES):
        named.append(("Payees", reverse("payees")))
    return {
        "as_of_at": settings.OPENSPIFF_AT,
        "places": [
            {"name": name, "url": url, "is_here": request.path == url}
            for name, url in named
        ],
    }
