"""What would change it? For every reason, what would make the event pay, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from openspiff.program import Clawback, ClawbackShape
from openspiff.rules._reasons import filled
from openspiff.wording import Translate, gettext_noop, in_english


@attrs.frozen
class Remedy:
    """What is said while the window is open, and once it is over ("" for the same)."""

    while_open: str
    once_over: str = ""


REMEDIES: Final[Mapping[str, Remedy]] = {
    "wrong_behavior": Remedy(
        gettext_noop("Nothing for this event. Here {behavior} counts."),
        gettext_noop("Nothing: it is another kind of event, and the window is over."),
    ),
    "product": Remedy(
        gettext_noop(
            "A product that the terms name. If this is one of them under another name, "
            "tell whoever runs the program."
        )
    ),
    "revenue_type": Remedy(
        gettext_noop(
            "Revenue of a kind that the terms name. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "audience": Remedy(
        gettext_noop(
            "Another role, tier, region or segment on the roster of that day. "
            "If the roster is wrong, have it put right."
        )
    ),
    "duplicate": Remedy(
        gettext_noop("Nothing here: look at {duplicate_of}, where it counts.")
    ),
    "not_done": Remedy(
        gettext_noop("That it is done before {ends_at}."),
        gettext_noop(
            "Only a record that it was done before {ends_at}: the window is over."
        ),
    ),
    "before_window": Remedy(
        gettext_noop(
            "Nothing for this event: it came before the window. A new one counts "
            "until {ends_at}."
        ),
        gettext_noop("Nothing: it came before the window, and the window is over."),
    ),
    "after_window": Remedy(gettext_noop("Nothing: the window is over.")),
    "reported_late": Remedy(
        gettext_noop("Nothing: the deadline for recording it is over.")
    ),
    "other_version": Remedy(
        gettext_noop(
            "Nothing here: the version that was in force when it was recorded decides."
        )
    ),
    "below_amount": Remedy(
        gettext_noop(
            "An amount of {min_amount_minor} or more. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "below_margin": Remedy(
        gettext_noop(
            "A known margin of {min_margin_ppm} of the amount or more. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "below_term": Remedy(
        gettext_noop(
            "A term of {min_term_months} months or more. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "below_quantity": Remedy(
        gettext_noop(
            "A quantity of {min_quantity} or more. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "not_new_customer": Remedy(
        gettext_noop(
            "Nothing for this customer, unless the record of earlier purchases is wrong."
        )
    ),
    "government": Remedy(
        gettext_noop(
            "Nothing, unless the customer is no government and the record is put right."
        )
    ),
    "excluded_customer": Remedy(gettext_noop("Nothing: the terms name this customer.")),
    "excluded_firm": Remedy(gettext_noop("Nothing: the terms name this firm.")),
    "unknown_payee": Remedy(
        gettext_noop(
            "A roster that names the payee on that day: ask whoever keeps the roster."
        )
    ),
    "audience_firm": Remedy(
        gettext_noop("Nothing, unless the roster names the wrong firm for that day.")
    ),
    "held_out": Remedy(
        gettext_noop(
            "Nothing: chance decided before the start, and it stays so to the end."
        )
    ),
    "not_first": Remedy(
        gettext_noop(
            "Nothing for this customer, unless the earlier event is cancelled. "
            "An event of another customer counts."
        ),
        gettext_noop("Nothing, unless the earlier event of this customer is cancelled."),
    ),
    "no_band": Remedy(
        gettext_noop(
            "A larger size; the terms say from where on it pays. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "zero_amount": Remedy(
        gettext_noop(
            "A larger base, or a step of the terms that pays. "
            "If the record is wrong, have it put right where it comes from."
        )
    ),
    "payee_cap": Remedy(
        gettext_noop(
            "Nothing, unless an earlier event of yours is taken back: that makes room."
        )
    ),
    "budget": Remedy(
        gettext_noop(
            "Nothing, unless an earlier event of anybody is taken back: that makes room."
        )
    ),
}


def remedy_sentence(
    code: str,
    facts: Mapping[str, Any],
    currency: str,
    *,
    zone: str = "UTC",
    is_over: bool,
    translate: Translate = in_english,
) -> str:
    """Return what would make an event pay that did not for this reason, or pay more.

    `is_over` says whether the window has closed by the moment of asking. Raises KeyError
    for a code that does not exist.
    """
    remedy = REMEDIES[code]
    sentence = (remedy.once_over if is_over else "") or remedy.while_open
    return filled(sentence, facts, currency, zone=zone, translate=translate)


_LOSSES_IN_ONE_DAY: Final[Mapping[ClawbackShape, str]] = {
    ClawbackShape.CLIFF: gettext_noop(
        "It would be taken back if cancelled within 1 day of the event."
    ),
    ClawbackShape.PRO_RATA: gettext_noop(
        "If cancelled within 1 day of the event, the share of the days that are left would "
        "be taken back."
    ),
}
_LOSSES: Final[Mapping[ClawbackShape, str]] = {
    ClawbackShape.FULL: gettext_noop("It would be taken back if the event were cancelled."),
    ClawbackShape.CLIFF: gettext_noop(
        "It would be taken back if cancelled within {days} days of the event."
    ),
    ClawbackShape.PRO_RATA: gettext_noop(
        "If cancelled within {days} days of the event, the share of the days that are left "
        "would be taken back."
    ),
    ClawbackShape.NONE: gettext_noop("Once it is paid, a cancellation takes nothing back."),
}


def loss_sentence(clawback: Clawback, *, translate: Translate = in_english) -> str:
    """Return what would take an amount back again, by the clawback of the terms."""
    sentences = {**_LOSSES, **(_LOSSES_IN_ONE_DAY if clawback.days == 1 else {})}
    return translate(sentences[clawback.shape]).format(days=f"{clawback.days:,}")
