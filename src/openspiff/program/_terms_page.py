"""What exactly do we promise? The page of terms, made from the program and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from ._behavior import BehaviorKind, Products
from ._leaderboard import leaderboard_sentences
from ._model import HoldoutUnit, Program
from ._payout import (
    BandBy,
    CapsOrder,
    ClawbackShape,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    SplitRule,
    Tickets,
)
from ._phrases import (
    all_escaped,
    date,
    day_before,
    escaped,
    listed,
    many,
    money,
    percent,
    times,
    weekday,
)
from ._rule_line import BASIS_WORDS, behavior_words, reward_words, rule_line
from ._versions import content_hash
from ._window import EarlyEnd

_WHEN: Final = {
    BehaviorKind.DEAL_REGISTERED: "the moment the deal is registered",
    BehaviorKind.DEAL_WON: "the moment the deal is won",
    BehaviorKind.DEAL_ACTIVATED: "the moment the deal is activated",
    BehaviorKind.FIRST_INVOICE_PAID: "the moment the first invoice is paid",
    BehaviorKind.DEMO_HELD: "the moment the demo is held",
    BehaviorKind.NOMINATION_ACCEPTED: "the moment the nomination is accepted",
    BehaviorKind.ACT_VERIFIED: "the moment the reference act is verified",
}
_ORDER: Final = (
    "First come, first served: by the batch in which an event was recorded, then by the "
    "moment it occurred, then by its source and its id. An event that is recorded late "
    "never takes money back from someone who was served before it, and what a "
    "cancellation frees goes to those who come after."
)


def terms_page(program: Program) -> str:
    """Return the terms in Markdown: every promise and limit, the version and its hash."""
    sections = (
        ("What to do", _what_to_do(program)),
        ("When", _when(program)),
        ("What counts and what does not", _what_counts(program)),
        ("Who can earn", _who(program)),
        ("What you get", _reward(program)),
        ("Limits, and who comes first", _limits(program)),
        ("Several people on one event", _split(program)),
        ("If it is cancelled", _clawback(program)),
        ("When you are paid", _timeline(program)),
        *_leaderboard(program),
        ("How we know whether it works", _holdout(program)),
        ("This document", _document(program)),
    )
    text = [f"# {escaped(program.name)}\n", f"> {escaped(rule_line(program))}\n"]
    for title, lines in sections:
        text += [f"## {title}\n", "\n".join(lines) + "\n"]
    return "\n".join(text)


def _what_to_do(program: Program) -> Iterable[str]:
    yield f"{escaped(behavior_words(program))}."
    if program.behavior.once_per_customer:
        yield "Only the first event of each customer counts."


def _when(program: Program) -> Iterable[str]:
    window, when = program.window, _WHEN[program.behavior.kind]
    last_on = day_before(window.ends_before)
    zone = escaped(window.zone)
    yield f"- First day: {weekday(window.starts_on)}, from its first moment."
    yield f"- Last day: {weekday(last_on)}, to its last moment."
    yield f"- Days are those of the time zone {zone}. What counts is {when}."
    yield from _early_end(window.may_end_early)
    if window.reported_before is None:
        yield "- There is no deadline for reporting it."
    else:
        deadline = weekday(day_before(window.reported_before))
        yield (
            f"- It must be recorded with us by the end of {deadline} (same time zone); "
            "what is recorded later does not count."
        )


def _early_end(early: EarlyEnd | None) -> Iterable[str]:
    if early is None:
        return
    yield (
        "- It may end before its last day. Then you are told at least "
        f"{many(early.notice_days, 'day')} ahead, and what you do until then still counts."
    )
    if early.when_budget_is_spent:
        yield "- Once the budget is spent it may end the day after you are told."


def _what_counts(program: Program) -> Iterable[str]:
    behavior = program.behavior
    yield from _products(behavior.products)
    if behavior.revenue_types:
        kinds = listed(all_escaped(sorted(behavior.revenue_types)))
        yield f"- Only this revenue counts: {kinds}."
    if behavior.min_amount_minor:
        least = escaped(money(behavior.min_amount_minor, program.currency))
        yield f"- The amount must be {least} or more."
    if behavior.min_margin_ppm:
        least = percent(behavior.min_margin_ppm)
        yield f"- The margin must be known, and {least} of the amount or more."
    if behavior.min_term_months:
        least = many(behavior.min_term_months, "month")
        yield f"- The term must be {least} or more."
    if behavior.min_quantity:
        yield f"- The quantity must be {many(behavior.min_quantity, 'unit')} or more."
    if behavior.new_customers_only:
        yield "- The customer must be new: nothing was sold to it before the first day."
    yield "- The same event reported twice counts once."
    yield from _exclusions(program)


def _products(products: Products) -> Iterable[str]:
    if products.ids() is None:
        yield "- Every product counts."
        return
    names = {*products.include}
    for family in products.families:
        names |= {*products.members.get(family, ())}
    names = {products.aliases.get(name, name) for name in names}
    yield f"- Only these products count: {listed(all_escaped(sorted(names)))}."
    for alias, name in sorted(products.aliases.items()):
        if name in names:
            yield f"- The name {escaped(alias)} stands for {escaped(name)} too."


def _exclusions(program: Program) -> Iterable[str]:
    exclusions = program.exclusions
    if exclusions.government:
        yield "- Sales to governments never count."
    for what, ids in (
        ("these customers", exclusions.customer_ids),
        ("people of these firms", exclusions.firm_ids),
    ):
        if ids:
            yield f"- Events of {what} never count: {listed(all_escaped(sorted(ids)))}."


def _who(program: Program) -> Iterable[str]:
    audience = program.audience
    lists = (
        ("role", audience.roles),
        ("tier", audience.tiers),
        ("region", audience.regions),
        ("segment", audience.segments),
        ("firm", audience.firm_ids),
    )
    asked = [(name, names) for name, names in lists if names]
    if not asked:
        yield "Everyone who is listed as a payee on the day of the event."
        return
    yield "Everyone who, on the day of the event, is listed with:\n"
    for name, names in asked:
        yield f"- {name} {listed(all_escaped(sorted(names)), 'or')}"


def _reward(program: Program) -> Iterable[str]:
    payout, currency = program.payout, program.currency
    match payout:
        case Flat():
            yield f"{escaped(money(payout.amount_minor, currency))} for each event."
        case Percent():
            rate, basis = percent(payout.rate_ppm), BASIS_WORDS[payout.basis]
            yield f"{rate} of {basis} of each event."
        case MrrMultiple():
            yield from _band_table(payout, currency)
        case CountTiers():
            yield "| your events | for each |\n|---|---|"
            starts = [tier.from_count for tier in payout.tiers]
            for tier, span in zip(payout.tiers, _spans(starts), strict=True):
                yield f"| {span} | {escaped(money(tier.amount_minor, currency))} |"
        case Tickets():
            yield f"{_sentence(reward_words(program))} for each event.\n"
            yield "| prize | winners |\n|---|---|"
            for prize in payout.prizes:
                amount = escaped(money(prize.amount_minor, currency))
                yield f"| {amount} | {prize.winner_count:,} |"
            yield (
                "\nWinners are drawn after the window by a seed that is committed "
                "beforehand; every ticket has the same chance."
            )
        case _:
            assert_never(payout)
    if not isinstance(payout, Tickets):
        yield (
            f"\nAmounts are in {currency}, rounded to the nearest smallest unit. Other "
            "currencies are converted at the rate recorded for the day of the event."
        )


def _sentence(words: str) -> str:
    return escaped(words[:1].upper() + words[1:])


def _spans(starts: list[int]) -> Iterable[str]:
    for position, start in enumerate(starts):
        if position + 1 == len(starts):
            yield f"{start:,} and more"
        elif starts[position + 1] == start + 1:
            yield f"{start:,}"
        else:
            yield f"{start:,} to {starts[position + 1] - 1:,}"


def _band_table(payout: MrrMultiple, currency: str) -> Iterable[str]:
    is_seats = payout.band_by is BandBy.SEATS
    head = "seats" if is_seats else "monthly recurring revenue from"
    yield f"| {head} | times the monthly recurring revenue |\n|---|---|"
    starts = [band.from_size for band in payout.bands]
    spans = _spans(starts) if is_seats else (escaped(money(n, currency)) for n in starts)
    for band, span in zip(payout.bands, spans, strict=True):
        yield f"| {span} | {times(band.rate_ppm)} |"
    if starts[0] > (1 if is_seats else 0):
        yield "\nBelow the first line nothing is paid."


def _limits(program: Program) -> Iterable[str]:
    caps, is_draw = program.caps, isinstance(program.payout, Tickets)

    def limit(value: int) -> str:
        if is_draw:
            return many(value, "ticket")
        return escaped(money(value, program.currency))

    if caps.payee_cap is not None:
        yield f"- For each person: at most {limit(caps.payee_cap)}."
    if caps.budget is not None:
        whole = limit(caps.budget)
        yield f"- For the whole program: {whole}; the last reward is cut to fit."
    if caps.payee_cap is None and caps.budget is None:
        yield "- There is no limit for a person and none for the program."
    if caps.payee_cap is not None and caps.budget is not None:
        is_payee_first = caps.order is CapsOrder.PAYEE_THEN_BUDGET
        first, second = ("person", "program") if is_payee_first else ("program", "person")
        yield (
            f"- The limit for the {first} is applied first; the limit for the {second} "
            "counts what it left."
        )
    yield f"- {_ORDER}"


def _split(program: Program) -> Iterable[str]:
    match program.split:
        case SplitRule.BY_SHARE:
            yield "The reward is divided by the shares recorded with the event."
        case SplitRule.EQUALLY:
            yield "The reward is divided into equal parts."
        case _:
            assert_never(program.split)
    yield (
        "The parts add up exactly. The part of someone who cannot earn here is not handed "
        "on to the others."
    )


def _clawback(program: Program) -> Iterable[str]:
    clawback = program.clawback
    days = many(clawback.days, "day")
    what = "tickets" if isinstance(program.payout, Tickets) else "reward"
    match clawback.shape:
        case ClawbackShape.FULL:
            yield f"The whole {what} is taken back, whenever the event is cancelled."
        case ClawbackShape.CLIFF:
            yield (
                f"Cancelled less than {days} after the event: the whole {what} is taken "
                "back. Cancelled later: nothing is."
            )
        case ClawbackShape.PRO_RATA:
            yield (
                f"You keep the share of {days} that had passed since the event, in whole "
                f"days: cancelled halfway, half the {what} is taken back; cancelled after "
                f"{days} or later, nothing is."
            )
        case ClawbackShape.NONE:
            yield (
                "What was paid before the cancellation stays paid; what was not yet paid "
                "is no longer due."
            )
        case _:
            assert_never(clawback.shape)
    if clawback.shape is not ClawbackShape.NONE:
        yield (
            "What is taken back is set off against what you are owed next. When an amount "
            "is corrected, the difference is paid or taken back."
        )


def _timeline(program: Program) -> Iterable[str]:
    days = many(program.promised_days, "day")
    if isinstance(program.payout, Tickets):
        yield f"Prizes are paid within {days} of the draw."
    else:
        yield f"Within {days} of the day on which the event is recorded with us."


def _leaderboard(program: Program) -> Iterable[tuple[str, Iterable[str]]]:
    board = program.leaderboard
    if board is not None:
        yield "The leaderboard", [f"- {one}" for one in leaderboard_sentences(board)]


def holdout_sentence(program: Program) -> str:
    """Return why some are kept out and why that is fair, for payees; empty if nobody is."""
    holdout = program.holdout
    if holdout is None:
        return ""
    who = {HoldoutUnit.PAYEE: "people", HoldoutUnit.FIRM: "firms"}[holdout.unit]
    within = f", within each {listed(holdout.strata)} alike," if holdout.strata else ""
    return (
        f"So that we can tell what the program adds, {percent(holdout.share_ppm)} of the "
        f"{who} in its audience{within} cannot earn in it: chance alone chose them before "
        "the start, everyone had the same chance, nobody's results or opinions played a "
        "part, and anyone can repeat the draw."
    )


def _holdout(program: Program) -> Iterable[str]:
    sentence = holdout_sentence(program)
    if program.holdout is None:
        yield "Nobody in the audience is kept out."
        return
    yield escaped(sentence)
    yield (
        f"The draw uses the seed {program.holdout.seed}. Who joins later is assigned in "
        "the same way, at the same share."
    )


def _document(program: Program) -> Iterable[str]:
    yield f"- Program {escaped(program.program_id)}, version {program.version}."
    if program.takes_recorded_from is not None:
        yield (
            f"- This version takes what is recorded from "
            f"{date(program.takes_recorded_from)} on ({escaped(program.window.zone)}). "
            "What was recorded before stays under the version before."
        )
    yield "- A launched version never changes; a change is a new version."
    yield f"- Content: {content_hash(program)}"
