"""Of what are people told once a day? Of claims that wait, and of programs that soon end.

Nothing happens at such a moment that somebody did, so a worker looks, once a day.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction

from openspiff.program import Program, day_of, program_from_json
from openspiff.web.models import Claim, EnrolledPayee, Job, ProgramState, ProgramVersion

from .jobs import enqueue
from .notices import notify_payees, notify_roles

_DAY: Final = 86_400_000_000
_HOUR_OF_LOOK: Final = 6 * 3_600_000_000
"""When a worker looks, after midnight UTC: an hour before the mail of the day leaves."""

DAYS_BEFORE_END: Final = 3


@transaction.atomic
def ask_for_look_of_the_day(*, at: int) -> Job:
    """Have a worker look today; asked again, it is the same job."""
    day = at // _DAY
    return enqueue(
        kind="look_of_the_day",
        key=str(day),
        payload={"day": day},
        acting_user=None,
        at=at,
        run_after_at=day * _DAY + _HOUR_OF_LOOK,
    )


@transaction.atomic
def tell_of_the_day(*, day: int, at: int) -> dict[str, int]:
    """Tell managers that claims wait, and payees of programs that end in three days.

    Each once: of claims once a day while some wait, of an end once for its day. `day`
    counts from 1970. Returns of how many programs the end was told.
    """
    if Claim.objects.filter(state__in=Claim.WAITING).exists():
        notify_roles(kind="claims_waiting", key=str(day), facts={}, at=at)
    ending = [one for one in _running() if _ends_soon(one, at)]
    for program in ending:
        enrolled = EnrolledPayee.objects.filter(program_id=program.program_id)
        ids = enrolled.filter(is_held_out=False).values_list("payee_id", flat=True)
        notify_payees(
            kind="program_ends",
            payee_ids=list(ids),
            key=f"{program.program_id} {program.window.ends_before}",
            facts={"program_id": program.program_id},
            at=at,
        )
    return {"programs": len(ending)}


def _running() -> list[Program]:
    """Return the newest launched version of each program."""
    rows = ProgramVersion.objects.filter(state=ProgramState.LAUNCHED)
    newest = {row.program_id: row for row in rows.order_by("version")}
    return [program_from_json(row.terms_json, name=str(row)) for row in newest.values()]


def _ends_soon(program: Program, at: int) -> bool:
    today = day_of(at, program.window.zone)
    return 0 < (program.window.ends_before - today).days <= DAYS_BEFORE_END
