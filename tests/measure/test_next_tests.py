"""Does the answer propose a next test of a size that would find something?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from measure_worlds import daily_sales, enrol, make_program, measured as ask

from openspiff.events import Feed
from openspiff.program import Enrolment

World = tuple[Feed, Enrolment | None, int]


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("flat"))


def found_from(sentence: str) -> tuple[int, int]:
    """Return the lift and the net lift that a sentence promises to find, in percent."""
    (found,) = re.findall(r"a lift from (\d+)% would .*?\(net: (\d+)%\)", sentence)
    return int(found[0]), int(found[1])


def test_holdout_is_proposed_with_what_it_would_find(flat: World) -> None:
    first = ask((flat[0], None, 0), program=make_program(holdout=None)).next_tests[0]
    assert first.startswith("Hold out 20% of the payees")
    assert "With 20% of 60 payees held out" in first
    gross, net = found_from(first)
    # 12 against 48 payees of 2.1 a week over 5 weeks, Poisson but for what lasts:
    # error (2.1 / 5 (1 + 5/8) (1/12 + 1/48))^.5 = .27, or 13%, found from 2.9 of them.
    assert 33 <= gross <= 43
    assert net > gross


def test_side_too_small_for_the_formula_promises_nothing(tmp_path: Path) -> None:
    few = daily_sales(tmp_path, payee_count=12)
    first = ask((few[0], None, 0), program=make_program(holdout=None)).next_tests[0]
    assert first.startswith("Hold out half of the payees")
    assert "too few to promise" in first
    assert "four times in five" not in first


def test_number_of_programs_to_pool_is_not_capped(flat: World) -> None:
    answer = ask(flat)
    assert answer.headline is not None
    least = 2.8 * (answer.headline.standard_error or 0.0)
    times = (least / answer.headline.value) ** 2
    said = answer.next_tests[0]
    assert times > 16
    assert "than is practical" in said
    assert "about 16" not in said
    assert "With half" not in said  # 40% are held out: half is hardly another design
    assert found_from(said)[0] < 60
    assert "With a baseline of 16 weeks" in said


def test_holdout_that_could_not_be_measured_is_not_run_again(flat: World) -> None:
    held = {f"p{one:03d}": one < 3 for one in range(60)}
    answer = ask((flat[0], enrol(held), 0))
    assert answer.headline is None
    assert answer.next_tests[0].startswith("Hold out half of the payees")
    assert not any("same holdout" in one for one in answer.next_tests)


def test_floor_is_proposed_with_its_level(tmp_path: Path) -> None:
    world = daily_sales(tmp_path, lift=0.12)
    answer = ask(world, paid_minor=world[2] * 1_000, paid_units=float(world[2]))
    assert answer.dead_weight is not None
    assert answer.dead_weight.low > 0.5  # type: ignore[operator]
    floor = next(one for one in answer.next_tests if one.startswith("Pay "))
    # 0.3 a day are 10.5 in five weeks; a payee's own talent moves the median below it.
    (usual,) = re.findall(r"sold (\d+) or fewer", floor)
    assert 8 <= int(usual) <= 12


def test_running_it_again_narrows_the_error_by_what_two_programs_do(
    tmp_path: Path,
) -> None:
    world = daily_sales(tmp_path, lift=0.3)
    cheap = ask(world, paid_minor=world[2] * 25_000, paid_units=1.0)
    assert cheap.next_tests == (cheap.next_tests[0],)
    assert "29% smaller" in cheap.next_tests[0]
    assert "halve" not in cheap.next_tests[0]
    assert "With 40% of 60 payees held out" in cheap.next_tests[0]
