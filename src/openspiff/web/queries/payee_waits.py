"""What waits for a payee who looks at the first page, and what is approved? One look-up.

Each topic answers the same for its own pages; here they are asked together, for this is the
page that most people open most often.
"""

from __future__ import annotations

from typing import Final

import attrs
from django.db import connection

from openspiff.web.access import (
    NotVisibleError,
    Viewer,
    may_see_payee,
    may_see_payout_details,
)

from .people import Payee

_ASKED: Final = """
    select 'payee' as what, name as said, firm_id as more, 0 as number
    from web_payeename where payee_id = %(payee)s
    union all
    select 'approved', l.currency, '', cast(sum(l.amount_minor) as bigint)
    from web_approvalline l join web_approvalbatch b on b.number = l.batch_id
    where l.payee_id = %(payee)s and b.state = 'approved' group by l.currency
    union all
    select 'claims', '', '', count(*)
    from web_claim where payee_id = %(payee)s and state = 'rejected'
    union all
    select 'account', country, '', number
    from web_payoutmethod where payee_id = %(payee)s
    union all
    select 'form', form, step, number from web_taxformstep where payee_id = %(payee)s
    order by 4 desc
"""


@attrs.frozen(kw_only=True)
class Waiting:
    """Who it is, what is approved and not paid by currency, and what must be done.

    `country` is that of the account in force, None without one; `form_steps` are what
    became of tax forms (form, step), the newest first.
    """

    payee: Payee
    approved_minor: dict[str, int]
    rejected_claims: int
    country: str | None
    form_steps: tuple[tuple[str, str], ...]


def waiting_for(viewer: Viewer) -> Waiting:
    """Return what waits for the viewer's own payee, who goes by the id without a name.

    Raises NotVisibleError for users who are no payee.
    """
    payee_id = viewer.payee_id
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, {"payee": payee_id})
        rows = cursor.fetchall()
    name, firm_id = next(
        ((said, more) for what, said, more, _ in rows if what == "payee"), ("", "")
    )
    if not (
        payee_id
        and may_see_payee(viewer, payee_id=payee_id, firm_id=firm_id)
        and may_see_payout_details(viewer, payee_id=payee_id)
    ):
        raise NotVisibleError("no payee")
    return Waiting(
        payee=Payee(payee_id=payee_id, name=name or payee_id, firm_id=firm_id),
        approved_minor={said: n for what, said, _, n in rows if what == "approved"},
        rejected_claims=sum(number for what, _, _, number in rows if what == "claims"),
        country=next((said for what, said, _, _ in rows if what == "account"), None),
        form_steps=tuple((said, more) for what, said, more, _ in rows if what == "form"),
    )
