"""What is missing for the next? Said to a payee from the terms and what is booked."""

from __future__ import annotations

from typing import Final, assert_never

import attrs

from ._behavior import BehaviorKind
from ._bounds import not_negative
from ._model import Program
from ._payout import Band, BandBy, CountTiers, Flat, MrrMultiple, Percent, Tickets, Tier
from ._phrases import many, money, percent, times
from ._rule_line import BASIS_WORDS, band_words, ordinal

_NOUNS: Final = {
    BehaviorKind.DEAL_REGISTERED: "registered deal",
    BehaviorKind.DEAL_WON: "deal",
    BehaviorKind.DEAL_ACTIVATED: "activation",
    BehaviorKind.FIRST_INVOICE_PAID: "first paid invoice",
    BehaviorKind.DEMO_HELD: "demo",
    BehaviorKind.NOMINATION_ACCEPTED: "accepted nomination",
    BehaviorKind.ACT_VERIFIED: "verified act",
}


@attrs.frozen(kw_only=True)
class Standing:
    """What one payee has in one program, as booked.

    `paid_count` counts the events that are worth something, `entitled_minor` is what they
    are worth; `ticket_count` is None where nobody has counted the tickets of a draw.
    """

    paid_count: int = attrs.field(default=0, validator=not_negative)
    entitled_minor: int = 0
    ticket_count: int | None = None


def next_step(program: Program, standing: Standing) -> str:
    """Return one sentence: what the next event brings, or what is missing for more of it.

    From the terms and the books alone: whether the budget lasts is not known here.
    """
    noun, currency = _NOUNS[program.behavior.kind], program.currency
    payout, cap = program.payout, program.caps.payee_cap
    if isinstance(payout, Tickets):
        return _of_tickets(payout, standing, cap, noun)
    left = None if cap is None else max(0, cap - standing.entitled_minor)
    if cap is not None and not left:
        limit = money(cap, currency)
        return f"You have reached your limit of {limit}; more brings nothing here."
    match payout:
        case Flat():
            said = _first(standing, noun, _brings(payout.amount_minor, left, currency))
        case Percent():
            share = f"{percent(payout.rate_ppm)} of {BASIS_WORDS[payout.basis]}"
            said = _first(standing, noun, f"brings {share}")
        case MrrMultiple():
            said = _of_bands(payout, currency, noun)
        case CountTiers():
            said = _of_tiers(payout, standing.paid_count, currency, noun)
        case _:
            assert_never(payout)
    room = "" if left is None else f"; {money(left, currency)} to your limit"
    return f"{said}{room}."


def _first(standing: Standing, noun: str, brings: str) -> str:
    return f"{'Your next' if standing.paid_count else 'Your first'} {noun} {brings}"


def _brings(amount_minor: int, left: int | None, currency: str) -> str:
    if left is not None and left < amount_minor:
        return f"brings what is left of {money(amount_minor, currency)}"
    return f"brings {money(amount_minor, currency)}"


def _of_tickets(payout: Tickets, standing: Standing, cap: int | None, noun: str) -> str:
    have = standing.ticket_count
    each = many(payout.tickets_per_event, "ticket")
    if have is None:
        return f"Each {noun} brings {each}."
    so_far = f"{many(have, 'ticket')} so far"
    if cap is not None and have >= cap:
        return f"{so_far}: you have reached the limit; more brings no further ticket."
    return f"{so_far}; your {'next' if have else 'first'} {noun} brings {each}."


def _of_bands(payout: MrrMultiple, currency: str, noun: str) -> str:
    paid = [band for band in payout.bands if band.rate_ppm]
    first, best = paid[0], max(paid, key=lambda band: band.rate_ppm)
    said = f"Your next {noun} brings {_band(first, payout.band_by, currency)}"
    if best.rate_ppm == first.rate_ppm:
        return said
    return f"{said}, at best {_band(best, payout.band_by, currency)}"


def _band(band: Band, band_by: BandBy, currency: str) -> str:
    rate = f"{times(band.rate_ppm)} the monthly revenue"
    is_from_start = band.from_size <= (1 if band_by is BandBy.SEATS else 0)
    return rate if is_from_start else f"{rate} {band_words(band, band_by, currency)}"


def _of_tiers(payout: CountTiers, paid_count: int, currency: str, noun: str) -> str:
    count = _qualifying_count(payout.tiers, paid_count)
    if count is None:
        tier = _next_paid(payout.tiers, paid_count)
        if tier is None:
            return "More brings nothing here"
        nth = ordinal(tier.from_count)
        return f"From your {nth} {noun} on each brings {money(tier.amount_minor, currency)}"
    now = [tier for tier in payout.tiers if tier.from_count <= count + 1][-1]
    later = [
        tier
        for tier in payout.tiers
        if tier.from_count > count + 1 and tier.amount_minor > now.amount_minor
    ]
    brings = f"Your next {noun} brings {money(now.amount_minor, currency)}"
    if not later:
        return f"{brings}, the last step" if len(payout.tiers) > 1 else brings
    missing = later[0].from_count - 1 - count
    each = f"{money(later[0].amount_minor, currency)} each"
    return f"{brings}; {many(missing, f'more {noun}')} to the next step of {each}"


def _qualifying_count(tiers: tuple[Tier, ...], paid_count: int) -> int | None:
    """Return how many events count, from how many are paid; None where it cannot be told.

    Events of a tier that pays nothing are not on the books: between the last paid one and
    the next that would be, nobody can tell how many there are.
    """
    unpaid = seen = 0
    for tier, after in zip(tiers, [*tiers[1:], None], strict=True):
        if tier.amount_minor == 0:
            if paid_count == seen:
                return None
            # Something was paid after it, so all of its events are there.
            unpaid += 0 if after is None else after.from_count - tier.from_count
            continue
        if after is None or paid_count < seen + after.from_count - tier.from_count:
            break
        seen += after.from_count - tier.from_count
    return paid_count + unpaid


def _next_paid(tiers: tuple[Tier, ...], paid_count: int) -> Tier | None:
    seen = 0
    for tier, after in zip(tiers, [*tiers[1:], None], strict=True):
        if tier.amount_minor and (after is None or paid_count <= seen):
            return tier
        if tier.amount_minor and after is not None:
            seen += after.from_count - tier.from_count
    return None
