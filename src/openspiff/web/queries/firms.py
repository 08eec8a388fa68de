"""What does a firm agree to, who works for it, and what did they earn?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

import attrs
from django.core.paginator import Paginator
from django.db.models import Count, Max, Sum

from openspiff.ledger import Kind
from openspiff.web.access import NotVisibleError, Viewer, may_see_firm, sees_all_payees
from openspiff.web.models import (
    CONSENT_TEXTS,
    CONSENT_VERSION,
    FirmConsent,
    PayeeName,
    Role,
    Transfer,
    User,
)

PAGE_SIZE = 50


@attrs.frozen(kw_only=True)
class Consent:
    """The last word of a firm on its people being paid, with the wording it was asked."""

    is_given: bool
    number: int
    name_typed: str = ""
    given_on: dt.date | None = None
    is_on_paper: bool = False
    text: str = ""
    recorded_by: str = ""


@attrs.frozen(kw_only=True)
class FirmLine:
    """One firm in the list of all: how many payees, how many come in, its consent."""

    firm_id: str
    payee_count: int
    consent: Consent


@attrs.frozen(kw_only=True)
class FirmPage:
    """One page of firms, of how many, and of which page number."""

    firms: tuple[FirmLine, ...]
    count: int
    number: int
    page_count: int
    consenting_count: int


@attrs.frozen(kw_only=True)
class FirmMoney:
    """What somebody earned in one currency, in minor units: booked, paid, still to come."""

    currency: str
    earned_minor: int
    paid_minor: int
    owed_minor: int


@attrs.frozen(kw_only=True)
class FirmPayee:
    """One payee of a firm: what they earned, and whether they come in themselves."""

    payee_id: str
    name: str
    money: tuple[FirmMoney, ...]
    user: User | None


@attrs.frozen(kw_only=True)
class Firm:
    """One firm, with a page of its payees and all its owners."""

    firm_id: str
    consent: Consent
    history: tuple[Consent, ...]
    payees: tuple[FirmPayee, ...]
    money: tuple[FirmMoney, ...]
    owners: tuple[User, ...]
    count: int
    number: int
    page_count: int


def consent_wording() -> str:
    """Return the wording that a firm is asked to agree to today."""
    return CONSENT_TEXTS[CONSENT_VERSION]


def firms_visible(viewer: Viewer, *, search: str = "", page: int = 1) -> FirmPage:
    """Return every firm of the roster with its consent, a page of 50.

    Raises NotVisibleError for those who do not see all payees.
    """
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such firms")
    rows = PayeeName.objects.exclude(firm_id="")
    if search:
        rows = rows.filter(firm_id__icontains=search)
    firms = rows.values("firm_id").annotate(payees=Count("pk")).order_by("firm_id")
    pages = Paginator(firms, PAGE_SIZE)
    shown = pages.get_page(page)
    consents = firm_consents(viewer)
    return FirmPage(
        firms=tuple(
            FirmLine(
                firm_id=row["firm_id"],
                payee_count=row["payees"],
                consent=consents.get(row["firm_id"], _SILENT),
            )
            for row in shown
        ),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
        consenting_count=sum(one.is_given for one in consents.values()),
    )


def firm_consents(viewer: Viewer) -> Mapping[str, Consent]:
    """Return the last word of every firm that ever spoke, by firm."""
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such firms")
    # The newest row of a firm has the greatest key: rows are only ever added.
    newest = FirmConsent.objects.values("firm_id").annotate(last=Max("pk")).values("last")
    rows = FirmConsent.objects.filter(pk__in=newest).select_related("recorded_by")
    return {row.firm_id: _consent(row) for row in rows}


def firm(viewer: Viewer, firm_id: str, *, page: int = 1) -> Firm:
    """Return one firm with its people and what they earned, a page of 50 payees.

    Raises NotVisibleError when the viewer may not know of it.
    """
    if not firm_is_known(viewer, firm_id):
        raise NotVisibleError("no such firm")
    roster = PayeeName.objects.filter(firm_id=firm_id).order_by("name", "payee_id")
    rows = FirmConsent.objects.filter(firm_id=firm_id).select_related("recorded_by")
    history = tuple(_consent(row) for row in rows.order_by("-number"))
    pages = Paginator(roster, PAGE_SIZE)
    shown = pages.get_page(page)
    names = {row.payee_id: str(row) for row in shown}
    sums = _money_of(names)
    users = User.objects.filter(role=Role.PAYEE, payee_id__in=names)
    by_payee = {one.payee_id: one for one in users.order_by("is_active", "-pk")}
    owners = User.objects.filter(role=Role.FIRM_OWNER, firm_id=firm_id)
    return Firm(
        firm_id=firm_id,
        consent=history[0] if history else _SILENT,
        history=history,
        payees=tuple(
            FirmPayee(
                payee_id=payee_id,
                name=name,
                money=sums.get(payee_id, ()),
                user=by_payee.get(payee_id),
            )
            for payee_id, name in names.items()
        ),
        money=_money_of_firm(firm_id),
        owners=tuple(owners.order_by("-is_active", "username")),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
    )


def payees_without_user(viewer: Viewer, firm_id: str) -> list[tuple[str, str]]:
    """Return (id, name) of the payees of a firm who cannot come in yet.

    Raises NotVisibleError when the viewer may not know of the firm.
    """
    if not firm_is_known(viewer, firm_id):
        raise NotVisibleError("no such firm")
    having = User.objects.filter(role=Role.PAYEE, is_active=True).values("payee_id")
    rows = PayeeName.objects.filter(firm_id=firm_id).exclude(payee_id__in=having)
    return [(row.payee_id, str(row)) for row in rows.order_by("name", "payee_id")]


def firm_is_known(viewer: Viewer, firm_id: str) -> bool:
    """Tell whether the viewer sees a firm of this id."""
    is_known = PayeeName.objects.filter(firm_id=firm_id).exists()
    return may_see_firm(viewer, firm_id=firm_id) and (is_known or viewer.firm_id == firm_id)


def _consent(row: FirmConsent) -> Consent:
    return Consent(
        is_given=row.is_given,
        number=row.number,
        name_typed=row.name_typed,
        given_on=row.given_on,
        is_on_paper=row.is_on_paper,
        text=CONSENT_TEXTS.get(row.text_version, ""),
        recorded_by=str(row.recorded_by),
    )


_SILENT = Consent(is_given=False, number=0)


def _money_of(payee_ids: Iterable[str]) -> dict[str, tuple[FirmMoney, ...]]:
    """Return the sums of these payees, worked out by the database in one query."""
    rows = (
        Transfer.objects.filter(payee_id__in=list(payee_ids))
        .values_list("payee_id", "currency", "kind")
        .annotate(Sum("amount_minor"))
        .order_by("payee_id", "currency")
    )
    sums: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for payee_id, currency, kind, amount_minor in rows:
        sums[payee_id][currency][kind] = amount_minor
    return {payee_id: _money(by_currency) for payee_id, by_currency in sums.items()}


def _money_of_firm(firm_id: str) -> tuple[FirmMoney, ...]:
    people = PayeeName.objects.filter(firm_id=firm_id).values("payee_id")
    rows = (
        Transfer.objects.filter(payee_id__in=people)
        .values_list("currency", "kind")
        .annotate(Sum("amount_minor"))
        .order_by("currency")
    )
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for currency, kind, amount_minor in rows:
        sums[currency][kind] = amount_minor
    return _money(sums)


def _money(by_currency: Mapping[str, Mapping[str, int]]) -> tuple[FirmMoney, ...]:
    found = []
    for currency, by_kind in by_currency.items():
        taken_back = by_kind.get(Kind.REVERSAL, 0) + by_kind.get(Kind.CLAWBACK, 0)
        earned = by_kind.get(Kind.ACCRUAL, 0) - taken_back
        paid = by_kind.get(Kind.PAYOUT, 0)
        found.append(
            FirmMoney(
                currency=currency,
                earned_minor=earned,
                paid_minor=paid,
                owed_minor=earned - paid,
            )
        )
    return tuple(found)
