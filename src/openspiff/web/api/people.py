"""What may a machine ask of payees and firms? Who they are, what they earned, and why."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from openspiff.errors import Problem
from openspiff.ledger import StatementLine
from openspiff.rules import About, Explanation, reason_sentence
from openspiff.web.access import READ_FIRM, READ_FIRMS, READ_STATEMENTS
from openspiff.web.forms.statements import month_sheet, month_table
from openspiff.web.queries.explanations import explanations_of
from openspiff.web.queries.firms import Consent, firm
from openspiff.web.queries.listings import firms_listed, payees_listed
from openspiff.web.queries.people import Payee, payee
from openspiff.web.queries.statements import month_for, statement_for

from ._doors import Reply, operation, viewer_of
from ._files import file_reply
from ._json import ParameterError
from ._pages import Cursor, Fields, Limit, page_of, part_of
from ._shapes import Minor, Moment, Page, Shape

TAG: Final = "people"
router: Final = Router()

PayeeId = Annotated[str, Path(max_length=200, description="The id of a payee.")]
FirmId = Annotated[str, Path(max_length=200, description="The id of a firm.")]
Month = Annotated[
    str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="A month: 2026-03.")
]


class PayeeShape(Shape):
    """Somebody who is paid."""

    payee_id: str
    name: str
    firm_id: str


class FirmShape(Shape):
    """A firm of the roster, with its last word on whether its people may be paid."""

    firm_id: str
    payee_count: int
    has_consent: bool
    consent_given_on: dt.date | None


class MoneyShape(Shape):
    """Sums of one currency."""

    currency: str
    earned_minor: Minor
    paid_minor: Minor
    owed_minor: Minor


class WholeFirmShape(FirmShape):
    """A firm with what its payees earned."""

    money: list[MoneyShape]


class LineShape(Shape):
    """One transfer as its payee sees it: what it gets, or loses."""

    sequence: int
    effective_at: Moment
    program_id: str
    source: str
    event_id: str
    kind: str
    change_minor: Minor
    balance_minor: Minor
    currency: str
    reason: str


class MonthShape(Shape):
    """One month in one currency."""

    month: str
    currency: str
    opening_minor: Minor
    closing_minor: Minor
    lines: list[LineShape]


class PromiseShape(Shape):
    """What is to be paid by a day."""

    program_id: str
    amount_minor: Minor
    currency: str
    event_count: int
    promised_on: dt.date


class StatementShape(Shape):
    """What a payee earned, was paid and is still to get."""

    payee: PayeeShape
    zone: str = Field(description="The zone of all days of this statement.")
    balances: list[MoneyShape]
    promises: list[PromiseShape]
    months: list[MonthShape]


class EntitlementShape(Shape):
    """What one version of a program says of one event of a payee, and why."""

    program_id: str
    version: int
    source: str
    event_id: str
    payee_id: str
    due: int = Field(description="Minor units of `currency`; tickets for a draw.")
    currency: str
    is_draw: bool
    reasons: list[str]
    sentences: list[str]
    facts: dict[str, Any]


class EntitlementList(Shape):
    """What every launched version says."""

    items: list[EntitlementShape]


@operation(
    router,
    "GET",
    "/payees",
    policy=READ_STATEMENTS,
    scope="payees:read",
    shape=Page[PayeeShape],
    item=PayeeShape,
)
def list_payees(
    request: HttpRequest,
    firm_id: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List payees whose statements the caller may read."""
    after = part_of(cursor, str) or ""
    rows = payees_listed(viewer_of(request), after=after, count=limit + 1, firm_id=firm_id)
    return Reply(body=page_of(Page[PayeeShape], rows, limit, _payee, "payee_id"))


@operation(
    router,
    "GET",
    "/payees/{path:payee_id}",
    policy=READ_STATEMENTS,
    scope="payees:read",
    shape=PayeeShape,
)
def get_payee(request: HttpRequest, payee_id: PayeeId) -> Reply:
    """Read one payee."""
    return Reply(body=_payee(payee(viewer_of(request), payee_id)))


@operation(
    router,
    "GET",
    "/firms",
    policy=READ_FIRMS,
    scope="firms:read",
    shape=Page[FirmShape],
    item=FirmShape,
)
def list_firms(
    request: HttpRequest,
    cursor: Cursor = "",
    limit: Limit = 100,
    fields: Fields = "",  # noqa: ARG001 (chosen at the door)
) -> Reply:
    """List the firms of the roster."""
    after = part_of(cursor, str) or ""
    rows = firms_listed(viewer_of(request), after=after, count=limit + 1)
    return Reply(body=page_of(Page[FirmShape], rows, limit, _listed_firm, "firm_id"))


@operation(
    router,
    "GET",
    "/firms/{path:firm_id}",
    policy=READ_FIRM,
    scope="firms:read",
    shape=WholeFirmShape,
)
def get_firm(request: HttpRequest, firm_id: FirmId) -> Reply:
    """Read one firm with its consent and what its payees earned."""
    found = firm(viewer_of(request), firm_id)
    money = [
        MoneyShape(
            currency=one.currency,
            earned_minor=one.earned_minor,
            paid_minor=one.paid_minor,
            owed_minor=one.owed_minor,
        )
        for one in found.money
    ]
    told = _firm(found.firm_id, found.count, found.consent)
    return Reply(body=WholeFirmShape(**told, money=money))


@operation(
    router,
    "GET",
    "/statements/{path:payee_id}",
    policy=READ_STATEMENTS,
    scope="statements:read",
    shape=StatementShape,
)
def get_statement(
    request: HttpRequest,
    payee_id: PayeeId,
    month: Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = "",
) -> Reply:
    """Read the statement of a payee, whole or one month of it; it equals the books."""
    account = statement_for(viewer_of(request), payee_id)
    return Reply(
        body=StatementShape(
            payee=_payee(account.payee),
            zone=account.zone,
            balances=[
                MoneyShape(
                    currency=one.currency,
                    earned_minor=one.earned_minor,
                    paid_minor=one.paid_minor,
                    owed_minor=one.owed_minor,
                )
                for one in account.balances
            ],
            promises=[
                PromiseShape(
                    program_id=one.program_id,
                    amount_minor=one.amount_minor,
                    currency=one.currency,
                    event_count=one.event_count,
                    promised_on=one.promised_on,
                )
                for one in account.promises
            ],
            months=[
                MonthShape(
                    month=one.month,
                    currency=one.currency,
                    opening_minor=one.opening_minor,
                    closing_minor=one.closing_minor,
                    lines=[_line(line) for line in one.lines],
                )
                for one in account.statement.months
                if month in {"", one.month}
            ],
        )
    )


@operation(
    router,
    "GET",
    "/statement-files/{path:payee_id}",
    policy=READ_STATEMENTS,
    scope="statements:read",
    shape=None,
    media_type="text/csv",
)
def get_statement_csv(request: HttpRequest, payee_id: PayeeId, month: Month) -> Reply:
    """Read the lines of one month as CSV, as the page hands them over."""
    found = month_for(viewer_of(request), payee_id, month)
    name = f"statement-{found.month}.csv"
    return file_reply(month_table(found), "text/csv; charset=utf-8", name)


@operation(
    router,
    "GET",
    "/statement-pdfs/{path:payee_id}",
    policy=READ_STATEMENTS,
    scope="statements:read",
    shape=None,
    media_type="application/pdf",
)
def get_statement_pdf(request: HttpRequest, payee_id: PayeeId, month: Month) -> Reply:
    """Read one month as PDF: the same lines, with their digest."""
    found = month_for(viewer_of(request), payee_id, month)
    name = f"statement-{found.month}.pdf"
    return file_reply(month_sheet(found), "application/pdf", name)


@operation(
    router,
    "GET",
    "/entitlements/{path:payee_id}",
    policy=READ_STATEMENTS,
    scope="events:read",
    shape=EntitlementList,
)
def get_entitlements(
    request: HttpRequest,
    payee_id: PayeeId,
    source: Annotated[str, Query(max_length=300)] = "",
    event_id: Annotated[str, Query(max_length=300)] = "",
) -> Reply:
    """Read what the events of a payee are worth today, and why not more.

    All events of the payee, or the one that `source` and `event_id` name.
    """
    viewer = viewer_of(request)
    payee(viewer, payee_id)
    if bool(source) != bool(event_id):
        problem = Problem("event_id", "an event is named by source and event_id together")
        raise ParameterError("the query cannot be read", [problem])
    event = (source, event_id) if event_id else None
    found = explanations_of(viewer, About(event=event, payee_id=payee_id))
    return Reply(body=EntitlementList(items=[_entitlement(one) for one in found]))


def _payee(one: Payee) -> PayeeShape:
    return PayeeShape(payee_id=one.payee_id, name=one.name, firm_id=one.firm_id)


def _firm(firm_id: str, payee_count: int, consent: Consent | None) -> dict[str, Any]:
    return {
        "firm_id": firm_id,
        "payee_count": payee_count,
        "has_consent": consent is not None and consent.is_given,
        "consent_given_on": None if consent is None else consent.given_on,
    }


def _listed_firm(found: tuple[str, int, Consent | None]) -> FirmShape:
    return FirmShape(**_firm(*found))


def _line(line: StatementLine) -> LineShape:
    told = {name: getattr(line, name) for name in LineShape.model_fields}
    return LineShape(**told | {"kind": str(line.kind)})


def _entitlement(one: Explanation) -> EntitlementShape:
    return EntitlementShape(
        program_id=one.program_id,
        version=one.version,
        source=one.source,
        event_id=one.event_id,
        payee_id=one.payee_id,
        due=one.due,
        currency=one.currency,
        is_draw=one.is_draw,
        reasons=list(one.reasons),
        sentences=[reason_sentence(code, one.facts, one.currency) for code in one.reasons],
        facts=dict(one.facts),
    )
