"""Which places does the bar at the top lead to? Those that the viewer's role may enter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    READ_CLAIM_QUEUE,
    READ_FINANCE,
    READ_HOME,
    READ_IMPORTS,
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
    if may_enter(viewer, READ_HOME):
        named.append((_("Home"), reverse("payee_home")))
    if viewer.payee_id:
        of_payee = {"payee_id": viewer.payee_id}
        named += [
            (_("Statement"), reverse("statement", kwargs=of_payee)),
            (_("Events"), reverse("payee_events", kwargs=of_payee)),
        ]
    is_reader = may_enter(viewer, READ_CLAIM_QUEUE)
    if viewer.payee_id or not is_reader:
        named.append((_("My claims") if is_reader else _("Claims"), reverse("claims")))
    if is_reader:
        named.append((_("Claims"), reverse("claim_queue")))
    if may_enter(viewer, READ_PROGRAMS):
        named.append((_("Programs"), reverse("programs")))
        named.append(("Programs", reverse("programs")))
    if may_enter(viewer, READ_LIBRARY):
        named.append((_("Library"), reverse("library")))
    if may_enter(viewer, READ_PAYEES):
        named.append((_("Payees"), reverse("payees")))
    if may_enter(viewer, READ_FINANCE):
        named.append((_("Finance"), reverse("finance")))
    if may_enter(viewer, READ_IMPORTS):
        named.append((_("Imports"), reverse("imports")))
    if may_enter(viewer, LIST_PAYOUT_DETAILS):
        named.append((_("Accounts"), reverse("payout_methods")))
    return {
        "as_of_at": settings.OPENSPIFF_AT,
        "places": [
            {"name": name, "url": url, "is_here": request.path == url}
            for name, url in named
        ],
    }
