"""What is there, in one order that never changes? Lists that are read from a key on.

Pages of people count from the front; machines go on after the last key that they have, so
that nothing is skipped or read twice while others write.
"""

from __future__ import annotations

from typing import Any

import attrs
from django.db.models import Count, Q

from openspiff.events import EventFilter, event_history, list_events
from openspiff.web.access import (
    READ_CLAIM_QUEUE,
    READ_REPORTS,
    NotAllowedError,
    NotVisibleError,
    Viewer,
    may_enter,
    sees_all_payees,
)
from openspiff.web.models import (
    Claim,
    MeasurementRecord,
    PayeeName,
    ReportEdition,
    Role,
    Run,
)

from .feed import feed_files
from .firms import Consent, firm_consents
from .people import Payee


def claims_listed(
    viewer: Viewer,
    *,
    after: int,
    count: int,
    state: str = "",
    program_id: str = "",
    payee_id: str = "",
) -> list[Claim]:
    """Return claims above a number, in their order, that the viewer may see.

    Staff see all, firm owners those of their firm, payees their own.
    """
    rows = Claim.objects.filter(pk__gt=after).order_by("pk")
    if not may_enter(viewer, READ_CLAIM_QUEUE):
        own = Q(payee_id=viewer.payee_id) if viewer.payee_id else Q(pk__in=())
        if viewer.role == Role.FIRM_OWNER and viewer.firm_id:
            own |= Q(firm_id=viewer.firm_id)
        rows = rows.filter(own)
    for name, value in (("program_id", program_id), ("payee_id", payee_id)):
        if value:
            rows = rows.filter(**{name: value})
    if state == "waiting":
        rows = rows.filter(state__in=Claim.WAITING)
    elif state:
        rows = rows.filter(state=state)
    return list(rows[:count])


def payees_listed(
    viewer: Viewer, *, after: str, count: int, firm_id: str = ""
) -> list[Payee]:
    """Return payees after an id whom the viewer may see, in the order of their ids."""
    rows = PayeeName.objects.filter(payee_id__gt=after).order_by("payee_id")
    if not sees_all_payees(viewer):
        if viewer.role == Role.FIRM_OWNER and viewer.firm_id:
            rows = rows.filter(firm_id=viewer.firm_id)
        else:
            rows = rows.filter(payee_id=viewer.payee_id) if viewer.payee_id else rows.none()
    if firm_id:
        rows = rows.filter(firm_id=firm_id)
    return [
        Payee(payee_id=row.payee_id, name=str(row), firm_id=row.firm_id)
        for row in rows[:count]
    ]


def firms_listed(
    viewer: Viewer, *, after: str, count: int
) -> list[tuple[str, int, Consent | None]]:
    """Return (firm, how many payees, its last word) after a firm, in their order.

    Raises NotVisibleError for those who do not see all payees.
    """
    consents = firm_consents(viewer)
    rows = PayeeName.objects.filter(firm_id__gt=after).exclude(firm_id="")
    named = rows.values("firm_id").annotate(payees=Count("pk")).order_by("firm_id")
    return [
        (one["firm_id"], one["payees"], consents.get(one["firm_id"]))
        for one in named[:count]
    ]


def events_listed(
    viewer: Viewer, asked: EventFilter, *, after: tuple[str, str, str] | None, count: int
) -> list[dict[str, Any]]:
    """Return rows of the feed that count now and that the viewer may see, after a key."""
    wall: dict[str, Any] = _wall(viewer)
    for name, value in wall.items():
        if getattr(asked, name) not in {"", value}:
            return []
    return list_events(
        feed_files(viewer), attrs.evolve(asked, **wall), after=after, limit=count
    )


def event_told(viewer: Viewer, *, source: str, event_id: str) -> list[dict[str, Any]]:
    """Return every revision of one event, the oldest first, as far as the viewer may see.

    Raises NotVisibleError when there is no such event, or not for the viewer.
    """
    wall = _wall(viewer)
    rows = [
        row
        for row in event_history(feed_files(viewer), source=source, event_id=event_id)
        if all(row[name] == value for name, value in wall.items())
    ]
    if not rows:
        message = f"no event {event_id}"
        raise NotVisibleError(message)
    return rows


def _wall(viewer: Viewer) -> dict[str, str]:
    """Return what every row must be for the viewer; raises NotVisibleError for nobody."""
    if sees_all_payees(viewer):
        return {}
    if viewer.is_active and viewer.role == Role.FIRM_OWNER and viewer.firm_id:
        return {"firm_id": viewer.firm_id}
    if viewer.is_active and viewer.payee_id:
        return {"payee_id": viewer.payee_id}
    raise NotVisibleError("no events")


def runs_listed(viewer: Viewer, *, after: int, count: int) -> list[Run]:
    """Return runs after a number, in their order; raises NotAllowedError for outsiders."""
    if not sees_all_payees(viewer):
        raise NotAllowedError("the books are for the vendor's people")
    rows = Run.objects.filter(pk__gt=after).select_related("booked_by").order_by("pk")
    return list(rows[:count])


def measurements_listed(
    viewer: Viewer, *, after: int, count: int
) -> list[tuple[MeasurementRecord, ReportEdition | None]]:
    """Return measurements of all programs above a number, each with its last report.

    Raises NotVisibleError for those who may not read reports.
    """
    if not may_enter(viewer, READ_REPORTS):
        raise NotVisibleError("no reports")
    rows = MeasurementRecord.objects.filter(pk__gt=after).select_related("measured_by")
    found = list(rows.order_by("pk")[:count])
    of_them = ReportEdition.objects.filter(measurement__in=found, is_shared=False).order_by(
        "pk"
    )
    last = {one.measurement_id: one for one in of_them}
    return [(row, last.get(row.pk)) for row in found]
