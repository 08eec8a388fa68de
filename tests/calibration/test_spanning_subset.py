"""Are intervals, errors and p-values what they claim, all over the grid of worlds?

`make slow` runs 200 simulations of each world; `make calibrate` 2,000, for the docs.
"""

from __future__ import annotations

import pytest
from calibration.grid import Point, spanning_subset
from calibration.harness import Found, new_pool, spanning_results
from calibration.measure_methods import METHODS

SIMULATIONS = 200
POINTS = spanning_subset()


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_every_target_is_hit_but_where_the_docs_say_it_is_not(point: Point) -> None:
    limits = {method.name: method.limits(point) for method in METHODS}
    with new_pool(2) as pool:
        results = list(spanning_results(METHODS, [point], SIMULATIONS, seed=1, pool=pool))
    assert [one.method for _, one in results] == [method.name for method in METHODS]
    assert {one.method: unexpected(one, limits) for _, one in results} == dict.fromkeys(
        limits, ()
    )


def unexpected(found: Found, limits: dict[str, frozenset[str]]) -> tuple[str, ...]:
    return tuple(name for name in found.missed if name not in limits[found.method])
