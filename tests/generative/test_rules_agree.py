"""Do the SQL steps and the plain reference agree to the minor unit, in any world?

OPENSPIFF_WORLDS says how many random worlds are tried (150 unless told).
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from engines import new_engine
from generative.worlds import Told, random_world, told_worlds
from hypothesis import HealthCheck, given, settings
from reference import (
    MILLION,
    Judged,
    RateMissingError,
    World,
    reference_entitlements,
    reference_reasons,
)

from openspiff import rules
from openspiff.events import Feed, feed_from_rows
from openspiff.program import (
    Basis,
    BehaviorKind,
    CapsOrder,
    ClawbackShape,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    SplitRule,
    Tickets,
)

WORLD_COUNT = int(os.environ.get("OPENSPIFF_WORLDS", "150"))
BLOCK = 15
COVERED_WORLDS = 400  # the coverage is asserted of these, whatever WORLD_COUNT says
SEEN_AT_LEAST = 5

# The facts that both name, in the words of the engine and of the reference.
FACTS = {
    "payee_rank": "rank",
    "full_amount": "full",
    "part": "part",
    "raw": "raw",
    "after_first": "after_first_cap",
    "due": "amount",
}


# Reasons that come of amounts; the others are tests that an event passes or fails.
OF_AMOUNTS = {"not_first", "no_band", "zero_amount", "payee_cap", "budget"}


def feed_of(told: Told, folder: Path) -> Feed:
    world = told.world
    rows = [*world.events, *told.replaced]
    return feed_from_rows(rows, folder, payees=world.roster, rates=world.rates)


def expected_rows(world: World) -> list[tuple[Any, ...]]:
    judged = {row.key(): row for row in reference_reasons(world) if row.facts.get("amount")}
    return sorted(
        (
            key[0],
            judged[key].program.version,
            *key[1:],
            judged[key].firm_id,
            amount_minor,
            tickets,
            judged[key].program.currency,
        )
        for key, (amount_minor, tickets) in reference_entitlements(world).items()
    )


def disagreement(
    told: Told, folder: Path, open_engine: Callable[[], Any] = new_engine
) -> str:
    """Return what engine and reference say differently of what is due; "" when nothing."""
    feed = feed_of(told, folder)
    world = told.world
    with open_engine() as engine:
        try:
            expected = expected_rows(world)
        except RateMissingError as error:
            with pytest.raises(rules.RuleError) as refused:
                rules.entitlements(
                    world.programs, feed=feed, held_out=world.held_out, engine=engine
                )
            said = str(refused.value)
            pairs = {(source, target) for source, target, _ in error.missing}
            unsaid = [pair for pair in pairs if f"from {pair[0]} to {pair[1]}" not in said]
            return f"missing rates not named: {unsaid}" if unsaid else ""
        entitled = rules.entitlements(
            world.programs, feed=feed, held_out=world.held_out, engine=engine
        )
        found = sorted(entitled.rows())
    only_engine = sorted(set(found) - set(expected))
    only_reference = sorted(set(expected) - set(found))
    if found == expected:
        return ""
    return f"only the engine: {only_engine}\nonly the reference: {only_reference}"


@pytest.mark.parametrize("first", range(0, WORLD_COUNT, BLOCK))
def test_engine_and_reference_agree_on_what_is_due(first: int, tmp_path: Path) -> None:
    for seed in range(first, min(first + BLOCK, WORLD_COUNT)):
        told = random_world(random.Random(seed))  # noqa: S311 (worlds, not secrets)
        told_apart = disagreement(told, tmp_path / str(seed))
        assert told_apart == "", f"in the world of seed {seed}:\n{told_apart}"


@settings(
    max_examples=max(10, WORLD_COUNT // 15),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(told=told_worlds())
def test_engine_and_reference_agree_in_worlds_that_are_looked_for(told: Told) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert disagreement(told, Path(folder)) == ""


# ------------------------------------------------------------------- the reasons


def questions(rng: random.Random, world: World) -> Iterator[rules.About]:
    """Yield what is asked of a world: an event, an event of one payee, a payee, a firm."""
    event, other = rng.choice(world.events), rng.choice(world.events)
    yield rules.About(event=(event["source"], event["event_id"]))
    yield rules.About(
        event=(other["source"], other["event_id"]), payee_id=other["payee_id"]
    )
    yield rules.About(payee_id=rng.choice(world.events)["payee_id"])
    yield rules.About(firm_id=rng.choice(("f1", "f2")))


def is_asked(about: rules.About, row: Judged) -> bool:
    event = row.event
    return (
        about.event in {None, (event["source"], event["event_id"])}
        and about.payee_id in {None, event["payee_id"]}
        and about.firm_id in {None, event["firm_id"]}
    )


def key_of(row: Judged) -> tuple[Any, ...]:
    event = row.event
    place = (row.program.program_id, row.program.version)
    return (*place, event["source"], event["event_id"], event["payee_id"])


def as_told(row: Judged) -> dict[str, Any]:
    """Return an answer in the engine's words as far as the reference knows it."""
    facts = {name: row.facts[ours] for name, ours in FACTS.items() if ours in row.facts}
    return {"reasons": row.reasons, "due": row.facts.get("amount", 0), **facts}


def as_explained(one: rules.Explanation, expected: dict[str, Any]) -> dict[str, Any]:
    facts = {name: one.facts.get(name) for name in FACTS if name in expected}
    return {"reasons": set(one.reasons), **facts, "due": one.due}


@pytest.mark.parametrize("first", range(0, WORLD_COUNT, BLOCK))
def test_engine_and_reference_agree_on_why(first: int, tmp_path: Path) -> None:
    for seed in range(first, min(first + BLOCK, WORLD_COUNT), BLOCK // 2):
        rng = random.Random(seed)  # noqa: S311 (worlds, not secrets)
        told = random_world(rng)
        world = told.world
        try:
            judged = reference_reasons(world)
        except RateMissingError:
            continue  # nothing is explained of a world that cannot be calculated
        feed = feed_of(told, tmp_path / str(seed))
        for about in questions(rng, world):
            with new_engine() as engine:
                answers = rules.explain(
                    world.programs,
                    feed=feed,
                    held_out=world.held_out,
                    about=about,
                    engine=engine,
                )
            asked = {key_of(row): as_told(row) for row in judged if is_asked(about, row)}
            found = {
                (one.program_id, one.version, one.source, one.event_id, one.payee_id): one
                for one in answers
            }
            assert len(found) == len(answers), f"seed {seed}, {about}: told twice"
            assert set(found) == set(asked), f"seed {seed}, {about}: other rows"
            for key, expected in asked.items():
                got = as_explained(found[key], expected)
                assert got == expected, f"seed {seed}, {about}, {key}"


def test_engine_and_reference_agree_on_how_many_failed_what(tmp_path: Path) -> None:
    outside = {"wrong_behavior", "before_window", "after_window"}
    for seed in range(0, WORLD_COUNT, BLOCK):
        told = random_world(random.Random(seed))  # noqa: S311 (worlds, not secrets)
        world = told.world
        try:
            judged = reference_reasons(world)
        except RateMissingError:
            continue
        feed = feed_of(told, tmp_path / str(seed))
        expected = Counter(
            (row.program.program_id, row.program.version, code)
            for row in judged
            if row.event["occurred_at"] is not None and not row.reasons & outside
            for code in row.reasons - OF_AMOUNTS
        )
        with new_engine() as engine:
            found = rules.reject_summary(
                world.programs, feed=feed, held_out=world.held_out, engine=engine
            )
        assert {row[:3]: row[3] for row in found} == expected, f"seed {seed}"


# ------------------------------------------------------------------- the coverage


@cache
def seen() -> Counter[str]:
    """Count the states that occur in the first worlds of the fixed seeds."""
    states: Counter[str] = Counter()
    for seed in range(COVERED_WORLDS):
        world = random_world(random.Random(seed)).world  # noqa: S311 (worlds, not secrets)
        try:
            judged = reference_reasons(world)
        except RateMissingError:
            states["a rate is missing"] += 1
            continue
        states.update(state for row in judged for state in states_of(row, world))
        states.update(states_of_events(judged))
    return states


def states_of(row: Judged, world: World) -> Iterator[str]:
    yield from (f"reason {code}" for code in row.reasons)
    program, event, facts = row.program, row.event, row.facts
    if event["status"] == "cancelled" and not row.reasons - {"not_done"}:
        shape = program.clawback.shape
        yield f"cancelled {shape} {'pays' if row.keep_ppm else 'does not pay'}"
        if 0 < row.keep_ppm < MILLION:
            yield "cancelled pro_rata pays a part"
    if "rank" not in facts or row.reasons - {"payee_cap", "budget"}:
        return
    yield f"behavior {program.behavior.kind}"
    yield f"payout {type(program.payout).__name__}"
    if isinstance(program.payout, Percent):
        yield f"percent of {program.payout.basis}"
    if isinstance(program.payout, MrrMultiple):
        yield f"band by {program.payout.band_by}"
    yield f"version {program.version}"
    yield f"foreign {event['currency']}" if row.rate != 1 else "own currency"
    yield "no roster" if world.roster is None else "roster"
    if program.behavior.new_customers_only:
        yield f"new customer by flag {event['is_new_customer']}"
    if program.behavior.once_per_customer:
        yield "once per customer, first"
    versions = [one for one in world.programs if one.program_id == program.program_id]
    order = min(versions, key=lambda one: one.version).caps.order
    if len(row.reasons) == 2:
        yield f"{order}, both limits cut"
    elif row.reasons:
        (limit,) = row.reasons
        yield f"{order} {limit} to {'a part' if facts['amount'] else 'nothing'}"


def states_of_events(judged: list[Judged]) -> Iterator[str]:
    """Yield what can be said only of all payees of an event, or of all rows of a cap."""
    events: dict[tuple[Any, ...], list[Judged]] = {}
    payees: dict[tuple[Any, ...], list[Judged]] = {}
    for row in judged:
        events.setdefault(key_of(row)[:4], []).append(row)
        if row.program.caps.payee_cap and "raw" in row.facts:
            place = (row.program.program_id, row.program.version)
            payees.setdefault((*place, row.event["payee_id"]), []).append(row)
    for rows in events.values():
        paid = [row for row in rows if "part" in row.facts]
        if paid and len(paid) < len(rows):
            yield "a co-payee does not count"
        quotas = {row.facts["part"] for row in paid}
        shares = {row.event["share_ppm"] for row in paid}
        if len(paid) == len(rows) > 1:
            rule = paid[0].program.split
            yield f"split {rule} in {'equal' if len(shares) == 1 else 'unequal'} shares"
            if len(quotas) > len(shares) and len({r.facts["full"] for r in paid}) == 1:
                yield f"split {rule} leaves a minor unit over"
    for rows in payees.values():
        cap = rows[0].program.caps.payee_cap
        amounts = [row.facts["amount"] for row in sorted(rows, key=Judged.place)]
        if sum(amounts) == cap and not any("payee_cap" in row.reasons for row in rows):
            yield "payee cap hit exactly"


EXPECTED_STATES = [
    *(f"reason {code}" for code in rules.REASONS),
    *(f"behavior {kind}" for kind in BehaviorKind),
    *(f"payout {kind.__name__}" for kind in (Flat, Percent, MrrMultiple, CountTiers)),
    f"payout {Tickets.__name__}",
    *(f"percent of {basis}" for basis in Basis),
    *(f"band by {by}" for by in ("seats", "mrr")),
    *(f"version {number}" for number in (1, 2, 3)),
    *(f"cancelled {shape} does not pay" for shape in ClawbackShape),
    *(f"cancelled {shape} pays" for shape in ("cliff", "pro_rata")),
    "cancelled pro_rata pays a part",
    *(
        f"{order} {limit} to {left}"
        for order in CapsOrder
        for limit in ("payee_cap", "budget")
        for left in ("a part", "nothing")
    ),
    *(f"{order}, both limits cut" for order in CapsOrder),
    "payee cap hit exactly",
    *(
        f"split {rule} in {how} shares"
        for rule in SplitRule
        for how in ("equal", "unequal")
    ),
    *(f"split {rule} leaves a minor unit over" for rule in SplitRule),
    "a co-payee does not count",
    *(f"new customer by flag {flag}" for flag in (None, True)),
    "once per customer, first",
    *(f"foreign {currency}" for currency in ("USD", "EUR", "JPY", "KWD")),
    "own currency",
    "roster",
    "no roster",
]


@pytest.mark.parametrize("state", EXPECTED_STATES)
def test_random_worlds_bring_forth_every_state(state: str) -> None:
    assert seen()[state] >= SEEN_AT_LEAST, f"{state}: {seen()[state]} times"


def test_random_worlds_bring_forth_missing_rates() -> None:
    assert seen()["a rate is missing"] >= SEEN_AT_LEAST
