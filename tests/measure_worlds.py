"""Worlds with a known truth, as arrays and as feeds, for the tests of measuring."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import Sums
from openspiff.program import (
    Behavior,
    BehaviorKind,
    EnrolledPayee,
    Enrolment,
    Flat,
    Holdout,
    MeasurementPlan,
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
