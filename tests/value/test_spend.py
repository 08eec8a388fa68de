"""Is the model of spend what its definition says?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from openspiff.value import Fit, WorthError, expected_spend, fit_spend


def spending(count: int, seed: int, *, tie: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return mean spend and number of purchases, gamma-gamma with p 6, q 4, v 1500."""
    draw = np.random.default_rng(seed)
    number = draw.integers(1, 9, count).astype(float)
    level = draw.gamma(4.0, 1 / 1500, count)
    spend = draw.gamma(6 * number) / (level * number) * (1 + tie * number)
    return spend, number


def test_planted_spend_is_recovered() -> None:
    spend, number = spending(6000, 11)
    fit = fit_spend(spend, number)
    for name, planted in {"p": 6.0, "q": 4.0, "v": 1500.0}.items():
        low, high = fit.interval(name)
        assert low / (high / low) ** 0.5 < planted < high * (high / low) ** 0.5  # 4 errors
    everybody = expected_spend(fit, np.zeros(1), np.zeros(1))[0]
    assert everybody == pytest.approx(6 * 1500 / 3, rel=0.04)  # 4 errors of the mean
    # Who bought often is believed, who bought once is drawn towards everybody.
    once, often = expected_spend(fit, np.array([9000.0, 9000.0]), np.array([1.0, 100.0]))
    assert everybody < once < often < 9000.0


def test_gamma_gamma_density_adds_up_to_one() -> None:
    spend, number = spending(400, 12)
    fit = fit_spend(spend, number)
    p, q, v = fit.parameters.values()

    def density(z: float, x: float) -> float:
        # Equation (1a) of the note as printed.
        logs = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        logs += (
            (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(x * z + v)
        )
        return float(np.exp(logs))

    total, _ = quad(density, 0, np.inf, args=(3.0,), epsrel=1e-9)
    assert total == pytest.approx(1.0, abs=1e-6)  # what quad promises
    printed = sum(np.log(density(z, x)) for z, x in zip(spend, number, strict=True))
    assert fit.log_likelihood == pytest.approx(printed, abs=1e-6)


def test_spend_that_goes_with_frequency_is_said() -> None:
    apart = fit_spend(*spending(2000, 13)).warnings
    assert "spend_depends_on_frequency" not in {one.code for one in apart}
    tied = fit_spend(*spending(2000, 13, tie=0.5)).warnings
    assert "spend_depends_on_frequency" in {one.code for one in tied}


def test_mean_spend_without_an_end_is_refused() -> None:
    endless = Fit(
        model="gamma_gamma",
        parameters={"p": 6.0, "q": 0.9, "v": 15.0},
        covariance=np.eye(3),
        log_likelihood=0.0,
        customer_count=1,
    )
    with pytest.raises(WorthError, match="does not exist") as error:
        expected_spend(endless, np.ones(1), np.ones(1))
    assert error.value.problems[0].remedy


@pytest.mark.parametrize(
    ("spend", "number"),
    [
        ([], []),
        ([0.0] * 20, [1.0] * 20),
        ([5.0] * 20, [0.0] * 20),
        ([5.0] * 20, [1.5] * 20),
        ([5.0] * 20, [1.0] * 20),
        ([5.0, 6.0], [1.0, 1.0]),
        ([5.0, np.nan], [1.0, 1.0]),
    ],
)
def test_spend_that_tells_nothing_is_refused(
    spend: list[float], number: list[float]
) -> None:
    with pytest.raises(WorthError) as error:
        fit_spend(np.array(spend), np.array(number))
    assert all(problem.remedy for problem in error.value.problems)
