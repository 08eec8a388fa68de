"""Can a measurement on record be checked from moments alone, and is a false one found?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from measure_worlds import at, daily_sales, make_program

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed
from openspiff.measure import (
    Answer,
    MeasureError,
    Moments,
    audit_answer,
    measure_worth,
    moments_of_feed,
)
from openspiff.program import Enrolment, Program

AS_OF = at(2024, 9, 10)
PROGRAM = make_program()
World = tuple[Feed, Enrolment, int]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("audited"), lift=0.3)


def answer_of(world: World, *, as_of: int = AS_OF, program: Program = PROGRAM) -> Answer:
    feed, enrolment, sold = world
    return measure_worth(
        program,
        feed=feed,
        enrolment=enrolment,
        paid_minor=sold * 10_000,
        paid_units=sold,
        as_of=as_of,
        seed=1,
        content_hash="terms",
    )


def moments(world: World, **given: Any) -> Moments:
    with DuckDBEngine() as engine:
        return moments_of_feed(
            engine,
            PROGRAM,
            feed=world[0],
            enrolment=world[1],
            **({"as_of": AS_OF, "content_hash": "terms"} | given),
        )


@pytest.fixture(scope="module")
def answer(world: World) -> Answer:
    return answer_of(world)


def test_moments_say_what_is_on_record(world: World, answer: Answer) -> None:
    found = audit_answer(answer, PROGRAM, moments(world))
    assert [(one.name, one.tier) for one in found] == [("gross", "A"), ("net", "A")]
    for one in found:
        assert one.is_exact
        assert one.agrees
        assert one.recomputed == pytest.approx(one.recorded, rel=1e-12)
        assert one.recomputed_error == pytest.approx(one.recorded_error, rel=0.1)


def test_number_that_was_changed_is_found(world: World, answer: Answer) -> None:
    changed = [
        attrs.evolve(one, value=one.value * 1.0001) if one.name == "net" else one
        for one in answer.estimates
    ]
    found = audit_answer(
        attrs.evolve(answer, estimates=tuple(changed)), PROGRAM, moments(world)
    )
    assert {one.name: one.agrees for one in found} == {"gross": True, "net": False}


def test_other_events_are_found(world: World, answer: Answer) -> None:
    kept = moments(world)
    more = attrs.evolve(kept, sums=kept.sums * 1.001)
    assert not any(one.agrees for one in audit_answer(answer, PROGRAM, more))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"content_hash": "other terms"}, "not of what was measured"),
        ({"periods": "day"}, "not of the weeks"),
        ({"as_of": at(2024, 8, 12)}, "not of the weeks"),
    ],
)
def test_moments_of_something_else_are_refused(
    world: World, answer: Answer, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(MeasureError, match=message) as error:
        audit_answer(answer, PROGRAM, moments(world, **given))
    assert error.value.code == "moments_file"
    assert all(problem.remedy for problem in error.value.problems)


def test_outcome_that_was_not_kept_is_refused(world: World, answer: Answer) -> None:
    kept = moments(world).outcome("substitutes")
    with pytest.raises(MeasureError, match="not of what was measured"):
        audit_answer(answer, PROGRAM, kept)


def test_answer_without_a_comparison_has_nothing_to_audit(
    world: World, answer: Answer
) -> None:
    bare = attrs.evolve(answer, estimates=())
    with pytest.raises(MeasureError, match="nothing to audit"):
        audit_answer(bare, PROGRAM, moments(world))


def test_audit_needs_no_events(world: World, answer: Answer, tmp_path: Path) -> None:
    from openspiff.measure import read_moments, write_moments  # noqa: PLC0415

    path = tmp_path / "moments.parquet"
    with DuckDBEngine() as engine:
        write_moments(engine, moments(world), path)
        read = read_moments(engine, path)
    found = audit_answer(answer, PROGRAM, read)
    np.testing.assert_array_equal([one.agrees for one in found], True)
