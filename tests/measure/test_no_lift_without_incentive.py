"""On real sales that no incentive touched, how often is lift found all the same?

Two hundred made-up programs on a year of CRM data: windows, products and holdouts by
chance. `pytest tests/measure/test_no_lift_without_incentive.py -s` prints the shares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
import pytest

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, feed_of, load_mapping, read_events, write_batch
from openspiff.measure import Estimate
from openspiff.measure._compare import Comparison
from openspiff.measure._panel import Panel, build_panel
from openspiff.measure._people import HELD_OUT, OUTSIDE, TREATED
from openspiff.measure._redraw import Redraw
from openspiff.program import (
    Behavior,
    BehaviorKind,
    Candidate,
    Flat,
    Holdout,
    MeasurementPlan,
    Outcome,
    Products,
    Program,
    Window,
    assign_holdout,
    day_start,
)

ROOT = Path(__file__).resolve().parents[2]
ZONE = "America/New_York"
REDRAWS = Redraw(draw_count=999)
PANELS = 40
DRAWS = 5
PRODUCTS = ("GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Basic")


@pytest.fixture(scope="module")
def crm(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Feed:
    mapping = load_mapping(ROOT / "examples" / "mappings" / "maven_crm.toml")
    recorded_at = day_start(dt.date(2018, 1, 8), ZONE)
    read = read_events(shared_data / "b2b" / "maven_crm", mapping, recorded_at=recorded_at)
    folder = tmp_path_factory.mktemp("crm")
    batch = write_batch(read, feed=Feed(events=()), folder=folder, batch_no=1)
    return feed_of([batch])


def made_up_program(draw: np.random.Generator) -> Program:
    """Return a program of four to nine weeks on some products, or on all of them."""
    starts_on = dt.date(2017, 6, 5) + dt.timedelta(days=int(draw.integers(0, 100)))
    days = int(draw.integers(28, 64))
    count = int(draw.integers(0, len(PRODUCTS)))
    aliases = {"GTXPro": "GTX Pro"}
    chosen = tuple(draw.permutation(PRODUCTS)[:count].tolist())
    return Program(
        program_id="made-up",
        name="Made up",
        currency="USD",
        behavior=Behavior(
            kind=BehaviorKind.DEAL_WON, products=Products(include=chosen, aliases=aliases)
        ),
        window=Window(
            zone=ZONE,
            starts_on=starts_on,
            ends_before=starts_on + dt.timedelta(days=days),
        ),
        payout=Flat(amount_minor=1),
        measurement=MeasurementPlan(baseline_weeks=10, horizon_weeks=4),
    )


def redrawn(panel: Panel, program: Program, draw: np.random.Generator) -> Panel:
    """Hold out 30-40% of those who ever sold, by the lot that programs use."""
    people = panel.people
    sold = panel.values[Outcome.UNITS].sum(axis=1) > 0
    holdout = Holdout(
        share_ppm=int(draw.integers(300_000, 400_001)), seed=int(draw.integers(2**31))
    )
    drawn = assign_holdout(
        attrs.evolve(program, holdout=holdout),
        [Candidate(payee_id=name) for name in people.payee_id[sold].tolist()],
    )
    held = np.isin(people.payee_id, sorted(drawn.held_out_ids()))
    side = np.where(sold, np.where(held, HELD_OUT, TREATED), OUTSIDE)
    return attrs.evolve(panel, people=attrs.evolve(people, side=side))


def made_up_answers(crm: Feed) -> Iterator[tuple[Estimate, Estimate, Estimate]]:
    """Yield gross and net effect by holdout, and the naive number, of each program."""
    draw = np.random.default_rng(20170301)
    as_of = day_start(dt.date(2018, 1, 1), ZONE)
    with DuckDBEngine() as engine:
        for _ in range(PANELS):
            program = made_up_program(draw)
            panel = build_panel(engine, program, feed=crm, enrolment=None, as_of=as_of)
            for _ in range(DRAWS):
                comparison = Comparison(
                    panel=redrawn(panel, program, draw), currency="USD", seed=0
                )
                yield (
                    comparison.holdout("gross", Outcome.UNITS, redraw=REDRAWS),
                    comparison.holdout("net", Outcome.UNITS),
                    comparison.naive(Outcome.UNITS),
                )


def test_false_lift_is_found_in_two_to_nine_of_a_hundred_programs(crm: Feed) -> None:
    answers = list(made_up_answers(crm))
    assert len(answers) == PANELS * DRAWS == 200
    gross, net, naive = (
        float(np.mean([one.excludes_zero for one in column]))
        for column in zip(*answers, strict=True)
    )
    p_values = [one.p_value for one, _, _ in answers if one.p_value is not None]
    assert len(p_values) == len(answers)
    redraws = float(np.mean([one <= 0.05 for one in p_values]))
    print(  # noqa: T201 (the measured shares are what this test is for)
        f"\nno incentive, {len(answers)} programs, intervals that exclude zero: "
        f"gross {gross:.1%}, net {net:.1%}, naive number {naive:.1%}; "
        f"re-drawn p <= .05: {redraws:.1%}"
    )
    assert 0.02 <= gross <= 0.09
    assert 0.02 <= net <= 0.09
    assert redraws <= 0.09
    assert naive > 0.15
