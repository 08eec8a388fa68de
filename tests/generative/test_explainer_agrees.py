"""Does whoever has many questions get the answers of whoever has one, in any world?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest
from generative.test_rules_agree import WORLD_COUNT, feed_of, questions
from generative.worlds import Told, random_world
from reference import RateMissingError, reference_entitlements

from openspiff.engine import DuckDBEngine, EngineError
from openspiff.events import Feed
from openspiff.rules import About, Explainer, Explanation, RuleError, explain

BLOCK = 15
UNKNOWN = (About(event=("crm", "e99")), About(payee_id="nobody"), About(firm_id="o'firm"))


def world_of(seed: int) -> tuple[Told, list[About]]:
    """Return a world and what is asked of it, some of it about nothing."""
    rng = random.Random(seed)  # noqa: S311 (worlds, not secrets)
    told = random_world(rng)
    return told, [*questions(rng, told.world), *UNKNOWN]


def world_that_pays() -> tuple[Told, list[About]]:
    """Return the first world in which something is due, and every payee as a question."""
    for seed in range(WORLD_COUNT):
        told, _ = world_of(seed)
        try:
            due = reference_entitlements(told.world)
        except RateMissingError:
            continue
        if due:
            payees = sorted({row["payee_id"] for row in told.world.events})
            return told, [About(payee_id=payee) for payee in payees]
    raise AssertionError("no world pays for anything")


def explainer_of(told: Told, feed: Feed) -> Explainer:
    world = told.world
    engine = DuckDBEngine(threads=1)
    return Explainer(world.programs, feed=feed, held_out=world.held_out, engine=engine)


def one_by_one(told: Told, feed: Feed, asked: Sequence[About]) -> list[list[Explanation]]:
    world = told.world
    with DuckDBEngine(threads=1) as engine:
        terms: dict[str, Any] = {"feed": feed, "held_out": world.held_out, "engine": engine}
        return [explain(world.programs, about=about, **terms) for about in asked]


@pytest.mark.parametrize("seed", range(0, WORLD_COUNT, BLOCK))
def test_many_questions_get_the_answers_of_one(seed: int, tmp_path: Path) -> None:
    told, asked = world_of(seed)
    feed = feed_of(told, tmp_path)
    try:
        reference_entitlements(told.world)
    except RateMissingError:
        with pytest.raises(RuleError, match="without an exchange rate"):
            explainer_of(told, feed)
        return
    with explainer_of(told, feed) as explainer:
        found = [explainer.explain(about) for about in asked]
    assert found == one_by_one(told, feed, asked)


def test_every_row_of_a_world_that_pays_is_explained_alike(tmp_path: Path) -> None:
    told, asked = world_that_pays()
    feed = feed_of(told, tmp_path)
    with explainer_of(told, feed) as explainer:
        found = [explainer.explain(about) for about in asked]
    assert any(one.due for answers in found for one in answers)
    assert found == one_by_one(told, feed, asked)


def test_a_changed_feed_changes_the_answers(tmp_path: Path) -> None:
    told, asked = world_that_pays()
    lost = [{**row, "status": "lost"} for row in told.world.events]
    changed = attrs.evolve(told, world=attrs.evolve(told.world, events=lost))
    due = []
    for number, one in enumerate((told, changed)):
        with explainer_of(one, feed_of(one, tmp_path / str(number))) as explainer:
            answers = [explainer.explain(about) for about in asked]
        due.append(sum(each.due for found in answers for each in found))
    assert due[0] > due[1] == 0


def test_threads_that_ask_at_once_get_their_own_answers(tmp_path: Path) -> None:
    told, asked = world_that_pays()
    feed = feed_of(told, tmp_path)
    expected = one_by_one(told, feed, asked)
    with explainer_of(told, feed) as explainer, ThreadPoolExecutor(4) as threads:
        found = list(threads.map(explainer.explain, asked * 2))
    assert found == expected * 2


def test_what_was_closed_refuses_to_answer(tmp_path: Path) -> None:
    told, asked = world_that_pays()
    explainer = explainer_of(told, feed_of(told, tmp_path))
    explainer.close()
    with pytest.raises(EngineError):
        explainer.explain(asked[0])
