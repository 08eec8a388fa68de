"""Does the explainer that stands say what one question says, of the newest feed?"""

from __future__ import annotations

import attrs
import pytest
from web.test_feed_catalog import third
from web_world import SECOND, World

from openspiff.engine import EngineError
from openspiff.events import feed_from_rows
from openspiff.rules import About
from openspiff.run import explain_event
from openspiff.web.actions.feed import record_batch
from openspiff.web.queries.explanations import (
    STANDING,
    StandingExplainer,
    explanations_of,
    grounds_now,
)

ANA = About(payee_id="ana")
PATIENCE = 120  # seconds for an opening that takes one: a busy machine is no failure


def test_it_stands_after_the_first_question_and_says_the_same(world: World) -> None:
    manager = world.users["manager"]
    first = explanations_of(manager, ANA)
    grounds = grounds_now(manager)
    explainer = STANDING.opening(grounds).result(PATIENCE)
    assert explainer is not None
    assert STANDING.opening(grounds).result() is explainer
    assert explainer.explain(ANA) == explanations_of(manager, ANA) == first != []


def test_a_new_batch_is_seen_by_the_next_question(world: World) -> None:
    manager = world.users["manager"]
    before = explanations_of(manager, ANA)
    STANDING.opening(grounds_now(manager)).result(PATIENCE)
    row = {**SECOND[1], "event_id": "D-9", "batch_no": 3, "entered_batch": 3}
    feed_from_rows([row], world.home / "feed" / "3")
    batch = attrs.evolve(third(world.home), event_file="3/events.parquet")
    record_batch(batch=batch, acting_user=manager, at=1)
    after = explanations_of(manager, ANA)
    assert {one.event_id for one in after} - {one.event_id for one in before} == {"D-9"}
    explainer = STANDING.opening(grounds_now(manager)).result(PATIENCE)
    assert explainer is not None
    assert explainer.explain(ANA) == after


def test_a_new_holdout_or_version_is_another_ground(world: World) -> None:
    grounds = grounds_now(world.users["manager"])
    standing = StandingExplainer(rows_at_most=1_000)
    opened = standing.opening(grounds).result(PATIENCE)
    held_out = attrs.evolve(grounds, held_out={"spring": frozenset({"ana"})})
    other = standing.opening(held_out).result(PATIENCE)
    assert opened is not None
    assert other is not None
    assert {one.reasons for one in other.explain(ANA)} != {
        one.reasons for one in opened.explain(ANA)
    }
    assert other.explain(ANA) == explain_event(
        held_out.programs, held_out.feed, held_out.held_out, ANA
    )


def test_a_feed_of_too_many_rows_is_asked_one_question_at_a_time(world: World) -> None:
    grounds = grounds_now(world.users["manager"])
    # Six events of the first batch and three of the second.
    assert StandingExplainer(rows_at_most=9).opening(grounds).result(PATIENCE) is not None
    assert StandingExplainer(rows_at_most=8).opening(grounds).result(PATIENCE) is None


def test_nothing_stands_on_a_file_that_is_broken(world: World) -> None:
    manager = world.users["manager"]
    record_batch(batch=third(world.home), acting_user=manager, at=1)
    assert STANDING.opening(grounds_now(manager)).result(PATIENCE) is None
    with pytest.raises(EngineError):
        explanations_of(manager, ANA)
