"""Does the holdout estimator, without adjustments, give the numbers in the literature?"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from openspiff.measure import Sums, holdout_comparison

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
