"""Which places does the bar at the top lead to? Those that the viewer's role may enter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_noop

from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    MANAGE_PEOPLE,
    READ_CLAIM_QUEUE,
    READ_FINANCE,
    READ_FIRMS,
    READ_HOME,
    READ_IMPORTS,
    READ_JOBS,
    READ_LIBRARY,
    READ_PAYEES,
    READ_PROGRAMS,
    Policy,
    Viewer,
    may_act,
    may_enter,
)

from ._machines import same_by_machine

_AT_WORK: Final[tuple[tuple[Policy, str, str], ...]] = (
    (READ_PROGRAMS, gettext_noop("Programs"), "programs"),
    (READ_CLAIM_QUEUE, gettext_noop("Claims"), "claim_queue"),
    (READ_IMPORTS, gettext_noop("Imports"), "imports"),
    (READ_JOBS, gettext_noop("Work"), "jobs"),
    (READ_FINANCE, gettext_noop("Finance"), "finance"),
    (LIST_PAYOUT_DETAILS, gettext_noop("Accounts"), "payout_methods"),
    (READ_LIBRARY, gettext_noop("Library"), "library"),
    (READ_PAYEES, gettext_noop("Payees"), "payees"),
    (READ_FIRMS, gettext_noop("Firms"), "firms"),
    (MANAGE_PEOPLE, gettext_noop("People"), "people"),
)
_OWN: Final = (
    (gettext_noop("Profile"), "profile"),
    (gettext_noop("Security"), "security"),
    (gettext_noop("Sessions"), "sessions"),
    (gettext_noop("Tokens"), "tokens"),
)


def places(request: HttpRequest) -> dict[str, Any]:
    """Return the links of the top bar, the one that stands for this page marked."""
    viewer = getattr(request, "user", None)
    if not isinstance(viewer, Viewer):
        return {"as_of_at": settings.OPENSPIFF_AT}
    own = [(_(name), reverse(url_name)) for name, url_name in _OWN]
    return {
        "as_of_at": settings.OPENSPIFF_AT,
        "by_machine": same_by_machine(request),
        "places": [
            {"name": name, "url": url, "is_here": request.path == url}
            for name, url in [*_of_themselves(viewer), *_at_work(viewer)]
        ],
        "own_places": [
            {"name": name, "url": url, "is_here": request.path == url} for name, url in own
        ],
    }


def _of_themselves(viewer: Viewer) -> Iterator[tuple[str, str]]:
    """Yield what a payee sees of what is their own, and a firm's owner of the firm."""
    if may_act(viewer, "leave_firm"):
        yield _("Firm"), reverse("firm", kwargs={"firm_id": viewer.firm_id})
    if not viewer.payee_id:
        return
    of_payee = {"payee_id": viewer.payee_id}
    if may_enter(viewer, READ_HOME):
        yield _("Home"), reverse("payee_home")
    yield _("Statement"), reverse("statement", kwargs=of_payee)
    yield _("Events"), reverse("payee_events", kwargs=of_payee)
    is_reader = may_enter(viewer, READ_CLAIM_QUEUE)
    yield _("My claims") if is_reader else _("Claims"), reverse("claims")


def _at_work(viewer: Viewer) -> Iterator[tuple[str, str]]:
    for policy, name, url_name in _AT_WORK:
        if may_enter(viewer, policy):
            yield _(name), reverse(url_name)
