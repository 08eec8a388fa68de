"""What can be taken away as a file? Tables of the books, and the books as a journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs
from django.db.models import Max

from openspiff.ledger import (
    BOOK_FILE_COLUMNS,
    TRANSFER_COLUMNS,
    amount_text,
    beancount_lines,
    hledger_lines,
)
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import ApprovalBatch, Transfer

from .books import accounts_now
from .liability import liability
from .month_ends import month_end_rows

_CHUNK: Final = 5_000


@attrs.frozen(kw_only=True)
class Export:
    """A table to be written: a name for the file, the header, rows that are read once."""

    name: str
    header: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


def transfers_export(viewer: Viewer) -> Export:
    """Return every transfer as it is stored, with the amount in whole units too."""
    _refuse_outsiders(viewer)
    names = tuple(TRANSFER_COLUMNS)
    return Export(
        name="transfers",
        header=(*names, "amount", "effective_on", "recorded_on"),
        rows=_transfer_rows(names),
    )


def trial_balance_export(viewer: Viewer) -> Export:
    """Return what was debited and credited to every account."""
    accounts = accounts_now(viewer).accounts
    return Export(
        name="trial-balance",
        header=("account", "currency", "debit", "credit", "balance"),
        rows=(
            (
                one.account,
                one.currency,
                _units(one.debit_minor, one.currency),
                _units(one.credit_minor, one.currency),
                _units(one.debit_minor - one.credit_minor, one.currency),
            )
            for one in accounts
        ),
    )


def liability_export(viewer: Viewer, *, at: int) -> Export:
    """Return what is owed by program and promised day."""
    header = ("promised_on", "days_left", "bucket", "program_id", "program", "currency")
    return Export(
        name="liability",
        header=(*header, "events", "payees", "amount"),
        rows=(
            (
                one.promised_on,
                one.days_left,
                one.bucket,
                one.program_id,
                one.program_name,
                one.currency,
                one.event_count,
                one.payee_count,
                _units(one.amount_minor, one.currency),
            )
            for one in liability(viewer, at=at)
        ),
    )


def batch_export(viewer: Viewer, number: int) -> Export:
    """Return the lines of an approval batch. Raises NotVisibleError."""
    _refuse_outsiders(viewer)
    row = ApprovalBatch.objects.filter(pk=number).first()
    if row is None:
        message = f"no batch {number}"
        raise NotVisibleError(message)
    lines = row.lines.order_by("payee_id", "program_id", "accrued_at")
    header = ("batch", "payee_id", "firm_id", "program_id", "version", "promised_on")
    return Export(
        name=f"batch-{number}",
        header=(*header, "events", "currency", "amount", "withheld"),
        rows=(
            (
                number,
                one.payee_id,
                one.firm_id,
                one.program_id,
                one.version,
                one.promised_on,
                one.event_count,
                one.currency,
                _units(one.amount_minor, one.currency),
                _units(one.withheld_minor, one.currency),
            )
            for one in lines.iterator(chunk_size=_CHUNK)
        ),
    )


def month_end_export(viewer: Viewer, month_on: dt.date, *, zone: str) -> Export:
    """Return where every payee stood at the end of a month."""
    header = ("payee_id", "name", "firm_id", "currency")
    return Export(
        name=f"month-end-{month_on:%Y-%m}",
        header=(*header, "opening", "earned", "taken_back", "paid", "closing"),
        rows=(
            (
                one.payee_id,
                one.name,
                one.firm_id,
                one.currency,
                *(
                    _units(amount, one.currency)
                    for amount in (
                        one.opening_minor,
                        one.earned_minor,
                        one.taken_back_minor,
                        one.paid_minor,
                        one.closing_minor,
                    )
                ),
            )
            for one in month_end_rows(viewer, month_on, zone=zone)
        ),
    )


def book_file(viewer: Viewer, form: str) -> Iterator[str]:
    """Return the books as text for `beancount` or `hledger`, piece by piece.

    What is booked while it is read comes in the next journal. Raises NotVisibleError.
    """
    _refuse_outsiders(viewer)
    write = BOOK_FILES.get(form)
    if write is None:
        message = f"no journal {form}"
        raise NotVisibleError(message)
    last = Transfer.objects.aggregate(last=Max("sequence"))["last"] or 0
    rows = Transfer.objects.filter(sequence__lte=last).order_by("sequence")
    transfers = rows.values_list(*BOOK_FILE_COLUMNS).iterator(chunk_size=_CHUNK)
    return write(transfers, accounts_now(viewer, last=last))


BOOK_FILES: Final[Mapping[str, Callable[..., Iterator[str]]]] = {
    "beancount": beancount_lines,
    "hledger": hledger_lines,
}


def _transfer_rows(names: tuple[str, ...]) -> Iterator[Sequence[Any]]:
    amount, currency = names.index("amount_minor"), names.index("currency")
    moments = [names.index(name) for name in ("effective_at", "recorded_at")]
    rows = Transfer.objects.order_by("sequence").values_list(*names)
    for row in rows.iterator(chunk_size=_CHUNK):
        days = [_utc_day(row[place]) for place in moments]
        yield (*row, _units(row[amount], row[currency]), *days)


def _refuse_outsiders(viewer: Viewer) -> None:
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such export")


def _units(minor: int, currency: str) -> Decimal:
    return Decimal(amount_text(minor, currency))


def _utc_day(at: int) -> dt.date:
    # Faster than a zone's rules, which UTC has none of: a million rows ask.
    return dt.date(1970, 1, 1) + dt.timedelta(days=at // 86_400_000_000)
