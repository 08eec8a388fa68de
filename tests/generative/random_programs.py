"""Which programs can there be? Every kind of payout, behavior, limit, split and clawback.

Conditions are set often enough that each refuses something, and seldom enough that most
worlds pay something.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any, Final

import attrs
from reference import DAY, MILLION

from openspiff.program import (
    Audience,
    Band,
    BandBy,
    Basis,
    Behavior,
    BehaviorKind,
    Caps,
    CapsOrder,
    Clawback,
    ClawbackShape,
    CountTiers,
    Exclusions,
    Flat,
    MrrMultiple,
    Payout,
    Percent,
    Prize,
    Products,
    Program,
    SplitRule,
    Tickets,
    Tier,
    Window,
    day_start,
)

ZONES: Final = ("UTC", "America/New_York", "Asia/Tokyo", "Africa/Cairo")
# Days around changes of the clock: New York 8 March, Cairo 24 April 2026 (no midnight).
FIRST_DAYS: Final = (dt.date(2026, 3, 6), dt.date(2026, 4, 22))
REVENUE_TYPES: Final = ("new", "renewal", "add-on", "")
CURRENCIES: Final = ("USD", "EUR", "JPY", "KWD")
MARGIN_PPM: Final = 225_000
CLAWBACK_DAYS: Final = (3, 30, 90)
HALF_DAY: Final = DAY // 2


def random_programs(rng: random.Random) -> list[Program]:
    first_day = rng.choice(FIRST_DAYS)
    kind = rng.choice(tuple(BehaviorKind))
    programs: list[Program] = []
    for number in range(rng.choice((1, 1, 2, 3))):
        program = _program(rng, f"p-{number}", first_day, kind)
        programs.append(program)
        day = program.window.starts_on
        for version in range(2, rng.choice((1, 1, 2, 3)) + 1):
            day += dt.timedelta(days=rng.choice((1, 2)))
            program = _amended(rng, program, version, day)
            programs.append(program)
    rng.shuffle(programs)
    return programs


def _program(
    rng: random.Random, program_id: str, first_day: dt.date, kind: BehaviorKind
) -> Program:
    currency = rng.choice(CURRENCIES)
    return Program(
        program_id=program_id,
        name="any",
        currency=currency,
        behavior=_behavior(rng, kind),
        window=_window(rng, first_day),
        payout=_tickets(rng) if often(rng, 0.15) else _money(rng),
        audience=_audience(rng),
        exclusions=Exclusions(
            government=often(rng, 0.7),
            customer_ids=("c'5",) if often(rng, 0.2) else (),
            firm_ids=("o'firm",) if often(rng, 0.2) else (),
        ),
        caps=_caps(rng),
        split=rng.choice(tuple(SplitRule)),
        clawback=_clawback(rng),
    )


def _amended(rng: random.Random, program: Program, version: int, day: dt.date) -> Program:
    is_draw = isinstance(program.payout, Tickets)
    changes: dict[str, Any] = {
        "payout": _tickets(rng) if is_draw else _money(rng),
        "caps": _caps(rng),
        "split": rng.choice(tuple(SplitRule)),
        "clawback": _clawback(rng),
        "audience": _audience(rng),
        "behavior": attrs.evolve(
            program.behavior, once_per_customer=often(rng, 0.5), min_quantity=0
        ),
        "window": _longer(program.window),
    }
    chosen = {name: new for name, new in changes.items() if often(rng, 0.4)}
    return attrs.evolve(program, version=version, takes_recorded_from=day, **chosen)


def _window(rng: random.Random, first_day: dt.date) -> Window:
    starts_on = first_day + dt.timedelta(days=rng.choice((0, 0, 1, 2)))
    ends_before = starts_on + dt.timedelta(days=rng.choice((3, 5)))
    late = ends_before + dt.timedelta(days=rng.choice((0, 2)))
    return Window(
        zone=rng.choice(ZONES),
        starts_on=starts_on,
        ends_before=ends_before,
        reported_before=late if often(rng, 0.3) else None,
    )


def _longer(window: Window) -> Window:
    day, late = dt.timedelta(days=1), window.reported_before
    return attrs.evolve(
        window,
        ends_before=window.ends_before + day,
        reported_before=None if late is None else late + day,
    )


def _behavior(rng: random.Random, kind: BehaviorKind) -> Behavior:
    kind = kind if often(rng, 0.75) else rng.choice(tuple(BehaviorKind))
    if often(rng, 0.5):
        return Behavior(kind=kind, once_per_customer=often(rng, 0.25))
    products = Products(
        include=("UC-1",) if often(rng, 0.5) else (),
        families=("voice",),
        members={"voice": ("ucaas", "ccaas")},
        aliases={"UC-1": "ucaas"},
    )
    return Behavior(
        kind=kind,
        products=products if often(rng, 0.25) else Products(),
        revenue_types=_some(rng, REVENUE_TYPES, 0.2),
        min_amount_minor=rng.choice((0, 0, 0, 10_000)),
        min_margin_ppm=rng.choice((0, 0, 0, 0, MARGIN_PPM)),
        min_term_months=rng.choice((0, 0, 0, 36)),
        min_quantity=rng.choice((0, 0, 0, 5)),
        new_customers_only=often(rng, 0.2),
        once_per_customer=often(rng, 0.25),
    )


def _money(rng: random.Random) -> Payout:
    kind = rng.randrange(6)
    if kind == 0:
        return Flat(amount_minor=rng.choice((1, 5_000, 10_000)))
    if kind <= 2:
        rates = (1, 25_000, 333_333, 500_000, MILLION)
        return Percent(rate_ppm=rng.choice(rates), basis=rng.choice(tuple(Basis)))
    if kind == 3:
        amounts = [rng.choice((0, 1_000, 2_501, 5_000)) for _ in range(3)]
        tiers = [Tier(from_count=1, amount_minor=amounts[0])]
        tiers += [
            Tier(from_count=n, amount_minor=a)
            for n, a in zip((2, 4), amounts[1:], strict=True)
        ]
        return CountTiers(tiers=tuple(tiers[: rng.randint(1, 3)]))
    by = BandBy.SEATS if kind == 4 else BandBy.MRR
    starts = (
        (rng.choice((0, 5)), 25)
        if by is BandBy.SEATS
        else (rng.choice((0, 10_000)), 15_000)
    )
    rates = (rng.choice((0, 500_000, 2_000_000)), rng.choice((3_333_333, 10_000_000)))
    bands = [Band(from_size=s, rate_ppm=r) for s, r in zip(starts, rates, strict=True)]
    return MrrMultiple(bands=tuple(bands), band_by=by)


def _tickets(rng: random.Random) -> Payout:
    return Tickets(
        tickets_per_event=rng.choice((1, 2, 5, 100)), prizes=(Prize(amount_minor=500_000),)
    )


def _caps(rng: random.Random) -> Caps:
    limits = (1, 5, 2_500, 5_000, 10_000, 12_501, 50_000, 10**9)
    payee_cap = rng.choice(limits) if often(rng, 0.5) else None
    budget = rng.choice(limits) * 2 if often(rng, 0.5) else None
    if payee_cap and budget and often(rng, 0.7):
        budget = rng.choice((payee_cap, payee_cap + 1, payee_cap * 3 // 2))
    return Caps(payee_cap=payee_cap, budget=budget, order=rng.choice(tuple(CapsOrder)))


def _clawback(rng: random.Random) -> Clawback:
    shape = rng.choice(tuple(ClawbackShape))
    has_days = shape in {ClawbackShape.CLIFF, ClawbackShape.PRO_RATA}
    return Clawback(shape=shape, days=rng.choice(CLAWBACK_DAYS) if has_days else 0)


def _audience(rng: random.Random) -> Audience:
    if often(rng, 0.5):
        return Audience()
    return Audience(
        roles=_some(rng, ("ae", "csm"), 0.1),
        tiers=_some(rng, ("gold", "silver"), 0.2),
        regions=_some(rng, ("emea", "o'east"), 0.1),
        segments=_some(rng, ("smb", "mid"), 0.1),
        firm_ids=_some(rng, ("f1", "f2"), 0.1),
    )


def instants_of(program: Program) -> list[int]:
    """Return the instants at which this program changes its mind, and their neighbors."""
    window = program.window
    edges = [window.starts_at, window.ends_at, window.reported_before_at]
    edges.append(program.takes_recorded_from_at)
    around = [edge + step for edge in edges if edge is not None for step in (-1, 0, 1)]
    days = range((window.ends_before - window.starts_on).days)
    inside = [
        day_start(window.starts_on + dt.timedelta(days=n), window.zone) + HALF_DAY
        for n in days
    ]
    return around + inside


def often(rng: random.Random, share: float) -> bool:
    return rng.random() < share


def _some(rng: random.Random, names: Sequence[str], share: float) -> tuple[str, ...]:
    """Return nothing (which means all) or most of the names."""
    if not often(rng, share):
        return ()
    return tuple(name for name in names if often(rng, 0.7)) or (names[0],)
