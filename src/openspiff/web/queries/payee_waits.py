"""What do the books and the desk hold for a payee who looks at the first page? One look-up.

Each topic answers the same for its own pages; here they are asked together, for this is the
page that most people open most often, and each question of its own costs a wait.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import attrs

from openspiff.web._postgresql import often_cursor
from openspiff.web.access import (
    NotVisibleError,
    Viewer,
    may_see_payee,
    may_see_payout_details,
)

from .people import Payee
from .programs import OF_PAYEE_SQL, ProgramsOfPayee, programs_from_rows

_ASKED: Final = f"""
    select 'payee' as what, name as t1, firm_id as t2, '' as t3, '' as t4, '' as t5,
      '' as t6, 0 as n1, 0 as n2, 0 as n3, 0 as n4
    from web_payeename where payee_id = %(payee)s
    union all
    select 'approved', l.currency, '', '', '', '', '', cast(sum(l.amount_minor) as bigint),
      0, 0, 0
    from web_approvalline l join web_approvalbatch b on b.number = l.batch_id
    where l.payee_id = %(payee)s and b.state = 'approved' group by l.currency
    union all
    select 'claims', '', '', '', '', '', '', count(*), 0, 0, 0
    from web_claim where payee_id = %(payee)s and state = 'rejected'
    union all
    select 'account', country, '', '', '', '', '', number, 0, 0, 0
    from web_payoutmethod where payee_id = %(payee)s
    union all
    select 'form', form, step, '', '', '', '', number, 0, 0, 0
    from web_taxformstep where payee_id = %(payee)s
    union all
    select 'program', p.program_id, p.state, p.content_hash, p.paused_because, '', '',
      p.version, p.is_shut_out, 0, 0
    from ({OF_PAYEE_SQL}) p
    union all
    select 'transfer', program_id, source, event_id, kind, currency, reason,
      sequence, effective_at, amount_minor, version
    from web_transfer where payee_id = %(payee)s
"""  # noqa: S608 (put together of constants)


_NUMBER: Final = 6


@attrs.frozen(kw_only=True)
class Waiting:
    """Who it is, what is approved and not paid by currency, and what must be done.

    `programs` are those of the payee, `booked` the rows of all transfers in the order of
    the books, as `account_from_rows` reads them.

    `country` is that of the account in force, None without one; `form_steps` are what
    became of tax forms (form, step), the newest first.
    """

    payee: Payee
    approved_minor: dict[str, int]
    rejected_claims: int
    country: str | None
    form_steps: tuple[tuple[str, str], ...]
    programs: ProgramsOfPayee
    booked: list[tuple[Any, ...]]


def waiting_for(viewer: Viewer) -> Waiting:
    """Return what waits for the viewer's own payee, who goes by the id without a name.

    Raises NotVisibleError for users who are no payee.
    """
    payee_id = viewer.payee_id
    with often_cursor() as cursor:
        cursor.execute(_ASKED, {"payee": payee_id})
        rows = cursor.fetchall()
    of: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for what, *row in rows:
        of[what].append(tuple(row))
    name, firm_id = of["payee"][0][:2] if of["payee"] else ("", "")
    if not (
        payee_id
        and may_see_payee(viewer, payee_id=payee_id, firm_id=firm_id)
        and may_see_payout_details(viewer, payee_id=payee_id)
    ):
        raise NotVisibleError("no payee")
    return Waiting(
        payee=Payee(payee_id=payee_id, name=name or payee_id, firm_id=firm_id),
        approved_minor={row[0]: row[_NUMBER] for row in of["approved"]},
        rejected_claims=sum(row[_NUMBER] for row in of["claims"]),
        country=next((row[0] for row in _newest_first(of["account"])), None),
        form_steps=tuple(row[:2] for row in _newest_first(of["form"])),
        programs=programs_from_rows(_version(row) for row in of["program"]),
        booked=sorted(_booked(row) for row in of["transfer"]),
    )


def _version(row: tuple[Any, ...]) -> tuple[str, int, str, str, bool, str]:
    """Put a version of a program into the order of OF_PAYEE_SQL."""
    program_id, state, digest, paused_because, _, _, version, is_shut_out, *_ = row
    return program_id, version, state, digest, bool(is_shut_out), paused_because


def _booked(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Put a transfer into the order of STATEMENT_COLUMNS, the version behind."""
    *words, sequence, at, amount, version = row
    program_id, source, event_id, kind, currency, reason = words
    named = (program_id, source, event_id, kind)
    return (sequence, at, *named, amount, currency, reason, version)


def _newest_first(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: -row[_NUMBER])
