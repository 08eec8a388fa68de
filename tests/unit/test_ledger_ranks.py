"""Who stands where by the stated rule?"""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, strategies as st

from openspiff.ledger import RankedPayee, ranks
from openspiff.program import Leaderboard, RankBy, RankTies

ANN = RankedPayee(payee_id="ann", firm_id="n", event_count=2, entitled_minor=500, reached=9)
BEN = RankedPayee(payee_id="ben", firm_id="n", event_count=2, entitled_minor=900, reached=4)
CLEO = RankedPayee(
    payee_id="cleo", firm_id="s", event_count=1, entitled_minor=900, reached=2
)
NONE = RankedPayee(payee_id="dan", firm_id="s", event_count=0, entitled_minor=0, reached=1)


@pytest.mark.parametrize(
    ("rank_by", "ties", "places"),
    [
        ("events", "shared", [("ben", 1), ("ann", 1), ("cleo", 3)]),
        ("events", "earliest", [("ben", 1), ("ann", 2), ("cleo", 3)]),
        ("amount", "shared", [("cleo", 1), ("ben", 1), ("ann", 3)]),
        ("amount", "earliest", [("cleo", 1), ("ben", 2), ("ann", 3)]),
    ],
)
def test_places_follow_the_rule(
    rank_by: str, ties: str, places: list[tuple[str, int]]
) -> None:
    board = Leaderboard(rank_by=RankBy(rank_by), ties=RankTies(ties))
    found = ranks([ANN, BEN, CLEO, NONE], board)
    assert [(one.payee_id, one.place) for one in found] == places


_people = st.lists(
    st.builds(
        RankedPayee,
        payee_id=st.sampled_from([f"p{number}" for number in range(12)]),
        firm_id=st.just(""),
        event_count=st.integers(0, 3),
        entitled_minor=st.integers(1, 3),
        reached=st.integers(1, 10**6),
    ),
    max_size=12,
    unique_by=(lambda one: one.payee_id, lambda one: one.reached),
)


@given(people=_people, by=st.sampled_from(RankBy), turn=st.randoms(use_true_random=False))
def test_order_of_the_input_does_not_matter_and_places_are_competition_places(
    people: list[RankedPayee], by: RankBy, turn: object
) -> None:
    board = Leaderboard(rank_by=by)
    found = ranks(people, board)
    turned = list(people)
    turn.shuffle(turned)  # type: ignore[attr-defined]
    assert ranks(turned, board) == found
    measure = {one.payee_id: _measure(one, by) for one in found}
    for one in found:
        ahead = sum(other > measure[one.payee_id] for other in measure.values())
        assert one.place == ahead + 1
    strict = ranks(people, attrs.evolve(board, ties=RankTies.EARLIEST))
    assert [one.place for one in strict] == list(range(1, len(strict) + 1))


def _measure(one: RankedPayee, by: RankBy) -> int:
    return one.event_count if by is RankBy.EVENTS else one.entitled_minor
