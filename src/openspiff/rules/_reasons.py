"""In which words is a payee told why an event paid nothing, or less?"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

from whenever import Instant

from openspiff.money import PPM, format_money
from openspiff.wording import Translate, gettext_noop, in_english

REASONS: Final[Mapping[str, str]] = {
    "wrong_behavior": gettext_noop(
        "This program pays for {behavior}; the event is {kind}."
    ),
    "product": gettext_noop("{product_id} is not among the products of this program."),
    "revenue_type": gettext_noop("Revenue of the kind {revenue_type} does not count here."),
    "audience": gettext_noop("This program is for another role, tier, region or segment."),
    "duplicate": gettext_noop("It was first told as {duplicate_of} and earns once, there."),
    "not_done": gettext_noop("It is {status}, so nothing is due."),
    "before_window": gettext_noop(
        "It happened on {occurred_at}; the window opens on {starts_at}."
    ),
    "after_window": gettext_noop(
        "It happened on {occurred_at}; the window closed on {ends_at}."
    ),
    "reported_late": gettext_noop(
        "It was reported on {entered_at}, after the deadline {reported_before_at}."
    ),
    "other_version": gettext_noop(
        "Another version of the terms was in force when it was recorded."
    ),
    "below_amount": gettext_noop(
        "The amount is {amount_minor}; {min_amount_minor} is the least that counts."
    ),
    "below_margin": gettext_noop(
        "The margin is {margin_minor} of {amount_minor}; {min_margin_ppm} is asked."
    ),
    "below_term": gettext_noop(
        "The term is {term_months} months; {min_term_months} is the least that counts."
    ),
    "below_quantity": gettext_noop(
        "The quantity is {quantity}; {min_quantity} is the least that counts."
    ),
    "not_new_customer": gettext_noop(
        "Only customers that are new when the window opens count."
    ),
    "government": gettext_noop("Government customers are excluded."),
    "excluded_customer": gettext_noop("This customer is excluded by the terms."),
    "excluded_firm": gettext_noop("This firm is excluded by the terms."),
    "unknown_payee": gettext_noop("The payee was not on the roster on that day."),
    "audience_firm": gettext_noop("This program is for payees of other firms."),
    "held_out": gettext_noop(
        "By the draw made at launch this payee is in the group kept out for comparison."
    ),
    "not_first": gettext_noop(
        "Each customer counts once, and an earlier event took the place."
    ),
    "no_band": gettext_noop("The size {size} is below the first band."),
    "zero_amount": gettext_noop("The rule gives nothing on a base of {base_minor}."),
    "payee_cap": gettext_noop("The limit per payee left {after_first} of {raw}."),
    "budget": gettext_noop("The budget of the program left {due} of what was earned."),
}
"""Code -> sentence; the names in braces are the facts that the sentence uses."""

_UNSTATED: Final = gettext_noop("not stated")
_KINDS: Final[Mapping[str, str]] = {
    "deal_registered": gettext_noop("a deal registered"),
    "deal_won": gettext_noop("a deal won"),
    "deal_activated": gettext_noop("a deal activated"),
    "first_invoice_paid": gettext_noop("a first invoice paid"),
    "demo_held": gettext_noop("a demo held"),
    "nomination_accepted": gettext_noop("a nomination accepted"),
    "act_verified": gettext_noop("an act verified"),
}
_AMOUNTS: Final = frozenset({"raw", "after_first", "due", "full_amount", "part"})


def reason_sentence(
    code: str,
    facts: Mapping[str, Any],
    currency: str,
    *,
    zone: str = "UTC",
    translate: Translate = in_english,
) -> str:
    """Return the sentence for a reason code with the facts of the event filled in.

    Amounts are shown in `currency`, moments as local days and times of `zone`. Raises
    KeyError for a code that does not exist.
    """
    return filled(REASONS[code], facts, currency, zone=zone, translate=translate)


def filled(
    sentence: str,
    facts: Mapping[str, Any],
    currency: str,
    *,
    zone: str,
    translate: Translate,
) -> str:
    """Return a sentence, translated, with the facts that it names in braces."""
    said = translate(sentence)
    names = [name for _, name, _, _ in Formatter().parse(said) if name]
    shown = {name: _shown(name, facts, currency, zone, translate) for name in names}
    return said.format_map(shown)


def _shown(
    name: str,
    facts: Mapping[str, Any],
    currency: str,
    zone: str,
    translate: Translate,
) -> str:
    value = facts.get(name)
    if value is None:
        return translate(_UNSTATED)
    if name.endswith("_at"):
        instant = Instant.from_timestamp(value // 1_000_000)
        return instant.to_tz(zone).to_plain().format_iso().replace("T", " ")[:16]
    if name.endswith("_ppm"):
        return f"{value / PPM:.6%}".rstrip("0%").rstrip(".") + "%"
    if name.endswith("_minor") or (name in _AMOUNTS and not facts.get("is_draw")):
        return format_money(value, currency)
    if name in {"kind", "behavior"}:
        known = _KINDS.get(str(value))
        return str(value) if known is None else translate(known)
    return str(value)
