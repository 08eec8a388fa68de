"""Who stands where, and who may see it? The leaderboard of a program, part of its terms."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs

from openspiff.wording import Translate, gettext_noop, in_english


class RankBy(StrEnum):
    """What places are by: how many events are worth something, or how much they are worth.

    Both as the books have them, what was taken back taken off.
    """

    EVENTS = "events"
    AMOUNT = "amount"


class RankTies(StrEnum):
    """Which place equals take: SHARED the same one, EARLIEST the first to get there."""

    SHARED = "shared"
    EARLIEST = "earliest"


class RankShows(StrEnum):
    """Whose place a payee sees: everybody's, those of the own firm, only the own."""

    ALL = "all"
    OWN_FIRM = "own_firm"
    OWN_RANK = "own_rank"


@attrs.frozen(kw_only=True)
class Leaderboard:
    """A stated rule of who stands where; a program without one ranks nobody."""

    rank_by: RankBy
    ties: RankTies = RankTies.SHARED
    shows: RankShows = RankShows.OWN_RANK


_BY: Final = {
    RankBy.EVENTS: gettext_noop(
        "Places are by how many of your events are worth something, as booked; what is "
        "taken back is taken off."
    ),
    RankBy.AMOUNT: gettext_noop(
        "Places are by what your events are worth, as booked; what is taken back is taken "
        "off."
    ),
}
_TIES: Final = {
    RankTies.SHARED: gettext_noop(
        "Equals share a place, and the next place after them is left out."
    ),
    RankTies.EARLIEST: gettext_noop(
        "Of equals, whoever was booked there first stands first."
    ),
}
_SHOWS: Final = {
    RankShows.ALL: gettext_noop(
        "Everyone who can earn here sees every place: name, firm and {by}."
    ),
    RankShows.OWN_FIRM: gettext_noop(
        "You see your own place and those of people of your firm, with name and {by}."
    ),
    RankShows.OWN_RANK: gettext_noop(
        "You see your own place only; nobody else who earns here sees it."
    ),
}
_SHOWN: Final = {
    RankBy.EVENTS: gettext_noop("number of events"),
    RankBy.AMOUNT: gettext_noop("amount"),
}
_CUT_OFF: Final = gettext_noop(
    "The final places are those of the books at a cut-off after the last day on which an "
    "event may be recorded; they are kept and never change. Whoever is kept out by chance "
    "is not ranked."
)


def leaderboard_sentences(
    board: Leaderboard, *, translate: Translate = in_english
) -> Iterable[str]:
    """Yield the rule of a leaderboard in sentences: by what, ties, cut-off, who sees it."""
    yield translate(_BY[board.rank_by])
    yield translate(_TIES[board.ties])
    yield translate(_SHOWS[board.shows]).format(by=translate(_SHOWN[board.rank_by]))
    yield translate(_CUT_OFF)
