"""When are the places of a program final? Taken once, from the books, and kept for ever."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from openspiff.ledger import RankedPayee
from openspiff.program import Program
from openspiff.web.access import Viewer, require_act
from openspiff.web.models import LeaderboardPlace, LeaderboardSnapshot

from ._audit import record_change
from .conflict import ConflictError

_AT_ONCE = 1_000


def take_leaderboard(
    *,
    program: Program,
    ranked: Sequence[RankedPayee],
    last_sequence: int,
    acting_user: Viewer,
    at: int,
) -> LeaderboardSnapshot:
    """Keep the final places of a program: `ranked`, by the books up to `last_sequence`.

    Raises NotAllowedError, and ConflictError where the terms have no leaderboard, where an
    event may still be recorded at `at`, and where the places are taken already.
    """
    require_act(acting_user, "take_leaderboard")
    if program.leaderboard is None:
        message = f"{program.name} has no leaderboard"
        raise ConflictError(message)
    window = program.window
    closes_at = window.reported_before_at or window.ends_at
    if at < closes_at:
        last = window.reported_before or window.ends_before
        message = f"{program.name} takes events until {last}: its places are not final"
        raise ConflictError(message)
    try:
        with transaction.atomic():
            return _take(program, ranked, last_sequence, acting_user, at)
    except IntegrityError as error:
        message = f"the places of {program.name} are taken already"
        raise ConflictError(message) from error


def _take(
    program: Program,
    ranked: Sequence[RankedPayee],
    last_sequence: int,
    acting_user: Viewer,
    at: int,
) -> LeaderboardSnapshot:
    snapshot = LeaderboardSnapshot.objects.create(
        program_id=program.program_id,
        version=program.version,
        last_sequence=last_sequence,
        taken_at=at,
        taken_by=acting_user,
    )
    LeaderboardPlace.objects.bulk_create(
        (
            LeaderboardPlace(
                snapshot=snapshot,
                place=one.place,
                payee_id=one.payee_id,
                firm_id=one.firm_id,
                event_count=one.event_count,
                entitled_minor=one.entitled_minor,
                reached=one.reached,
            )
            for one in ranked
        ),
        batch_size=_AT_ONCE,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="take_leaderboard",
        of=("leaderboard", program.program_id),
        change=(None, {"last_sequence": last_sequence, "ranked": len(ranked)}),
    )
    return snapshot
