"""What did the money buy, and does the answer say no more of it than its interval does?"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from measure_worlds import at, daily_sales, make_program

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import (
    Answer,
    Estimate,
    MeasureError,
    answer_json,
    measure_worth,
    read_answer,
)
from openspiff.measure._ratios import (
    cost_per_margin,
    cost_per_unit,
    dead_weight,
    probability_above,
    return_on_cost,
)
from openspiff.program import Audience, Caps, MeasurementPlan, Program

AS_OF = at(2024, 9, 10)
PLAN = MeasurementPlan(baseline_weeks=8, horizon_weeks=3)
ONE_FIRM = make_program(audience=Audience(roles=("seller",)), holdout=None)


def an_estimate(**changes: Any) -> Estimate:
    """Return 100 units by a normal error of 10, unless told otherwise."""
    given = {
        "name": "incremental units, net",
        "value": 100.0,
        "standard_error": 10.0,
        "low": 100.0 - 1.959963984540054 * 10,
        "high": 100.0 + 1.959963984540054 * 10,
        "method": "a comparison",
        "tier": "C",
        "unit": "units",
        "unit_count": 40,
        "cluster_count": 12,
        **changes,
    }
    return Estimate(**given)


def firm_sales(
    folder: Path,
    *,
    firm_count: int = 1,
    payees_each: int = 5,
    starts_on: dt.date = dt.date(2024, 4, 1),
    lift: float = 0.0,
    margin_minor: int | None = 40_000,
) -> Feed:
    """Return daily sales of firms; the sellers of the first gain `lift` in the window."""
    draw, window = np.random.default_rng(5), make_program().window
    names = [
        (f"p{firm:02d}-{one}", firm)
        for firm in range(firm_count)
        for one in range(payees_each)
    ]
    talent = draw.gamma(9.0, 0.3 / 9.0, len(names))
    rows = []
    for offset in range((dt.date(2024, 9, 1) - starts_on).days):
        day = starts_on + dt.timedelta(days=offset)
        inside = window.starts_on <= day < window.ends_before
        added = np.array([lift if inside and firm == 0 else 0.0 for _, firm in names])
        counts = draw.poisson(talent + added).tolist()
        rows += [
            {
                "event_id": f"{name}-{day}-{copy}",
                "payee_id": name,
                "occurred_at": at(day.year, day.month, day.day),
                "amount_minor": 100_000,
                "margin_minor": margin_minor,
            }
            for (name, _), count in zip(names, counts, strict=True)
            for copy in range(count)
        ]
    roster = [
        {
            "payee_id": name,
            "firm_id": f"f{firm:02d}",
            "role": "engineer" if firm else "seller",
        }
        for name, firm in names
    ]
    return feed_from_rows(rows, folder, payees=roster)


def ask(feed: Feed, program: Program = ONE_FIRM, **more: Any) -> Answer:
    given = {
        "enrolment": None,
        "paid_minor": 100_000,
        "paid_units": 300.0,
        "as_of": AS_OF,
        "seed": 1,
        **more,
    }
    return measure_worth(program, feed=feed, **given)


@pytest.fixture(scope="module")
def few_donors(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return ask(firm_sales(tmp_path_factory.mktemp("few"), firm_count=12, lift=2.0))


@pytest.fixture(scope="module")
def many_donors(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return ask(firm_sales(tmp_path_factory.mktemp("many"), firm_count=22, lift=2.0))


def test_headline_without_ends_decides_nothing(few_donors: Answer) -> None:
    assert few_donors.headline is not None
    assert (few_donors.headline.tier, few_donors.headline.shape) == ("C", "everything")
    worth = (
        *(few_donors.total_incremental, few_donors.dead_weight, few_donors.value_added),
        *(few_donors.return_on_cost, few_donors.cost_per_unit, few_donors.cost_per_margin),
    )
    for one in worth:
        assert one is not None
        assert (one.shape, one.low, one.high) == ("everything", None, None), one.name
    assert few_donors.return_probability is None
    assert (
        "tells no chance" in dict(few_donors.not_possible)["chance that it paid for itself"]
    )
    assert few_donors.verdict.decision == "cannot_tell"
    assert few_donors.cost_per_unit is not None
    assert "unbounded" in {one.code for one in few_donors.cost_per_unit.warnings}


def test_interval_by_ranks_goes_through_every_ratio(many_donors: Answer) -> None:
    headline, value = many_donors.headline, many_donors.value_added
    assert headline is not None
    assert (headline.tier, headline.shape) == ("C", "between")
    # Its width is that of ranks, not of the standard error.
    reach = (headline.high or 0.0) - headline.value
    assert reach != pytest.approx(1.96 * (headline.standard_error or 0.0), rel=0.01)
    assert value is not None
    back, dead = many_donors.return_on_cost, many_donors.dead_weight
    total, each = many_donors.total_incremental, many_donors.cost_per_unit
    assert back is not None
    assert dead is not None
    assert total is not None
    assert each is not None
    assert value.low is not None
    assert value.high is not None
    assert total.low is not None
    assert total.high is not None
    assert (back.low, back.high) == pytest.approx(
        (value.low / 100_000 - 1, value.high / 100_000 - 1)
    )
    assert (dead.low, dead.high) == pytest.approx(
        (1 - total.high / 300, 1 - total.low / 300)
    )
    assert (each.low, each.high) == pytest.approx(
        (100_000 / total.high, 100_000 / total.low)
    )
    # A chance by Student's t could contradict that interval, so there is none.
    assert many_donors.return_probability is None
    assert "by ranks" in dict(many_donors.not_possible)["chance that it paid for itself"]


def test_chance_and_interval_say_the_same() -> None:
    one = an_estimate(degrees_of_freedom=None)
    assert probability_above(one, one.low or 0.0) == pytest.approx(0.975)
    assert probability_above(one, one.high or 0.0) == pytest.approx(0.025)
    with pytest.raises(MeasureError, match="by ranks"):
        probability_above(an_estimate(low=20.0, high=180.0), 0.0)
    with pytest.raises(MeasureError, match="without an end"):
        probability_above(an_estimate(high=None, shape="from"), 0.0)


@pytest.mark.parametrize(
    ("shape", "low", "high", "dead", "back", "each"),
    [
        ("from", 50.0, None, ("until", None, 0.5), ("from", -0.5, None), (0.0, 2.0)),
        ("until", None, 200.0, ("from", -1.0, None), ("until", None, 1.0), (0.5, None)),
        ("from", -50.0, None, ("until", None, 1.5), ("from", -1.5, None), (None, None)),
        (
            "between",
            -50.0,
            250.0,
            ("between", -1.5, 1.5),
            ("between", -1.5, 1.5),
            (0.4, None),
        ),
    ],
)
def test_open_ends_stay_open_on_the_side_that_they_turn_to(
    shape: Any, low: float | None, high: float | None, dead: Any, back: Any, each: Any
) -> None:
    one = an_estimate(shape=shape, low=low, high=high)
    wasted = dead_weight(one, paid_units=100.0)
    assert (wasted.shape, wasted.low, wasted.high) == dead
    returned = return_on_cost(one, cost_minor=100)
    assert (returned.shape, returned.low, returned.high) == back
    cost = cost_per_unit(one, cost_minor=100, currency="USD")
    assert (cost.low, cost.high) == each


def test_estimate_with_other_ends_than_its_shape_is_refused() -> None:
    for shape, low, high in (
        *(("everything", 0.0, 1.0), ("between", None, 1.0), ("between", 0.0, None)),
        *(("from", 0.0, 1.0), ("until", 0.0, 1.0), ("from", None, None)),
    ):
        with pytest.raises(MeasureError, match="other ends than its shape"):
            an_estimate(shape=shape, low=low, high=high)


def test_answer_kept_with_ends_that_its_shape_has_not_is_read_without_them(
    few_donors: Answer,
) -> None:
    record = json.loads(answer_json(few_donors))
    record["return_on_cost"] |= {"low": 144.3, "high": 151.9}
    for name in ("treated_weeks", "unit_margin_minor", "break_even_lift"):
        del record[name]
    read = read_answer(json.dumps(record))
    assert read.return_on_cost == few_donors.return_on_cost
    assert read.treated_weeks is None


def test_cost_of_margin_speaks_of_margin() -> None:
    unsure = an_estimate(
        name="incremental margin",
        unit="USD minor units",
        value=10_000.0,
        low=-5_000.0,
        high=25_000.0,
    )
    said = cost_per_margin(unsure, cost_minor=5_000, currency="USD").warnings[-1].sentence
    assert "added no margin" in said
    assert "nothing" not in said
    with pytest.raises(MeasureError) as error:
        cost_per_margin(
            attrs.evolve(unsure, value=-67_396_821.0, low=-9e7, high=9e7),
            cost_minor=30_724_000,
            currency="USD",
        )
    assert error.value.problems[0].message == (
        "the best estimate is -$673,968.21 of margin added"
    )


def test_break_even_is_the_cost_over_the_margin_of_a_sale(tmp_path: Path) -> None:
    feed, enrolment, sold = daily_sales(tmp_path, lift=0.3)
    cost = 30_472_000
    answer = ask(
        feed, make_program(), enrolment=enrolment, paid_minor=cost, paid_units=float(sold)
    )
    assert answer.unit_margin_minor == pytest.approx(40_000)
    assert answer.break_even_units == pytest.approx(cost / 40_000)
    gross = next(one for one in answer.estimates if one.name == "gross")
    anyway = sold - gross.value * (answer.treated_weeks or 0.0)
    assert answer.break_even_lift == pytest.approx(cost / 40_000 / anyway)


def test_break_even_is_withheld_where_no_margin_is_known(tmp_path: Path) -> None:
    feed, enrolment, _ = daily_sales(tmp_path, lift=0.3, margin_minor=None)
    without = ask(feed, make_program(), enrolment=enrolment)
    assert without.break_even_units is None
    assert without.break_even_lift is None
    assert "is not known" in dict(without.not_possible)["break-even"]
    plan = attrs.evolve(PLAN, unit_margin_minor=50_000)
    planned = ask(feed, make_program(measurement=plan), enrolment=enrolment)
    assert planned.break_even_units == pytest.approx(100_000 / 50_000)


def test_forecast_takes_the_margin_of_the_plan_else_that_of_the_sales(
    tmp_path: Path,
) -> None:
    feed = firm_sales(tmp_path, payees_each=20, starts_on=dt.date(2022, 1, 3), lift=0.3)
    for planned, each, says in (
        (None, 40_000, "$400.00 for each, which is what the units sold"),
        (50_000, 50_000, "$500.00 for each, as the plan says"),
    ):
        plan = attrs.evolve(PLAN, unit_margin_minor=planned)
        answer = ask(feed, make_program(holdout=None, measurement=plan))
        total, value = answer.total_incremental, answer.value_added
        assert answer.headline is not None
        assert answer.headline.tier == "D"
        assert total is not None
        assert value is not None
        assert value.value == pytest.approx(total.value * each)
        assert says in {one.code: one.sentence for one in value.warnings}["unit_margin"]
        assert answer.return_on_cost is not None
        assert answer.return_on_cost.low is not None
        # The chance and the interval are both by Student's t.
        assert answer.return_probability is not None
        is_above = answer.return_on_cost.low > 0
        assert is_above == (answer.return_probability > 0.975)


def test_program_that_cost_nothing_has_no_return_to_judge_by(tmp_path: Path) -> None:
    feed, enrolment, _ = daily_sales(tmp_path, lift=0.3)
    answer = ask(feed, make_program(), enrolment=enrolment, paid_minor=0, paid_units=0.0)
    assert answer.verdict.decision == "cannot_tell"
    assert answer.verdict.reasons[0] == (
        "Nothing was spent, so there is no return by which the rule could decide."
    )


def test_reasons_name_no_column_and_write_money_as_money(tmp_path: Path) -> None:
    feed, enrolment, sold = daily_sales(tmp_path, seed=9, lift=-0.1)
    answer = ask(
        feed, make_program(), enrolment=enrolment, paid_minor=30_724_000, paid_units=sold
    )
    said = [*answer.verdict.reasons, *(why for _, why in answer.not_possible)]
    assert any("of margin added" in one for one in said)
    assert not [one for one in said if " @ " in one or "minor units added" in one]


def test_limit_that_ended_the_pay_is_said(tmp_path: Path) -> None:
    feed, enrolment, sold = daily_sales(tmp_path, lift=0.3)
    paid = {"p001": 60_000, "p002": 59_000, "p004": 60_000}
    program = make_program(caps=Caps(payee_cap=60_000, budget=179_000))
    given = {"enrolment": enrolment, "paid_units": sold, "paid_by_payee": paid}
    answer = ask(feed, program, paid_minor=179_000, clawed_back_minor=5_000, **given)
    said = {one.code: one.sentence for one in answer.warnings}
    assert "budget of $1,790.00 was used up" in said["budget_spent"]
    assert said["cap_reached"].startswith(
        "2 of 3 payees who were paid reached their cap of $600.00"
    )
    assert answer.clawed_back_minor == 5_000
    within = ask(feed, program, paid_minor=178_999, **given | {"paid_by_payee": None})
    assert not {"budget_spent", "cap_reached"} & {one.code for one in within.warnings}
    with pytest.raises(MeasureError, match="zero or more"):
        ask(feed, program, clawed_back_minor=-1, **given)
