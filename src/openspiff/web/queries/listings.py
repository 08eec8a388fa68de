"""What is there, in one order that never changes? Lists that are read from a key on.

Pages of people count from the front; machines go on after the last key that they have, so
that nothing is skipped or read twice while others write.
"""

from __future__ import annotations

from django.db.models import Q

from openspiff.web.access import (
    READ_CLAIM_QUEUE,
    NotAllowedError,
    Viewer,
    may_enter,
    sees_all_payees,
)
from openspiff.web.models import Claim, PayeeName, Role, Run

from .firms import FirmLine, firms_visible
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


def runs_listed(viewer: Viewer, *, after: int, count: int) -> list[Run]:
    """Return runs after a number, in their order; raises NotAllowedError for outsiders."""
    if not sees_all_payees(viewer):
        raise NotAllowedError("the books are for the vendor's people")
    rows = Run.objects.filter(pk__gt=after).select_related("booked_by").order_by("pk")
    return list(rows[:count])
