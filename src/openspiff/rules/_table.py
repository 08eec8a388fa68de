"""How does a program become rows? The rule table says in data what terms say in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, assert_never

from openspiff.engine import Row
from openspiff.events import FIRST_INSTANT, LAST_INSTANT
from openspiff.program import (
    Basis,
    CapsOrder,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    Program,
    SplitRule,
    Tickets,
)

VERSION_COLUMNS: Final[Mapping[str, str]] = {
    "version_no": "BIGINT",
    "program_no": "BIGINT",
    "program_id": "VARCHAR",
    "version": "BIGINT",
    "currency": "VARCHAR",
    "behavior": "VARCHAR",
    "starts_at": "BIGINT",
    "ends_at": "BIGINT",
    "reported_before_at": "BIGINT",
    "takes_from_at": "BIGINT",
    "takes_before_at": "BIGINT",
    "min_amount_minor": "BIGINT",
    "min_margin_ppm": "BIGINT",
    "min_term_months": "BIGINT",
    "min_quantity": "BIGINT",
    "new_customers_only": "BOOLEAN",
    "once_per_customer": "BOOLEAN",
    "no_government": "BOOLEAN",
    "any_product": "BOOLEAN",
    "any_revenue_type": "BOOLEAN",
    "any_role": "BOOLEAN",
    "any_tier": "BOOLEAN",
    "any_region": "BOOLEAN",
    "any_segment": "BOOLEAN",
    "any_firm": "BOOLEAN",
    "basis": "VARCHAR",
    "band_by": "VARCHAR",
    "splits_equally": "BOOLEAN",
    "clawback_shape": "VARCHAR",
    "clawback_days": "BIGINT",
    "is_draw": "BOOLEAN",
    "payee_first": "BOOLEAN",
    "first_limit": "BIGINT",
    "second_limit": "BIGINT",
    # Of the program, all versions together: which passes it needs.
    "has_once": "BOOLEAN",
    "ranks_events": "BOOLEAN",
    "has_first_limit": "BOOLEAN",
    "has_second_limit": "BOOLEAN",
}

LISTED_COLUMNS: Final[Mapping[str, str]] = {
    "version_no": "BIGINT",
    "what": "VARCHAR",
    "value": "VARCHAR",
}

PAY_RATE_COLUMNS: Final[Mapping[str, str]] = {
    "version_no": "BIGINT",
    "from_count": "BIGINT",
    "before_count": "BIGINT",
    "from_size": "BIGINT",
    "before_size": "BIGINT",
    "fixed": "BIGINT",
    "rate_ppm": "BIGINT",
}

HELD_OUT_COLUMNS: Final[Mapping[str, str]] = {"program_no": "BIGINT", "payee_id": "VARCHAR"}


def version_rows(programs: Sequence[Program], *, ranks_all: bool = False) -> list[Row]:
    """Return one row per program version, in the order of VERSION_COLUMNS.

    `ranks_all` counts events of every program, also where no amount depends on it.
    """
    numbers = program_numbers(programs)
    rows: list[Row] = []
    for version_no, program in enumerate(programs, start=1):
        versions = [one for one in programs if one.program_id == program.program_id]
        record = _terms(program) | _limits(program, versions)
        record |= {
            "version_no": version_no,
            "program_no": numbers[program.program_id],
            "takes_before_at": _taken_before(program, versions),
            "has_once": any(one.behavior.once_per_customer for one in versions),
            "ranks_events": ranks_all
            or any(isinstance(one.payout, CountTiers) for one in versions),
        }
        rows.append(tuple(record[column] for column in VERSION_COLUMNS))
    return rows


def program_numbers(programs: Sequence[Program]) -> dict[str, int]:
    """Return a number for each program id, in the order of first mention."""
    ids = dict.fromkeys(program.program_id for program in programs)
    return {program_id: number for number, program_id in enumerate(ids, start=1)}


def _terms(program: Program) -> dict[str, Any]:
    behavior, window, audience = program.behavior, program.window, program.audience
    deadline = window.reported_before_at
    taken_from = program.takes_recorded_from_at
    return {
        "program_id": program.program_id,
        "version": program.version,
        "currency": program.currency,
        "behavior": behavior.kind.value,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "reported_before_at": LAST_INSTANT if deadline is None else deadline,
        "takes_from_at": FIRST_INSTANT if taken_from is None else taken_from,
        "min_amount_minor": behavior.min_amount_minor,
        "min_margin_ppm": behavior.min_margin_ppm,
        "min_term_months": behavior.min_term_months,
        "min_quantity": behavior.min_quantity,
        "new_customers_only": behavior.new_customers_only,
        "once_per_customer": behavior.once_per_customer,
        "no_government": program.exclusions.government,
        "any_product": behavior.products.ids() is None,
        "any_revenue_type": not behavior.revenue_types,
        "any_role": not audience.roles,
        "any_tier": not audience.tiers,
        "any_region": not audience.regions,
        "any_segment": not audience.segments,
        "any_firm": not audience.firm_ids,
        "basis": _basis(program),
        "band_by": program.payout.band_by.value
        if isinstance(program.payout, MrrMultiple)
        else "",
        "splits_equally": program.split is SplitRule.EQUALLY,
        "clawback_shape": program.clawback.shape.value,
        "clawback_days": max(program.clawback.days, 1),
        "is_draw": isinstance(program.payout, Tickets),
    }


def _limits(program: Program, versions: Sequence[Program]) -> dict[str, Any]:
    """Return the two limits in the order of the program's first version."""
    payee_first = min(versions, key=lambda one: one.version).caps.order is (
        CapsOrder.PAYEE_THEN_BUDGET
    )
    caps = [(one.caps.payee_cap, one.caps.budget) for one in (program, *versions)]
    ordered = [(cap, budget) if payee_first else (budget, cap) for cap, budget in caps]
    return {
        "payee_first": payee_first,
        "first_limit": ordered[0][0],
        "second_limit": ordered[0][1],
        "has_first_limit": any(first is not None for first, _ in ordered),
        "has_second_limit": any(second is not None for _, second in ordered),
    }


def _taken_before(program: Program, versions: Sequence[Program]) -> int:
    later = [
        one.takes_recorded_from_at
        for one in versions
        if one.version > program.version and one.takes_recorded_from_at is not None
    ]
    return min(later, default=LAST_INSTANT)


def _basis(program: Program) -> str:
    match program.payout:
        case Percent(basis=basis):
            return basis.value
        case MrrMultiple():
            return Basis.MRR.value
        case Flat() | CountTiers() | Tickets():
            return ""
        case _ as never:
            assert_never(never)


def listed_rows(programs: Sequence[Program]) -> list[Row]:
    """Return every value on a list of a version: products, audience, exclusions."""
    rows: list[Row] = []
    for version_no, program in enumerate(programs, start=1):
        behavior, audience = program.behavior, program.audience
        lists: dict[str, Collection[str]] = {
            "product": behavior.products.ids() or (),
            "revenue_type": behavior.revenue_types,
            "role": audience.roles,
            "tier": audience.tiers,
            "region": audience.regions,
            "segment": audience.segments,
            "firm": audience.firm_ids,
            "no_customer": program.exclusions.customer_ids,
            "no_firm": program.exclusions.firm_ids,
        }
        rows += [
            (version_no, what, value)
            for what, values in lists.items()
            for value in sorted(set(values))
        ]
    return rows


def pay_rate_rows(programs: Sequence[Program]) -> list[Row]:
    """Return what each version pays, by count of events and size of the event."""
    return [
        (version_no, *row)
        for version_no, program in enumerate(programs, start=1)
        for row in _rates(program)
    ]


def _rates(program: Program) -> Iterator[tuple[int, int, int, int, int, int]]:
    most = LAST_INSTANT
    match program.payout:
        case Flat(amount_minor=amount):
            yield (0, most, 0, most, amount, 0)
        case Percent(rate_ppm=rate):
            yield (0, most, 0, most, 0, rate)
        case MrrMultiple(bands=bands):
            ends = [band.from_size for band in bands[1:]] + [most]
            for band, end in zip(bands, ends, strict=True):
                yield (0, most, band.from_size, end, 0, band.rate_ppm)
        case CountTiers(tiers=tiers):
            ends = [tier.from_count for tier in tiers[1:]] + [most]
            for tier, end in zip(tiers, ends, strict=True):
                yield (tier.from_count, end, 0, most, tier.amount_minor, 0)
        case Tickets(tickets_per_event=count):
            yield (0, most, 0, most, count, 0)
        case _ as never:
            assert_never(never)


def held_out_rows(
    programs: Sequence[Program], held_out: Mapping[str, Collection[str]]
) -> list[Row]:
    """Return the payees kept out by chance, per program."""
    numbers = program_numbers(programs)
    return [
        (numbers[program_id], payee_id)
        for program_id, payee_ids in held_out.items()
        if program_id in numbers
        for payee_id in sorted(set(payee_ids))
    ]
