"""Is an effect that we put into real sales found again, as large as it was put in?

A program that never was is measured on a year of CRM data whose payees had no incentive;
windows, products and holdouts are by chance. Then sales are resampled: each deal that a
treated payee won in the window is doubled with a chance of the lift, and of these a share
(pull-forward) is paid for by dropping as many deals as expected, by chance, from the weeks
after the window. Both are counted, so the injected effect is known exactly.
`pytest -m slow tests/calibration/test_measure_injection.py -s` prints the shares.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from typing import NamedTuple

import attrs
import numpy as np
import pytest
from calibration.harness import holds
from measure.test_no_lift_without_incentive import (
    ZONE,
    crm as crm,  # noqa: PLC0414 (a fixture)
    made_up_program,
    redrawn,
)

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed
from openspiff.measure import Estimate
from openspiff.measure._compare import Comparison, Effect
from openspiff.measure._panel import Panel, build_panel
from openspiff.measure._people import TREATED
from openspiff.measure._redraw import Redraw
from openspiff.program import Outcome, day_start

LIFTS = (0.0, 0.05, 0.1, 0.2, 0.4)
PULLS = (0.0, 0.5)
INJECTIONS = [(lift, pull) for lift in LIFTS for pull in PULLS if lift or not pull]
every_injection = pytest.mark.parametrize(("lift", "pull"), INJECTIONS)
DRAWS = 10
LEVEL = 0.95


class Injected(NamedTuple):
    """A panel with an effect in it, and that effect per treated payee and week."""

    panel: Panel
    gross: float
    net: float


def injected(panel: Panel, lift: float, pull: float, draw: np.random.Generator) -> Injected:
    """Double deals of the treated in the window, and drop some that come after it."""
    treated = panel.people.on(TREATED)[:, None]
    units = np.rint(panel.values[Outcome.UNITS]).astype(np.int64)
    window, horizon = (_columns(panel, part) for part in ("window", "horizon"))
    theirs = units * treated
    added = draw.binomial(theirs * window, lift)
    later = int((theirs * horizon).sum())
    chance = lift * pull * (theirs * window).sum() / later if later else 0.0
    dropped = draw.binomial(theirs * horizon, min(chance, 1.0))
    values = {**panel.values, Outcome.UNITS: panel.values[Outcome.UNITS] + added - dropped}
    changed = attrs.evolve(panel, values=values)
    side = panel.people.on(TREATED)
    weeks = changed.sums(Outcome.UNITS, "window").weeks[side].sum()
    net_weeks = changed.net(Outcome.UNITS).weeks[side].sum()
    gross, net = added.sum() / weeks, (added.sum() - dropped.sum()) / net_weeks
    return Injected(panel=changed, gross=float(gross), net=float(net))


def _columns(panel: Panel, part: str) -> np.ndarray:
    found = np.zeros(len(panel.calendar.spans), dtype=np.int64)
    found[panel.calendar.where(part)] = 1
    return found


@functools.cache
def panels_of(crm: Feed, count: int) -> list[tuple[Panel, int]]:
    """Return the panels of made-up programs, each with a seed of its own."""
    draw = np.random.default_rng(20170302)
    as_of = day_start(dt.date(2018, 1, 1), ZONE)
    found = []
    with DuckDBEngine() as engine:
        for number in range(count):
            program = made_up_program(draw)
            panel = build_panel(engine, program, feed=crm, enrolment=None, as_of=as_of)
            found += [
                (redrawn(panel, program, draw), number * DRAWS + copy)
                for copy in range(DRAWS)
            ]
    return found


def answers(
    crm: Feed, programs: int, lift: float, pull: float, *, redraw: Redraw | None = None
) -> Iterator[tuple[Effect, Estimate, float]]:
    """Yield what the holdout comparison says of each panel, and what was put in."""
    for panel, seed in panels_of(crm, programs):
        draw = np.random.default_rng((seed, round(lift * 100), round(pull * 100)))
        inside = injected(panel, lift, pull, draw)
        comparison = Comparison(panel=inside.panel, currency="USD", seed=seed)
        gross = comparison.holdout("gross", Outcome.UNITS, redraw=redraw)
        yield "gross", gross, inside.gross
        net = comparison.holdout("net", Outcome.UNITS, redraw=redraw)
        yield "net", net, inside.net


def coverage(
    crm: Feed, programs: int, lift: float, pull: float
) -> tuple[dict[str, float], float]:
    """Return how often the intervals held what was put in, and the gross mean error."""
    held: dict[str, list[bool]] = {"gross": [], "net": []}
    off = []
    for effect, one, truth in answers(crm, programs, lift, pull):
        held[effect].append(holds(one, truth))
        if effect == "gross":
            off.append((one.value - truth) / one.standard_error)
    shares = {effect: float(np.mean(found)) for effect, found in held.items()}
    print(  # noqa: T201 (the measured shares are what this test is for)
        f"\nlift {lift:.0%}, pull-forward {pull:.0%}, {len(off)} programs: intervals hold "
        f"the gross effect {shares['gross']:.1%}, the net effect {shares['net']:.1%}; "
        f"mean error {np.mean(off):+.2f} standard errors"
    )
    return shares, float(np.mean(off))


def test_an_injected_effect_is_counted_exactly(crm: Feed) -> None:
    panel, _ = panels_of(crm, 4)[0]
    before = panel.values[Outcome.UNITS].copy()
    inside = injected(panel, 0.4, 0.5, np.random.default_rng(1))
    np.testing.assert_array_equal(panel.values[Outcome.UNITS], before)
    change = inside.panel.values[Outcome.UNITS] - before
    assert (change[~panel.people.on(TREATED)] == 0).all()
    window, horizon = (_columns(panel, part) == 1 for part in ("window", "horizon"))
    assert (change[:, window] >= 0).all()
    assert (change[:, horizon] <= 0).all()
    assert (change[:, ~window & ~horizon] == 0).all()
    weeks = panel.sums(Outcome.UNITS, "window").weeks[panel.people.on(TREATED)].sum()
    assert change[:, window].sum() == pytest.approx(inside.gross * weeks, rel=1e-12)
    sold = before[panel.people.on(TREATED)][:, window].sum()
    # Binomial: three and a half errors of its share.
    near = 3.5 * (0.4 * 0.6 / sold) ** 0.5
    assert change[:, window].sum() / sold == pytest.approx(0.4, abs=near)
    assert inside.net < inside.gross


@pytest.mark.parametrize(("lift", "pull"), [(0.0, 0.0), (0.2, 0.5)])
def test_injected_lift_lies_in_the_interval_of_nearly_every_program(
    crm: Feed, lift: float, pull: float
) -> None:
    shares, off = coverage(crm, 4, lift, pull)
    # 40 programs: two of them outside are expected; seven or more would come by chance
    # once in two hundred times.
    assert min(shares.values()) >= 34 / 40
    # The mean of 40 errors of one: three errors, and more for the heavy tails of t.
    assert abs(off) < 0.55


@pytest.mark.slow
@every_injection
def test_intervals_hold_the_injected_effect_at_their_nominal_rate(
    crm: Feed, lift: float, pull: float
) -> None:
    shares, off = coverage(crm, 500 // DRAWS, lift, pull)
    # 500 programs: the error of a share of .95 is .0097; three of them.
    for share in shares.values():
        assert share == pytest.approx(LEVEL, abs=0.03)
    # Errors are about one each, so their mean is known to .045; three of them.
    assert abs(off) < 0.14


@pytest.mark.slow
def test_false_lift_is_found_in_at_most_seven_of_a_hundred_programs(crm: Feed) -> None:
    found = [
        (effect, one.excludes_zero, one.p_value <= 0.05)
        for effect, one, _ in answers(
            crm, 500 // DRAWS, 0.0, 0.0, redraw=Redraw(draw_count=999)
        )
    ]
    for effect in ("gross", "net"):
        own = [(excludes, drawn) for name, excludes, drawn in found if name == effect]
        by_interval, by_redraw = np.mean(own, axis=0)
        print(  # noqa: T201 (as above)
            f"\nno incentive, {effect}: {by_interval:.1%} of {len(own)} intervals "
            f"exclude zero, {by_redraw:.1%} of re-drawn p-values are below .05"
        )
        assert by_interval <= 0.07
        assert by_redraw <= 0.07
