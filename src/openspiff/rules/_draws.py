"""Who wins the draw? Anyone can tell from the tickets and the committed seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import attrs

from openspiff.errors import Problem
from openspiff.program import Program, Tickets
from openspiff.rules._entitlements import RuleError


@attrs.frozen(kw_only=True)
class Winner:
    """One prize: who won it, with which ticket (counted from 1), as which place."""

    program_id: str
    place: int
    payee_id: str
    ticket_no: int
    amount_minor: int


def seed_commitment(seed: str) -> str:
    """Return what is published before the window ends: the SHA-256 of the seed, in hex."""
    return hashlib.sha256(seed.encode()).hexdigest()


def draw_winners(
    program: Program, tickets: Mapping[str, int], *, seed: str, commitment: str
) -> list[Winner]:
    """Return the winners of a program's prizes, the largest prize first.

    `tickets` is payee id -> whole number of tickets. Tickets are numbered through the
    payees in the order of their ids; each place takes the number that SHA-256 of seed,
    program and place gives, without favoring any (numbers beyond the last whole multiple
    are drawn again). A payee wins once: all their tickets leave with them. Raises
    RuleError when the seed is not the committed one, when the program has no draw, or
    when it has fewer payees with tickets than prizes.
    """
    if not isinstance(program.payout, Tickets):
        message = f"program {program.program_id} has no draw"
        raise RuleError(message)
    if seed_commitment(seed) != commitment:
        found = f"its commitment is {seed_commitment(seed)}"
        problem = Problem("seed", found, "use the committed seed")
        raise RuleError("the seed is not the one that was committed", [problem])
    prizes = sorted(program.payout.prizes, key=lambda prize: -prize.amount_minor)
    amounts = [one.amount_minor for one in prizes for _ in range(one.winner_count)]
    pool = {payee: count for payee, count in sorted(tickets.items()) if count > 0}
    if len(pool) < len(amounts):
        message = f"{len(amounts)} prizes, but {len(pool)} payees with tickets"
        raise RuleError(message)
    winners = []
    for place, amount in enumerate(amounts, start=1):
        number = _number(seed, program.program_id, place, sum(pool.values()))
        payee_id = _holder(pool, number)
        winners.append(
            Winner(
                program_id=program.program_id,
                place=place,
                payee_id=payee_id,
                ticket_no=number,
                amount_minor=amount,
            )
        )
        del pool[payee_id]
    return winners


def prize_rows(program: Program, winners: Sequence[Winner]) -> list[tuple[object, ...]]:
    """Return the winners as entitled rows: one event `draw` per place."""
    return [
        (
            program.program_id,
            program.version,
            "draw",
            f"{program.program_id}/{winner.place}",
            winner.payee_id,
            "",
            winner.amount_minor,
            0,
            program.currency,
        )
        for winner in winners
    ]


def _number(seed: str, program_id: str, place: int, count: int) -> int:
    limit = 2**256 - 2**256 % count
    attempt = 0
    while True:
        text = f"{seed}\n{program_id}\n{place}\n{attempt}"
        drawn = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        if drawn < limit:
            return drawn % count + 1
        attempt += 1


def _holder(pool: Mapping[str, int], number: int) -> str:
    passed = 0
    for payee_id, count in pool.items():
        passed += count
        if number <= passed:
            return payee_id
    message = f"ticket {number} is beyond the last ticket {passed}"
    raise RuleError(message)
