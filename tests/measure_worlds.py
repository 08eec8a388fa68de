"""Worlds with a known truth, as arrays and as feeds, for the tests of measuring."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import Answer, Sums, measure_worth
from openspiff.program import (
    Audience,
    Behavior,
    BehaviorKind,
    EnrolledPayee,
    Enrolment,
    Flat,
    Holdout,
    MeasurementPlan,
    Products,
    Program,
    Window,
    day_start,
)

ZONE = "America/New_York"
DAY = 86_400_000_000


@attrs.frozen(kw_only=True)
class World:
    """Payees (n) with sums before and during, who is treated, firms and strata."""

    before: Sums
    during: Sums
    is_treated: np.ndarray
    units: np.ndarray
    strata: np.ndarray


def make_world(  # noqa: PLR0913 (each is one property of the world)
    seed: int,
    *,
    firm_count: int = 60,
    firm_size: int = 4,
    by_firm: bool = True,
    treated_share: float = 0.6,
    lift: float = 0.0,
    growth: float = 1.0,
    weeks: int = 8,
) -> World:
    """Draw skewed sales of uneven payees in firms with a shock of their own.

    `lift` is added to the weekly rate of the treated; `growth` multiplies everyone's rate
    after the baseline. Half of the firms are in each of two strata.
    """
    draw = np.random.default_rng(seed)
    firm = np.repeat(np.arange(firm_count), firm_size)
    stratum = firm % 2
    unit = firm if by_firm else np.arange(firm.size)
    is_treated = np.zeros(firm.size, dtype=bool)
    for one in (0, 1):
        names = np.unique(unit[stratum == one])
        chosen = draw.permutation(names)[: round(treated_share * names.size)]
        is_treated |= np.isin(unit, chosen)
    talent = draw.gamma(2.0, 0.5, firm.size) * (1 + 0.5 * stratum)
    shock = draw.gamma(20.0, 0.05, (2, firm_count))
    before = draw.poisson(talent * shock[0][firm] * 13)
    rate = talent * shock[1][firm] * growth
    during = draw.poisson(rate * weeks) + draw.poisson(lift * weeks * is_treated)
    return World(
        before=Sums(total=before * 1.0, weeks=np.full(firm.size, 13.0)),
        during=Sums(total=during * 1.0, weeks=np.full(firm.size, float(weeks))),
        is_treated=is_treated,
        units=unit,
        strata=stratum,
    )


def make_program(**changes: Any) -> Program:
    """Return a program of five weeks from Monday 1 July 2024, with changes."""
    plain: dict[str, Any] = {
        "program_id": "summer",
        "name": "Summer",
        "currency": "USD",
        "behavior": Behavior(kind=BehaviorKind.DEAL_WON),
        "window": Window(
            zone=ZONE, starts_on=dt.date(2024, 7, 1), ends_before=dt.date(2024, 8, 5)
        ),
        "payout": Flat(amount_minor=5_000),
        "holdout": Holdout(share_ppm=400_000),
        "measurement": MeasurementPlan(baseline_weeks=8, horizon_weeks=3),
    }
    return Program(**{**plain, **changes})


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    """Return an hour of a local day in the zone of these tests, as an instant."""
    return day_start(dt.date(year, month, day), ZONE) + hour * 3_600_000_000


def enrol(
    payees: dict[str, bool], *, firms: dict[str, str] | None = None, joiners: str = ""
) -> Enrolment:
    """Return an enrolment of payees -> is_held_out; `joiners` lists ids by blanks."""
    rows = tuple(
        EnrolledPayee(
            name,
            (firms or {}).get(name, ""),
            "all",
            name,
            held_out,
            name in joiners.split(),
        )
        for name, held_out in sorted(payees.items())
    )
    return Enrolment("summer", 0, rows)


def daily_sales(
    folder: Path,
    *,
    seed: int = 5,
    payee_count: int = 60,
    lift: float = 0.0,
    margin_minor: int | None = 40_000,
    held_out_every: int = 3,
    ends_on: dt.date = dt.date(2024, 9, 1),
) -> tuple[Feed, Enrolment, int]:
    """Return feed, enrolment and the units sold by the treated in the window.

    One payee in three is held out. Everyone sells about 0.3 units a day from 1 April on;
    `lift` is added to the daily rate of the treated in the window (1 July to 4 August).
    """
    draw = np.random.default_rng(seed)
    names = [f"p{number:03d}" for number in range(payee_count)]
    held = {name: number % held_out_every == 0 for number, name in enumerate(names)}
    talent = draw.gamma(9.0, 0.3 / 9.0, payee_count)
    start, window = dt.date(2024, 4, 1), make_program().window
    rows, sold = [], 0
    for offset in range((ends_on - start).days):
        day = start + dt.timedelta(days=offset)
        inside = window.starts_on <= day < window.ends_before
        for number, name in enumerate(names):
            rate = talent[number] + (lift if inside and not held[name] else 0.0)
            count = int(draw.poisson(rate))
            sold += count if inside and not held[name] else 0
            rows += [
                {
                    "event_id": f"{name}-{day}-{copy}",
                    "payee_id": name,
                    "occurred_at": at(day.year, day.month, day.day),
                    "amount_minor": 100_000,
                    "margin_minor": margin_minor,
                }
                for copy in range(count)
            ]
    payees = [
        {"payee_id": name, "firm_id": f"f{number % 12}"}
        for number, name in enumerate(names)
    ]
    feed = feed_from_rows(rows, folder, payees=payees)
    return feed, enrol(held), sold


def measured(world: tuple[Feed, Enrolment | None, int], **more: Any) -> Answer:
    """Return the answer on daily sales on 10 September, whatever else is given."""
    given = {"paid_minor": 100_000, "paid_units": 20.0, "as_of": at(2024, 9, 10)}
    program = more.pop("program", None) or make_program()
    given |= {"feed": world[0], "enrolment": world[1], "seed": 1}
    return measure_worth(program, **{**given, **more})


def with_a_west(world: tuple[Feed, Enrolment, int], folder: Path) -> tuple[Feed, Program]:
    """Return the feed with the held out in the east, and a program for the west alone."""
    feed, enrolment, _ = world
    roster = [
        {
            "payee_id": row.payee_id,
            "firm_id": f"f{number % 12}",
            "region": "east" if row.is_held_out else "west",
        }
        for number, row in enumerate(enrolment.rows)
    ]
    written = feed_from_rows([], folder / "roster", payees=roster)
    program = make_program(holdout=None, audience=Audience(regions=("west",)))
    return attrs.evolve(feed, payees=written.payees), program


@attrs.frozen(kw_only=True)
class Shifts:
    """What the program does to the weekly rate of a treated payee, as shares of it.

    `waits` leaves the two announced weeks, `lift` comes on top of the five of the window
    beside what had waited and what is `pulled` out of the first two of the four after it;
    `stays` is what is left of the lift in the last two. `swaps` leaves the substitutes in
    the window, `cancels` is the share of the window's sales that are cancelled.
    """

    lift: float = 0.0
    waits: float = 0.0
    pulled: float = 0.0
    stays: float = 0.0
    swaps: float = 0.0
    cancels: float = 0.0
    discount: float = 0.0

    @property
    def gross(self) -> float:
        """Return the effect in the window per week, as a share of the rate."""
        return self.lift + (2 * self.waits + 2 * self.pulled) / 5

    @property
    def net(self) -> float:
        """Return the whole effect per week of the window, as a share of the rate."""
        return self.lift + 2 * self.stays / 5


FOCAL, OTHER = "pump", "valve"
ANNOUNCED_ON = dt.date(2024, 6, 17)


def shifting_program(**changes: Any) -> Program:
    """Return a program for pumps, announced two weeks before its five, with four after."""
    plan = MeasurementPlan(baseline_weeks=8, horizon_weeks=4, announced_on=ANNOUNCED_ON)
    plain: dict[str, Any] = {
        "behavior": Behavior(
            kind=BehaviorKind.DEAL_WON, products=Products(include=(FOCAL,))
        ),
        "measurement": plan,
    }
    return make_program(**{**plain, **changes})


def shifting_sales(  # noqa: PLR0913 (each is one property of the world)
    folder: Path,
    shifts: Shifts,
    *,
    is_treated: np.ndarray,
    firm: np.ndarray,
    seed: int = 1,
    rate: float | np.ndarray = 3.0,
    first_on: dt.date = dt.date(2024, 4, 15),
    last_week: dt.date = dt.date(2024, 8, 26),
    lag_days: int = 0,
    role: np.ndarray | None = None,
) -> Feed:
    """Return a feed of weekly sales of payees (n) at a rate, and of what shifts it.

    `rate` is units a week, for each payee or for all. A week's sales come at once on its
    Friday; each becomes known `lag_days` later.
    """
    draw = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    week = first_on
    while week <= last_week:
        offset = (week - make_program().window.starts_on).days // 7
        sold = draw.poisson(rate * (1 + is_treated * _shift(shifts, offset)))
        inside = is_treated & (0 <= offset < 5)
        swapped = draw.poisson(rate * (1 - shifts.swaps * inside))
        instant = at(week.year, week.month, week.day, 110)
        for payee, (ours, others) in enumerate(zip(sold, swapped, strict=True)):
            cut = shifts.discount if inside[payee] else 0.0
            lost = draw.random(ours) < (shifts.cancels if inside[payee] else 0.0)
            for copy in range(ours + others):
                is_ours = copy < ours
                rows.append(
                    {
                        "event_id": f"{payee}-{week}-{copy}",
                        "payee_id": f"p{payee:03d}",
                        "firm_id": f"f{firm[payee]:02d}",
                        "occurred_at": instant,
                        "recorded_at": instant + lag_days * DAY,
                        "product_id": FOCAL if is_ours else OTHER,
                        "status": "cancelled" if is_ours and lost[copy] else "done",
                        "amount_minor": 100_000,
                        "list_price_minor": round((124_800 + copy % 5 * 100) * (1 + cut)),
                        "margin_minor": round(40_000 - 100_000 * cut),
                    }
                )
        week += dt.timedelta(days=7)
    payees = [
        {
            "payee_id": f"p{payee:03d}",
            "firm_id": f"f{firm[payee]:02d}",
            "role": "" if role is None else str(role[payee]),
        }
        for payee in range(is_treated.size)
    ]
    return feed_from_rows(rows, folder, payees=payees)


def _shift(shifts: Shifts, week: int) -> float:
    if week in {-2, -1}:
        return -shifts.waits
    if 0 <= week < 5:
        return shifts.gross
    if week in {5, 6}:
        return -shifts.pulled
    return shifts.stays if week in {7, 8} else 0.0
