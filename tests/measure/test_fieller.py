"""Does the set of a ratio hold the truth as often as it says, also near a zero bottom?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from openspiff.measure import Estimate, MeasureError, fieller
from openspiff.measure._fieller import ratio_estimate

CRITICAL = 1.959963984540054


@pytest.mark.parametrize("bottom", [8.0, 2.0, 0.7])
def test_fieller_covers_the_true_ratio(bottom: float) -> None:
    draw = np.random.default_rng(7)
    top, rho, count = 3.0, 0.4, 4000
    noise = draw.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=count)
    held = 0
    for top_noise, bottom_noise in noise:
        found = fieller(
            top + top_noise,
            bottom + bottom_noise,
            top_variance=1.0,
            bottom_variance=1.0,
            covariance=rho,
            critical=CRITICAL,
        )
        held += found.holds(top / bottom)
    # 4,000 draws: the standard error of the share is 0.0034.
    assert held / count == pytest.approx(0.95, abs=0.012)


def test_weak_bottom_gives_an_unbounded_set() -> None:
    found = fieller(100.0, 1.0, top_variance=0.0, bottom_variance=1.0, critical=CRITICAL)
    assert found.shape == "outside"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high < 100
    assert found.holds(100.0)
    assert not found.holds(0.0)


def test_nothing_known_gives_every_value() -> None:
    found = fieller(0.1, 0.1, top_variance=1.0, bottom_variance=1.0, critical=CRITICAL)
    assert found.shape == "everything"
    assert found.holds(1e9)


def test_bottom_just_at_the_edge_gives_a_half_line() -> None:
    found = fieller(100.0, CRITICAL, top_variance=0, bottom_variance=1, critical=CRITICAL)
    assert found.shape == "from"
    assert found.holds(100 / CRITICAL)


@given(
    top=st.floats(-50, 50),
    bottom=st.floats(-50, 50),
    top_variance=st.floats(0, 10),
    bottom_variance=st.floats(0.01, 10),
    ratio=st.floats(-30, 30),
)
def test_a_ratio_is_in_the_set_exactly_when_its_test_does_not_reject(
    top: float, bottom: float, top_variance: float, bottom_variance: float, ratio: float
) -> None:
    found = fieller(
        top,
        bottom,
        top_variance=top_variance,
        bottom_variance=bottom_variance,
        critical=CRITICAL,
    )
    gap = (top - ratio * bottom) ** 2
    allowed = CRITICAL**2 * (top_variance + ratio**2 * bottom_variance)
    if abs(gap - allowed) > 1e-6 * (1 + gap + allowed):  # not on the edge itself
        assert found.holds(ratio) == (gap <= allowed)


MODEL = Estimate(
    name="gross",
    value=3.0,
    standard_error=1.0,
    low=1.0,
    high=5.0,
    method="holdout",
    tier="A",
    unit="units",
    unit_count=40,
    cluster_count=20,
)


def ratio(bottom: float, covariance: np.ndarray) -> Estimate:
    return ratio_estimate(
        MODEL,
        3.0,
        bottom,
        covariance=covariance,
        name="share",
        unit="share",
        bottom_name="number of payees",
    )


def test_firm_bottom_gives_an_estimate_with_the_linear_error() -> None:
    found = ratio(8.0, np.array([[1.0, 0.4], [0.4, 1.0]]))
    assert found.value == pytest.approx(3 / 8)
    # var(top - r bottom) / bottom^2, written out.
    variance = (1.0 - 2 * 0.4 * 3 / 8 + (3 / 8) ** 2) / 64
    assert found.standard_error == pytest.approx(variance**0.5)
    assert (found.shape, found.warnings) == ("between", ())
    assert found.method == "holdout; Fieller"


def test_known_bottom_gives_the_interval_of_the_top_divided() -> None:
    found = ratio(8.0, np.array([[1.0, 0.0], [0.0, 0.0]]))
    ends = ((3 - CRITICAL) / 8, (3 + CRITICAL) / 8)
    assert (found.low, found.high) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("bottom", "variance", "words"),
    [
        (1.0, 1.0, "any value up to"),
        (CRITICAL, 1.0, "any value from"),
        (-CRITICAL, 1.0, "any value up to"),
        (0.1, 9.0, "any value at all"),
    ],
)
def test_unbounded_set_is_said_in_words(bottom: float, variance: float, words: str) -> None:
    top_variance = 0.0 if variance == 1.0 else 9.0
    found = ratio(bottom, np.diag([top_variance, variance]))
    assert found.is_unbounded
    assert found.standard_error is None
    (caution,) = found.warnings
    assert caution.code == "unbounded"
    assert words in caution.sentence
    assert "number of payees is zero" in caution.sentence


def test_bottom_of_zero_is_refused() -> None:
    with pytest.raises(MeasureError, match="divides by zero") as error:
        ratio(0.0, np.eye(2))
    assert error.value.problems[0].remedy
