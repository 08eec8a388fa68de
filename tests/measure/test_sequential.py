"""May a running holdout be read every week without finding what is not there?"""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest

from openspiff.measure import Estimate, MeasureError
from openspiff.measure._sequential import boundary, sequential_estimate

LOOKS = 40
WORLDS = 400


def running(value: float, error: float, **changes: object) -> Estimate:
    plain = Estimate(
        name="gross",
        value=value,
        standard_error=error,
        low=value - 1.96 * error,
        high=value + 1.96 * error,
        method="randomized holdout",
        tier="A",
        unit="units per payee-week",
        unit_count=120,
        cluster_count=120,
        p_value=0.01,
    )
    return attrs.evolve(plain, **changes)


def looks(seed: int, *, lift: float = 0.0, lasting: float = 0.5) -> list[Estimate]:
    """Compare 60 treated with 60 held-out payees after each of 40 weeks.

    Payees differ for good (standard deviation `lasting`) and from week to week with
    autocorrelation .5; the error is that of the difference of the means so far.
    """
    draw = np.random.default_rng(seed)
    noise = np.empty((120, LOOKS))
    noise[:, 0] = draw.normal(0, 1, 120)
    for week in range(1, LOOKS):
        fresh = draw.normal(0, 0.75**0.5, 120)
        noise[:, week] = 0.5 * noise[:, week - 1] + fresh
    y = noise + draw.normal(0, lasting, 120)[:, None]
    y[:60] += lift
    rate = y.cumsum(axis=1) / np.arange(1, LOOKS + 1)
    treated, held_out = rate[:60], rate[60:]
    values = treated.mean(axis=0) - held_out.mean(axis=0)
    errors = np.sqrt((treated.var(axis=0, ddof=1) + held_out.var(axis=0, ddof=1)) / 60)
    return [running(float(v), float(e)) for v, e in zip(values, errors, strict=True)]


def is_ever_found(seed: int, planned_error: float | None, lasting: float) -> bool:
    found = [
        sequential_estimate(one, elapsed_share=(week + 1) / LOOKS)
        if planned_error is None
        else sequential_estimate(one, planned_error=planned_error)
        for week, one in enumerate(looks(seed, lasting=lasting))
    ]
    return any(one.excludes_zero for one in found)


@pytest.mark.parametrize("planned_error", [None, 0.1])
@pytest.mark.parametrize("lasting", [0.0, 0.5])
def test_lift_that_is_not_there_is_hardly_ever_found(
    planned_error: float | None, lasting: float
) -> None:
    found = [is_ever_found(seed, planned_error, lasting) for seed in range(WORLDS)]
    # 400 worlds: the standard error of a share of .05 is .011; two of them.
    assert np.mean(found) <= 0.05 + 0.022


def test_usual_interval_read_every_week_finds_what_is_not_there() -> None:
    # The control: these looks are often and long enough to mislead.
    found = [
        any(one.excludes_zero for one in looks(seed, lasting=0.0)) for seed in range(WORLDS)
    ]
    assert np.mean(found) > 0.20


@pytest.mark.slow
def test_boundary_holds_over_10000_looks() -> None:
    times = np.arange(1, 10_001)
    bound = np.array([boundary(float(time) / 5_000) for time in times])
    crossed = 0
    for seed in range(2_000):
        path = np.random.default_rng(seed).normal(size=10_000).cumsum() / np.sqrt(times)
        crossed += bool((np.abs(path) > bound).any())
    # 2,000 worlds: two standard errors of .005.
    assert crossed / 2_000 <= 0.05 + 0.01


def test_lift_that_is_there_is_found_before_the_end() -> None:
    weeks = []
    for seed in range(50):
        found = [
            sequential_estimate(one, planned_error=0.1).excludes_zero
            for one in looks(seed, lift=0.8)
        ]
        weeks.append(found.index(True) if True in found else LOOKS)
    assert np.median(weeks) < LOOKS / 2


def test_boundary_is_the_mixture_of_the_paper() -> None:
    # Waudby-Smith et al., theorem 2.2, with t observations of variance 1 and rho chosen
    # for t = 50 by their closed form.
    rho_squared = (-2 * math.log(0.05) + math.log(1 - 2 * math.log(0.05))) / 50
    t = 50
    inside = t * rho_squared + 1
    radius = math.sqrt(2 * inside / (t**2 * rho_squared) * math.log(inside**0.5 / 0.05))
    # Their rho is the first term of the optimum that is used here, to within a percent.
    assert boundary(1.0) == pytest.approx(radius * math.sqrt(t), rel=0.01)
    assert boundary(1.0) <= radius * math.sqrt(t)


def test_boundary_is_lowest_where_the_plan_ends() -> None:
    shares = np.linspace(0.05, 4.0, 400)
    bounds = [boundary(float(share)) for share in shares]
    # One step of the grid.
    assert shares[int(np.argmin(bounds))] == pytest.approx(1.0, abs=0.01)
    assert boundary(1.0) == pytest.approx(3.03, abs=0.01)  # by hand: 1.55 x 1.96


def test_interval_says_what_it_is() -> None:
    found = sequential_estimate(running(0.3, 0.1), planned_error=0.05)
    assert found.value == 0.3
    assert found.method.endswith("sequential")
    assert found.p_value is None
    assert [one.code for one in found.warnings] == ["sequential"]
    assert found.high - found.low == pytest.approx(2 * 0.1 * boundary(0.25))


def test_few_clusters_are_named_and_widen_the_interval() -> None:
    few = running(0.3, 0.1, cluster_count=12, degrees_of_freedom=5.0)
    found = sequential_estimate(few, planned_error=0.05)
    assert "sequential_few_clusters" in {one.code for one in found.warnings}
    wide = sequential_estimate(running(0.3, 0.1), planned_error=0.05)
    assert found.low < wide.low


@pytest.mark.parametrize(
    ("estimate", "plan", "said"),
    [
        (
            running(0.3, 0.1, standard_error=None),
            {"planned_error": 0.1},
            "no standard error",
        ),
        (running(0.3, 0.1, shape="outside"), {"planned_error": 0.1}, "no standard error"),
        (running(0.3, 0.1, tier="B"), {"planned_error": 0.1}, "tier B"),
        (running(0.3, 0.1), {}, "one of two"),
        (running(0.3, 0.1), {"planned_error": 0.1, "elapsed_share": 0.5}, "one of two"),
        (running(0.3, 0.1), {"planned_error": 0.0}, "planned_error"),
        (running(0.3, 0.1), {"elapsed_share": 1.5}, "elapsed_share"),
        (running(0.3, 0.1), {"elapsed_share": float("nan")}, "elapsed_share"),
    ],
)
def test_what_cannot_be_read_early_raises_with_a_remedy(
    estimate: Estimate, plan: dict[str, float], said: str
) -> None:
    with pytest.raises(MeasureError, match=said) as error:
        sequential_estimate(estimate, **plan)
    assert all(problem.remedy for problem in error.value.problems)
