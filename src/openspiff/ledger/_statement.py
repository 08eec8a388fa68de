"""What does a payee see, and do the accounts balance?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs
from whenever import Instant

from openspiff.engine import DuckDBEngine, Row, quoted
from openspiff.ledger._kinds import Kind
from openspiff.ledger._steps import ledger_step

STATEMENT_COLUMNS: Final = (
    "sequence",
    "effective_at",
    "program_id",
    "source",
    "event_id",
    "kind",
    "amount_minor",
    "currency",
    "reason",
)
"""What `statement` reads of each transfer of a payee, in this order."""
_SEQUENCE: Final = STATEMENT_COLUMNS.index("sequence")
_EFFECTIVE_AT: Final = STATEMENT_COLUMNS.index("effective_at")


@attrs.frozen(kw_only=True)
class StatementLine:
    """One transfer as the payee sees it: positive what it gets, negative what it loses."""

    sequence: int
    effective_at: int
    program_id: str
    source: str
    event_id: str
    kind: Kind
    change_minor: int
    balance_minor: int
    currency: str
    reason: str


@attrs.frozen(kw_only=True)
class StatementMonth:
    """The lines of one month (`2026-03`) in one currency, with the balances around them."""

    month: str
    currency: str
    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]


@attrs.frozen(kw_only=True)
class Statement:
    """Everything booked for one payee, and what it still has to get by currency.

    A balance below zero is what the payee has to give back.
    """

    payee_id: str
    months: tuple[StatementMonth, ...]
    balances: dict[str, int] = attrs.field(hash=False)


def statement(
    rows: Iterable[Sequence[Any]], *, payee_id: str, zone: str = "UTC"
) -> Statement:
    """Return the statement of a payee from its transfers, rows of STATEMENT_COLUMNS.

    Months are those of the moments for which the transfers were booked, in `zone`; within
    a month the order is that of the books. The rows may come in any order.
    """
    balance: dict[str, int] = {}
    months: dict[tuple[str, str], list[StatementLine]] = {}
    # What was booked at once has one moment: its month is worked out once.
    found = [tuple(row) for row in rows]
    named = {at: _month(at, zone) for at in {row[_EFFECTIVE_AT] for row in found}}
    found.sort(key=lambda row: (named[row[_EFFECTIVE_AT]], row[_SEQUENCE]))
    for row in found:
        sequence, at, program_id, source, event_id, named_kind, amount, currency, why = row
        kind = Kind(named_kind)
        change = amount if kind is Kind.ACCRUAL else -amount
        balance[currency] = balance.get(currency, 0) + change
        line = StatementLine(
            sequence=sequence,
            effective_at=at,
            program_id=program_id,
            source=source,
            event_id=event_id,
            kind=kind,
            change_minor=change,
            balance_minor=balance[currency],
            currency=currency,
            reason=why,
        )
        months.setdefault((named[at], currency), []).append(line)
    return Statement(
        payee_id=payee_id,
        months=tuple(
            StatementMonth(
                month=month,
                currency=currency,
                opening_minor=lines[0].balance_minor - lines[0].change_minor,
                closing_minor=lines[-1].balance_minor,
                lines=tuple(lines),
            )
            for (month, currency), lines in months.items()
        ),
        balances=balance,
    )


def payee_transfers(engine: DuckDBEngine, payee_id: str) -> list[Row]:
    """Return the rows for `statement` of one payee from `booked_transfers`."""
    columns = ", ".join(STATEMENT_COLUMNS)
    return engine.query(
        f"select {columns} from booked_transfers where payee_id = {quoted(payee_id)}"  # noqa: S608
        " order by sequence"
    )


@attrs.frozen
class AccountTotal:
    """What was debited and credited to one account in one currency, in minor units."""

    account: str
    currency: str
    debit_minor: int
    credit_minor: int


@attrs.frozen
class TrialBalance:
    """Every account; `is_balanced` says whether debits equal credits in every currency."""

    accounts: tuple[AccountTotal, ...]

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """Debits and credits by currency."""
        sums: dict[str, tuple[int, int]] = {}
        for one in self.accounts:
            debit, credit = sums.get(one.currency, (0, 0))
            sums[one.currency] = (debit + one.debit_minor, credit + one.credit_minor)
        return sums

    @property
    def is_balanced(self) -> bool:
        """Whether debits equal credits in every currency."""
        return all(debit == credit for debit, credit in self.totals.values())


def trial_balance(engine: DuckDBEngine) -> TrialBalance:
    """Return the trial balance of `booked_transfers`, by account and currency."""
    engine.run([ledger_step("trial")])
    rows = engine.query("select * from trial order by account, currency")
    return TrialBalance(tuple(AccountTotal(*row) for row in rows))


def _month(at: int, zone: str) -> str:
    moment = Instant.from_timestamp(at, unit="microsecond")
    return moment.to_tz(zone).date().year_month().format_iso()
