"""Are deeper discounts at a deadline found, less those that everyone gave?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from measure_bunching_worlds import (
    DAYS,
    DEADLINE,
    FIRST,
    Moves,
    after,
    holds,
    make_events,
)

from openspiff.measure import MeasureError
from openspiff.measure._bunching import DatedEvents, depth_at_deadline


def make_depth(events: DatedEvents, seed: int, *, deeper: float) -> np.ndarray:
    """Return discounts with a season, a trend and firms that differ."""
    generator = np.random.default_rng(seed)
    firm = np.asarray(events.clusters)
    habit = 0.03 * generator.normal(size=firm.max() + 1)
    place = events.day - FIRST.toordinal()
    depth = 0.1 + 0.02 * (place / DAYS) + 0.01 * (events.day % 7 == 5)
    depth += habit[firm[events.payee]] + 0.05 * generator.normal(size=place.size)
    depth[(place >= 175) & (place < 182)] += 0.02  # everyone gives more at quarter's end
    at_deadline = (place >= 175) & (place < 182) & events.is_treated[events.payee]
    depth[at_deadline] += deeper
    return depth


def test_deeper_discounts_at_the_deadline_are_covered_less_those_of_the_holdout() -> None:
    held, errors, worlds = [], [], 60
    for seed in range(worlds):
        events = make_events(seed, moves=Moves())
        depth = make_depth(events, seed, deeper=0.03)
        found = depth_at_deadline(events, depth, DEADLINE)
        held.append(holds(found.at_deadline, 0.03))
        errors.append(found.at_deadline.value - 0.03)
        assert found.at_deadline.tier == "A"
    # 60 worlds: the standard error of .95 is .028, two and a half of them.
    assert np.mean(held) == pytest.approx(0.95, abs=2.5 * 0.028), np.mean(held)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / worlds**0.5


def test_depth_without_a_holdout_keeps_the_season_and_says_so() -> None:
    events = make_events(2, moves=Moves(), firm_count=200, holdout_share=0.0)
    found = depth_at_deadline(events, make_depth(events, 2, deeper=0.03), DEADLINE)
    assert holds(found.at_deadline, 0.05)
    assert found.at_deadline.tier == "E"
    assert "no_holdout" in {one.code for one in found.at_deadline.warnings}
    late = (found.path.day >= after(175).toordinal()) & (
        found.path.day < after(182).toordinal()
    )
    assert (found.path.observed - found.path.expected)[late].mean() == pytest.approx(
        0.05,
        abs=0.01,  # some 150 events: standard error .004 with the habits of firms
    )


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_depth_that_is_missing_or_infinite_is_refused(wrong: float) -> None:
    events = make_events(3)
    depth = make_depth(events, 3, deeper=0.0)
    depth[0] = wrong
    with pytest.raises(MeasureError, match="depths") as error:
        depth_at_deadline(events, depth, DEADLINE)
    assert error.value.problems[0].remedy


def test_holdout_without_an_event_at_the_deadline_is_refused_for_depth() -> None:
    events = make_events(4)
    place = events.day - FIRST.toordinal()
    kept = events.is_treated[events.payee] | (place < 175) | (place >= 182)
    fewer = attrs.evolve(events, day=events.day[kept], payee=events.payee[kept])
    with pytest.raises(MeasureError, match="too few events") as error:
        depth_at_deadline(fewer, np.full(int(kept.sum()), 0.1), DEADLINE)
    assert error.value.problems[0].place == "held out, deadline"


def test_order_of_rows_is_irrelevant_and_input_is_left_as_it_was_for_depth() -> None:
    events = make_events(5, moves=Moves())
    depth = make_depth(events, 5, deeper=0.03)
    kept = depth.copy()
    order = np.random.default_rng(1).permutation(depth.size)
    mixed = attrs.evolve(events, day=events.day[order], payee=events.payee[order])
    one = depth_at_deadline(events, depth, DEADLINE).at_deadline
    other = depth_at_deadline(mixed, depth[order], DEADLINE).at_deadline
    assert (one.value, one.standard_error) == (
        pytest.approx(other.value, rel=1e-9),
        pytest.approx(other.standard_error, rel=1e-9),
    )
    np.testing.assert_array_equal(depth, kept)
