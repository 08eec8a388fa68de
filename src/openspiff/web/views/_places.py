"""Which places does the bar at the top lead to? Those that the viewer's role may enter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from openspiff.web.access import (
    MANAGE_PEOPLE,
    READ_FIRMS,
    READ_PAYEES,
    READ_PROGRAMS,
    Viewer,
    may_act,
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
            (_("Statement"), reverse("statement", kwargs=of_payee)),
            (_("Events"), reverse("payee_events", kwargs=of_payee)),
        ]
    if may_enter(viewer, READ_PROGRAMS):
        named.append((_("Programs"), reverse("programs")))
    if may_enter(viewer, READ_PAYEES):
        named.append((_("Payees"), reverse("payees")))
    if may_act(viewer, "leave_firm"):
        named.insert(0, (_("Firm"), reverse("firm", kwargs={"firm_id": viewer.firm_id})))
    if may_enter(viewer, READ_FIRMS):
        named.append((_("Firms"), reverse("firms")))
    if may_enter(viewer, MANAGE_PEOPLE):
        named.append((_("People"), reverse("people")))
    own = [
        (_("Profile"), reverse("profile")),
        (_("Security"), reverse("security")),
        (_("Sessions"), reverse("sessions")),
    ]
    return {
        "as_of_at": settings.OPENSPIFF_AT,
        "own_places": [
            {"name": name, "url": url, "is_here": request.path == url} for name, url in own
        ],
        "places": [
            {"name": name, "url": url, "is_here": request.path == url}
            for name, url in named
        ],
    }
