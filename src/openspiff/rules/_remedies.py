"""What would change it? For every reason, what would make the event pay, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, assert_never

import attrs

from openspiff.program import Clawback, ClawbackShape
from openspiff.rules._reasons import filled

_RECORD: Final = "If the record is wrong, have it put right where it comes from."


@attrs.frozen
class Remedy:
    """What is said while the window is open, and once it is over ("" for the same)."""

    while_open: str
    once_over: str = ""


REMEDIES: Final[Mapping[str, Remedy]] = {
    "wrong_behavior": Remedy(
        "Nothing for this event. Here {behavior} counts.",
        "Nothing: it is another kind of event, and the window is over.",
    ),
    "product": Remedy(
        "A product that the terms name. If this is one of them under another name, tell "
        "whoever runs the program."
    ),
    "revenue_type": Remedy(f"Revenue of a kind that the terms name. {_RECORD}"),
    "audience": Remedy(
        "Another role, tier, region or segment on the roster of that day. "
        "If the roster is wrong, have it put right."
    ),
    "duplicate": Remedy("Nothing here: look at {duplicate_of}, where it counts."),
    "not_done": Remedy(
        "That it is done before {ends_at}.",
        "Only a record that it was done before {ends_at}: the window is over.",
    ),
    "before_window": Remedy(
        "Nothing for this event: it came before the window. A new one counts "
        "until {ends_at}.",
        "Nothing: it came before the window, and the window is over.",
    ),
    "after_window": Remedy("Nothing: the window is over."),
    "reported_late": Remedy("Nothing: the deadline for recording it is over."),
    "other_version": Remedy(
        "Nothing here: the version that was in force when it was recorded decides."
    ),
    "below_amount": Remedy(f"An amount of {{min_amount_minor}} or more. {_RECORD}"),
    "below_margin": Remedy(
        f"A known margin of {{min_margin_ppm}} of the amount or more. {_RECORD}"
    ),
    "below_term": Remedy(f"A term of {{min_term_months}} months or more. {_RECORD}"),
    "below_quantity": Remedy(f"A quantity of {{min_quantity}} or more. {_RECORD}"),
    "not_new_customer": Remedy(
        "Nothing for this customer, unless the record of earlier purchases is wrong."
    ),
    "government": Remedy(
        "Nothing, unless the customer is no government and the record is put right."
    ),
    "excluded_customer": Remedy("Nothing: the terms name this customer."),
    "excluded_firm": Remedy("Nothing: the terms name this firm."),
    "unknown_payee": Remedy(
        "A roster that names the payee on that day: ask whoever keeps the roster."
    ),
    "audience_firm": Remedy(
        "Nothing, unless the roster names the wrong firm for that day."
    ),
    "held_out": Remedy(
        "Nothing: chance decided before the start, and it stays so to the end."
    ),
    "not_first": Remedy(
        "Nothing for this customer, unless the earlier event is cancelled. "
        "An event of another customer counts.",
        "Nothing, unless the earlier event of this customer is cancelled.",
    ),
    "no_band": Remedy(f"A larger size; the terms say from where on it pays. {_RECORD}"),
    "zero_amount": Remedy(f"A larger base, or a step of the terms that pays. {_RECORD}"),
    "payee_cap": Remedy(
        "Nothing, unless an earlier event of yours is taken back: that makes room."
    ),
    "budget": Remedy(
        "Nothing, unless an earlier event of anybody is taken back: that makes room."
    ),
}


def remedy_sentence(
    code: str,
    facts: Mapping[str, Any],
    currency: str,
    *,
    zone: str = "UTC",
    is_over: bool,
) -> str:
    """Return what would make an event pay that did not for this reason, or pay more.

    `is_over` says whether the window has closed by the moment of asking. Raises KeyError
    for a code that does not exist.
    """
    remedy = REMEDIES[code]
    sentence = (remedy.once_over if is_over else "") or remedy.while_open
    return filled(sentence, facts, currency, zone=zone)


def loss_sentence(clawback: Clawback) -> str:
    """Return what would take an amount back again, by the clawback of the terms."""
    days = f"{clawback.days:,} {'day' if clawback.days == 1 else 'days'}"
    match clawback.shape:
        case ClawbackShape.FULL:
            return "It would be taken back if the event were cancelled."
        case ClawbackShape.CLIFF:
            return f"It would be taken back if cancelled within {days} of the event."
        case ClawbackShape.PRO_RATA:
            return (
                f"If cancelled within {days} of the event, the share of the days that "
                "are left would be taken back."
            )
        case ClawbackShape.NONE:
            return "Once it is paid, a cancellation takes nothing back."
        case _:
            assert_never(clawback.shape)
