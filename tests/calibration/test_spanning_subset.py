"""Are intervals, errors and p-values what they claim, all over the grid of worlds?

`make slow` runs 200 simulations of each world; `make calibrate` 2,000, for the docs.
"""

from __future__ import annotations

import pytest
from calibration.grid import WORLDS, Point, spanning_subset
from calibration.harness import Found, new_pool, other_results, spanning_results
from calibration.methods import (
    METHODS,
)
from calibration.other_worlds import OTHER_WORLDS

SIMULATIONS = 200
POINTS = spanning_subset()
OF_GRID = [method for method in METHODS if method.world in WORLDS]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_every_target_is_hit_but_where_the_docs_say_it_is_not(point: Point) -> None:
    limits = {method.name: method.limits(point) for method in OF_GRID}
    with new_pool(2) as pool:
        results = list(spanning_results(OF_GRID, [point], SIMULATIONS, seed=1, pool=pool))
    assert [one.method for _, one in results] == [method.name for method in OF_GRID]
    assert {one.method: unexpected(one, limits) for _, one in results} == dict.fromkeys(
        limits, ()
    )


@pytest.mark.slow
@pytest.mark.parametrize("world", OTHER_WORLDS)
def test_every_target_is_hit_beside_the_grid(world: str) -> None:
    methods = [one for one in METHODS if one.world == world and not one.is_control]
    with new_pool(2) as pool:
        results = list(other_results(methods, SIMULATIONS, seed=1, pool=pool))
    assert len(results) == len(methods) * len(OTHER_WORLDS[world])
    assert {(one.method, one.design): one.missed for one in results} == {
        (one.method, one.design): () for one in results
    }
    # Nothing is broken in these worlds, so an answer is seldom withheld.
    assert max(one.withheld_share for one in results) < 0.2


def unexpected(found: Found, limits: dict[str, frozenset[str]]) -> tuple[str, ...]:
    return tuple(name for name in found.missed if name not in limits[found.method])
