"""Where does a payee stand in a program when a claim comes? All of it in one look-up."""

from __future__ import annotations

from typing import Final

import attrs

from openspiff.web._postgresql import often_cursor

_SQL: Final = """
    select
      (select id from web_claim where sent_by_id = %(sent_by)s and token = %(token)s),
      (select is_held_out from web_enrolledpayee
        where program_id = %(program)s and payee_id = %(payee)s),
      exists (select 1 from web_enrolledpayee where program_id = %(program)s),
      exists (select 1 from web_programversion
        where program_id = %(program)s and state = 'launched'),
      coalesce((select case when is_paused then reason else '' end from web_programpause
        where program_id = %(program)s order by number desc limit 1), ''),
      coalesce((select firm_id from web_payeename where payee_id = %(payee)s), ''),
      exists (select 1 from web_endpoint where state <> 'off'),
      {number}
"""


@attrs.frozen(kw_only=True)
class Desk:
    """What a claim is looked at for: where its payee stands in the program, and the rest.

    `known_id` is the claim that came with the same form, `next_id` the number that was
    taken for a new one, if one was.
    """

    known_id: int | None
    next_id: int | None
    is_held_out: bool | None
    has_roster: bool
    is_launched: bool
    paused_because: str
    firm_id: str
    is_anybody_told: bool


def desk_of(
    program_id: str,
    payee_id: str,
    *,
    sent_by: int = 0,
    token: str = "",
    number: str = "null",
) -> Desk:
    """Return how a payee's claim would find things, in one look-up.

    `number` is how the statement asks for the number of a new claim.
    """
    named = {
        "program": program_id,
        "payee": payee_id,
        "sent_by": sent_by,
        "token": token,
    }
    with often_cursor() as cursor:
        cursor.execute(_SQL.format(number=number), named)
        known_id, held_out, *rest = cursor.fetchone()
    has_roster, is_launched, paused_because, firm_id, is_told, next_id = rest
    return Desk(
        known_id=known_id,
        next_id=next_id,
        is_held_out=None if held_out is None else bool(held_out),
        has_roster=bool(has_roster),
        is_launched=bool(is_launched),
        paused_because=paused_because,
        firm_id=firm_id,
        is_anybody_told=bool(is_told),
    )
