"""Which answers do the tests of the report show?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from openspiff.measure import Answer, Caution, Check, Estimate, PathPoint, Verdict
from openspiff.program import Program, read_program

PROGRAMS = Path(__file__).resolve().parents[1] / "examples" / "programs"
FIRST = dt.date(2026, 2, 2)


def a_program() -> Program:
    """Return the program that the answers are about."""
    return read_program(PROGRAMS / "compressor-push.toml")


def estimate(
    name: str, value: float, *, tier: str = "A", unit: str = "units per payee-week"
) -> Estimate:
    return Estimate(
        name=name,
        value=value,
        standard_error=abs(value) / 4,
        low=value / 2,
        high=value * 2,
        method="a comparison",
        tier=tier,  # type: ignore[arg-type]
        unit=unit,
        unit_count=40,
        cluster_count=8,
        warnings=(Caution("growth", "It counts growth as success."),)
        if tier == "E"
        else (),
    )


def point(week: int) -> PathPoint:
    is_inside = 4 <= week < 8
    return PathPoint(
        week_start_on=FIRST + dt.timedelta(days=7 * week),
        day_count=7,
        phase="window" if is_inside else "baseline",
        in_window=is_inside,
        treated_mean=2.0 if is_inside else 1.0,
        holdout_mean=1.0,
        ineligible_mean=None,
        difference=1.0 if is_inside else 0.0,
        low=-0.5,
        high=1.5,
    )


def an_answer(program: Program) -> Answer:
    """Return the answer of a program with a holdout, everything known but its margin."""
    return Answer(
        program_id=program.program_id,
        version=1,
        content_hash="a" * 64,
        data_digest="b" * 64,
        as_of=1_783_080_000_000_000,
        currency="EUR",
        headline=estimate("gross", 0.4),
        why_tier="Chance decided who was held out.",
        interim=None,
        estimates=(estimate("gross", 0.4),),
        timing=tuple(estimate(name, 0.2) for name in ("hold-back", "in the window", "net")),
        mix=(
            estimate("substitutes", -0.1),
            estimate("amount", 5_000.0, unit="EUR minor units of amount per payee-week"),
        ),
        not_possible=(("synthetic group", "there is no firm outside the audience"),),
        naive=estimate("naive", 0.9, tier="E"),
        total_incremental=estimate("added", 40.0, unit="units"),
        dead_weight=estimate("dead weight", 0.6, unit="share"),
        cost_per_unit=estimate(
            "cost of one added unit", 21_500.0, unit="EUR minor units per unit"
        ),
        cost_per_margin=None,
        value_added=None,
        return_on_cost=None,
        return_probability=None,
        break_even_units=None,
        cost_minor=900_000,
        paid_minor=860_000,
        paid_units=100.0,
        treated_count=30,
        holdout_count=10,
        ineligible_count=0,
        checks=(Check(code="balance", is_ok=True, sentence="Both groups began alike."),),
        path=tuple(point(week) for week in range(10)),
        warnings=(),
        placebos=(),
        exploratory=("The horizon was 8 weeks at launch and is 4 here.",),
        next_tests=("Run it again with more firms.",),
        verdict=Verdict(
            decision="cannot_tell",
            reasons=("The interval of what was added contains zero.",),
            rule="A verdict needs an interval without zero.",
        ),
    )
