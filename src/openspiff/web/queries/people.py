"""Which payees does the viewer see, and by which name?"""

from __future__ import annotations

import attrs
from django.core.paginator import Paginator
from django.db.models import Q

from openspiff.web.access import (
    NotVisibleError,
    Viewer,
    may_see_payee,
    sees_all_payees,
)
from openspiff.web.models import PayeeName, Role, User

PAGE_SIZE = 50


@attrs.frozen(kw_only=True)
class Payee:
    """Who is paid, as shown on pages."""

    payee_id: str
    name: str
    firm_id: str = ""


@attrs.frozen(kw_only=True)
class PayeePage:
    """One page of payees, of how many, and of which page number."""

    payees: tuple[Payee, ...]
    count: int
    number: int
    page_count: int


def payee(viewer: Viewer, payee_id: str) -> Payee:
    """Return one payee; somebody without a row in the roster goes by the id.

    Raises NotVisibleError when the viewer may not see what this payee earns.
    """
    row = PayeeName.objects.filter(payee_id=payee_id).first()
    firm_id = "" if row is None else row.firm_id
    is_known = row is not None or viewer.payee_id == payee_id
    if not is_known or not may_see_payee(viewer, payee_id=payee_id, firm_id=firm_id):
        message = f"no payee {payee_id}"
        raise NotVisibleError(message)
    return Payee(
        payee_id=payee_id,
        name=payee_id if row is None else str(row),
        firm_id=firm_id,
    )


def payees_visible(viewer: Viewer, *, search: str = "", page: int = 1) -> PayeePage:
    """Return the payees whose statements the viewer may read, by name, a page of 50.

    `search` is part of a name, or the whole id.
    """
    rows = PayeeName.objects.order_by("name", "payee_id")
    if not sees_all_payees(viewer):
        is_owner = viewer.is_active and viewer.role == Role.FIRM_OWNER
        rows = rows.filter(firm_id=viewer.firm_id) if is_owner else rows.none()
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(payee_id=search))
    pages = Paginator(rows, PAGE_SIZE)
    shown = pages.get_page(page)
    return PayeePage(
        payees=tuple(
            Payee(payee_id=row.payee_id, name=str(row), firm_id=row.firm_id)
            for row in shown
        ),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def user_named(username: str) -> User | None:
    """Return the user who signs in with this name, for the command line."""
    return User.objects.filter(username=username).first()
