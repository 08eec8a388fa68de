"""Which programs can be written in a file? Every kind, every term, every currency."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

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
    Holdout,
    HoldoutUnit,
    Leaderboard,
    MeasurementPlan,
    MrrMultiple,
    Outcome,
    Percent,
    Prize,
    Products,
    Program,
    RankBy,
    RankShows,
    RankTies,
    SplitRule,
    Tickets,
    Tier,
    Window,
)

ZONES = ("UTC", "America/New_York", "Africa/Cairo", "Asia/Tokyo", "Pacific/Apia")
CURRENCIES = ("USD", "JPY", "KWD", "CLF")
FIRMS = ("f1", "f2", "o'firm", 'f "4"')

_words = st.text(
    st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8
) | st.sampled_from(["GTX Pro", "ключ", "a.b", "# no comment", '"', "\\", "[x]", "=="])
_ppm = st.integers(0, 1_000_000)
_amounts = st.integers(1, 10**12) | st.sampled_from([1, 99, 100, 10**15])
_amounts_or_nothing = st.just(0) | _amounts
_days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1))


def _names(of: st.SearchStrategy[str] = _words) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, max_size=3, unique=True).map(tuple)


@st.composite
def _products(draw: st.DrawFn) -> Products:
    include = draw(_names())
    members = draw(
        st.dictionaries(
            _words, st.lists(_words, min_size=1, max_size=3, unique=True).map(tuple)
        )
    )
    families = draw(_names(st.sampled_from(sorted(members)))) if members else ()
    known = sorted({*include, *(one for group in members.values() for one in group)})
    aliases: dict[str, str] = {}
    if include or families:
        spellings = draw(st.sets(_words, max_size=2)) - {*known}
        aliases = {one: draw(st.sampled_from(known)) for one in sorted(spellings)}
    return Products(include=include, families=families, members=members, aliases=aliases)


@st.composite
def _windows(draw: st.DrawFn) -> Window:
    starts_on = draw(_days)
    ends_before = starts_on + dt.timedelta(days=draw(st.integers(1, 400)))
    late = draw(st.none() | st.integers(0, 100))
    return Window(
        zone=draw(st.sampled_from(ZONES)),
        starts_on=starts_on,
        ends_before=ends_before,
        reported_before=None if late is None else ends_before + dt.timedelta(days=late),
    )


def _rising(first: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(first, 10**6), min_size=1, max_size=5, unique=True).map(
        sorted
    )


@st.composite
def _multiples(draw: st.DrawFn) -> MrrMultiple:
    starts = draw(_rising(0))
    rates = [draw(st.sampled_from([0, 1, 2_500_000, 10_000_000])) for _ in starts]
    rates[-1] = rates[-1] or 3_000_000
    bands = [Band(from_size=s, rate_ppm=r) for s, r in zip(starts, rates, strict=True)]
    return MrrMultiple(bands=tuple(bands), band_by=draw(st.sampled_from(BandBy)))


@st.composite
def _count_tiers(draw: st.DrawFn) -> CountTiers:
    starts = [1, *draw(_rising(2))]
    amounts = [draw(_amounts_or_nothing) for _ in starts]
    amounts[-1] = amounts[-1] or 1
    pairs = zip(starts, amounts, strict=True)
    return CountTiers(tiers=tuple(Tier(from_count=s, amount_minor=a) for s, a in pairs))


def _percents() -> st.SearchStrategy[Percent]:
    some = st.builds(
        Percent, rate_ppm=st.integers(1, 1_000_000), basis=st.sampled_from(Basis)
    )
    over = st.builds(Percent, rate_ppm=st.integers(1, 10**8), basis=st.just(Basis.MRR))
    return some | over


def _draws() -> st.SearchStrategy[Tickets]:
    prizes = st.lists(
        st.builds(
            Prize, amount_minor=st.integers(1, 10**9), winner_count=st.integers(1, 20)
        ),
        min_size=1,
        max_size=3,
    )
    return st.builds(
        Tickets, tickets_per_event=st.integers(1, 100), prizes=prizes.map(tuple)
    )


def payouts() -> st.SearchStrategy[Any]:
    flat = st.builds(Flat, amount_minor=_amounts)
    return flat | _percents() | _multiples() | _count_tiers() | _draws()


def _behaviors() -> st.SearchStrategy[Behavior]:
    return st.builds(
        Behavior,
        kind=st.sampled_from(BehaviorKind),
        products=_products(),
        revenue_types=_names(),
        min_amount_minor=_amounts_or_nothing,
        min_margin_ppm=_ppm,
        min_term_months=st.integers(0, 120),
        min_quantity=st.integers(0, 10_000),
        new_customers_only=st.booleans(),
        once_per_customer=st.booleans(),
    )


def _clawbacks() -> st.SearchStrategy[Clawback]:
    timed = st.sampled_from([ClawbackShape.CLIFF, ClawbackShape.PRO_RATA])
    free = st.sampled_from([ClawbackShape.FULL, ClawbackShape.NONE])
    return st.builds(Clawback, shape=timed, days=st.integers(1, 3650)) | st.builds(
        Clawback, shape=free
    )


def holdouts() -> st.SearchStrategy[Holdout]:
    strata = st.lists(
        st.sampled_from(["role", "tier", "region", "segment"]), max_size=4, unique=True
    )
    return st.builds(
        Holdout,
        share_ppm=st.integers(1, 999_999),
        unit=st.sampled_from(HoldoutUnit),
        seed=st.integers(0, 2**63 - 1),
        strata=strata.map(tuple),
    )


_boards = st.builds(
    Leaderboard,
    rank_by=st.sampled_from(RankBy),
    ties=st.sampled_from(RankTies),
    shows=st.sampled_from(RankShows),
)


@st.composite
def _plans(draw: st.DrawFn, window: Window) -> MeasurementPlan:
    ahead = draw(st.none() | st.integers(0, 90))
    return MeasurementPlan(
        outcome=draw(st.sampled_from(Outcome)),
        baseline_weeks=draw(st.integers(1, 104)),
        horizon_weeks=draw(st.integers(0, 52)),
        announced_on=None if ahead is None else window.starts_on - dt.timedelta(ahead),
        unit_margin_minor=draw(st.none() | _amounts_or_nothing),
        repeat_from_return_ppm=draw(st.integers(-1_000_000, 10**7)),
        running_cost_minor=draw(_amounts_or_nothing),
    )


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Return any program that a file may hold, of version 1 or an amendment."""
    payout, window = draw(payouts()), draw(_windows())
    budget = st.none() | st.integers(60, 10**9)
    version = draw(st.sampled_from([1, 1, 2, 7]))
    firms = draw(_names(st.sampled_from(FIRMS)))
    return Program(
        program_id=draw(
            st.from_regex(r"[a-z0-9]([a-z0-9-]{0,9}[a-z0-9])?", fullmatch=True)
        ),
        name=draw(_words),
        currency=draw(st.sampled_from(CURRENCIES)),
        behavior=draw(_behaviors()),
        window=window,
        payout=payout,
        audience=draw(
            st.builds(
                Audience,
                roles=_names(),
                tiers=_names(),
                regions=_names(),
                segments=_names(),
                firm_ids=st.just(firms),
            )
        ),
        exclusions=draw(
            st.builds(
                Exclusions,
                government=st.booleans(),
                customer_ids=_names(),
                firm_ids=st.just(tuple(one for one in FIRMS if one not in firms)),
            )
        ),
        caps=draw(
            st.builds(
                Caps,
                payee_cap=st.none() | st.integers(1, 10**9),
                budget=budget,
                order=st.sampled_from(CapsOrder),
            )
        ),
        split=draw(st.sampled_from(SplitRule)),
        clawback=draw(_clawbacks()),
        promised_days=draw(st.integers(1, 365)),
        holdout=draw(st.none() | holdouts()),
        measurement=draw(_plans(window)),
        leaderboard=None if isinstance(payout, Tickets) else draw(st.none() | _boards),
        version=version,
        takes_recorded_from=window.starts_on if version > 1 else None,
    )
