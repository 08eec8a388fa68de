"""What does a payee file of a month? Its PDF, and its rows for a spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import get_language, gettext as _

from openspiff.ledger import Kind, StatementLine, StatementMonth, amount_text
from openspiff.report import StatementSheet, csv_blocks, statement_pdf
from openspiff.web.queries.statements import MonthAccount

from .written import kind_words, local_date, money, month as month_words, signed_money


def month_sheet(found: MonthAccount) -> bytes:
    """Return a month as PDF in the language that is spoken: its lines, and their digest."""
    return statement_pdf(_sheet(found))


def month_table(found: MonthAccount) -> bytes:
    """Return the lines of a month as CSV."""
    header = ("day", "kind", "program_id", "source", "event_id", "reason")
    blocks = csv_blocks(
        (*header, "currency", "change", "balance"),
        (_cells(line, found.account.zone) for line in _lines(found)),
        has_mark=True,
    )
    return "".join(blocks).encode()


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


def month_sums(part: StatementMonth) -> dict[str, int]:
    """Return what was open, earned and paid in one month and currency."""
    paid = sum(-one.change_minor for one in part.lines if one.kind is Kind.PAYOUT)
    return {
        "opening_minor": part.opening_minor,
        "earned_minor": part.closing_minor - part.opening_minor + paid,
        "paid_minor": paid,
        "closing_minor": part.closing_minor,
    }


def first_on(found: MonthAccount) -> dt.date:
    """Return the first day of a month."""
    return dt.date.fromisoformat(f"{found.month}-01")


def _sheet(found: MonthAccount) -> StatementSheet:
    account = found.account
    head = [(_("Payee"), f"{account.payee.name} ({account.payee.payee_id})")]
    if account.payee.firm_id:
        head.append((_("Firm"), account.payee.firm_id))
    figures = []
    for part in found.parts:
        sums = month_sums(part)
        for label, name in (
            (_("Open at the start"), "opening_minor"),
            (_("Earned"), "earned_minor"),
            (_("Paid"), "paid_minor"),
            (_("Open at the end"), "closing_minor"),
        ):
            figures.append((label, money(sums[name], part.currency)))
    words = {"name": account.payee.name, "month": month_words(first_on(found))}
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
