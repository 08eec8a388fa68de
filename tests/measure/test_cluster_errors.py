"""Do the errors by cluster agree with their definition, written out without thrift?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from openspiff.measure import MeasureError
from openspiff.measure._least_squares import choose_errors, fit_coefficient


def dense_cr2(
    y: np.ndarray, x: np.ndarray, cluster: np.ndarray
) -> tuple[float, float, float]:
    """Return coefficient 0, its CR2 error and degrees of freedom, with n x n matrices."""
    size = y.size
    bread = np.linalg.inv(x.T @ x)
    annihilator = np.eye(size) - x @ bread @ x.T
    coefficients = bread @ x.T @ y
    residual = y - x @ coefficients
    meat = np.zeros((x.shape[1], x.shape[1]))
    columns = []
    for one in np.unique(cluster):
        rows = np.flatnonzero(cluster == one)
        block = annihilator[np.ix_(rows, rows)]
        adjust = np.real(linalg.fractional_matrix_power(block, -0.5))
        score = x[rows].T @ adjust @ residual[rows]
        meat += np.outer(score, score)
        columns.append(annihilator[rows].T @ adjust @ x[rows] @ bread[:, 0])
    table = np.column_stack(columns)
    gram = table.T @ table
    variance = (bread @ meat @ bread)[0, 0]
    return coefficients[0], variance**0.5, np.trace(gram) ** 2 / np.trace(gram @ gram)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("by_cluster", [True, False])
def test_cr2_agrees_with_dense_matrices(seed: int, by_cluster: bool) -> None:
    draw = np.random.default_rng(seed)
    cluster = np.sort(draw.integers(0, 9, 60))
    cluster = np.unique(cluster, return_inverse=True)[1]
    treated = cluster % 3 == 0 if by_cluster else draw.random(60) < 0.4
    others = np.column_stack([np.ones(60), draw.normal(size=(60, 2))])
    weights = draw.uniform(0.5, 2.0, 60)
    y = draw.normal(size=60) + draw.normal(size=9)[cluster]
    root = np.sqrt(weights)
    x = np.column_stack([treated, others]) * root[:, None]
    found = fit_coefficient(
        y,
        treated.astype(float),
        others,
        cluster=cluster,
        errors="CR2",
        weights=weights,
    )
    wanted = dense_cr2(y * root, x, cluster)
    got = (found.coefficient, found.standard_error, found.degrees_of_freedom)
    assert got == pytest.approx(wanted, rel=1e-8)


def test_cr2_of_single_units_is_hc2() -> None:
    draw = np.random.default_rng(1)
    treated = np.arange(30) < 11
    y = draw.normal(size=30) + treated
    found = fit_coefficient(
        y, treated.astype(float), np.ones((30, 1)), cluster=np.arange(30), errors="CR2"
    )
    neyman = y[treated].var(ddof=1) / 11 + y[~treated].var(ddof=1) / 19
    assert found.standard_error == pytest.approx(neyman**0.5)


def test_cr1_carries_the_usual_correction() -> None:
    draw = np.random.default_rng(2)
    cluster = np.repeat(np.arange(50), 4)
    treated = cluster % 2 == 0
    x = np.column_stack([treated, np.ones(200)]).astype(float)
    y = draw.normal(size=200) + draw.normal(size=50)[cluster]
    bread = np.linalg.inv(x.T @ x)
    residual = y - x @ (bread @ x.T @ y)
    scores = np.array([x[cluster == one].T @ residual[cluster == one] for one in range(50)])
    variance = (bread @ scores.T @ scores @ bread)[0, 0] * 50 / 49 * 199 / 198
    found = fit_coefficient(
        y, treated.astype(float), np.ones((200, 1)), cluster=cluster, errors="CR1"
    )
    assert found.standard_error == pytest.approx(variance**0.5)
    assert found.degrees_of_freedom == 49


@pytest.mark.parametrize(
    ("treated_count", "other_count", "errors"),
    [(80, 20, "CR1"), (50, 49, "CR2"), (500, 19, "CR2"), (500, 500, "CR1")],
)
def test_few_clusters_in_all_or_on_one_side_get_the_small_sample_errors(
    treated_count: int, other_count: int, errors: str
) -> None:
    side = np.arange(treated_count + other_count) < treated_count
    assert choose_errors(side, np.arange(side.size)) == errors


def test_sides_that_never_meet_in_a_stratum_are_refused() -> None:
    treated = np.arange(20) < 10
    strata = np.column_stack([treated, ~treated]).astype(float)
    with pytest.raises(MeasureError, match="at least one stratum"):
        fit_coefficient(
            np.arange(20.0) ** 2,
            treated.astype(float),
            strata,
            cluster=np.arange(20),
            errors="CR2",
        )
