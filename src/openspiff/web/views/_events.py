"""How is an event told to its payee? What it paid, or why not, program by program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from openspiff.program import Program, rule_line
from openspiff.rules import (
    Explanation,
    loss_sentence,
    reason_sentence,
    remedy_sentence,
)
from openspiff.web.forms.written import money
from openspiff.web.queries.statements import EarnedEvent

from ._show import count, event_kind, rate

# A program for another behavior or another window was never about this event.
_NOT_ABOUT_IT: Final = frozenset(
    {"wrong_behavior", "before_window", "after_window", "other_version"}
)
_STATUSES: Final[Mapping[str, Any]] = {
    "open": gettext_lazy("open"),
    "done": gettext_lazy("done"),
    "cancelled": gettext_lazy("cancelled"),
    "lost": gettext_lazy("lost"),
}


@attrs.frozen(kw_only=True)
class Judgement:
    """What one program says of one event: the amount and its making, or the reasons."""

    program: Program
    rule: str
    due: str
    is_earning: bool
    answers: tuple[tuple[str, str], ...]
    """Why nothing, or not more, each with what would change it."""
    loss: str
    """What would take the amount back again."""
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
    *,
    at: int,
) -> list[ToldEvent]:
    """Return the events with their judgements, the latest first, what is not done last.

    `booked` is what the books hold of the one event asked about, by program; `at` tells
    which windows are over.
    """
    terms = {(one.program_id, one.version): one for one in programs}
    by_event: dict[tuple[str, str], list[Explanation]] = {}
    for one in explanations:
        by_event.setdefault((one.source, one.event_id), []).append(one)
    told = [_told(terms, group, booked or {}, at) for group in by_event.values()]
    return sorted(
        told, key=lambda one: (one.occurred_at or -(2**62), one.event_id), reverse=True
    )


def _told(
    terms: Mapping[tuple[str, int], Program],
    group: Sequence[Explanation],
    booked: Mapping[str, EarnedEvent],
    at: int,
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
        name=event_kind(kind),
        occurred_at=facts.get("occurred_at"),
        zone=zone,
        facts=tuple(_facts(facts, shown[0].currency)),
        judgements=tuple(
            _judgement(terms[one.program_id, one.version], one, booked, at) for one in shown
        ),
        other_count=len(group) - len(shown),
    )


def _judgement(
    program: Program, one: Explanation, booked: Mapping[str, EarnedEvent], at: int
) -> Judgement:
    zone, is_over = program.window.zone, at >= program.window.ends_at
    held = booked.get(program.program_id)
    return Judgement(
        program=program,
        rule=rule_line(program),
        due=_worth(one.due, one),
        is_earning=one.due > 0,
        answers=tuple(
            (
                reason_sentence(code, one.facts, one.currency, zone=zone, translate=_),
                remedy_sentence(
                    code,
                    one.facts,
                    one.currency,
                    zone=zone,
                    is_over=is_over,
                    translate=_,
                ),
            )
            for code in one.reasons
        ),
        loss=loss_sentence(program.clawback, translate=_) if one.due > 0 else "",
        making=tuple(_making(one)) if "raw" in one.facts else (),
        earned="" if held is None else money(held.earned_minor, one.currency),
        paid="" if held is None else money(held.paid_minor, one.currency),
    )


def _worth(amount: int, one: Explanation) -> str:
    if one.is_draw:
        said = ngettext("%(count)s ticket", "%(count)s tickets", amount)
        return said % {"count": count(amount)}
    return money(amount, one.currency)


def _facts(facts: Mapping[str, Any], currency: str) -> Iterable[tuple[str, str]]:
    """Yield what the event says, each fact that it has."""
    status = str(facts.get("status") or "")
    if status:
        yield _("Status"), str(_STATUSES.get(status, status))
    for name, label in (
        ("customer_id", _("Customer")),
        ("product_id", _("Product")),
        ("revenue_type", _("Revenue")),
        ("firm_id", _("Firm")),
    ):
        if facts.get(name):
            yield label, str(facts[name])
    for name, label in (
        ("amount_minor", _("Amount")),
        ("margin_minor", _("Margin")),
        ("mrr_minor", _("Monthly recurring revenue")),
    ):
        if facts.get(name) is not None:
            yield label, money(facts[name], currency)
    for name, label in (("quantity", _("Quantity")), ("term_months", _("Term in months"))):
        if facts.get(name) is not None:
            yield label, count(facts[name])


def _making(one: Explanation) -> Iterable[tuple[str, str]]:
    """Yield the steps from rate to amount; one that changed nothing is left out."""
    facts = one.facts
    if facts.get("payee_rank") is not None:
        yield _("Your qualifying event number"), count(facts["payee_rank"])
    if facts.get("rate_ppm"):
        base = money(facts["base_minor"], one.currency)
        yield _("Taken of"), base
        yield _("Rate"), rate(facts["rate_ppm"])
    first = (
        _("After the limit of the payee")
        if facts.get("payee_first")
        else _("After the limit of the program")
    )
    steps = (
        ("full_amount", _("The whole reward")),
        ("part", _("Your share of it")),
        ("raw", _("What is kept after the cancellation")),
        ("after_first", first),
    )
    before = None
    for name, label in steps:
        value = facts.get(name)
        if value is not None and value != before:
            yield label, _worth(value, one)
            before = value
    yield _("Worth today"), _worth(one.due, one)
