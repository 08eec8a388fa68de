"""Do moments made in the engine hold what the dense panel of the same events holds?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from cohort_worlds import same_moments
from measure_worlds import ZONE, at, make_program

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, feed_from_rows
from openspiff.measure import MeasureError
from openspiff.measure._moments import (
    NEVER,
    Moments,
    moments_of,
    moments_of_feed,
)
from openspiff.measure._panel import Counted, build_panel
from openspiff.measure._people import (
    HELD_OUT,
    HELD_OUT_JOINER,
    INELIGIBLE,
    OUTSIDE,
    TREATED,
    TREATED_JOINER,
)
from openspiff.program import (
    Audience,
    Behavior,
    BehaviorKind,
    EnrolledPayee,
    Enrolment,
    MeasurementPlan,
    Outcome,
    Products,
    Program,
    Window,
    day_start,
)

LATE = at(2025, 1, 1)
SIDES = {
    TREATED: "treated",
    HELD_OUT: "held_out",
    INELIGIBLE: "ineligible",
    TREATED_JOINER: "treated_joiner",
    HELD_OUT_JOINER: "held_out_joiner",
}
KEPT = (
    *(Counted.UNITS, Counted.AMOUNT, Counted.MARGIN),
    *(Counted.SUBSTITUTES, Counted.SUBSTITUTE_MARGIN, Counted.CANCELLED),
)
# The panel scales units by a rounded fraction, the engine divides: rounding is left.
TOLERANCE = 1e-9


def program_of(**changes: Any) -> Program:
    """Return a program with substitutes, an announcement, and a short last week."""
    plain: dict[str, Any] = {
        "audience": Audience(regions=("west",)),
        "behavior": Behavior(
            kind=BehaviorKind.DEAL_WON, products=Products(include=("gtx",))
        ),
        "window": Window(
            zone=ZONE, starts_on=dt.date(2024, 7, 1), ends_before=dt.date(2024, 7, 18)
        ),
        "measurement": MeasurementPlan(
            baseline_weeks=4, horizon_weeks=2, announced_on=dt.date(2024, 6, 20)
        ),
    }
    return make_program(**{**plain, **changes})


def roster_of(draw: np.random.Generator, count: int) -> list[dict[str, Any]]:
    """Return payees of whom some join, leave, pause or move, in the middle of weeks too."""
    spans: list[dict[str, Any]] = []
    for number in range(count):
        one = {
            "payee_id": f"p{number:02d}",
            "firm_id": f"f{number % 7}" if number % 9 else "",
            "region": "east" if number % 5 == 0 else "west",
        }
        cut = day_start(
            dt.date(2024, 5, 20) + dt.timedelta(days=int(draw.integers(60))), ZONE
        )
        fate = draw.integers(6)
        if fate == 0:
            spans.append({**one, "before_at": cut})
        elif fate == 1:
            spans.append({**one, "from_at": cut})
        elif fate == 2:
            spans += [
                {**one, "before_at": cut},
                {**one, "from_at": cut + 10 * 86_400_000_000},
            ]
        elif fate == 3:
            spans += [{**one, "before_at": cut}, {**one, "from_at": cut, "tier": "gold"}]
        else:
            spans.append(one)
    return spans


def events_of(draw: np.random.Generator, count: int, size: int) -> list[dict[str, Any]]:
    """Return done and cancelled events, some shared, some in euros, some of substitutes."""
    rows: list[dict[str, Any]] = []
    start = at(2024, 4, 1)
    for number in range(size):
        one = {
            "event_id": f"e{number}",
            "occurred_at": start + int(draw.integers(150 * 24)) * 3_600_000_000,
            "status": "cancelled" if draw.random() < 0.1 else "done",
            "product_id": "gtx" if draw.random() < 0.7 else "other",
            "currency": "EUR" if draw.random() < 0.2 else "USD",
            "amount_minor": int(draw.integers(-500, 50_000)),
            "margin_minor": int(draw.integers(-500, 20_000)),
        }
        first, second = draw.choice(count, 2, replace=False).tolist()
        if draw.random() < 0.2:
            rows += [
                {**one, "payee_id": f"p{first:02d}", "share_ppm": 333_333},
                {**one, "payee_id": f"p{second:02d}", "share_ppm": 666_667},
            ]
        else:
            rows.append({**one, "payee_id": f"p{first:02d}"})
    return rows


def enrolment_of(draw: np.random.Generator, count: int) -> Enrolment:
    """Return who was held out among the payees in the west; some joined later."""
    rows = [
        EnrolledPayee(
            f"p{number:02d}",
            f"f{number % 7}",
            f"stratum {number % 2}",
            f"p{number:02d}",
            bool(draw.random() < 0.4),
            bool(draw.random() < 0.1),
        )
        for number in range(count)
        if number % 5 and number % 11
    ]
    return Enrolment("summer", 0, tuple(rows))


@attrs.frozen
class World:
    rows: list[dict[str, Any]]
    payees: list[dict[str, Any]]
    enrolment: Enrolment | None

    def feed(self, folder: Path) -> Feed:
        rates = [{"from_currency": "EUR", "to_currency": "USD", "rate_num": 1_100_000}]
        return feed_from_rows(self.rows, folder, payees=self.payees, rates=rates)


def world_of(seed: int, *, is_enrolled: bool = True) -> World:
    draw = np.random.default_rng(seed)
    count = 45
    payees, rows = roster_of(draw, count), events_of(draw, count, 600)
    return World(rows, payees, enrolment_of(draw, count) if is_enrolled else None)


def made(feed: Feed, world: World, **more: Any) -> Moments:
    given = {"program": program_of(), "as_of": LATE, **more}
    program = given.pop("program")
    with DuckDBEngine(threads=1) as engine:
        return moments_of_feed(
            engine, program, feed=feed, enrolment=world.enrolment, **given
        )


def dense(feed: Feed, world: World, as_of: int = LATE) -> Moments:
    """Return the moments of the dense panel of the same events."""
    with DuckDBEngine(threads=1) as engine:
        panel = build_panel(
            engine, program_of(), feed=feed, enrolment=world.enrolment, as_of=as_of
        )
    people = panel.people
    places = [no for no, span in enumerate(panel.calendar.spans) if span.part != "prior"]
    spans = [panel.calendar.spans[no] for no in places]
    days = np.array([span.day_count for span in spans])
    active = panel.active[:, places] > days / 7 - 1e-6
    kept = active.any(axis=1) & (people.side != OUTSIDE)
    start = next(no for no, span in enumerate(spans) if span.part == "window")
    return moments_of(
        np.stack([panel.values[one][kept][:, places] for one in KEPT], axis=2),
        payees=people.payee_id[kept],
        outcomes=[one.value for one in KEPT],
        periods=[int(span.starts_on.strftime("%Y%m%d")) for span in spans],
        first_no=np.where(people.on(TREATED, TREATED_JOINER)[kept], start, NEVER),
        side=np.array([SIDES[one] for one in people.side[kept].tolist()]),
        strata=people.stratum[kept].astype(str),
        firms=people.firm[kept],
        is_active=active[kept],
    )


@pytest.mark.parametrize("seed", range(4))
def test_moments_of_a_feed_are_those_of_its_panel(tmp_path: Path, seed: int) -> None:
    world = world_of(seed, is_enrolled=seed != 3)
    feed = world.feed(tmp_path)
    wanted, found = dense(feed, world), made(feed, world)
    # Otherwise nothing would be compared: joiners, leavers, strata, and every outcome.
    assert len({one.is_active for one in wanted.cohorts}) > 3
    assert (np.abs(wanted.sums).reshape(-1, 6, len(wanted.periods)).sum((0, 2)) > 0).all()
    same_moments(found, wanted, tolerance=TOLERANCE)


def test_window_that_runs_is_measured_up_to_the_moment_asked_for(tmp_path: Path) -> None:
    world = world_of(7)
    feed = world.feed(tmp_path)
    moment = at(2024, 7, 11)
    found = made(feed, world, as_of=moment)
    assert found.periods[-1] == 20240708
    same_moments(found, dense(feed, world, moment), tolerance=TOLERANCE)


def test_order_of_rows_and_their_files_are_irrelevant(tmp_path: Path) -> None:
    world = world_of(5)
    one = made(world.feed(tmp_path / "1"), world)
    turned = attrs.evolve(world, rows=world.rows[::-1], payees=world.payees[::-1])
    events = [row["event_id"] for row in world.rows]
    first = [row for row, event in zip(world.rows, events, strict=True) if event < "e4"]
    rest = [row for row, event in zip(world.rows, events, strict=True) if event >= "e4"]
    parts = [
        attrs.evolve(world, rows=rows).feed(tmp_path / str(number))
        for number, rows in enumerate((first, rest), start=2)
    ]
    split = attrs.evolve(parts[0], events=(*parts[0].events, *parts[1].events))
    for other in (
        made(turned.feed(tmp_path / "4"), turned),
        made(split, world),
    ):
        same_moments(one, other)
        assert one.data_digest == other.data_digest


def test_names_of_payees_are_irrelevant_but_to_the_digest(tmp_path: Path) -> None:
    world = world_of(6)

    def renamed(name: str) -> str:
        return f"q{99 - int(name[1:])}"

    def again(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "payee_id": renamed(row["payee_id"])} for row in rows]

    assert world.enrolment is not None
    other = World(
        again(world.rows),
        # Without firms, which would be named after their payee.
        again([{**row, "firm_id": row.get("firm_id") or "f"} for row in world.payees]),
        attrs.evolve(
            world.enrolment,
            rows=tuple(
                attrs.evolve(
                    row, payee_id=renamed(row.payee_id), unit_id=renamed(row.unit_id)
                )
                for row in world.enrolment.rows
            ),
        ),
    )
    world = attrs.evolve(
        world, payees=[{**row, "firm_id": row["firm_id"] or "f"} for row in world.payees]
    )
    one = made(world.feed(tmp_path / "1"), world)
    two = made(other.feed(tmp_path / "2"), other)
    same_moments(
        one, two, tolerance=TOLERANCE
    )  # thirds of units are added in another order
    assert one.data_digest != two.data_digest


def test_digest_changes_with_one_event(tmp_path: Path) -> None:
    world = world_of(5)
    last = {**world.rows[0], "event_id": "new", "occurred_at": at(2024, 7, 3)}
    more = attrs.evolve(
        world,
        rows=[*world.rows, {**last, "status": "done", "payee_id": "p04"}],
    )
    one = made(world.feed(tmp_path / "1"), world)
    assert made(more.feed(tmp_path / "2"), world).data_digest != one.data_digest


def test_days_of_a_week_add_up_to_the_week(tmp_path: Path) -> None:
    payees = [{"payee_id": f"p{no:02d}", "region": "west"} for no in range(45)]
    world = attrs.evolve(world_of(8), payees=payees)
    feed = world.feed(tmp_path)
    weeks, days = made(feed, world), made(feed, world, periods="day")
    week_no = np.searchsorted(weeks.periods, days.periods, side="right") - 1
    assert np.bincount(week_no).tolist() == [7] * 8 + [3] + [7] * 2
    member = np.kron(np.eye(len(KEPT)), week_no == np.arange(len(weeks.periods))[:, None])
    assert [attrs.astuple(one)[1:3] for one in days.cohorts] == [
        attrs.astuple(one)[1:3] for one in weeks.cohorts
    ]
    np.testing.assert_array_equal(days.count, weeks.count)
    np.testing.assert_allclose(
        days.sums @ member.T, weeks.sums, rtol=TOLERANCE, atol=TOLERANCE
    )
    first = {days.periods[one.first_no] for one in days.cohorts if one.first_no is not None}
    assert first == {20240701}


def test_days_end_at_midnight_of_the_program(tmp_path: Path) -> None:
    edge = day_start(dt.date(2024, 7, 3), ZONE)
    rows = [
        {"event_id": f"e{no}", "payee_id": "a", "occurred_at": when, "product_id": "gtx"}
        for no, when in enumerate((at(2024, 4, 1), edge - 1, edge, at(2024, 9, 1)))
    ]
    world = World(rows, [{"payee_id": "a", "region": "west"}], None)
    found = made(world.feed(tmp_path), world, periods="day").outcome("units")
    sold = dict(zip(found.periods, found.sums[0].tolist(), strict=True))
    assert (sold[20240702], sold[20240703]) == (1.0, 1.0)
    assert sum(sold.values()) == 2.0


def test_payee_without_any_event_counts_as_zeros(tmp_path: Path) -> None:
    world = world_of(9)
    quiet = [row for row in world.rows if row["payee_id"] != "p03"]
    found = made(attrs.evolve(world, rows=quiet).feed(tmp_path / "1"), world)
    assert found.count.sum() == made(world.feed(tmp_path / "2"), world).count.sum()


def test_outcome_that_some_event_does_not_tell_is_not_kept(tmp_path: Path) -> None:
    world = world_of(4)
    inside = {"occurred_at": at(2024, 7, 3), "status": "done", "product_id": "gtx"}
    silent = {**world.rows[0], **inside, "event_id": "s", "payee_id": "p04"}
    rows = [*world.rows, {**silent, "margin_minor": None}]
    found = made(attrs.evolve(world, rows=rows).feed(tmp_path / "1"), world)
    assert "margin" not in found.outcomes
    assert {"units", "amount", "substitute margin"} < set(found.outcomes)
    rows = [*world.rows, {**silent, "currency": "JPY"}]
    found = made(attrs.evolve(world, rows=rows).feed(tmp_path / "2"), world)
    assert not {"margin", "amount"} & set(found.outcomes)
    program = program_of(measurement=MeasurementPlan(outcome=Outcome.AMOUNT))
    with pytest.raises(MeasureError, match="amount cannot be added up") as caught:
        made(attrs.evolve(world, rows=rows).feed(tmp_path / "3"), world, program=program)
    assert caught.value.problems[0].remedy


def test_feed_in_which_nobody_stands_on_a_side_is_refused(tmp_path: Path) -> None:
    world = world_of(4, is_enrolled=False)
    # Everyone leaves before the first week of the calendar.
    stay = {"from_at": at(2024, 4, 1), "before_at": at(2024, 4, 2)}
    once = {row["payee_id"]: row for row in world.payees}.values()
    gone = [{**row, **stay} for row in once]
    feed = attrs.evolve(world, payees=gone).feed(tmp_path)
    with pytest.raises(MeasureError, match="nobody to measure") as caught:
        made(feed, world)
    assert caught.value.problems[0].remedy
