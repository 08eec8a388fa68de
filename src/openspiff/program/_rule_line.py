"""What must I do, what do I get, until when? The whole rule in one line."""

from __future__ import annotations

from typing import Final, assert_never

from ._behavior import Behavior, BehaviorKind, Products
from ._model import Program
from ._payout import (
    Band,
    BandBy,
    Basis,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    Tickets,
)
from ._phrases import (
    date,
    day_before,
    listed,
    many,
    money,
    percent,
    times,
    with_article,
)

_NAMED_AT_MOST: Final = 3
_MRR: Final = "monthly recurring revenue"
_ACTS: Final = {
    BehaviorKind.DEAL_REGISTERED: ("Register", "deal", ""),
    BehaviorKind.DEAL_WON: ("Win", "deal", ""),
    BehaviorKind.DEAL_ACTIVATED: ("Activate", "deal", ""),
    BehaviorKind.FIRST_INVOICE_PAID: ("Get the first invoice paid for", "deal", ""),
    BehaviorKind.DEMO_HELD: ("Hold", "demo", ""),
    BehaviorKind.NOMINATION_ACCEPTED: ("Have your nomination of", "customer", "accepted"),
    BehaviorKind.ACT_VERIFIED: ("Have", "customer", "complete a verified reference act"),
}
BASIS_WORDS: Final = {
    Basis.AMOUNT: "the amount",
    Basis.MARGIN: "the margin",
    Basis.MRR: f"the {_MRR}",
}


def rule_line(program: Program) -> str:
    """Return the rule in one sentence, made from the terms; nothing in it is Markdown."""
    last_day = date(day_before(program.window.ends_before))
    parts = [f"{behavior_words(program)} by {last_day} and get {reward_words(program)}"]
    if program.behavior.once_per_customer:
        parts.append("once for each customer")
    caps, is_draw = program.caps, isinstance(program.payout, Tickets)
    if caps.payee_cap is not None:
        parts.append(f"at most {_limit(program, caps.payee_cap)} each")
    if caps.budget is not None:
        what = "" if is_draw else "the budget of "
        lasts = "last" if is_draw and caps.budget != 1 else "lasts"
        parts.append(f"while {what}{_limit(program, caps.budget)} {lasts}")
    paid = f"paid within {many(program.promised_days, 'day')}"
    if is_draw:
        paid = f"prizes {paid} of the draw"
    return f"{', '.join(parts)}; {paid}."


def _limit(program: Program, limit: int) -> str:
    if isinstance(program.payout, Tickets):
        return many(limit, "ticket")
    return money(limit, program.currency)


def behavior_words(program: Program) -> str:
    """Return what to do: `Win a GTX Pro deal of $1,000 or more`."""
    behavior = program.behavior
    verb, noun, ending = _ACTS[behavior.kind]
    least = _least(behavior, program.currency)
    if behavior.new_customers_only and noun == "customer":
        noun = "new customer"
    elif behavior.new_customers_only:
        least.append("with a new customer")
    what = _with_products(noun, behavior.products)
    return " ".join(word for word in (verb, what, *least, ending) if word)


def _with_products(noun: str, products: Products) -> str:
    names = [*products.include, *(f"{family} family" for family in products.families)]
    if len(names) > _NAMED_AT_MOST:
        return f"{with_article(noun)} on any of the products named in the terms"
    return with_article(f"{listed(names, 'or')} {noun}".strip())


def _least(behavior: Behavior, currency: str) -> list[str]:
    sizes = []
    if behavior.min_amount_minor:
        sizes.append(money(behavior.min_amount_minor, currency))
    if behavior.min_quantity:
        sizes.append(many(behavior.min_quantity, "unit"))
    least = [f"of {' and '.join(sizes)} or more"] if sizes else []
    if behavior.min_margin_ppm:
        least.append(f"at a margin of {percent(behavior.min_margin_ppm)} or more")
    if behavior.min_term_months:
        least.append(f"for {many(behavior.min_term_months, 'month')} or more")
    return least


def reward_words(program: Program) -> str:
    """Return what one gets: `$250`, `5% of the margin`, `a ticket in a draw for $3,000`."""
    payout, currency = program.payout, program.currency
    match payout:
        case Flat():
            return money(payout.amount_minor, currency)
        case Percent():
            return f"{percent(payout.rate_ppm)} of {BASIS_WORDS[payout.basis]}"
        case MrrMultiple():
            return _multiple_words(payout, currency)
        case CountTiers():
            return _tier_words(payout, currency)
        case Tickets():
            return _ticket_words(payout, currency)
        case _:
            assert_never(payout)


def band_words(band: Band, band_by: BandBy, currency: str) -> str:
    """Return from which size on a band holds: `from 20 seats`, `from $500 a month`."""
    match band_by:
        case BandBy.SEATS:
            return f"from {many(band.from_size, 'seat')}"
        case BandBy.MRR:
            return f"from {money(band.from_size, currency)} a month"
        case _:
            assert_never(band_by)


def _multiple_words(payout: MrrMultiple, currency: str) -> str:
    paid = [band for band in payout.bands if band.rate_ppm]
    if len(paid) > _NAMED_AT_MOST or len(paid) < len(payout.bands) - 1:
        least, most = (
            min(band.rate_ppm for band in paid),
            max(band.rate_ppm for band in paid),
        )
        span = times(least) if least == most else f"{times(least)} to {times(most)}"
        return f"{span} the {_MRR} by the table in the terms"
    words: list[str] = []
    for position, band in enumerate(payout.bands):
        if not band.rate_ppm:
            if position:  # a band that ends what came before must be said
                words.append(f"nothing {band_words(band, payout.band_by, currency)}")
            continue
        said = times(band.rate_ppm) + ("" if words else f" the {_MRR}")
        is_from_start = not band.from_size or (
            payout.band_by is BandBy.SEATS and band.from_size == 1
        )
        start = "" if is_from_start else f" {band_words(band, payout.band_by, currency)}"
        words.append(said + start)
    return listed(words)


def _tier_words(payout: CountTiers, currency: str) -> str:
    words: list[str] = []
    for tier in payout.tiers:
        amount = f"{money(tier.amount_minor, currency)} each"
        if not tier.amount_minor:
            if not words:
                continue  # "from your 3rd" says that the first ones pay nothing
            amount = "nothing"
        start = f" from your {ordinal(tier.from_count)}" if tier.from_count > 1 else ""
        words.append(amount + start)
    if len(words) > _NAMED_AT_MOST:
        amounts = [tier.amount_minor for tier in payout.tiers if tier.amount_minor]
        span = f"{money(min(amounts), currency)} to {money(max(amounts), currency)}"
        return f"{span} each by the table in the terms"
    return listed(words)


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `11th`."""
    is_teen = number // 10 % 10 == 1
    ending = "th" if is_teen else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def _ticket_words(payout: Tickets, currency: str) -> str:
    one = payout.tickets_per_event == 1
    tickets = "a ticket" if one else f"{payout.tickets_per_event:,} tickets"
    if len(payout.prizes) > _NAMED_AT_MOST:
        total = sum(prize.amount_minor * prize.winner_count for prize in payout.prizes)
        return f"{tickets} in a draw for {money(total, currency)} in all"
    prizes = [
        money(prize.amount_minor, currency)
        if prize.winner_count == 1
        else f"{prize.winner_count:,} times {money(prize.amount_minor, currency)}"
        for prize in payout.prizes
    ]
    return f"{tickets} in a draw for {listed(prizes)}"
