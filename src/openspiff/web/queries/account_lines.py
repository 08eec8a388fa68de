"""What stands on the accounts, those of payees added up?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import attrs

from openspiff.web.access import Viewer

from .kept_sums import asked, check_sums

_MOVED: Final = """
    select program_id, currency, debit_side, credit_side, sum(amount_minor)
    from web_keptbooking group by program_id, currency, debit_side, credit_side
"""
_HOLDERS: Final = """
    select currency, sum(case when accrued_minor > 0 then 1 else 0 end),
      sum(case when clawed_back_minor > 0 then 1 else 0 end)
    from web_keptpayee group by currency
"""


@attrs.frozen(kw_only=True)
class AccountLine:
    """One account, or those of all payees: what was debited, credited, and how many.

    `holder` is the program of an expense, otherwise empty.
    """

    kind: str
    holder: str
    currency: str
    debit_minor: int
    credit_minor: int
    count: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


def account_lines(viewer: Viewer) -> list[AccountLine]:
    """Return cash, every program's expense, and the accounts of payees as one line each."""
    check_sums(viewer)
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for program_id, currency, *sides, amount in asked(_MOVED):
        for place, side in enumerate(sides):
            holder = program_id if side == "expense" else ""
            sums[side, holder, currency][place] += int(amount)
    holders: dict[tuple[str, str], int] = {}
    for currency, payable, receivable in asked(_HOLDERS):
        holders["payable", currency] = int(payable)
        holders["receivable", currency] = int(receivable)
    return [
        AccountLine(
            kind=name,
            holder=holder,
            currency=currency,
            debit_minor=debit,
            credit_minor=credit,
            count=holders.get((name, currency), 1),
        )
        for (name, holder, currency), (debit, credit) in sorted(sums.items())
    ]


def account_totals(lines: Iterable[AccountLine]) -> dict[str, tuple[int, int]]:
    """Return debits and credits of all accounts by currency; equal in sound books."""
    totals: dict[str, tuple[int, int]] = {}
    for one in lines:
        debit, credit = totals.get(one.currency, (0, 0))
        totals[one.currency] = (debit + one.debit_minor, credit + one.credit_minor)
    return dict(sorted(totals.items()))
