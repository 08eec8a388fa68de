"""What do the books say of each program? Sums that are kept, and counts for one of them."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import attrs
from django.db import connection

from openspiff.ledger import Kind
from openspiff.web.access import READ_PROGRAMS, NotVisibleError, Viewer, may_enter

from .kept_sums import asked, check_sums

_SUMS: Final = """
    select program_id, kind, sum(amount_minor) from web_keptbooking
    group by program_id, kind
"""

# Grouped by event first: an event that was taken back whole no longer counts.
_COUNTS: Final = """
    select
      (select count(*) from (
        select 1 as one from web_transfer where program_id = %s
        group by source, event_id
        having sum(case kind when 'accrual' then amount_minor when 'payout' then 0
          else -amount_minor end) > 0
      ) events),
      (select count(distinct payee_id) from web_transfer
        where program_id = %s and kind = 'accrual')
"""


@attrs.frozen(kw_only=True)
class ProgramSums:
    """What one program has come to, in minor units of its currency.

    `entitled_minor` is what its events are worth today, `owed_minor` what of it is not yet
    paid.
    """

    entitled_minor: int = 0
    owed_minor: int = 0
    paid_minor: int = 0
    clawed_back_minor: int = 0

    @property
    def has_moved(self) -> bool:
        """Tell whether anything is earned, or was paid."""
        return any(attrs.astuple(self))


@attrs.frozen(kw_only=True)
class ProgramCounts:
    """How many events of one program are worth something today; how many payees earned."""

    event_count: int
    payee_count: int


def program_sums(viewer: Viewer) -> dict[str, ProgramSums]:
    """Return the sums of every program that has transfers, as they are kept.

    Raises NotVisibleError for those who may not read programs whole, and SumsBehindError.
    """
    check_sums(viewer)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for program_id, kind, amount in asked(_SUMS):
        sums[program_id][kind] = int(amount)
    return {program_id: _sums(by_kind) for program_id, by_kind in sums.items()}


def program_counts(viewer: Viewer, program_id: str) -> ProgramCounts:
    """Count the events and payees of one program in the books.

    Raises NotVisibleError for those who may not read programs whole.
    """
    if not may_enter(viewer, READ_PROGRAMS):
        raise NotVisibleError("no figures")
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [program_id, program_id])
        event_count, payee_count = cursor.fetchone()
    return ProgramCounts(event_count=event_count, payee_count=payee_count)


def _sums(by_kind: dict[str, int]) -> ProgramSums:
    unreversed = by_kind[Kind.ACCRUAL] - by_kind[Kind.REVERSAL]
    return ProgramSums(
        entitled_minor=unreversed - by_kind[Kind.CLAWBACK],
        owed_minor=unreversed - by_kind[Kind.PAYOUT],
        paid_minor=by_kind[Kind.PAYOUT],
        clawed_back_minor=by_kind[Kind.CLAWBACK],
    )
