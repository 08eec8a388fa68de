"""Do the holdout estimator and the set of a ratio give the numbers in the literature?"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from openspiff.measure import Sums, fieller, holdout_comparison
from openspiff.measure._least_squares import critical_value

# LaLonde (1986), American Economic Review 76(4): the NSW experiment, 722 men.
# Dehejia and Wahba (1999), JASA 94(448): its subset with earnings of 1974, 445 men, and the
# comparison group PSID-1, which shows what a comparison without chance can do.
CASES = [
    ("DAAG_nswdemo.csv", "classical", 886.30, 472.09),
    ("DAAG_nsw74demo.csv", "classical", 1794.34, 632.85),
    ("DAAG_nsw74demo.csv", "CR2", 1794.34, 671.00),  # single units: HC2
    ("DAAG_nsw74psid1.csv", "classical", -15204.8, 1154.6),
]


@pytest.mark.parametrize(("file", "errors", "effect", "standard_error"), CASES)
def test_published_difference_in_means_is_found(
    shared_data: Path, file: str, errors: str, effect: float, standard_error: float
) -> None:
    with (shared_data / "causal" / file).open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    earned = np.array([float(row["re78"]) for row in rows])
    found = holdout_comparison(
        Sums(total=earned, weeks=np.ones(earned.size)),
        np.array([row["trt"] == "1" for row in rows]),
        units=np.arange(earned.size),
        errors=errors,
    )
    tolerance = 0.01 if abs(effect) < 10_000 else 0.06  # printed to one decimal place
    assert found.value == pytest.approx(effect, abs=tolerance)
    assert found.standard_error == pytest.approx(standard_error, abs=tolerance)


# Cushny and Peebles (1905), as in Student (1908), Biometrika 6(1): hours of sleep that ten
# patients gained by each of two drugs; means .75 and 2.33, difference 1.58, t 4.06.
FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def moments() -> dict[str, float]:
    spread = np.cov(FIRST, SECOND) / FIRST.size
    return {
        "top_variance": spread[0, 0],
        "bottom_variance": spread[1, 1],
        "covariance": spread[0, 1],
    }


def test_students_sleep_data_are_as_published() -> None:
    found = stats.ttest_1samp(SECOND - FIRST, 0.0)
    assert (FIRST.mean(), SECOND.mean()) == pytest.approx((0.75, 2.33))
    assert found.statistic == pytest.approx(4.06, abs=0.005)  # printed to two places


def test_ratio_of_students_sleep_data_ends_where_the_t_test_rejects() -> None:
    found = fieller(0.75, 2.33, critical=critical_value(9), **moments())
    assert found.shape == "between"
    for end in (found.low, found.high):
        assert end is not None
        # Fieller's set is made of the ratios r for which first - r second has mean zero.
        p_value = stats.ttest_1samp(FIRST - end * SECOND, 0.0).pvalue
        assert p_value == pytest.approx(0.05, abs=1e-9)  # rounding of doubles
    assert found.holds(0.75 / 2.33)


def test_ratio_to_a_drug_that_may_do_nothing_is_unbounded() -> None:
    # The first drug has t 1.33 on 9 degrees of freedom: it may have no effect at all.
    assert stats.ttest_1samp(FIRST, 0.0).statistic == pytest.approx(1.33, abs=0.005)
    whole = moments()
    found = fieller(
        2.33,
        0.75,
        top_variance=whole["bottom_variance"],
        bottom_variance=whole["top_variance"],
        covariance=whole["covariance"],
        critical=critical_value(9),
    )
    other = fieller(0.75, 2.33, critical=critical_value(9), **whole)
    assert found.shape == "outside"
    assert other.low is not None
    assert other.high is not None
    # Turned around, the set of the one is that of the other.
    ends = sorted((1 / other.low, 1 / other.high))
    assert (found.low, found.high) == pytest.approx(ends)
