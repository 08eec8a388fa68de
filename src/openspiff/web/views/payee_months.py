"""What does a payee file of a month? Its page, its PDF and its rows for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_safe

from openspiff.ledger import Kind, StatementLine, StatementMonth, amount_text
from openspiff.report import StatementSheet, csv_blocks, statement_pdf
from openspiff.web.access import READ_STATEMENTS
from openspiff.web.queries.statements import MonthAccount, month_for

from ._doors import SignedInRequest, guarded
from ._kept_offline import kept
from ._show import kind_words, local_date, money, month as month_words, signed_money


@guarded(READ_STATEMENTS)
@require_safe
def month_page(request: SignedInRequest, payee_id: str, month: str) -> HttpResponse:
    """Show what was booked for a payee in one month."""
    found = month_for(request.user, payee_id, month)
    context = {
        "month": found,
        "first_on": _first_on(found),
        "payee": found.account.payee,
        "account": found.account,
        "parts": [
            {"booked": one, "sums": _sums(one), "digest": found.digests[one.currency]}
            for one in found.parts
        ],
    }
    return kept(request, render(request, "web/month.html", context))


@guarded(READ_STATEMENTS)
@require_safe
def month_pdf(request: SignedInRequest, payee_id: str, month: str) -> HttpResponse:
    """Hand over the month as a PDF: the same lines, with their digest."""
    found = month_for(request.user, payee_id, month)
    return _file(statement_pdf(_sheet(found)), "application/pdf", found, "pdf")


@guarded(READ_STATEMENTS)
@require_safe
def month_csv(request: SignedInRequest, payee_id: str, month: str) -> HttpResponse:
    """Hand over the lines of the month for a spreadsheet."""
    found = month_for(request.user, payee_id, month)
    header = ("day", "kind", "program_id", "source", "event_id", "reason")
    blocks = csv_blocks(
        (*header, "currency", "change", "balance"),
        (_cells(line, found.account.zone) for line in _lines(found)),
        has_mark=True,
    )
    return _file("".join(blocks).encode(), "text/csv; charset=utf-8", found, "csv")


def _file(
    content: bytes, content_type: str, found: MonthAccount, ending: str
) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    # The name of a payee may hold anything: the file is named by the month alone.
    name = f"statement-{found.month}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(found: MonthAccount) -> Iterable[StatementLine]:
    for part in found.parts:
        yield from part.lines


def _cells(line: StatementLine, zone: str) -> tuple[str | Decimal, ...]:
    return (
        local_date(line.effective_at, zone),
        str(line.kind),
        line.program_id,
        line.source,
        line.event_id,
        line.reason,
        line.currency,
        Decimal(amount_text(line.change_minor, line.currency)),
        Decimal(amount_text(line.balance_minor, line.currency)),
    )


def _sums(part: StatementMonth) -> dict[str, int]:
    paid = sum(-one.change_minor for one in part.lines if one.kind is Kind.PAYOUT)
    return {
        "opening_minor": part.opening_minor,
        "earned_minor": part.closing_minor - part.opening_minor + paid,
        "paid_minor": paid,
        "closing_minor": part.closing_minor,
    }


def _first_on(found: MonthAccount) -> dt.date:
    return dt.date.fromisoformat(f"{found.month}-01")


def _sheet(found: MonthAccount) -> StatementSheet:
    account = found.account
    head = [(_("Payee"), f"{account.payee.name} ({account.payee.payee_id})")]
    if account.payee.firm_id:
        head.append((_("Firm"), account.payee.firm_id))
    figures = []
    for part in found.parts:
        sums = _sums(part)
        for label, name in (
            (_("Open at the start"), "opening_minor"),
            (_("Earned"), "earned_minor"),
            (_("Paid"), "paid_minor"),
            (_("Open at the end"), "closing_minor"),
        ):
            figures.append((label, money(sums[name], part.currency)))
    words = {"name": account.payee.name, "month": month_words(_first_on(found))}
    return StatementSheet(
        title=_("Statement of %(name)s, %(month)s") % words,
        language=get_language() or "en",
        head=tuple(head),
        figures=tuple(figures),
        header=(_("What"), _("Program"), _("Event"), _("Day"), _("Change"), _("Balance")),
        rows=tuple(
            (
                kind_words(line.kind),
                account.program_names.get(line.program_id, line.program_id),
                line.event_id,
                local_date(line.effective_at, account.zone),
                signed_money(line.change_minor, line.currency),
                money(line.balance_minor, line.currency),
            )
            for line in _lines(found)
        ),
        note=_("Days are those of %(zone)s.") % {"zone": account.zone},
        digest_label=_("SHA-256 of the lines"),
        digest=" ".join(f"{name}: {one}" for name, one in found.digests.items()),
        at=max(line.effective_at for line in _lines(found)),
    )
