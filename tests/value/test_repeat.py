"""Are the models of repeat purchase what their definitions say?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1, roots_jacobi

from openspiff.value import (
    Fit,
    Purchases,
    WorthError,
    expected_purchases,
    expected_spend,
    fit_repeat_purchases,
    lifetime_values,
    log_likelihoods,
    probability_alive,
    repeat_purchases,
)

NAMES = {"bg_nbd": ("r", "alpha", "a", "b"), "pareto_nbd": ("r", "alpha", "s", "beta")}


def fit_of(model: str, *values: float) -> Fit:
    return Fit(
        model=model,
        parameters=dict(zip(NAMES.get(model, ("p", "q", "v")), values, strict=True)),
        covariance=np.eye(len(values)),
        log_likelihood=0.0,
        customer_count=1,
    )


def simulated(
    model: str,
    values: tuple[float, float, float, float],
    *,
    count: int,
    seed: int,
    age: float,
) -> tuple[Purchases, np.ndarray, np.ndarray]:
    """Return histories, who is alive, and purchases in as much time again (n each)."""
    draw = np.random.default_rng(seed)
    rate = draw.gamma(values[0], 1 / values[1], count)
    moments = np.cumsum(draw.exponential(1 / rate, (400, count)), axis=0)
    if model == "bg_nbd":
        # Who leaves does so right after a purchase.
        leaves = draw.random((400, count)) < draw.beta(values[2], values[3], count)
        last = np.where(leaves.any(axis=0), leaves.argmax(axis=0), 399)
        made = np.arange(400)[:, None] <= last
        alive = ~(leaves & (moments <= age)).any(axis=0)
    else:
        end = draw.exponential(1 / draw.gamma(values[2], 1 / values[3], count))
        made = moments <= end
        alive = end > age
    seen = made & (moments <= age)
    recency = np.where(seen, moments, 0.0).max(axis=0)
    later = (made & (moments > age) & (moments <= 2 * age)).sum(axis=0)
    history = Purchases(
        frequency=seen.sum(axis=0), recency=recency, age=np.full(count, age)
    )
    return history, alive, later


TRUTHS = {"bg_nbd": (0.8, 6.0, 0.9, 2.5), "pareto_nbd": (0.9, 8.0, 0.8, 12.0)}
every_model = pytest.mark.parametrize("model", TRUTHS)


@every_model
def test_planted_parameters_and_forecasts_are_recovered(model: str) -> None:
    truth = TRUTHS[model]
    history, alive, later = simulated(model, truth, count=5000, seed=4, age=40.0)
    fit = fit_repeat_purchases(history, model=model, seed=3)
    for name, planted in zip(NAMES[model], truth, strict=True):
        low, high = fit.interval(name)
        # Eight intervals of 95% in all: widened to four errors, so that none fails by luck.
        assert low / (high / low) ** 0.5 < planted < high * (high / low) ** 0.5
    # Means over 5,000 customers: four standard errors of what was drawn.
    chance = probability_alive(fit, history)
    assert chance.mean() == pytest.approx(alive.mean(), abs=4 * 0.5 / 5000**0.5)
    expected = expected_purchases(fit, history, horizon=40.0)
    spread = later.std() / 5000**0.5
    assert expected.mean() == pytest.approx(later.mean(), abs=4 * spread)
    # And customer by customer: those of the upper half do buy more.
    upper = expected > np.median(expected)
    assert later[upper].mean() == pytest.approx(expected[upper].mean(), rel=0.1)


@pytest.mark.slow
@every_model
def test_intervals_of_the_parameters_hold_the_truth(model: str) -> None:
    truth = TRUTHS[model]
    held = []
    for seed in range(60):
        history, _, _ = simulated(model, truth, count=3000, seed=seed, age=40.0)
        fit = fit_repeat_purchases(history, model=model)
        ends = [fit.interval(name) for name in NAMES[model]]
        held += [low < one < high for (low, high), one in zip(ends, truth, strict=True)]
    # Four intervals of a sample go together: three errors of a share of 60.
    assert np.mean(held) == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 60) ** 0.5)


def pareto_by_definition(
    values: list[float], x: float, recency: float, age: float
) -> float:
    """Return the log-likelihood with the moment of leaving integrated piece by piece."""
    r, alpha, s, beta = values

    def density(y: float) -> float:
        slow = (r + x) * np.log((alpha + y) / (alpha + recency))
        return float(np.exp(-slow - (s + 1) * np.log((beta + y) / (beta + recency))))

    ends = recency + (age - recency) * np.concatenate([[0.0], np.geomspace(1e-6, 1, 25)])
    pieces = itertools.pairwise(ends.tolist())
    total = sum(quad(density, a, b, epsabs=0, epsrel=1e-10)[0] for a, b in pieces)
    constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    stays = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    leaves = np.log(s * total) - (r + x) * np.log(alpha + recency)
    leaves -= (s + 1) * np.log(beta + recency)
    return float(constant + np.logaddexp(stays, leaves))


def test_pareto_nbd_agrees_with_its_definition_far_from_usual_values() -> None:
    draw = np.random.default_rng(5)
    for _ in range(60):
        r, s = np.exp(draw.uniform(np.log(0.05), np.log(30), 2)).tolist()
        alpha, beta = np.exp(draw.uniform(np.log(0.01), np.log(300), 2)).tolist()
        x = float(draw.choice([0, 1, 5, 100, 500]))
        age = float(draw.uniform(1, 300))
        recency = 0.0 if x == 0 else age * float(draw.uniform(0.02, 1))
        one = Purchases(frequency=[x], recency=[recency], age=[age])
        found = log_likelihoods(fit_of("pareto_nbd", r, alpha, s, beta), one)[0]
        expected = pareto_by_definition([r, alpha, s, beta], x, recency, age)
        # quad promises ten digits of the smaller part.
        assert found == pytest.approx(expected, rel=1e-9)


def test_bg_nbd_expectation_is_the_mean_over_how_customers_leave() -> None:
    # Given p, and l gamma, purchases to t are (1 - (1 + p t / since)^-(r+x)) / p; the mean
    # over p is by Gauss-Jacobi. Fader, Hardie and Lee (2005) has 2F1 instead.
    draw = np.random.default_rng(6)
    for _ in range(60):
        r, a, b = np.exp(draw.uniform(np.log(0.2), np.log(10), 3)).tolist()
        alpha, horizon = draw.uniform(1, 30), draw.uniform(1, 100)
        x = float(draw.choice([0, 1, 5, 40]))
        one = Purchases(frequency=[x], recency=[20.0 * (x > 0)], age=[30.0])
        nodes, weights = roots_jacobi(200, b + x - 1, a - 1)
        p = (nodes + 1) / 2
        counts = -np.expm1(-(r + x) * np.log1p(p * horizon / (alpha + 30))) / p
        expected = float(weights @ counts / weights.sum())
        fit = fit_of("bg_nbd", r, alpha, a, b)
        found = expected_purchases(fit, one, horizon=horizon) / probability_alive(fit, one)
        assert found[0] == pytest.approx(expected, rel=1e-8)  # both have ten digits


def test_expectations_agree_with_the_closed_forms_of_the_papers() -> None:
    # Of a new customer, BG/NBD: (a+b-1)/(a-1) (1 - (alpha/(alpha+t))^r 2F1(...)).
    new = Purchases(frequency=[0], recency=[0], age=[0])
    r, alpha, a, b, t = 0.243, 4.414, 0.793, 2.426, 52.0
    series = hyp2f1(r, b, a + b - 1, t / (alpha + t))
    expected = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * series)
    found = expected_purchases(fit_of("bg_nbd", r, alpha, a, b), new, horizon=t)
    assert found[0] == pytest.approx(expected, rel=1e-9)
    # Pareto/NBD: r beta / (alpha (s-1)) (1 - (beta/(beta+t))^(s-1)).
    s, beta = 0.606, 11.668
    expected = r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1))
    found = expected_purchases(fit_of("pareto_nbd", r, alpha, s, beta), new, horizon=t)
    assert found[0] == pytest.approx(expected, rel=1e-9)


@every_model
def test_discounting_takes_off_what_comes_late(model: str) -> None:
    fit = fit_of(model, *TRUTHS[model])
    some = Purchases(frequency=[3, 0], recency=[20, 0], age=[25, 25])
    # Added up by small steps instead, each discounted from its middle: errors are of the
    # order of the square of a step.
    steps = np.linspace(0, 30, 301)[1:]
    upto = np.array([expected_purchases(fit, some, horizon=step) for step in steps])
    made = np.diff(np.vstack([np.zeros(2), upto]), axis=0)
    expected = (1.01 ** -(steps - 0.05)) @ made
    found = expected_purchases(fit, some, horizon=30, discount_ppm=10_000)
    assert found == pytest.approx(expected, rel=1e-6)
    assert (found < expected_purchases(fit, some, horizon=30)).all()


@every_model
def test_unit_of_time_changes_only_the_parameters_that_are_times(model: str) -> None:
    weeks, _, _ = simulated(model, TRUTHS[model], count=800, seed=7, age=30.0)
    days = Purchases(
        frequency=weeks.frequency, recency=7 * weeks.recency, age=7 * weeks.age
    )
    one, other = (fit_repeat_purchases(one, model=model, seed=1) for one in (weeks, days))
    for name in NAMES[model]:
        ratio = 7.0 if name in {"alpha", "beta"} else 1.0
        # Both maxima are within 5e-5 errors of where they should be.
        close = 0.002 * other.standard_errors[name]
        assert other.parameters[name] == pytest.approx(
            ratio * one.parameters[name], abs=close
        )


@every_model
def test_seed_only_draws_where_the_search_begins(model: str) -> None:
    history, _, _ = simulated(model, TRUTHS[model], count=800, seed=8, age=30.0)
    one, other = (fit_repeat_purchases(history, model=model, seed=seed) for seed in (1, 2))
    # Both maxima are within 1e-9 of the highest log-likelihood, give or take rounding.
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-8)
    for name, error in one.standard_errors.items():
        close = 0.002 * error  # as above
        assert one.parameters[name] == pytest.approx(other.parameters[name], abs=close)


@every_model
def test_order_of_customers_is_irrelevant_and_input_is_left_alone(model: str) -> None:
    history, _, _ = simulated(model, TRUTHS[model], count=300, seed=9, age=30.0)
    before = history.recency.copy()
    order = np.random.default_rng(0).permutation(300)
    turned = Purchases(
        frequency=history.frequency[order],
        recency=history.recency[order],
        age=history.age[order],
    )
    one = fit_repeat_purchases(history, model=model)
    assert one.parameters == fit_repeat_purchases(turned, model=model).parameters
    np.testing.assert_array_equal(history.recency, before)


def test_customers_who_are_all_alike_are_refused() -> None:
    draw = np.random.default_rng(10)
    moments = np.cumsum(draw.exponential(2.0, (200, 300)), axis=0)
    seen = moments <= 40
    alike = Purchases(
        frequency=seen.sum(axis=0),
        recency=np.where(seen, moments, 0).max(axis=0),
        age=np.full(300, 40.0),
    )
    for model in TRUTHS:
        with pytest.raises(WorthError, match="no maximum") as error:
            fit_repeat_purchases(alike, model=model)
        assert "mean per customer" in error.value.problems[0].remedy


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"frequency": [], "recency": [], "age": []}, "frequency"),
        ({"recency": [5.0, -1.0]}, "recency"),
        ({"age": [4.0, 9.0]}, "age"),
        ({"frequency": [1.5, 1.0]}, "frequency"),
        ({"frequency": [-1.0, 1.0]}, "frequency"),
        ({"recency": [np.nan, 1.0]}, "recency"),
        ({"age": [np.inf, 9.0]}, "age"),
        ({"frequency": [0.0, 1.0]}, "recency"),
        ({"age": [9.0]}, "age"),
    ],
)
def test_history_that_cannot_be_is_refused_with_its_place(
    change: dict[str, list[float]], place: str
) -> None:
    good = {"frequency": [1.0, 2.0], "recency": [5.0, 6.0], "age": [9.0, 9.0]}
    assert Purchases(**good).age.size == 2
    with pytest.raises(WorthError) as error:
        Purchases(**{**good, **change})
    assert error.value.code == "value"
    assert place in {problem.place for problem in error.value.problems}
    assert all(problem.remedy for problem in error.value.problems)


@pytest.mark.parametrize(
    ("frequency", "found"),
    [([3.0], "1 customers"), ([0.0] * 50, "no customer bought again")],
)
def test_too_little_to_fit_is_refused_with_a_remedy(
    frequency: list[float], found: str
) -> None:
    recency = [4.0 * (one > 0) for one in frequency]
    few = Purchases(frequency=frequency, recency=recency, age=[9.0] * len(frequency))
    with pytest.raises(WorthError) as error:
        fit_repeat_purchases(few)
    assert found in {problem.message for problem in error.value.problems}
    assert all(problem.remedy for problem in error.value.problems)


def test_lifetime_value_is_purchases_times_spend_times_margin() -> None:
    some = Purchases(frequency=[3, 0], recency=[20, 0], age=[25, 25])
    buying, paying = fit_of("bg_nbd", *TRUTHS["bg_nbd"]), fit_of("gamma_gamma", 6, 4, 1500)
    spend = np.array([4000.0, 0.0])
    found = lifetime_values(buying, paying, some, spend, horizon=52, margin_ppm=250_000)
    count = expected_purchases(buying, some, horizon=52)
    assert found == pytest.approx(
        count * expected_spend(paying, spend, some.frequency) * 0.25, rel=1e-12
    )


def test_a_fit_of_another_model_is_refused() -> None:
    some = Purchases(frequency=[3], recency=[20], age=[25])
    buying, paying = fit_of("bg_nbd", *TRUTHS["bg_nbd"]), fit_of("gamma_gamma", 6, 4, 1500)
    for wrong in (
        lambda: expected_purchases(paying, some, horizon=52),
        lambda: expected_spend(buying, np.ones(1), np.ones(1)),
        lambda: expected_purchases(buying, some, horizon=0),
        lambda: expected_purchases(buying, some, horizon=9, discount_ppm=-1),
    ):
        with pytest.raises(WorthError) as error:
            wrong()
        assert error.value.problems[0].remedy


def test_purchases_of_one_day_are_one_purchase() -> None:
    customer = np.array(["b", "a", "a", "a", "b", "a"])
    day = np.array([10, 0, 7, 7, 24, 60])
    found, amount, names = repeat_purchases(
        customer, day, as_of=31, amount_minor=np.array([900, 100, 50, 60, 30, 70])
    )
    assert names.tolist() == ["a", "b"]
    assert found.frequency.tolist() == [1, 1]
    assert found.recency.tolist() == [1, 2]
    assert found.age == pytest.approx([31 / 7, 3])
    assert amount.tolist() == [110, 30]
    with pytest.raises(WorthError, match="nothing had been bought"):
        repeat_purchases(customer, day, as_of=-1)


def test_bg_nbd_of_a_customer_seen_buying_now_is_a_product_of_means() -> None:
    # A BG/NBD customer who bought once and is surely alive: L is a product of two means.
    r, alpha, a, b = 2.0, 5.0, 0.7, 1.9
    one = Purchases(frequency=[1], recency=[3.0], age=[3.0])
    gamma_part = r * alpha**r / (alpha + 3.0) ** (r + 1)
    leaving = np.exp(betaln(a + 1, b) - betaln(a, b))  # E[p]
    expected = np.log(gamma_part * (leaving + (1 - leaving)))
    found = log_likelihoods(fit_of("bg_nbd", r, alpha, a, b), one)
    assert found[0] == pytest.approx(expected, rel=1e-12)
