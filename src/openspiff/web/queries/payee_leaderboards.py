"""Who stands where in a program, and who has just won something? By what its terms show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs
from django.db import connection
from django.db.models import Max

from openspiff.ledger import Kind, RankedPayee, ranks
from openspiff.program import Leaderboard, Program, RankBy, RankShows
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import (
    EnrolledPayee,
    LeaderboardPlace,
    LeaderboardSnapshot,
    PayeeName,
    Role,
    Transfer,
)

from .programs import StoredProgram, program_versions

_PLACES_SHOWN: Final = 50
_WINS_SHOWN: Final = 5
_TRANSFERS_LOOKED_AT: Final = 5_000
"""Wins are news: how far back they are looked for, so that no page reads a whole table."""

# Grouped by event first: an event that was taken back whole no longer counts.
_SUMS: Final = """
    select payee_id, max(firm_id), sum(case when entitled > 0 then 1 else 0 end),
      sum(entitled), max(reached)
    from (
      select payee_id, source, event_id, max(firm_id) as firm_id,
        sum(case when kind = 'accrual' then amount_minor else -amount_minor end)
          as entitled,
        max(sequence) as reached
      from web_transfer
      where program_id = %s and sequence <= %s and kind <> 'payout'
      group by payee_id, source, event_id
    ) events
    group by payee_id
"""


@attrs.frozen(kw_only=True)
class ShownPlace:
    """One place as shown; `amount_minor` is None where the rule does not count amounts."""

    place: int
    name: str
    firm_id: str
    event_count: int
    amount_minor: int | None
    is_own: bool


@attrs.frozen(kw_only=True)
class ShownLeaderboard:
    """The places of one program that the viewer may see.

    `ranked_count` counts all who are ranked. `taken_at` is when the final places were
    kept, None while the places are live; `last_sequence` is how far the books were read.
    """

    program: Program
    board: Leaderboard
    places: tuple[ShownPlace, ...]
    ranked_count: int
    last_sequence: int
    taken_at: int | None
    taken_by: str


@attrs.frozen(kw_only=True)
class Win:
    """Somebody earned something: the first name, the firm, in which program, when."""

    name: str
    firm_id: str
    program_name: str
    amount_minor: int | None
    currency: str
    booked_at: int
    zone: str


def leaderboard(viewer: Viewer, program_id: str) -> ShownLeaderboard:
    """Return the places of a program as its terms show them to the viewer.

    The vendor's own people see everybody, firm owners the people of their firm, payees
    what the terms say. Raises NotVisibleError when the program is not visible, is not
    launched or has no leaderboard.
    """
    stored = _with_board(viewer, program_id)
    board = stored.program.leaderboard
    if board is None:
        message = f"no leaderboard of {program_id}"
        raise NotVisibleError(message)
    taken = LeaderboardSnapshot.objects.select_related("taken_by").filter(
        program_id=program_id
    )
    snapshot = taken.first()
    if snapshot is None:
        last = _last_sequence()
        ranked = _live_ranks(program_id, board, last=last)
    else:
        last = snapshot.last_sequence
        ranked = _kept_ranks(snapshot)
    seen = _seen_by(viewer, board, ranked)
    return ShownLeaderboard(
        program=stored.program,
        board=board,
        places=tuple(_shown(viewer, board, seen)),
        ranked_count=len(ranked),
        last_sequence=last,
        taken_at=None if snapshot is None else snapshot.taken_at,
        taken_by="" if snapshot is None else str(snapshot.taken_by),
    )


@attrs.frozen(kw_only=True)
class FinalRanks:
    """Everybody's place by the books up to transfer `last_sequence`, for the cut-off."""

    program: Program
    ranked: tuple[RankedPayee, ...]
    last_sequence: int


def final_ranks(
    viewer: Viewer, program_id: str, *, last_sequence: int | None = None
) -> FinalRanks:
    """Return everybody's place by the books as they are, or as they were at a transfer.

    Whoever is held out is not ranked. Raises NotVisibleError for those who do not see all
    payees, and where there is no leaderboard.
    """
    program = _with_board(viewer, program_id).program
    if not sees_all_payees(viewer) or program.leaderboard is None:
        message = f"no leaderboard of {program_id}"
        raise NotVisibleError(message)
    last = _last_sequence() if last_sequence is None else last_sequence
    return FinalRanks(
        program=program,
        ranked=tuple(_live_ranks(program_id, program.leaderboard, last=last)),
        last_sequence=last,
    )


def _last_sequence() -> int:
    return int(Transfer.objects.aggregate(last=Max("sequence"))["last"] or 0)


def _live_ranks(program_id: str, board: Leaderboard, *, last: int) -> list[RankedPayee]:
    held_out = set(
        EnrolledPayee.objects.filter(program_id=program_id, is_held_out=True).values_list(
            "payee_id", flat=True
        )
    )
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [program_id, last])
        rows = cursor.fetchall()
    return ranks(
        (
            RankedPayee(
                payee_id=payee_id,
                firm_id=firm_id,
                event_count=int(count),
                entitled_minor=int(entitled),
                reached=int(reached),
            )
            for payee_id, firm_id, count, entitled, reached in rows
            if payee_id not in held_out
        ),
        board,
    )


def _kept_ranks(snapshot: LeaderboardSnapshot) -> list[RankedPayee]:
    rows = LeaderboardPlace.objects.filter(snapshot=snapshot)
    return [
        RankedPayee(
            payee_id=row.payee_id,
            firm_id=row.firm_id,
            event_count=row.event_count,
            entitled_minor=row.entitled_minor,
            reached=row.reached,
            place=row.place,
        )
        for row in rows.order_by("place", "reached", "payee_id")
    ]


def wins_of_others(
    viewer: Viewer, programs: Sequence[Program], *, own_firm: str
) -> list[Win]:
    """Return what others have just earned in these programs, as their terms show it.

    First names only; amounts only where everybody's are on the leaderboard anyway. A
    program without a leaderboard tells nobody. `own_firm` is that of the viewer's payee.
    """
    told = {
        one.program_id: one
        for one in programs
        if one.leaderboard is not None and one.leaderboard.shows is not RankShows.OWN_RANK
    }
    if not told:
        return []
    rows = (
        Transfer.objects.filter(
            kind=Kind.ACCRUAL,
            number=1,
            program_id__in=told,
            sequence__gt=_last_sequence() - _TRANSFERS_LOOKED_AT,
        )
        .exclude(payee_id=viewer.payee_id)
        .order_by("-sequence")
    )
    inside = [
        one.program_id for one in told.values() if _board_of(one) is RankShows.OWN_FIRM
    ]
    # An own firm that nobody knows is nobody's: not that of all who have none.
    rows = rows.exclude(program_id__in=inside) if not own_firm else rows
    found = [
        row
        for row in rows[: _WINS_SHOWN * 20]
        if row.program_id not in inside or row.firm_id == own_firm
    ][:_WINS_SHOWN]
    names = _names(row.payee_id for row in found)
    return [
        Win(
            name=names.get(row.payee_id, row.payee_id).split(" ")[0],
            firm_id=row.firm_id,
            program_name=told[row.program_id].name,
            amount_minor=_open_amount(told[row.program_id], row.amount_minor),
            currency=row.currency,
            booked_at=row.effective_at,
            zone=told[row.program_id].window.zone,
        )
        for row in found
    ]


def _board_of(program: Program) -> RankShows | None:
    return None if program.leaderboard is None else program.leaderboard.shows


def _open_amount(program: Program, amount_minor: int) -> int | None:
    board = program.leaderboard
    is_open = board is not None and (
        board.shows is RankShows.ALL and board.rank_by is RankBy.AMOUNT
    )
    return amount_minor if is_open else None


def _with_board(viewer: Viewer, program_id: str) -> StoredProgram:
    launched = [one for one in program_versions(viewer, program_id) if not one.is_draft]
    if not launched:
        message = f"no leaderboard of {program_id}"
        raise NotVisibleError(message)
    return launched[0]


def _seen_by(
    viewer: Viewer, board: Leaderboard, ranked: Sequence[RankedPayee]
) -> list[RankedPayee]:
    if sees_all_payees(viewer):
        return list(ranked[:_PLACES_SHOWN])
    if viewer.role == Role.FIRM_OWNER:
        return [one for one in ranked if one.firm_id == viewer.firm_id][:_PLACES_SHOWN]
    own = [one for one in ranked if one.payee_id == viewer.payee_id]
    if board.shows is RankShows.OWN_RANK:
        return own
    first = list(ranked)
    if board.shows is RankShows.OWN_FIRM:
        firm = PayeeName.objects.filter(pk=viewer.payee_id).values_list(
            "firm_id", flat=True
        )
        firm_id = firm.first() or ""
        first = [one for one in ranked if firm_id and one.firm_id == firm_id]
    first = first[:_PLACES_SHOWN]
    return first if not own or own[0] in first else [*first, own[0]]


def _shown(
    viewer: Viewer, board: Leaderboard, seen: Sequence[RankedPayee]
) -> Iterable[ShownPlace]:
    names = _names(one.payee_id for one in seen)
    for one in seen:
        yield ShownPlace(
            place=one.place,
            name=names.get(one.payee_id, one.payee_id),
            firm_id=one.firm_id,
            event_count=one.event_count,
            amount_minor=one.entitled_minor if board.rank_by is RankBy.AMOUNT else None,
            is_own=one.payee_id == viewer.payee_id,
        )


def _names(payee_ids: Iterable[str]) -> Mapping[str, str]:
    rows = PayeeName.objects.filter(pk__in={*payee_ids})
    return {row.payee_id: str(row) for row in rows}
