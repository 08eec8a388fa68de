"""Do the models give the numbers in the literature?"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from openspiff.value import (
    Fit,
    Purchases,
    Tenures,
    expected_purchases,
    fit_repeat_purchases,
    fit_shifted_beta_geometric,
    fit_spend,
    life_table,
    life_tables,
    probability_alive,
    repeat_purchases,
    survival_ahead,
)

# The CDNOW sample: 2,357 customers, 39 weeks.
# BG/NBD: Fader, Hardie and Lee (2005), Marketing Science 24(2). Pareto/NBD: their table 1,
# and the R package BTYD on the same data. Both in weeks.
BG_NBD = {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}
PARETO_NBD = {"r": 0.5533, "alpha": 10.578, "s": 0.6062, "beta": 11.668}
# Fader and Hardie (2013), note 025: the 946 who bought again, in dollars.
GAMMA_GAMMA = {"p": 6.249, "q": 3.745, "v": 15.448}

# Fader and Hardie (2007): percent of 1,000 subscribers still there after 1, 2, ... 7 years.
REGULAR = [63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]
HIGH_END = [86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]


def cdnow(shared_data: Path) -> tuple[Purchases, np.ndarray]:
    with (shared_data / "causal" / "cdnow_summary_tx.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    frequency, recency, age, spend = (
        np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")
    )
    return Purchases(frequency=frequency, recency=recency, age=age), spend


def given_fit(model: str, parameters: dict[str, float]) -> Fit:
    return Fit(
        model=model,
        parameters=parameters,
        covariance=np.eye(len(parameters)),
        log_likelihood=0.0,
        customer_count=1,
    )


def cohort(survival: list[float]) -> Tenures:
    """Return 1,000 customers, of whom these percentages were left after each period."""
    left = np.array([1000, *(round(10 * share) for share in survival)])
    leaving = np.repeat(np.arange(1, left.size), -np.diff(left))
    tenure = np.concatenate([leaving, np.full(left[-1], left.size - 1)])
    return Tenures(tenure=tenure, has_left=np.arange(1000) < leaving.size)


def test_bg_nbd_of_cdnow_is_found(shared_data: Path) -> None:
    fit = fit_repeat_purchases(cdnow(shared_data)[0], seed=1)
    assert fit.parameters == pytest.approx(BG_NBD, abs=0.001)  # as printed
    assert fit.log_likelihood == pytest.approx(-9582.43, abs=0.005)  # half a digit
    assert fit.customer_count == 2357


def test_pareto_nbd_of_cdnow_is_found(shared_data: Path) -> None:
    fit = fit_repeat_purchases(cdnow(shared_data)[0], model="pareto_nbd", seed=1)
    assert fit.parameters == pytest.approx(PARETO_NBD, abs=0.001)  # as printed
    assert fit.log_likelihood == pytest.approx(-9595.0, abs=0.05)  # half a digit
    # The manual of BTYD, pnbd.PAlive, by its own fit: 0.2941633 for x = 0 in 39 weeks, 1
    # for x = 23 of which the last was just now.
    two = Purchases(frequency=[0, 23], recency=[0, 39], age=[39, 39])
    chance = probability_alive(fit, two)
    assert chance[0] == pytest.approx(0.2941633, abs=0.0005)  # its optimizer stops earlier
    assert chance[1] == 1.0


def test_gamma_gamma_of_cdnow_is_found_and_called_weak(shared_data: Path) -> None:
    purchases, spend = cdnow(shared_data)
    again = purchases.frequency > 0
    assert again.sum() == 946
    fit = fit_spend(spend[again], purchases.frequency[again], seed=1)
    assert fit.parameters == pytest.approx(GAMMA_GAMMA, abs=0.01)
    assert [one.code for one in fit.warnings] == ["weakly_identified"]


def test_conditional_expectation_of_the_note_is_found() -> None:
    # Fader, Hardie and Lee (2005), Implementing the BG/NBD Model in Excel: a customer with
    # x = 2, t_x = 30.43, T = 38.86 is expected to buy 1.226 times in the next 39 weeks.
    one = Purchases(frequency=[2], recency=[30.43], age=[38.86])
    found = expected_purchases(given_fit("bg_nbd", BG_NBD), one, horizon=39)
    assert found[0] == pytest.approx(1.226, abs=0.0005)  # half a digit


@pytest.mark.parametrize(
    ("survival", "alpha", "beta", "log_likelihood"),
    [(REGULAR, 0.704, 1.182, -1680.3), (HIGH_END, 0.668, 3.806, -1611.2)],
)
def test_shifted_beta_geometric_of_the_paper_is_found(
    survival: list[float], alpha: float, beta: float, log_likelihood: float
) -> None:
    fit = fit_shifted_beta_geometric(cohort(survival))
    # As printed; half a digit of the last place.
    assert fit.parameters == pytest.approx({"alpha": alpha, "beta": beta}, abs=0.0005)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.05)
    # The model is no table: it misses the years that it was fitted to by up to 1.9 points.
    fitted = 100 * survival_ahead(fit, 7)
    assert fitted[1:] == pytest.approx(survival, abs=1.9)
    assert fitted[0] == 100
    assert 100 * life_table(cohort(survival)).survival == pytest.approx(survival)


def test_kaplan_meier_of_the_leukemia_trial_is_found() -> None:
    # Weeks in remission on 6-MP, of 21 patients: Freireich (1963), Gehan (1965), as worked
    # out in Kleinbaum and Klein, Survival Analysis, with Greenwood's errors.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    went_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    table = life_table(Tenures(tenure=ended + went_on, has_left=np.arange(21) < 9))
    weeks = np.array([6, 7, 10, 13, 16, 22, 23]) - 1
    survival = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    errors = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert table.survival[weeks] == pytest.approx(survival, abs=0.0005)  # half a digit
    assert table.standard_error[weeks] == pytest.approx(errors, abs=0.00006)


def test_churn_of_the_telco_sample_differs_by_contract_term(shared_data: Path) -> None:
    path = shared_data / "b2b" / "telco" / "WA_Fn-UseC_-Telco-Customer-Churn.csv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    tenures = Tenures(
        tenure=[float(row["tenure"]) for row in rows],
        has_left=np.array([row["Churn"] == "Yes" for row in rows]),
    )
    tables = life_tables(tenures, np.array([row["Contract"] for row in rows]))
    shares = {name: 100 * table.left_share for name, table in tables.items()}
    expected = {"Month-to-month": 42.7, "One year": 11.3, "Two year": 2.8}
    assert shares == pytest.approx(expected, abs=0.05)  # half a digit
    # Who has no term leaves faster in every one of the first 60 months.
    assert (tables["Month-to-month"].high < tables["One year"].low)[2:60].all()


def test_transactions_of_cdnow_become_its_summary(shared_data: Path) -> None:
    purchases, spend = cdnow(shared_data)
    path = shared_data / "b2b" / "cdnow" / "CDNOW_sample.txt"
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    days = [dt.datetime.strptime(row[2], "%Y%m%d").toordinal() for row in rows]  # noqa: DTZ007
    found, amount_minor, names = repeat_purchases(
        np.array([int(row[1]) for row in rows]),
        np.array(days),
        as_of=dt.date(1997, 9, 30).toordinal(),
        amount_minor=np.array([100 * float(row[4]) for row in rows]),
    )
    assert names.tolist() == list(range(1, 2358))
    np.testing.assert_array_equal(found.frequency, purchases.frequency)
    # The summary is rounded to two digits.
    np.testing.assert_allclose(found.recency, purchases.recency, atol=0.00501)
    np.testing.assert_allclose(found.age, purchases.age, atol=0.00501)
    np.testing.assert_allclose(amount_minor, 100 * spend, atol=0.501)
