"""What do the terms say of who stands where?"""

from __future__ import annotations

import attrs
import pytest
from program_texts import problems_with, program_with

from openspiff.program import (
    Leaderboard,
    RankBy,
    RankShows,
    RankTies,
    content_hash,
    differences_between,
    parse_program,
    program_from_json,
    program_json,
    program_text,
    terms_page,
)

BOARD = {"rank_by": "amount", "ties": "earliest", "shows": "all"}


def test_board_is_read_and_written_back() -> None:
    program = program_with(leaderboard=BOARD)
    assert program.leaderboard == Leaderboard(
        rank_by=RankBy.AMOUNT, ties=RankTies.EARLIEST, shows=RankShows.ALL
    )
    assert parse_program(program_text(program)) == program
    assert program_from_json(program_json(program)) == program


def test_silence_means_none_and_the_hash_is_what_it_was() -> None:
    program = program_with()
    assert program.leaderboard is None
    # Of the smallest program, as it was before there were leaderboards.
    assert content_hash(program) == OLD_HASH
    assert content_hash(program_with(leaderboard={"rank_by": "events"})) != content_hash(
        program
    )


OLD_HASH = "c7126dd6f336135127e4f906ee28e70caacba4eb5d39bd70ee2f3c00306f4e5b"


def test_when_silent_equals_share_and_nobody_else_sees_it() -> None:
    board = program_with(leaderboard={"rank_by": "events"}).leaderboard
    assert board == Leaderboard(
        rank_by=RankBy.EVENTS, ties=RankTies.SHARED, shows=RankShows.OWN_RANK
    )


def test_change_of_the_board_is_a_difference() -> None:
    old = program_with(leaderboard=BOARD)
    new = attrs.evolve(
        old, leaderboard=attrs.evolve(old.leaderboard, shows=RankShows.OWN_FIRM)
    )
    (found,) = differences_between(old, new)
    assert (found.place, found.old, found.new) == ("leaderboard.shows", "all", "own_firm")


@pytest.mark.parametrize(
    ("board", "clause"),
    [
        (BOARD, "- Places are by what your events are worth, as booked;"),
        (BOARD, "- Of equals, whoever was booked there first stands first."),
        (BOARD, "- Everyone who can earn here sees every place: name, firm and amount."),
        ({"rank_by": "events"}, "how many of your events are worth something"),
        ({"rank_by": "events"}, "- Equals share a place"),
        ({"rank_by": "events"}, "- You see your own place only"),
        ({"rank_by": "events", "shows": "own_firm"}, "those of people of your firm"),
        (BOARD, "at a cut-off after the last day on which an event may be recorded"),
    ],
)
def test_terms_say_the_rule(board: dict[str, str], clause: str) -> None:
    assert clause in terms_page(program_with(leaderboard=board))


def test_terms_without_a_board_do_not_speak_of_one() -> None:
    assert "leaderboard" not in terms_page(program_with()).lower()


def test_what_is_wrong_is_told_at_once() -> None:
    wrong = {"rank_by": "sales", "ties": "no", "show": "all"}
    told = problems_with(leaderboard=wrong)
    assert [one.split(" -> ")[0] for one in told] == [
        "leaderboard.rank_by: expected one of events, amount, got 'sales'",
        "leaderboard.ties: expected one of shared, earliest, got 'no'",
        "leaderboard.show: unknown key",
    ]


def test_draw_has_no_leaderboard() -> None:
    draw = {"kind": "tickets", "prizes": [{"amount": 3000}]}
    (problem,) = problems_with(payout=draw, leaderboard=BOARD)
    assert problem.startswith("leaderboard: places are by what is booked")
