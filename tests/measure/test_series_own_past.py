"""What does one series say of a program that everyone was in?"""

from __future__ import annotations

import datetime as dt

import attrs
import numpy as np
import pytest

from openspiff.measure import MeasureError
from openspiff.measure._series import OwnPast, Series, own_past, quarter_phases

KNOWN, FROM, BEFORE = 72, 73, 79
MONDAY = dt.date(2023, 1, 2)
WEEKS = [MONDAY + dt.timedelta(days=7 * number) for number in range(BEFORE)]


def make_series(seed: int, *, lift: float = 0.0, wander: float = 0.1) -> Series:
    """Make sales by week with a market, a season by phase of quarter and a level."""
    generator = np.random.default_rng(seed)
    market = generator.normal(size=BEFORE)
    phases = quarter_phases(WEEKS, day_count=7)
    season = np.array([0.0, 0.3, 0.6, 1.0, 3.0])[phases]
    level = 10 + wander * np.cumsum(generator.normal(size=BEFORE))
    outcome = level + season + market + generator.normal(size=BEFORE)
    outcome[FROM:] += lift
    return Series(
        outcome=outcome, payee_count=40, covariates=market[:, None], phases=phases
    )


def measured(series: Series) -> OwnPast:
    return own_past(series, baseline_before=KNOWN, window_from=FROM, window_before=BEFORE)


def refused(series: Series) -> MeasureError:
    with pytest.raises(MeasureError) as error:
        measured(series)
    assert error.value.problems
    assert all(problem.remedy for problem in error.value.problems)
    return error.value


def test_planted_effect_is_recovered() -> None:
    found = [measured(make_series(seed, lift=4.0)).average for seed in range(8)]
    errors = [one.standard_error or 0.0 for one in found]
    mean = np.mean([one.value for one in found])
    # Eight worlds: three standard errors of their mean.
    assert mean == pytest.approx(4.0, abs=3 * np.mean(errors) / 8**0.5)
    assert all(one.excludes_zero for one in found)
    assert {one.tier for one in found} == {"D"}


def test_total_is_the_average_times_the_periods_of_the_window() -> None:
    found = measured(make_series(1, lift=1.0))
    for end in ("value", "standard_error", "low", "high"):
        assert getattr(found.total, end) == pytest.approx(
            6 * getattr(found.average, end), rel=1e-12
        )
    assert found.path.cumulated[-1] == pytest.approx(found.total.value, rel=1e-12)
    assert found.path.cumulated_low[-1] == pytest.approx(found.total.low, rel=1e-9)
    assert found.path.cumulated_high[-1] == pytest.approx(found.total.high, rel=1e-9)


def test_effect_is_what_was_observed_less_what_was_foretold() -> None:
    series = make_series(2, lift=1.0)
    found = measured(series)
    assert found.path.forecast.shape == (BEFORE - KNOWN,)
    assert found.path.fitted.shape == (KNOWN,)
    effect = series.outcome[FROM:] - found.path.forecast[FROM - KNOWN :]
    np.testing.assert_allclose(np.cumsum(effect), found.path.cumulated, rtol=1e-9)
    # The fit leaves about the noise (1) that was planted: far less than the series varies.
    rest = series.outcome[:KNOWN] - found.path.fitted
    assert 0.6 < rest.std() < 1.2 < series.outcome[:KNOWN].std()


def test_announcement_weeks_are_not_counted() -> None:
    series = make_series(3)
    disturbed = series.outcome.copy()
    disturbed[KNOWN:FROM] -= 50.0
    one, other = measured(series), measured(attrs.evolve(series, outcome=disturbed))
    assert one.average == other.average


def test_covariates_and_phases_narrow_the_interval() -> None:
    series = make_series(4)
    bare = attrs.evolve(series, covariates=None, phases=None)
    assert (measured(series).average.standard_error or 0) < 0.7 * (
        measured(bare).average.standard_error or 0
    )


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_of_outcome_and_covariates_scale_nothing_but_the_answer(
    factor: float,
) -> None:
    series = make_series(5, lift=1.0)
    assert series.covariates is not None
    scaled = attrs.evolve(
        series, outcome=factor * series.outcome, covariates=7 + series.covariates / factor
    )
    one, other = measured(series).average, measured(scaled).average
    assert other.value == pytest.approx(factor * one.value, rel=1e-6)
    assert other.high == pytest.approx(factor * (one.high or 0), rel=1e-6)


def test_names_of_phases_are_irrelevant_and_input_is_left_as_it_was() -> None:
    series, untouched = make_series(6), make_series(6)
    assert series.phases is not None
    one = measured(series)
    other = measured(attrs.evolve(series, phases=90 - 7 * series.phases))
    assert other.average.value == pytest.approx(one.average.value, rel=1e-9)
    assert other.average.low == pytest.approx(one.average.low, rel=1e-9)
    np.testing.assert_array_equal(series.outcome, untouched.outcome)
    np.testing.assert_array_equal(series.phases, untouched.phases)


def test_placebos_never_know_the_window_that_they_foretell() -> None:
    series = make_series(7)
    found = measured(series).placebos
    last = int(found.known_counts[-1])
    assert last + (FROM - KNOWN) + (BEFORE - FROM) == KNOWN
    changed = series.outcome.copy()
    changed[last + 1 :] += 1.0
    moved = measured(attrs.evolve(series, outcome=changed)).placebos
    assert found.prior_scale == moved.prior_scale
    # What ends before the change is as it was, to the rounding of the units of the fit.
    early = found.known_counts + (BEFORE - KNOWN) <= last + 1
    assert early.sum() > 40
    np.testing.assert_allclose(moved.effects[early], found.effects[early], rtol=1e-6)
    # The last window holds nothing but changed weeks, and its forecast none of them.
    assert moved.effects[-1] == pytest.approx(found.effects[-1] + 1.0, rel=1e-6)


def test_few_placebo_windows_beside_each_other_are_a_caution() -> None:
    series = make_series(8)
    codes = {one.code for one in measured(series).average.warnings}
    assert codes == {"one_series"}
    long = own_past(series, baseline_before=66, window_from=67, window_before=BEFORE)
    assert {one.code for one in long.average.warnings} == {"one_series", "few_placebos"}
    assert long.average.degrees_of_freedom == long.placebos.apart_count


def test_history_that_the_forecast_fails_on_is_withheld_with_the_figure() -> None:
    # One jump that stays: windows across it are missed by far, all others are met.
    generator = np.random.default_rng(0)
    jumps = np.zeros(BEFORE)
    jumps[40:] = 60.0
    series = Series(outcome=10 + jumps + generator.normal(size=BEFORE), payee_count=40)
    error = refused(series)
    assert "withheld" in error.message
    assert "0.9" in error.message


def test_forecasts_that_were_further_off_than_foretold_widen_the_interval() -> None:
    # A level that wanders knows no slope: where the slope wanders, forecasts fall behind.
    generator = np.random.default_rng(0)
    slope = np.cumsum(generator.normal(size=BEFORE))
    series = Series(
        outcome=np.cumsum(slope) + 3 * generator.normal(size=BEFORE), payee_count=40
    )
    found = measured(series)
    assert found.placebos.inflation > 1.5
    assert "placebo_inflation" in {one.code for one in found.average.warnings}


def test_short_history_is_refused_with_the_length_that_is_needed() -> None:
    series = make_series(9)
    with pytest.raises(MeasureError, match="too short") as error:
        own_past(series, baseline_before=30, window_from=31, window_before=37)
    (problem,) = error.value.problems
    needed = int(problem.remedy.split("at least ")[1].split(" ")[0])
    assert needed > 30
    found = own_past(
        series, baseline_before=needed, window_from=needed + 1, window_before=needed + 7
    )
    assert found.placebos.apart_count >= 4
    assert found.placebos.effects.size >= 8


def test_window_that_is_not_in_yet_is_refused() -> None:
    series = make_series(10)
    short = attrs.evolve(series, outcome=series.outcome[:-2])
    assert refused(short).problems[0].place == "window"


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_missing_and_infinite_numbers_are_refused_all_at_once(wrong: float) -> None:
    series = make_series(11)
    assert series.covariates is not None
    outcome, covariates = series.outcome.copy(), series.covariates.copy()
    outcome[3], covariates[5] = wrong, wrong
    error = refused(attrs.evolve(series, outcome=outcome, covariates=covariates))
    assert [one.place for one in error.problems] == ["outcome", "covariates"]


@pytest.mark.parametrize("level", [0.0, 7.0])
def test_series_that_never_varies_is_refused(level: float) -> None:
    flat = Series(outcome=np.full(BEFORE, level), payee_count=40)
    assert "nothing to learn" in refused(flat).message


def test_outcome_that_is_a_covariate_is_refused() -> None:
    series = make_series(12)
    same = attrs.evolve(series, covariates=2 * series.outcome[:, None])
    assert "nothing to learn" in refused(same).message


def test_covariates_that_repeat_each_other_are_refused() -> None:
    series = make_series(13)
    assert series.covariates is not None
    twice = attrs.evolve(series, covariates=np.repeat(series.covariates, 2, axis=1))
    assert "cannot be told apart" in refused(twice).message


def test_phase_that_the_baseline_never_saw_is_refused() -> None:
    series = make_series(14)
    phases = np.zeros(BEFORE, dtype=np.int64)
    phases[FROM:] = 1
    assert "phase" in refused(attrs.evolve(series, phases=phases)).problems[0].remedy


def test_series_that_begins_with_the_announcement_is_refused() -> None:
    with pytest.raises(MeasureError, match="no past") as error:
        own_past(make_series(15), baseline_before=0, window_from=2, window_before=12)
    assert error.value.problems[0].remedy


def test_periods_out_of_order_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="baseline_before"):
        own_past(make_series(15), baseline_before=9, window_from=8, window_before=12)


@pytest.mark.parametrize(
    ("day", "day_count", "fiscal_month", "phase"),
    [
        (dt.date(2024, 1, 1), 7, 1, 0),
        (dt.date(2024, 2, 12), 7, 1, 1),
        (dt.date(2024, 3, 11), 7, 1, 2),
        (dt.date(2024, 3, 18), 7, 1, 3),
        (dt.date(2024, 3, 25), 7, 1, 4),
        (dt.date(2024, 3, 29), 7, 1, 0),  # its middle day is in April
        (dt.date(2024, 12, 23), 7, 1, 4),
        (dt.date(2025, 1, 27), 7, 2, 4),  # a year that begins in February
        (dt.date(2024, 3, 1), 31, 1, 2),  # months are not told apart further
        (dt.date(2024, 2, 1), 29, 2, 0),
    ],
)
def test_phase_of_quarter_is_that_of_the_middle_day(
    day: dt.date, day_count: int, fiscal_month: int, phase: int
) -> None:
    found = quarter_phases([day], day_count=day_count, fiscal_month=fiscal_month)
    assert found.tolist() == [phase]
