"""How is an event told to its payee? What it paid, or why not, program by program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from openspiff.money import PPM, format_money
from openspiff.program import Program, rule_line
from openspiff.rules import Explanation, reason_sentence
from openspiff.web.queries.statements import EarnedEvent

# A program for another behavior or another window was never about this event.
_NOT_ABOUT_IT: Final = frozenset(
    {"wrong_behavior", "before_window", "after_window", "other_version"}
)
_KINDS: Final[Mapping[str, str]] = {
    "deal_registered": "Deal registered",
    "deal_won": "Deal won",
    "deal_activated": "Deal activated",
    "first_invoice_paid": "First invoice paid",
    "demo_held": "Demo held",
    "nomination_accepted": "Nomination accepted",
    "act_verified": "Reference act verified",
}


@attrs.frozen(kw_only=True)
class Judgement:
    """What one program says of one event: the amount and its making, or the reasons."""

    program: Program
    rule: str
    due: str
    is_earning: bool
    sentences: tuple[str, ...]
    making: tuple[tuple[str, str], ...]
    earned: str
    paid: str


@attrs.frozen(kw_only=True)
class ToldEvent:
    """One event of a payee with the judgements of the programs that are about it."""

    source: str
    event_id: str
    name: str
    occurred_at: int | None
    zone: str
    facts: tuple[tuple[str, str], ...]
    judgements: tuple[Judgement, ...]
    other_count: int

    @property
    def is_earning(self) -> bool:
        """Tell whether any program pays for it."""
        return any(one.is_earning for one in self.judgements)


def told_events(
    programs: Sequence[Program],
    explanations: Iterable[Explanation],
    booked: Mapping[str, EarnedEvent] | None = None,
) -> list[ToldEvent]:
    """Return the events with their judgements, the latest first, what is not done last.

    `booked` is what the books hold of the one event asked about, by program.
    """
    terms = {(one.program_id, one.version): one for one in programs}
    by_event: dict[tuple[str, str], list[Explanation]] = {}
    for one in explanations:
        by_event.setdefault((one.source, one.event_id), []).append(one)
    told = [_told(terms, group, booked or {}) for group in by_event.values()]
    return sorted(
        told, key=lambda one: (one.occurred_at or -(2**62), one.event_id), reverse=True
    )


def _told(
    terms: Mapping[tuple[str, int], Program],
    group: Sequence[Explanation],
    booked: Mapping[str, EarnedEvent],
) -> ToldEvent:
    about = [one for one in group if not _NOT_ABOUT_IT & {*one.reasons}]
    # Nothing is about it: the nearest program says why.
    shown = about or [min(group, key=lambda one: (len(one.reasons), one.program_id))]
    facts = shown[0].facts
    zone = terms[shown[0].program_id, shown[0].version].window.zone
    kind = str(facts.get("kind", ""))
    return ToldEvent(
        source=group[0].source,
        event_id=group[0].event_id,
        name=_KINDS.get(kind, kind),
        occurred_at=facts.get("occurred_at"),
        zone=zone,
        facts=tuple(_facts(facts, shown[0].currency)),
        judgements=tuple(
            _judgement(terms[one.program_id, one.version], one, booked) for one in shown
        ),
        other_count=len(group) - len(shown),
    )


def _judgement(
    program: Program, one: Explanation, booked: Mapping[str, EarnedEvent]
) -> Judgement:
    zone = program.window.zone
    held = booked.get(program.program_id)
    return Judgement(
        program=program,
        rule=rule_line(program),
        due=_worth(one.due, one),
        is_earning=one.due > 0,
        sentences=tuple(
            reason_sentence(code, one.facts, one.currency, zone=zone)
            for code in one.reasons
        ),
        making=tuple(_making(one)) if "raw" in one.facts else (),
        earned="" if held is None else format_money(held.earned_minor, one.currency),
        paid="" if held is None else format_money(held.paid_minor, one.currency),
    )


def _worth(amount: int, one: Explanation) -> str:
    if one.is_draw:
        return f"{amount:,} ticket{'' if amount == 1 else 's'}"
    return format_money(amount, one.currency)


def _facts(facts: Mapping[str, Any], currency: str) -> Iterable[tuple[str, str]]:
    """Yield what the event says, each fact that it has."""
    for name, label in (
        ("status", "Status"),
        ("customer_id", "Customer"),
        ("product_id", "Product"),
        ("revenue_type", "Revenue"),
        ("firm_id", "Firm"),
    ):
        if facts.get(name):
            yield label, str(facts[name])
    for name, label in (
        ("amount_minor", "Amount"),
        ("margin_minor", "Margin"),
        ("mrr_minor", "Monthly recurring revenue"),
    ):
        if facts.get(name) is not None:
            yield label, format_money(facts[name], currency)
    for name, label in (("quantity", "Quantity"), ("term_months", "Term in months")):
        if facts.get(name) is not None:
            yield label, f"{facts[name]:,}"


def _making(one: Explanation) -> Iterable[tuple[str, str]]:
    """Yield the steps from rate to amount; one that changed nothing is left out."""
    facts = one.facts
    if facts.get("payee_rank") is not None:
        yield "Your qualifying event number", f"{facts['payee_rank']:,}"
    if facts.get("rate_ppm"):
        base = format_money(facts["base_minor"], one.currency)
        yield "Taken of", base
        yield "Rate", _rate(facts["rate_ppm"])
    first = "the payee" if facts.get("payee_first") else "the program"
    steps = (
        ("full_amount", "The whole reward"),
        ("part", "Your share of it"),
        ("raw", "What is kept after the cancellation"),
        ("after_first", f"After the limit of {first}"),
    )
    before = None
    for name, label in steps:
        value = facts.get(name)
        if value is not None and value != before:
            yield label, _worth(value, one)
            before = value
    yield "Worth today", _worth(one.due, one)


def _rate(rate_ppm: int) -> str:
    if rate_ppm > PPM:
        return f"{rate_ppm / PPM:g} times"
    return f"{rate_ppm / 10_000:.4f}".rstrip("0").rstrip(".") + "%"
