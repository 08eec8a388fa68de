"""What do the books say? To the engine as a table, to a payee as a statement."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, Sum

from openspiff.engine import DuckDBEngine
from openspiff.ledger import (
    STATEMENT_COLUMNS,
    SUM_COLUMNS,
    TRANSFER_COLUMNS,
    AccountTotal,
    Kind,
    PayeeBalance,
    Statement,
    TrialBalance,
    booked_sums,
    statement,
)
from openspiff.web.access import (
    NotVisibleError,
    Viewer,
    may_see_payee,
    sees_all_payees,
)
from openspiff.web.models import (
    PayeeName,
    PayoutBatch,
    Run,
    Transfer,
    carry_transfers,
)


def open_books(viewer: Viewer, engine: DuckDBEngine, *, is_whole: bool = False) -> int:
    """Open the books in an engine, and return the sequence of the last transfer.

    Makes `booked_transfers` (SUM_COLUMNS; all TRANSFER_COLUMNS when `is_whole`, as `verify`
    needs them) and `booked`. Raises NotVisibleError for those who do not see all payees.
    """
    _refuse_outsiders(viewer)
    columns = TRANSFER_COLUMNS if is_whole else SUM_COLUMNS
    carry_transfers(engine, columns)
    booked_sums(engine)
    last = engine.query("select coalesce(max(sequence), 0) from booked_transfers")
    return int(last[0][0])


def payee_statement(viewer: Viewer, payee_id: str, *, zone: str = "UTC") -> Statement:
    """Return everything booked for a payee; raises NotVisibleError for strangers."""
    firm_id = (
        PayeeName.objects.filter(pk=payee_id).values_list("firm_id", flat=True).first()
    )
    if not may_see_payee(viewer, payee_id=payee_id, firm_id=firm_id or ""):
        message = f"no payee {payee_id}"
        raise NotVisibleError(message)
    rows = Transfer.objects.filter(payee_id=payee_id).values_list(*STATEMENT_COLUMNS)
    return statement(rows, payee_id=payee_id, zone=zone)


def payee_balances(viewer: Viewer, payee_ids: list[str]) -> list[PayeeBalance]:
    """Return what these payees are owed and what is wanted back, where anything is booked.

    Payees that the viewer does not see are left out.
    """
    firms = dict(
        PayeeName.objects.filter(pk__in=payee_ids).values_list("payee_id", "firm_id")
    )
    seen = [
        payee_id
        for payee_id in payee_ids
        if may_see_payee(viewer, payee_id=payee_id, firm_id=firms.get(payee_id, ""))
    ]
    rows = (
        Transfer.objects.filter(payee_id__in=seen)
        .values_list("payee_id", "currency", "kind")
        .annotate(Sum("amount_minor"))
        .order_by("payee_id", "currency")
    )
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for payee_id, currency, kind, amount_minor in rows:
        sums.setdefault((payee_id, currency), {})[kind] = amount_minor
    return [_balance(*key, found) for key, found in sums.items()]


def _balance(payee_id: str, currency: str, sums: Mapping[str, int]) -> PayeeBalance:
    return PayeeBalance(
        payee_id=payee_id,
        currency=currency,
        payable_minor=sums.get(Kind.ACCRUAL, 0)
        - sums.get(Kind.REVERSAL, 0)
        - sums.get(Kind.PAYOUT, 0),
        receivable_minor=sums.get(Kind.CLAWBACK, 0),
    )


def program_sums(viewer: Viewer, program_id: str) -> dict[str, dict[str, int]]:
    """Return what is booked for a program, in minor units by currency and kind."""
    _refuse_outsiders(viewer)
    rows = (
        Transfer.objects.filter(program_id=program_id)
        .values_list("currency", "kind")
        .annotate(Sum("amount_minor"))
        .order_by("currency")
    )
    sums: dict[str, dict[str, int]] = {}
    for currency, kind, amount_minor in rows:
        sums.setdefault(currency, dict.fromkeys(map(str, Kind), 0))[kind] = amount_minor
    return sums


def accounts_now(viewer: Viewer, *, last: int | None = None) -> TrialBalance:
    """Return the trial balance of the books, worked out by the database.

    With `last`, that of the books up to the transfer of this number.
    """
    _refuse_outsiders(viewer)
    transfers = Transfer.objects.all()
    if last is not None:
        transfers = transfers.filter(sequence__lte=last)
    sums: dict[tuple[str, str], list[int]] = {}
    for place, side in enumerate(("debit_account", "credit_account")):
        rows = transfers.values_list(side, "currency").annotate(Sum("amount_minor"))
        for account, currency, amount_minor in rows.order_by(side, "currency"):
            sums.setdefault((account, currency), [0, 0])[place] = amount_minor
    totals = (AccountTotal(*key, *sums[key]) for key in sorted(sums))
    return TrialBalance(tuple(totals))


def latest_runs(viewer: Viewer, *, count: int = 20) -> list[Run]:
    """Return the last runs that were booked, the latest first."""
    _refuse_outsiders(viewer)
    return list(Run.objects.select_related("booked_by").order_by("-pk")[:count])


def latest_payouts(viewer: Viewer, *, count: int = 20) -> list[PayoutBatch]:
    """Return the last batches that were paid, the latest first."""
    _refuse_outsiders(viewer)
    return list(PayoutBatch.objects.select_related("paid_by").order_by("-pk")[:count])


def _refuse_outsiders(viewer: Viewer) -> None:
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such books")


def payees_with(viewer: Viewer, kind: str) -> list[str]:
    """Return the payees for whom a transfer of this kind is booked, most of them first."""
    _refuse_outsiders(viewer)
    rows = Transfer.objects.filter(kind=kind).values("payee_id").annotate(lines=Count("pk"))
    return [row["payee_id"] for row in rows.order_by("-lines", "payee_id")]
