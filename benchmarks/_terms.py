"""What do the yardsticks need to know of a program? Its terms as plain numbers and words.

The yardsticks share this table and nothing else with the product: no step, no macro.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from openspiff.program import (
    CapsOrder,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    Program,
    SplitRule,
    Tickets,
)

NEVER = 2**62
RATE_COLUMNS = (
    *("program_no", "from_count", "before_count", "from_size", "before_size"),
    *("fixed", "rate_ppm"),
)
AUDIENCE = {"roles": "role", "tiers": "tier", "regions": "region", "segments": "segment"}


def terms_of(programs: Sequence[Program]) -> list[dict[str, Any]]:
    """Return one record a program; lists of words are lists, empty where all are meant."""
    return [_terms(number, program) for number, program in enumerate(programs, start=1)]


def _terms(number: int, program: Program) -> dict[str, Any]:
    behavior, window, payout = program.behavior, program.window, program.payout
    record: dict[str, Any] = {
        "program_no": number,
        "program_id": program.program_id,
        "version": program.version,
        "currency": program.currency,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "reported_before_at": window.reported_before_at or NEVER,
        "min_amount": behavior.min_amount_minor,
        "min_margin_ppm": behavior.min_margin_ppm,
        "min_term": behavior.min_term_months,
        "min_quantity": behavior.min_quantity,
        "is_for_new": behavior.new_customers_only,
        "is_once": behavior.once_per_customer,
        "is_no_government": program.exclusions.government,
        "products": sorted(behavior.products.ids() or ()),
        "revenue_types": sorted(behavior.revenue_types),
        "basis": "mrr" if isinstance(payout, MrrMultiple) else "",
        "band_by": payout.band_by.value if isinstance(payout, MrrMultiple) else "",
        "is_tiered": isinstance(payout, CountTiers),
        "is_draw": isinstance(payout, Tickets),
        "is_equal": program.split is SplitRule.EQUALLY,
        "clawback": program.clawback.shape.value,
        "clawback_days": max(program.clawback.days, 1),
        "payee_cap": program.caps.payee_cap,
        "budget": program.caps.budget,
        "is_payee_first": program.caps.order is CapsOrder.PAYEE_THEN_BUDGET,
    }
    if isinstance(payout, Percent):
        record["basis"] = payout.basis.value
    for name in AUDIENCE:
        record[name] = sorted(getattr(program.audience, name))
    return record


def rates_of(programs: Sequence[Program]) -> list[tuple[int, ...]]:
    """Return what is paid by count and size of the event, as rows of RATE_COLUMNS."""
    return [
        (number, *row)
        for number, program in enumerate(programs, start=1)
        for row in _rates(program)
    ]


def _rates(program: Program) -> Iterator[tuple[int, ...]]:
    payout = program.payout
    match payout:
        case Flat():
            yield (0, NEVER, 0, NEVER, payout.amount_minor, 0)
        case Percent():
            yield (0, NEVER, 0, NEVER, 0, payout.rate_ppm)
        case MrrMultiple():
            ends = [band.from_size for band in payout.bands[1:]] + [NEVER]
            for band, end in zip(payout.bands, ends, strict=True):
                yield (0, NEVER, band.from_size, end, 0, band.rate_ppm)
        case CountTiers():
            ends = [tier.from_count for tier in payout.tiers[1:]] + [NEVER]
            for tier, end in zip(payout.tiers, ends, strict=True):
                yield (tier.from_count, end, 0, NEVER, tier.amount_minor, 0)
        case Tickets():
            yield (0, NEVER, 0, NEVER, payout.tickets_per_event, 0)
        case _ as never:
            assert_never(never)
