"""How do the books read in another program? As a journal of beancount or of hledger.

Both end in assertions: every account must come to what the trial balance says, so whoever
checks the file proves that both hold the same books. Names of ours may hold any letter,
theirs may not: what is no letter or digit is written as its code between dashes, so two
names never become one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from whenever import Instant

from openspiff.ledger._kinds import CASH
from openspiff.ledger._statement import TrialBalance
from openspiff.money import currency_exponent

BOOK_FILE_COLUMNS: Final = (
    "effective_at",
    "debit_account",
    "credit_account",
    "amount_minor",
    "currency",
    "program_id",
    "source",
    "event_id",
    "payee_id",
    "reason",
    "transfer_key",
)
"""What a journal reads of each transfer, in this order."""

_BEANCOUNT: Final = {
    "expense": "Expenses:Program",
    "payable": "Liabilities:Payable",
    "receivable": "Assets:Receivable",
}
_FIRST_DAY: Final = "1970-01-01"


def beancount_lines(
    transfers: Iterable[Sequence[Any]], totals: TrialBalance
) -> Iterator[str]:
    """Yield the books as text for beancount, transfers as rows of BOOK_FILE_COLUMNS.

    Days are those of UTC. `totals` is the trial balance of the same transfers.
    """
    yield "; The books, every transfer. Checked by: bean-check FILE\n"
    accounts = {one.account for one in totals.accounts}
    for account in sorted(accounts):
        yield f"{_FIRST_DAY} open {_account(account)}\n"
    last = dt.date.fromisoformat(_FIRST_DAY)
    for row in transfers:
        at, debit, credit, minor, currency, *names, reason, key = row
        day = _day(at)
        last = max(last, day)
        amount = amount_text(minor, currency)
        yield (
            f"\n{day} * {_quoted(reason)} {_quoted(' '.join(names))}\n"
            f"  key: {_quoted(key)}\n"
            f"  {_account(debit)}  {amount} {currency}\n"
            f"  {_account(credit)}  -{amount} {currency}\n"
        )
    yield "\n"
    # An assertion holds at the beginning of its day.
    after = last + dt.timedelta(days=1)
    for one in totals.accounts:
        balance = amount_text(one.debit_minor - one.credit_minor, one.currency)
        yield f"{after} balance {_account(one.account)}  {balance} {one.currency}\n"


def hledger_lines(
    transfers: Iterable[Sequence[Any]], totals: TrialBalance
) -> Iterator[str]:
    """Yield the books as text for hledger, transfers as rows of BOOK_FILE_COLUMNS.

    Days are those of UTC. `totals` is the trial balance of the same transfers.
    """
    yield "; The books, every transfer. Checked by: hledger -f FILE check\n"
    for currency in sorted({one.currency for one in totals.accounts}):
        sample = amount_text(0, currency)
        yield f"commodity {sample}{'' if '.' in sample else '.'} {currency}\n"
    for account in sorted({one.account for one in totals.accounts}):
        yield f"account {_account(account)}\n"
    last = dt.date.fromisoformat(_FIRST_DAY)
    for row in transfers:
        at, debit, credit, minor, currency, *names, reason, key = row
        day = _day(at)
        last = max(last, day)
        amount = amount_text(minor, currency)
        yield (
            f"\n{day} * {_plain(reason)} | {_plain(' '.join(names))}\n"
            f"    ; key: {_plain(key)}\n"
            f"    {_account(debit)}  {amount} {currency}\n"
            f"    {_account(credit)}  -{amount} {currency}\n"
        )
    if totals.accounts:
        yield f"\n{last + dt.timedelta(days=1)} * Trial balance\n"
    for one in totals.accounts:
        nothing = amount_text(0, one.currency)
        balance = amount_text(one.debit_minor - one.credit_minor, one.currency)
        yield (
            f"    {_account(one.account)}  {nothing} {one.currency}"
            f" = {balance} {one.currency}\n"
        )


def amount_text(minor: int, currency: str) -> str:
    """Return an amount in whole units as a plain decimal, with the currency's places."""
    exponent = currency_exponent(currency)
    return f"{Decimal(minor).scaleb(-exponent):.{exponent}f}"


def _account(account: str) -> str:
    if account == CASH:
        return "Assets:Cash"
    kind, _, holder = account.partition(":")
    return f"{_BEANCOUNT[kind]}:X{_coded(holder)}"


def _coded(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"-{ord(found[0]):x}-", name)


def _quoted(text: str) -> str:
    plain = _one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _plain(text: str) -> str:
    # A semicolon begins a comment there, a bar ends the name of whoever is paid.
    return _one_line(text).replace(";", ",").replace("|", "/")


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def _day(at: int) -> dt.date:
    plain = Instant.from_timestamp(at, unit="microsecond").to_tz("UTC")
    return dt.date(plain.year, plain.month, plain.day)
