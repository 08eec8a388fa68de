"""Who wins the draw, and can anyone repeat it?"""

from __future__ import annotations

import datetime as dt
from collections import Counter

import attrs
import pytest
from hypothesis import given, strategies as st

from openspiff.program import (
    Behavior,
    BehaviorKind,
    Flat,
    Prize,
    Program,
    Tickets,
    Window,
)
from openspiff.rules import RuleError, draw_winners, prize_rows, seed_commitment

SEED = "seven dice in a cup"
PROGRAM = Program(
    program_id="reference-draw",
    name="Reference draw",
    currency="USD",
    behavior=Behavior(kind=BehaviorKind.NOMINATION_ACCEPTED),
    window=Window(
        zone="America/New_York",
        starts_on=dt.date(2026, 1, 1),
        ends_before=dt.date(2026, 4, 1),
    ),
    payout=Tickets(
        prizes=(Prize(amount_minor=25_000, winner_count=2), Prize(amount_minor=300_000))
    ),
)
POOL = {"p3": 5, "p1": 1, "p2": 0, "p4": 9}


def winners(tickets: dict[str, int], seed: str = SEED) -> list[tuple[int, str, int]]:
    found = draw_winners(PROGRAM, tickets, seed=seed, commitment=seed_commitment(seed))
    return [(one.place, one.payee_id, one.amount_minor) for one in found]


def test_same_tickets_and_seed_give_the_same_winners_in_any_order() -> None:
    first = winners(POOL)
    assert winners(dict(reversed(POOL.items()))) == first
    assert [amount for _, _, amount in first] == [300_000, 25_000, 25_000]
    assert {payee for _, payee, _ in first} == {"p1", "p3", "p4"}


def test_draw_is_pinned_for_ever() -> None:
    # Whoever keeps the seed must find these winners again with any later version.
    tickets = {f"p{number}": number for number in range(1, 10)}
    assert winners(tickets) == winners(tickets)
    assert [payee for _, payee, _ in winners(tickets)] == PINNED


PINNED = ["p5", "p1", "p9"]


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.integers(1, 50), min_size=3))
def test_nobody_wins_twice_and_winning_tickets_exist(tickets: dict[str, int]) -> None:
    found = draw_winners(PROGRAM, tickets, seed=SEED, commitment=seed_commitment(SEED))
    assert len({one.payee_id for one in found}) == 3
    assert all(1 <= one.ticket_no <= sum(tickets.values()) for one in found)


def test_chance_of_the_first_prize_is_the_share_of_tickets() -> None:
    tickets = {"a": 1, "b": 2, "c": 3, "d": 4}
    count = 4_000
    first = Counter(winners(tickets, f"seed {number}")[0][1] for number in range(count))
    for payee, held in tickets.items():
        expected = held / 10
        spread = (expected * (1 - expected) / count) ** 0.5
        # Four standard errors: one false alarm in some four thousand runs of this test.
        assert abs(first[payee] / count - expected) < 4 * spread


def test_seed_that_was_not_committed_is_refused() -> None:
    with pytest.raises(RuleError, match="not the one that was committed"):
        draw_winners(PROGRAM, POOL, seed="another", commitment=seed_commitment(SEED))


def test_fewer_payees_than_prizes_is_refused() -> None:
    with pytest.raises(RuleError, match="3 prizes, but 2 payees with tickets"):
        winners({"a": 1, "b": 4, "c": 0})


def test_program_without_a_draw_is_refused() -> None:
    flat = attrs.evolve(PROGRAM, payout=Flat(amount_minor=100))
    with pytest.raises(RuleError, match="has no draw"):
        draw_winners(flat, POOL, seed=SEED, commitment=seed_commitment(SEED))


def test_prizes_become_entitlements_of_their_own_events() -> None:
    found = draw_winners(PROGRAM, POOL, seed=SEED, commitment=seed_commitment(SEED))
    rows = prize_rows(PROGRAM, found)
    assert [row[3] for row in rows] == [f"reference-draw/{place}" for place in (1, 2, 3)]
    assert sum(int(str(row[6])) for row in rows) == 350_000
