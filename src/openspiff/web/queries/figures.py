"""What do the books say of each program? Sums of its transfers."""

from __future__ import annotations

import attrs
from django.db import connection

from openspiff.web.access import READ_PROGRAMS, NotVisibleError, Viewer, may_enter

# Grouped by event first: an event that was taken back whole no longer counts.
_SUMS = """
    select program_id,
      sum(case when entitled > 0 then 1 else 0 end),
      sum(entitled), sum(owed), sum(paid), sum(clawed_back)
    from (
      select program_id, source, event_id,
        sum(case kind when 'accrual' then amount_minor when 'payout' then 0
          else -amount_minor end) as entitled,
        sum(case when kind = 'accrual' then amount_minor
          when kind in ('reversal', 'payout') then -amount_minor else 0 end) as owed,
        sum(case when kind = 'payout' then amount_minor else 0 end) as paid,
        sum(case when kind = 'clawback' then amount_minor else 0 end) as clawed_back
      from web_transfer
      group by program_id, source, event_id
    ) events
    group by program_id
"""
_PAYEES = """
    select program_id, count(distinct payee_id)
    from web_transfer where kind = 'accrual' group by program_id
"""


@attrs.frozen(kw_only=True)
class ProgramFigures:
    """What one program has come to, in minor units of its currency.

    `event_count` counts events that are worth something today, `entitled_minor` is what
    they are worth, `owed_minor` what of it is not yet paid; `payee_count` counts whoever
    earned.
    """

    event_count: int = 0
    payee_count: int = 0
    entitled_minor: int = 0
    owed_minor: int = 0
    paid_minor: int = 0
    clawed_back_minor: int = 0


def program_figures(viewer: Viewer) -> dict[str, ProgramFigures]:
    """Return the figures of every program that has transfers.

    Raises NotVisibleError for those who may not read programs whole.
    """
    if not may_enter(viewer, READ_PROGRAMS):
        raise NotVisibleError("no figures")
    with connection.cursor() as cursor:
        cursor.execute(_PAYEES)
        payee_counts = dict(cursor.fetchall())
        cursor.execute(_SUMS)
        return {
            program_id: ProgramFigures(
                event_count=int(event_count),
                payee_count=payee_counts.get(program_id, 0),
                entitled_minor=int(entitled),
                owed_minor=int(owed),
                paid_minor=int(paid),
                clawed_back_minor=int(clawed_back),
            )
            for program_id, event_count, entitled, owed, paid, clawed_back in (
                cursor.fetchall()
            )
        }
