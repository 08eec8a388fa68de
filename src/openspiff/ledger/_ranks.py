"""Who stands where? Places by a program's own rule, from what is booked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import attrs

from openspiff.program import Leaderboard, RankBy, RankTies


@attrs.frozen(kw_only=True)
class RankedPayee:
    """One payee's place (0 until ranked), by what the books held at one moment.

    `event_count` counts the events that are worth something, `entitled_minor` is what they
    are worth. `reached` is the place in the books of the last transfer that changed either.
    """

    payee_id: str
    firm_id: str
    event_count: int
    entitled_minor: int
    reached: int
    place: int = 0


def ranks(found: Iterable[RankedPayee], board: Leaderboard) -> list[RankedPayee]:
    """Return the payees with their places, the first first.

    Whoever has nothing is not ranked. Shared places leave out the next ones (1, 1, 3); by
    EARLIEST every place is taken once. The order of the input does not matter.
    """
    ordered = sorted(
        (one for one in found if one.event_count > 0),
        key=lambda one: (-_measure(one, board), one.reached, one.payee_id),
    )
    ranked: list[RankedPayee] = []
    for number, one in enumerate(ordered, start=1):
        place = number
        if board.ties is RankTies.SHARED and ranked:
            before = ranked[-1]
            if _measure(before, board) == _measure(one, board):
                place = before.place
        ranked.append(attrs.evolve(one, place=place))
    return ranked


def _measure(one: RankedPayee, board: Leaderboard) -> int:
    match board.rank_by:
        case RankBy.EVENTS:
            return one.event_count
        case RankBy.AMOUNT:
            return one.entitled_minor
        case _:
            assert_never(board.rank_by)
