"""Is every sale counted once, for the right payee, in the right week?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measure_worlds import ZONE, at, enrol, make_program

from openspiff.engine import DuckDBEngine
from openspiff.events import feed_from_rows
from openspiff.measure import MeasureError
from openspiff.measure._panel import Panel, build_panel
from openspiff.measure._people import HELD_OUT, INELIGIBLE, OUTSIDE, TREATED, TREATED_JOINER
from openspiff.program import (
    Audience,
    Behavior,
    BehaviorKind,
    Enrolment,
    Exclusions,
    MeasurementPlan,
    Outcome,
    Products,
    Program,
    Window,
    day_start,
)

LATE = at(2025, 1, 1)


def sale(number: int, occurred_at: int, **more: Any) -> dict[str, Any]:
    return {"event_id": f"e{number}", "payee_id": "a", "occurred_at": occurred_at, **more}


def edges() -> list[dict[str, Any]]:
    """Return events of another kind that mark from when until when the feed tells."""
    other = {"kind": "demo_held", "payee_id": "z"}
    return [sale(900, at(2024, 1, 2), **other), sale(901, at(2024, 12, 20), **other)]


def panel_of(
    folder: Path,
    rows: list[dict[str, Any]],
    *,
    program: Program | None = None,
    enrolment: Enrolment | None = None,
    payees: list[dict[str, Any]] | None = None,
    as_of: int = LATE,
    **more: Any,
) -> Panel:
    feed = feed_from_rows([*rows, *edges()], folder, payees=payees, **more)
    with DuckDBEngine(threads=1) as engine:
        return build_panel(
            engine,
            program or make_program(),
            feed=feed,
            enrolment=enrolment,
            as_of=as_of,
        )


def units(panel: Panel, *parts: Any, payee: str = "a") -> float:
    place = panel.people.payee_id.tolist().index(payee)
    return float(panel.sums(Outcome.UNITS, *parts).total[place])


def test_window_is_whole_weeks_with_the_plan_around_it(tmp_path: Path) -> None:
    spans = panel_of(tmp_path, []).calendar.spans
    parts = [span.part for span in spans]
    assert parts == ["baseline"] * 8 + ["window"] * 5 + ["horizon"] * 3 + ["prior"]
    assert spans[8].starts_on == dt.date(2024, 7, 1)
    assert all(span.day_count == 7 for span in spans[:-1])


def test_prior_period_is_the_same_days_of_the_quarter_before(tmp_path: Path) -> None:
    prior = panel_of(tmp_path, []).calendar.spans[-1]
    assert (prior.starts_on, prior.ends_before) == (
        dt.date(2024, 4, 1),
        dt.date(2024, 5, 5),
    )


def test_short_last_week_counts_and_is_said(tmp_path: Path) -> None:
    window = Window(
        zone=ZONE, starts_on=dt.date(2024, 7, 1), ends_before=dt.date(2024, 7, 18)
    )
    panel = panel_of(
        tmp_path, [sale(1, at(2024, 7, 17))], program=make_program(window=window)
    )
    weeks = [span.day_count for span in panel.calendar.spans if span.part == "window"]
    assert weeks == [7, 7, 3]
    assert units(panel, "window") == 1
    assert panel.sums(Outcome.UNITS, "window").weeks[0] == pytest.approx(17 / 7)
    assert [one.code for one in panel.calendar.cautions] == ["short_week"]


def test_announcement_weeks_are_in_neither_baseline_nor_window(tmp_path: Path) -> None:
    measurement = MeasurementPlan(
        baseline_weeks=4, horizon_weeks=1, announced_on=dt.date(2024, 6, 20)
    )
    panel = panel_of(
        tmp_path,
        [sale(1, at(2024, 6, 18)), sale(2, at(2024, 6, 16))],
        program=make_program(measurement=measurement),
    )
    announced = panel.calendar.where("announcement")
    assert [panel.calendar.spans[one].starts_on.day for one in announced] == [17, 24]
    assert units(panel, "announcement") == 1
    assert units(panel, "baseline") == 1
    assert len(panel.calendar.where("baseline")) == 4


@pytest.mark.parametrize(
    ("instant", "part"),
    [
        (day_start(dt.date(2024, 7, 1), ZONE) - 1, "baseline"),
        (day_start(dt.date(2024, 7, 1), ZONE), "window"),
        (day_start(dt.date(2024, 8, 5), ZONE) - 1, "window"),
        (day_start(dt.date(2024, 8, 5), ZONE), "horizon"),
    ],
)
def test_bounds_are_local_midnights_end_excluded(
    tmp_path: Path, instant: int, part: Any
) -> None:
    assert units(panel_of(tmp_path, [sale(1, instant)]), part) == 1


def test_weeks_around_a_change_of_clock_are_still_seven_local_days(tmp_path: Path) -> None:
    window = Window(
        zone=ZONE, starts_on=dt.date(2024, 3, 6), ends_before=dt.date(2024, 3, 13)
    )
    measurement = MeasurementPlan(baseline_weeks=2, horizon_weeks=0)
    panel = panel_of(
        tmp_path,
        [sale(1, day_start(dt.date(2024, 3, 13), ZONE) - 1)],
        program=make_program(window=window, measurement=measurement),
    )
    span = panel.calendar.spans[panel.calendar.where("window")[0]]
    assert span.ends_at - span.starts_at == (7 * 24 - 1) * 3_600_000_000
    assert units(panel, "window") == 1
    assert panel.active[0].tolist() == pytest.approx([1.0] * len(panel.calendar.spans))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "demo_held"},
        {"status": "cancelled"},
        {"status": "lost"},
        {"duplicate_of": "crm/e0"},
        {"product_id": "other"},
        {"revenue_type": "renewal"},
    ],
)
def test_event_that_is_not_the_behavior_is_not_counted(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    behavior = Behavior(
        kind=BehaviorKind.DEAL_WON,
        products=Products(include=("gtx",), aliases={"GTXPro": "gtx"}),
        revenue_types=("new",),
    )
    plain = {"product_id": "GTXPro", "revenue_type": "new"}
    panel = panel_of(
        tmp_path,
        [sale(1, at(2024, 7, 3), **plain), sale(2, at(2024, 7, 3), **{**plain, **change})],
        program=make_program(behavior=behavior),
    )
    assert units(panel, "window") == 1


def test_thresholds_do_not_decide_what_is_counted(tmp_path: Path) -> None:
    behavior = Behavior(kind=BehaviorKind.DEAL_WON, min_amount_minor=10**6)
    panel = panel_of(
        tmp_path,
        [sale(1, at(2024, 7, 3), amount_minor=5)],
        program=make_program(behavior=behavior),
    )
    assert units(panel, "window") == 1


def test_units_are_shares_of_events_whatever_their_quantity(tmp_path: Path) -> None:
    shares = [("a", 250_000), ("b", 750_000)]
    rows = [
        {
            **sale(1, at(2024, 7, 3), quantity=10, amount_minor=1_000, margin_minor=-400),
            "payee_id": payee,
            "share_ppm": share,
        }
        for payee, share in shares
    ]
    panel = panel_of(tmp_path, rows)
    assert units(panel, "window") == 0.25
    assert units(panel, "window", payee="b") == 0.75
    assert panel.sums(Outcome.AMOUNT, "window").total.tolist()[:2] == [250, 750]
    assert panel.sums(Outcome.MARGIN, "window").total.tolist()[:2] == [-100, -300]


def test_only_the_current_revision_is_counted(tmp_path: Path) -> None:
    rows = [
        sale(1, at(2024, 7, 3), amount_minor=500),
        sale(1, at(2024, 7, 4), amount_minor=200, revision=2, batch_no=2),
    ]
    panel = panel_of(tmp_path, rows)
    assert units(panel, "window") == 1
    assert panel.sums(Outcome.AMOUNT, "window").total[0] == 200


def test_weeks_outside_the_roster_are_no_zeros(tmp_path: Path) -> None:
    middle = day_start(dt.date(2024, 7, 15), ZONE)
    payees = [
        {"payee_id": "a", "before_at": middle},
        {"payee_id": "b", "from_at": middle, "before_at": middle + 7 * 86_400_000_000},
        {"payee_id": "b", "from_at": middle + 7 * 86_400_000_000},
    ]
    rows = [sale(1, at(2024, 7, 2)), sale(2, at(2024, 7, 20))]
    panel = panel_of(tmp_path, rows, payees=payees)
    assert panel.active[:, panel.calendar.where("window")].tolist() == [
        [1, 1, 0, 0, 0],
        [0, 0, 1, 1, 1],
    ]
    assert units(panel, "window") == 1  # the sale after leaving is nobody's


def test_events_from_as_of_on_are_not_known(tmp_path: Path) -> None:
    rows = [sale(1, at(2024, 7, 2)), sale(2, at(2024, 7, 17)), sale(3, at(2024, 7, 25))]
    panel = panel_of(tmp_path, rows, as_of=at(2024, 7, 18))
    assert not panel.calendar.is_over
    assert panel.calendar.where("horizon") == []
    assert units(panel, "window") == 2
    assert "window_open" in {one.code for one in panel.calendar.cautions}


def test_horizon_that_the_feed_does_not_reach_is_left_out(tmp_path: Path) -> None:
    feed_rows = [sale(1, at(2024, 1, 2)), sale(2, at(2024, 8, 12))]
    feed = feed_from_rows(feed_rows, tmp_path)
    with DuckDBEngine(threads=1) as engine:
        panel = build_panel(engine, make_program(), feed=feed, enrolment=None, as_of=LATE)
    assert len(panel.calendar.where("horizon")) == 1
    assert not panel.calendar.has_horizon
    assert [one.code for one in panel.calendar.cautions] == ["horizon_open"]


def test_window_that_has_not_begun_raises(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="not begun"):
        panel_of(tmp_path, [sale(1, at(2024, 5, 1))], as_of=at(2024, 6, 1))


def test_sides_come_from_the_enrolment_and_the_roster(tmp_path: Path) -> None:
    program = make_program(
        audience=Audience(regions=("west",)), exclusions=Exclusions(firm_ids=("bad",))
    )
    later = day_start(dt.date(2024, 7, 10), ZONE)
    payees = [
        {"payee_id": "a", "region": "west"},
        {"payee_id": "b", "region": "west"},
        {"payee_id": "c", "region": "west"},
        {"payee_id": "d", "region": "east"},
        {"payee_id": "e", "region": "west", "firm_id": "bad"},
        {"payee_id": "f", "region": "east", "before_at": later},
        {"payee_id": "f", "region": "west", "from_at": later},
    ]
    enrolment = enrol({"a": False, "b": True, "c": False}, joiners="c")
    panel = panel_of(
        tmp_path / "1", [], program=program, payees=payees, enrolment=enrolment
    )
    assert panel.people.side.tolist() == [
        *(TREATED, HELD_OUT, TREATED_JOINER),
        *(INELIGIBLE, INELIGIBLE, OUTSIDE),  # f could take part from 10 July on
    ]
    panel = panel_of(tmp_path / "2", [], program=program, payees=payees)
    assert panel.people.side.tolist() == [
        *(TREATED, TREATED, TREATED),
        *(INELIGIBLE, INELIGIBLE, OUTSIDE),
    ]


def test_enrolment_of_another_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="its own enrolment"):
        panel_of(tmp_path, [], enrolment=Enrolment("winter", 0, ()))


def test_amounts_are_converted_at_the_rate_of_the_day(tmp_path: Path) -> None:
    rows = [
        sale(1, at(2024, 7, 2), currency="EUR", amount_minor=1_000, margin_minor=-100),
        sale(2, at(2024, 7, 2), amount_minor=10, margin_minor=1),
    ]
    rates = [{"from_currency": "EUR", "to_currency": "USD", "rate_num": 1_100_000}]
    panel = panel_of(tmp_path, rows, rates=rates)
    assert panel.sums(Outcome.AMOUNT, "window").total[0] == 1_110
    assert panel.sums(Outcome.MARGIN, "window").total[0] == -109


def test_missing_rate_raises_when_money_is_the_outcome(tmp_path: Path) -> None:
    rows = [sale(1, at(2024, 7, 2), currency="EUR", amount_minor=1_000)]
    measurement = MeasurementPlan(outcome=Outcome.AMOUNT, baseline_weeks=4)
    with pytest.raises(MeasureError, match="exchange rates"):
        panel_of(tmp_path / "1", rows, program=make_program(measurement=measurement))
    panel = panel_of(tmp_path / "2", rows)
    assert panel.needs_rate_count == 1
    assert units(panel, "window") == 1


def test_missing_margin_raises_when_margin_is_the_outcome(tmp_path: Path) -> None:
    measurement = MeasurementPlan(outcome=Outcome.MARGIN, baseline_weeks=4)
    with pytest.raises(MeasureError, match="margin"):
        panel_of(
            tmp_path,
            [sale(1, at(2024, 7, 2))],
            program=make_program(measurement=measurement),
        )


def test_digest_depends_on_the_data_and_not_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = [sale(number, at(2024, 7, 1 + number)) for number in range(5)]
    one = panel_of(tmp_path / "1", rows).digest()
    assert panel_of(tmp_path / "2", rows[::-1]).digest() == one
    assert panel_of(tmp_path / "3", rows[1:]).digest() != one


def test_net_spreads_every_week_over_those_of_the_window(tmp_path: Path) -> None:
    rows = [sale(number, at(2024, 7, 2)) for number in range(10)]
    rows += [sale(number, at(2024, 8, 7)) for number in range(10, 15)]
    net = panel_of(tmp_path, rows).net(Outcome.UNITS)
    assert net.total[0] == 15
    assert net.weeks[0] == pytest.approx(5.0)
    np.testing.assert_allclose(net.rate[0], 3.0)


def test_earlier_weeks_serve_a_window_longer_than_the_baseline(tmp_path: Path) -> None:
    measurement = MeasurementPlan(baseline_weeks=2, horizon_weeks=0)
    calendar = panel_of(
        tmp_path, [], program=make_program(measurement=measurement)
    ).calendar
    assert len(calendar.where("baseline")) == 2
    assert len(calendar.just_before()) == 5
    assert calendar.just_before() == [0, 1, 2, 3, 4]
