"""To which account is a payee paid, and since when? Masked for all who may ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs
from django.core.paginator import Paginator
from django.db.models import Exists, Max, OuterRef, QuerySet

from openspiff.errors import Problem
from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    NotVisibleError,
    Viewer,
    may_enter,
    may_see_payout_details,
)
from openspiff.web.models import PayeeName, PayoutKeyError, PayoutMethod, payout_key

_DAY: Final = 86_400_000_000
RECENT_DAYS: Final = 14
"""A method that is younger than this is shown as changed, where a batch is approved."""

PAGE_SIZE: Final = 50


@attrs.frozen(kw_only=True)
class ShownMethod:
    """A payout method as shown: who set it and when, never its numbers.

    `changed_days` is how many days ago it took the place of another one, None for a first
    one; `shared_with` counts other payees who are paid to the same account.
    """

    payee_id: str
    payee_name: str
    number: int
    kind: str
    country: str
    holder: str
    masked: str
    set_at: int
    set_by: str
    changed_days: int | None = None
    shared_with: int = 0

    @property
    def is_recent_change(self) -> bool:
        """Tell whether finance should look twice before paying to it."""
        return self.changed_days is not None and self.changed_days < RECENT_DAYS


@attrs.frozen(kw_only=True)
class MethodPage:
    """One page of the methods in force, the last changed first."""

    methods: tuple[ShownMethod, ...]
    count: int
    number: int
    page_count: int


def payout_methods(viewer: Viewer, payee_id: str, *, at: int) -> list[ShownMethod]:
    """Return a payee's methods, the one in force first; empty when none was ever set.

    Raises NotVisibleError when the viewer may not see this payee's account.
    """
    _refuse_outsiders(viewer, payee_id)
    rows = PayoutMethod.objects.filter(payee_id=payee_id).order_by("-number")
    return [_shown(row, {}, {}, at=at) for row in rows.select_related("set_by")]


def methods_in_force(
    viewer: Viewer, payee_ids: Iterable[str], *, at: int
) -> dict[str, ShownMethod]:
    """Return the method in force of each of these payees who has one.

    For whoever approves a batch. Raises NotVisibleError for others.
    """
    if not may_enter(viewer, LIST_PAYOUT_DETAILS):
        raise NotVisibleError("no such accounts")
    wanted = list(payee_ids)
    rows = _newest().filter(payee_id__in=wanted).select_related("set_by")
    return {one.payee_id: one for one in _with_names(list(rows), at=at)}


def methods_page(viewer: Viewer, *, page: int, at: int) -> MethodPage:
    """Return the methods in force, the last changed first, a page of 50."""
    if not may_enter(viewer, LIST_PAYOUT_DETAILS):
        raise NotVisibleError("no such accounts")
    pages = Paginator(_newest().select_related("set_by").order_by("-set_at"), PAGE_SIZE)
    shown = pages.get_page(page)
    return MethodPage(
        methods=tuple(_with_names(list(shown), at=at)),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def account_country(viewer: Viewer, payee_id: str) -> str | None:
    """Return the country of the account in force, None when there is none.

    Raises NotVisibleError for strangers.
    """
    _refuse_outsiders(viewer, payee_id)
    rows = PayoutMethod.objects.filter(payee_id=payee_id).order_by("-number")
    return rows.values_list("country", flat=True).first()


def last_number(viewer: Viewer, payee_id: str) -> int:
    """Return the number of the method in force, 0 when there is none."""
    _refuse_outsiders(viewer, payee_id)
    rows = PayoutMethod.objects.filter(payee_id=payee_id)
    return rows.aggregate(last=Max("number"))["last"] or 0


def are_methods_sealed() -> bool:
    """Tell whether any account was ever sealed in this workspace."""
    return PayoutMethod.objects.exists()


def check_payout_key_form() -> None:
    """Raise PayoutKeyError unless there is a key of the right form; asks no database."""
    payout_key()


def check_payout_key() -> None:
    """Raise PayoutKeyError unless the key is there and is the one that was used."""
    key = payout_key()
    other = PayoutMethod.objects.exclude(key_mark=key.mark).count()
    if other:
        remedy = "restore the key that was used; this one cannot open them"
        problem = Problem("payout.key", f"{other} accounts are sealed with another", remedy)
        raise PayoutKeyError("the key of the payout accounts is not theirs", [problem])


def _newest() -> QuerySet[PayoutMethod]:
    newer = PayoutMethod.objects.filter(
        payee_id=OuterRef("payee_id"), number__gt=OuterRef("number")
    )
    return PayoutMethod.objects.filter(~Exists(newer))


def _with_names(rows: list[PayoutMethod], *, at: int) -> Iterable[ShownMethod]:
    named = {row.payee_id for row in rows}
    names = PayeeName.objects.filter(pk__in=named)
    payees = {row.payee_id: str(row) for row in names}
    digests = {row.same_as for row in rows}
    users: dict[str, set[str]] = {}
    for digest, payee_id in (
        _newest().filter(same_as__in=digests).values_list("same_as", "payee_id")
    ):
        users.setdefault(digest, set()).add(payee_id)
    for row in rows:
        yield _shown(row, payees, users, at=at)


def _shown(
    row: PayoutMethod, names: dict[str, str], users: dict[str, set[str]], *, at: int
) -> ShownMethod:
    return ShownMethod(
        payee_id=row.payee_id,
        payee_name=names.get(row.payee_id, row.payee_id),
        number=row.number,
        kind=row.kind,
        country=row.country,
        holder=row.holder,
        masked=row.masked,
        set_at=row.set_at,
        set_by=str(row.set_by),
        changed_days=max(0, at - row.set_at) // _DAY if row.number > 1 else None,
        shared_with=len(users.get(row.same_as, set()) - {row.payee_id}),
    )


def _refuse_outsiders(viewer: Viewer, payee_id: str) -> None:
    if not may_see_payout_details(viewer, payee_id=payee_id):
        message = f"no account of {payee_id}"
        raise NotVisibleError(message)
