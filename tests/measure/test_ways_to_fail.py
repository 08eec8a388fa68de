"""Is each thing that makes a holdout unreadable refused by a message of its own?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from measure_worlds import World, make_world

from openspiff.measure import MeasureError, Sums, holdout_comparison


def compare(world: World, before: Sums | None = None) -> None:
    holdout_comparison(
        world.during,
        world.is_treated,
        units=world.units,
        strata=world.strata,
        before=before,
        redraw=None,
    )


def spoiled(column: str, value: float) -> World:
    world = make_world(1)
    numbers = getattr(world.during, column).copy()
    numbers[[2, 5]] = value
    return attrs.evolve(world, during=attrs.evolve(world.during, **{column: numbers}))


def still(world: World) -> World:
    empty = attrs.evolve(world.during, total=np.zeros(world.units.size))
    return attrs.evolve(world, during=empty)


def short(world: World) -> World:
    return attrs.evolve(world, during=world.during.only(world.units > 0))


def one_sided(world: World, *, treated: bool) -> World:
    return attrs.evolve(world, is_treated=np.full(world.units.size, treated))


def asleep(world: World) -> World:
    idle = Sums(total=np.zeros(world.units.size), weeks=np.zeros(world.units.size))
    return attrs.evolve(world, during=idle)


def of_one_firm(world: World) -> World:
    return attrs.evolve(world, units=np.zeros(world.units.size, dtype=np.int64))


def few(world: World) -> World:
    return attrs.evolve(world, is_treated=world.units < 1)


CASES = {
    "missing outcome": (
        spoiled("total", np.nan),
        "outcomes are missing or infinite",
        "not_finite",
    ),
    "infinite outcome": (
        spoiled("total", np.inf),
        "outcomes are missing or infinite",
        "not_finite",
    ),
    "negative weeks": (
        spoiled("weeks", -1.0),
        "active weeks are negative or missing",
        "not_finite",
    ),
    "missing weeks": (
        spoiled("weeks", np.nan),
        "active weeks are negative or missing",
        "not_finite",
    ),
    "all zeros": (still(make_world(1)), "every outcome is zero", "nothing_to_measure"),
    "other payees": (short(make_world(1)), "not of the same payees", "measure"),
    "treated only": (
        one_sided(make_world(1), treated=True),
        "one cohort only",
        "one_cohort",
    ),
    "held out only": (
        one_sided(make_world(1), treated=False),
        "one cohort only",
        "one_cohort",
    ),
    "one firm": (of_one_firm(make_world(1)), "of one unit", "too_few_units"),
    "nobody active": (asleep(make_world(1)), "no payee was active", "too_few_units"),
    "few payees": (few(make_world(1)), "too few payees", "too_few_units"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_read_is_refused_by_its_own_message(name: str) -> None:
    world, message, code = CASES[name]
    with pytest.raises(MeasureError, match=message) as error:
        compare(world)
    others = {text for _, text, _ in CASES.values()} - {message}
    assert not any(text in error.value.message for text in others)
    assert error.value.code == code
    assert error.value.problems
    assert all(problem.remedy for problem in error.value.problems)


def test_every_span_that_is_wrong_is_named_at_once() -> None:
    world = spoiled("total", np.nan)
    with pytest.raises(MeasureError) as error:
        compare(world, before=spoiled("weeks", -1.0).during)
    assert [problem.place for problem in error.value.problems] == [
        "during, total",
        "before, weeks",
    ]
    assert "missing or infinite and active weeks" in error.value.message
    assert error.value.problems[0].message.startswith("2 payees")


def test_weeks_before_that_nobody_worked_are_no_adjustment() -> None:
    world = make_world(2, lift=0.3)
    none = Sums(total=np.zeros(world.units.size), weeks=np.zeros(world.units.size))

    def estimate(before: Sums | None) -> tuple[float, float | None]:
        found = holdout_comparison(
            world.during,
            world.is_treated,
            units=world.units,
            before=before,
            redraw=None,
        )
        return found.value, found.standard_error

    assert estimate(none) == pytest.approx(estimate(None))
