"""Does the answer tell what moved in time, what stayed, and what came from elsewhere?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from measure_worlds import ANNOUNCED_ON, Shifts, at, enrol, shifting_program, shifting_sales

from openspiff.events import feed_from_rows
from openspiff.measure import Answer, Estimate, MeasureError, measure_worth
from openspiff.program import Audience, MeasurementPlan, Program

AS_OF = at(2024, 9, 20)
RATE = 3.0
SHIFTS = Shifts(
    lift=0.4, waits=0.3, pulled=0.5, stays=0.2, swaps=0.3, cancels=0.1, discount=0.05
)
COUNT = 240


def sides(count: int = COUNT) -> tuple[np.ndarray, np.ndarray]:
    """Return who is treated (half) and each payee's firm (of eight)."""
    number = np.arange(count)
    return number % 2 == 0, number // 8


def ask(program: Program, feed: Any, **more: Any) -> Answer:
    given = {"paid_minor": 1_000_000, "paid_units": 2_000.0, "as_of": AS_OF, "seed": 1}
    return measure_worth(program, feed=feed, **{"enrolment": None, **given, **more})


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    is_treated, firm = sides()
    folder = tmp_path_factory.mktemp("moved")
    feed = shifting_sales(folder, SHIFTS, is_treated=is_treated, firm=firm)
    held = {f"p{one:03d}": not bool(is_treated[one]) for one in range(COUNT)}
    firms = {f"p{one:03d}": f"f{firm[one]:02d}" for one in range(COUNT)}
    return ask(shifting_program(), feed, enrolment=enrol(held, firms=firms))


def named(estimates: tuple[Estimate, ...], name: str) -> Estimate:
    return next(one for one in estimates if one.name == name)


def holds(estimate: Estimate, truth: float) -> bool:
    low = float("-inf") if estimate.low is None else estimate.low
    high = float("inf") if estimate.high is None else estimate.high
    return low <= truth <= high


def test_parts_of_the_path_add_up_to_the_net_effect(moved: Answer) -> None:
    parts = [
        named(moved.timing, one).value
        for one in ("hold-back", "in the window", "after the window")
    ]
    whole = named(moved.timing, "net")
    # The same regression on a sum and on its parts: equal but for rounding.
    assert sum(parts) == pytest.approx(whole.value, rel=1e-9)
    assert moved.headline is not None
    assert whole.value == pytest.approx(moved.headline.value, rel=1e-9)
    assert whole.standard_error == pytest.approx(moved.headline.standard_error, rel=1e-9)


def test_planted_shifts_are_inside_their_intervals(moved: Answer) -> None:
    gross = SHIFTS.gross * RATE * (1 - SHIFTS.cancels)
    # What is cancelled since is not counted: nine in ten of the window's sales are left.
    gross -= SHIFTS.cancels * RATE
    truths = {
        "hold-back": -2 * SHIFTS.waits * RATE / 5,
        "in the window": gross,
        "after the window": (-2 * SHIFTS.pulled + 2 * SHIFTS.stays) * RATE / 5,
        "hold-back share": 2 * SHIFTS.waits * RATE / 5 / gross,
        "lift that stayed": SHIFTS.stays * RATE,
        "persistence": SHIFTS.stays * RATE / gross,
    }
    missed = [
        name
        for name, truth in truths.items()
        if not holds(named(moved.timing, name), truth)
    ]
    assert not missed
    assert named(moved.timing, "hold-back").excludes_zero
    assert named(moved.timing, "after the window").excludes_zero


def test_what_came_from_elsewhere_is_found(moved: Answer) -> None:
    truths = {
        "substitutes": -SHIFTS.swaps * RATE,
        "cancellations": SHIFTS.cancels * (1 + SHIFTS.gross) * RATE,
    }
    for name, truth in truths.items():
        one = named(moved.mix, name)
        assert holds(one, truth), (name, one)
        assert one.excludes_zero
    sold = (1 + SHIFTS.gross) * (1 - SHIFTS.cancels) * RATE
    given = named(moved.mix, "margin given away")
    assert holds(given, sold * 100_000 * SHIFTS.discount)
    assert given.value > 0
    # Four fifths of the list price was paid in the baseline, so the truth is the same.
    deeper = named(moved.mix, "deeper discounts")
    assert holds(deeper, sold * 100_000 * SHIFTS.discount)
    assert deeper.value > 0
    last = named(moved.timing, "deeper discounts of the last week before the deadline")
    assert last.value == pytest.approx(1 - 0.8 / 1.05 - 0.2, abs=0.001)
    assert last.unit == "share of list"
    assert "spillover on the held out" in dict(moved.not_possible)


def test_margin_counts_the_substitutes_that_were_given_up(moved: Answer) -> None:
    assert moved.value_added is not None
    assert moved.treated_weeks == COUNT / 2 * 5
    # The same regression on a sum and on its parts: equal but for rounding.
    for parts, whole in (
        (("margin", "margin of substitutes"), "margin in all"),
        (("units", "substitutes"), "units in all"),
    ):
        found = sum(named(moved.mix, one).value for one in parts)
        assert found == pytest.approx(named(moved.mix, whole).value, rel=1e-9)
    in_all = named(moved.mix, "margin in all")
    for ours, theirs in (
        (moved.value_added.value, in_all.value),
        (moved.value_added.standard_error, in_all.standard_error),
    ):
        assert ours == pytest.approx((theirs or 0.0) * moved.treated_weeks, rel=1e-9)
    # What was given up costs more margin than was won: it cannot pay for itself.
    assert moved.return_probability == pytest.approx(0.0, abs=1e-4)


def test_parts_add_up_against_the_ineligible_too(tmp_path: Path) -> None:
    is_treated, firm = sides(120)
    firm = np.where(is_treated, firm, firm + 20)
    role = np.where(is_treated, "seller", "engineer")
    feed = shifting_sales(tmp_path, SHIFTS, is_treated=is_treated, firm=firm, role=role)
    program = shifting_program(holdout=None, audience=Audience(roles=("seller",)))
    answer = ask(program, feed)
    assert answer.headline is not None
    assert answer.headline.tier == "B"
    parts = [named(answer.mix, one).value for one in ("margin", "margin of substitutes")]
    assert sum(parts) == pytest.approx(named(answer.mix, "margin in all").value, rel=1e-9)
    assert answer.value_added is not None
    assert answer.value_added.value == pytest.approx(
        sum(parts) * (answer.treated_weeks or 0.0), rel=1e-9
    )


def test_without_a_holdout_the_ineligible_tell_the_same(tmp_path: Path) -> None:
    is_treated, firm = sides()
    role = np.where(is_treated, "seller", "engineer")
    # Firms of one role, so that the two sides are different firms.
    firm = np.where(is_treated, firm, firm + 40)
    feed = shifting_sales(tmp_path, SHIFTS, is_treated=is_treated, firm=firm, role=role)
    program = shifting_program(holdout=None, audience=Audience(roles=("seller",)))
    answer = ask(program, feed)
    assert answer.headline is not None
    assert (answer.headline.tier, answer.headline.name) == ("B", "net")
    truth = (SHIFTS.net - SHIFTS.cancels * (1 + SHIFTS.gross)) * RATE
    assert holds(answer.headline, truth)
    net = named(answer.timing, "net")
    assert net.value == pytest.approx(answer.headline.value, rel=1e-6)
    assert "stand in" in answer.why_tier
    assert any("Hold out" in one for one in answer.next_tests)


def test_difference_in_level_alone_is_no_net_effect(tmp_path: Path) -> None:
    is_treated, firm = sides(120)
    firm = np.where(is_treated, firm, firm + 20)
    role = np.where(is_treated, "seller", "engineer")
    feed = shifting_sales(
        tmp_path,
        Shifts(),
        is_treated=is_treated,
        firm=firm,
        role=role,
        rate=np.where(is_treated, 6.0, 3.0),
    )
    program = shifting_program(holdout=None, audience=Audience(roles=("seller",)))
    answer = ask(program, feed)
    assert answer.headline is not None
    assert not answer.headline.excludes_zero


def test_few_treated_firms_are_compared_with_a_mix_of_others(tmp_path: Path) -> None:
    firm = np.repeat(np.arange(30), 4)
    is_treated = firm == 0
    role = np.where(is_treated, "seller", "engineer")
    feed = shifting_sales(
        tmp_path, Shifts(lift=1.0), is_treated=is_treated, firm=firm, role=role
    )
    program = shifting_program(holdout=None, audience=Audience(roles=("seller",)))
    answer = ask(program, feed)
    assert answer.headline is not None
    assert answer.headline.tier == "C"
    assert holds(answer.headline, RATE)
    assert "mix of other firms" in answer.why_tier
    assert answer.total_incremental is not None


def test_where_everyone_took_part_their_own_past_is_asked(tmp_path: Path) -> None:
    firm = np.repeat(np.arange(10), 6)
    is_treated = np.ones(60, dtype=bool)
    feed = shifting_sales(
        tmp_path,
        Shifts(lift=0.5),
        is_treated=is_treated,
        firm=firm,
        first_on=dt.date(2022, 1, 3),
    )
    answer = ask(shifting_program(holdout=None), feed)
    assert answer.headline is not None
    assert answer.headline.tier == "D"
    assert holds(answer.headline, 0.5 * RATE)
    assert "own past" in answer.why_tier


def test_running_holdout_gets_an_interval_for_every_look(tmp_path: Path) -> None:
    is_treated, firm = sides(80)
    feed = shifting_sales(
        tmp_path,
        Shifts(lift=0.5),
        is_treated=is_treated,
        firm=firm,
        last_week=dt.date(2024, 7, 15),
    )
    held = {f"p{one:03d}": not bool(is_treated[one]) for one in range(80)}
    answer = ask(shifting_program(), feed, enrolment=enrol(held), as_of=at(2024, 7, 22, 1))
    assert answer.verdict.decision == "cannot_tell"
    assert answer.interim is not None
    assert answer.headline is not None
    assert answer.interim.value == answer.headline.value
    assert answer.interim.low < answer.headline.low  # type: ignore[operator]
    assert "sequential" in {one.code for one in answer.interim.warnings}


def test_what_was_changed_after_launch_is_called_exploratory(moved: Answer) -> None:
    assert moved.exploratory == ()


def test_changed_plan_overlap_and_late_data_are_said(tmp_path: Path) -> None:
    is_treated, firm = sides(80)
    feed = shifting_sales(
        tmp_path, Shifts(lift=0.5), is_treated=is_treated, firm=firm, lag_days=60
    )
    held = {f"p{one:03d}": not bool(is_treated[one]) for one in range(80)}
    program = shifting_program()
    other = shifting_program(program_id="autumn", name="Autumn")
    launched = MeasurementPlan(
        baseline_weeks=13, horizon_weeks=4, announced_on=ANNOUNCED_ON
    )
    answer = ask(
        program, feed, enrolment=enrol(held), launched=launched, others=[program, other]
    )
    assert len(answer.exploratory) == 1
    assert "weeks of the baseline: 13 at launch, 8 here" in answer.exploratory[0]
    checks = {one.code: one for one in answer.checks}
    assert not checks["overlap"].is_ok
    assert "autumn" in checks["overlap"].sentence
    # Known 60 days later: of the window's last day only those up to 47 days are in.
    assert not checks["late_data"].is_ok
    assert checks["announcement_leak"].is_ok


def test_weeks_have_a_wider_band_that_holds_them_all(moved: Answer) -> None:
    for one in moved.path:
        assert one.band_low is not None
        assert one.band_low < one.low < one.difference < one.high < one.band_high  # type: ignore[operator]


def test_what_lies_at_the_deadline_is_told_beside_the_rest(moved: Answer) -> None:
    last = named(moved.timing, "excess of the last week before the deadline")
    rest = named(moved.timing, "excess of the window before that")
    gross = (SHIFTS.gross - SHIFTS.cancels * (1 + SHIFTS.gross)) * RATE * COUNT / 2
    # Nothing presses to the deadline here: a fifth of the lift lies in the last week.
    assert holds(last, gross)
    assert holds(rest, 4 * gross)


def test_payees_of_the_holdout_who_were_paid_are_divided_out(tmp_path: Path) -> None:
    is_treated, firm = sides(120)
    held = {f"p{one:03d}": not bool(is_treated[one]) for one in range(120)}
    leaked = np.flatnonzero(~is_treated)[:20]
    took = is_treated.copy()
    took[leaked] = True
    feed = shifting_sales(tmp_path, Shifts(lift=0.6), is_treated=took, firm=firm)
    paid = {f"p{one:03d}": 5_000 for one in np.flatnonzero(took)}
    answer = ask(shifting_program(), feed, enrolment=enrol(held), paid_by_payee=paid)
    gross = named(answer.estimates, "gross")
    taking = named(answer.estimates, "effect of taking part")
    # A third of the holdout took part, so a third of the difference is missing.
    assert taking.value == pytest.approx(gross.value / (2 / 3), rel=1e-2)
    assert holds(taking, 0.6 * RATE)
    assert not {one.code: one for one in answer.checks}["leakage"].is_ok


def test_uneven_leaving_is_bounded(tmp_path: Path) -> None:
    is_treated, firm = sides(120)
    held = {f"p{one:03d}": not bool(is_treated[one]) for one in range(120)}
    feed = shifting_sales(tmp_path, Shifts(lift=0.6), is_treated=is_treated, firm=firm)
    leavers = {f"p{one:03d}" for one in np.flatnonzero(~is_treated)[:15]}
    rows = [
        {
            "payee_id": name,
            "firm_id": f"f{number // 8:02d}",
            "before_at": at(2024, 7, 20, 0) if name in leavers else 2**62,
        }
        for number, name in enumerate(held)
    ]
    short = feed_from_rows([], tmp_path / "roster", payees=rows)
    answer = ask(
        shifting_program(), attrs.evolve(feed, payees=short.payees), enrolment=enrol(held)
    )
    said = [one.sentence for one in answer.warnings if one.code == "attrition"]
    assert said
    assert "75.0% of the held out stayed" in said[0]


def test_imputation_and_paths_apart_stand_beside_a_comparison_group(tmp_path: Path) -> None:
    is_treated, firm = sides()
    firm = np.where(is_treated, firm, firm + 40)
    role = np.where(is_treated, "seller", "engineer")
    feed = shifting_sales(
        tmp_path, Shifts(lift=1.0), is_treated=is_treated, firm=firm, role=role
    )
    program = shifting_program(holdout=None, audience=Audience(roles=("seller",)))
    answer = ask(program, feed)
    imputed = named(answer.estimates, "net by imputation")
    assert answer.headline is not None
    # Every week counts alike in imputation: equal here, where all are active throughout.
    assert imputed.value == pytest.approx(answer.headline.value, rel=1e-6)
    assert holds(imputed, RATE)
    apart = {one.code: one for one in answer.checks}["paths_apart"]
    assert apart.value is not None
    assert apart.value > 0


def test_comparison_within_one_firm_says_what_its_error_lacks(tmp_path: Path) -> None:
    is_treated, firm = sides(40)
    role = np.where(is_treated, "seller", "engineer")
    feed = shifting_sales(
        tmp_path,
        Shifts(lift=0.5),
        is_treated=is_treated,
        firm=np.zeros_like(firm),
        role=role,
    )
    program = shifting_program(holdout=None, audience=Audience(roles=("seller",)))
    answer = ask(program, feed)
    assert answer.headline is not None
    assert answer.headline.tier == "B"
    assert "one_firm" in {one.code for one in answer.headline.warnings}


def test_payee_who_is_enrolled_twice_is_refused(tmp_path: Path) -> None:
    is_treated, firm = sides(40)
    feed = shifting_sales(tmp_path, Shifts(), is_treated=is_treated, firm=firm)
    enrolment = enrol({f"p{one:03d}": not bool(is_treated[one]) for one in range(40)})
    twice = attrs.evolve(enrolment, rows=(*enrolment.rows, enrolment.rows[0]))
    with pytest.raises(MeasureError, match="enrolled twice") as refused:
        ask(shifting_program(), feed, enrolment=twice)
    assert "p000" in str(refused.value.problems[0])
