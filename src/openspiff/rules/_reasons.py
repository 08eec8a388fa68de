"""In which words is a payee told why an event paid nothing, or less?"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

from whenever import Instant

from openspiff.money import PPM, format_money

REASONS: Final[Mapping[str, str]] = {
    "wrong_behavior": "This program pays for {behavior}; the event is {kind}.",
    "product": "{product_id} is not among the products of this program.",
    "revenue_type": "Revenue of the kind {revenue_type} does not count here.",
    "audience": "This program is for another role, tier, region or segment.",
    "duplicate": "It was first told as {duplicate_of} and earns once, there.",
    "not_done": "It is {status}, so nothing is due.",
    "before_window": "It happened on {occurred_at}; the window opens on {starts_at}.",
    "after_window": "It happened on {occurred_at}; the window closed on {ends_at}.",
    "reported_late": (
        "It was reported on {entered_at}, after the deadline {reported_before_at}."
    ),
    "other_version": "Another version of the terms was in force when it was recorded.",
    "below_amount": (
        "The amount is {amount_minor}; {min_amount_minor} is the least that counts."
    ),
    "below_margin": (
        "The margin is {margin_minor} of {amount_minor}; {min_margin_ppm} is asked."
    ),
    "below_term": (
        "The term is {term_months} months; {min_term_months} is the least that counts."
    ),
    "below_quantity": (
        "The quantity is {quantity}; {min_quantity} is the least that counts."
    ),
    "not_new_customer": "Only customers that are new when the window opens count.",
    "government": "Government customers are excluded.",
    "excluded_customer": "This customer is excluded by the terms.",
    "excluded_firm": "This firm is excluded by the terms.",
    "unknown_payee": "The payee was not on the roster on that day.",
    "audience_firm": "This program is for payees of other firms.",
    "held_out": (
        "By the draw made at launch this payee is in the group kept out for comparison."
    ),
    "not_first": "Each customer counts once, and an earlier event took the place.",
    "no_band": "The size {size} is below the first band.",
    "zero_amount": "The rule gives nothing on a base of {base_minor}.",
    "payee_cap": "The limit per payee left {after_first} of {raw}.",
    "budget": "The budget of the program left {due} of what was earned.",
}
"""Code -> sentence; the names in braces are the facts that the sentence uses."""

_UNSTATED: Final = "not stated"
_KINDS: Final[Mapping[str, str]] = {
    "deal_registered": "a deal registered",
    "deal_won": "a deal won",
    "deal_activated": "a deal activated",
    "first_invoice_paid": "a first invoice paid",
    "demo_held": "a demo held",
    "nomination_accepted": "a nomination accepted",
    "act_verified": "an act verified",
}
_AMOUNTS: Final = frozenset({"raw", "after_first", "due", "full_amount", "part"})


def reason_sentence(
    code: str, facts: Mapping[str, Any], currency: str, *, zone: str = "UTC"
) -> str:
    """Return the sentence for a reason code with the facts of the event filled in.

    Amounts are shown in `currency`, moments as local days and times of `zone`. Raises
    KeyError for a code that does not exist.
    """
    return filled(REASONS[code], facts, currency, zone=zone)


def filled(sentence: str, facts: Mapping[str, Any], currency: str, *, zone: str) -> str:
    """Return a sentence with the facts that it names in braces."""
    names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
    return sentence.format_map(
        {name: _shown(name, facts, currency, zone) for name in names}
    )


def _shown(name: str, facts: Mapping[str, Any], currency: str, zone: str) -> str:
    value = facts.get(name)
    if value is None:
        return _UNSTATED
    if name.endswith("_at"):
        instant = Instant.from_timestamp(value // 1_000_000)
        return instant.to_tz(zone).to_plain().format_iso().replace("T", " ")[:16]
    if name.endswith("_ppm"):
        return f"{value / PPM:.6%}".rstrip("0%").rstrip(".") + "%"
    if name.endswith("_minor") or (name in _AMOUNTS and not facts.get("is_draw")):
        return format_money(value, currency)
    if name in {"kind", "behavior"}:
        return _KINDS.get(str(value), str(value))
    return str(value)
