"""How does what a payee typed become a claim, its files kept until it is one?"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from openspiff.errors import OpenSpiffError
from openspiff.money import currency_exponent
from openspiff.program import Program, day_start
from openspiff.web.access import Viewer
from openspiff.web.actions.claims import ClaimFacts, customer_key
from openspiff.web.actions.evidence import (
    MAX_BYTES,
    KeptFile,
    keep_files,
    refuse_too_many,
)
from openspiff.web.forms.claims import ClaimForm
from openspiff.web.forms.english import in_english
from openspiff.web.forms.evidence import unsigned
from openspiff.web.queries.claim_twins import Facts
from openspiff.web.queries.claims import ShownClaim
from openspiff.web.queries.found_events import FoundEvent

from ._show import local_day

_PLACES: Final[Mapping[str, str]] = {"occurred_at": "occurred_on"}


def new_token() -> str:
    """Return what tells one opened form from another."""
    return secrets.token_urlsafe(24)


def evidence_sent(request: Any, viewer: Viewer, kept: str) -> list[KeptFile]:
    """Return the files that go with a form: carried ones still ticked, then new ones.

    Raises EvidenceError.
    """
    wanted = set(request.POST.getlist("keep"))
    carried = [one for one in unsigned(viewer, kept) if one.digest in wanted]
    new = [*request.FILES.getlist("evidence"), *request.FILES.getlist("photo")]
    refuse_too_many(len(carried) + len(new))
    # One byte more than is taken says as much as a gigabyte does.
    read = [(one.name or "file", one.read(MAX_BYTES + 1)) for one in new]
    return [*carried, *keep_files(read)]


def tell(form: Any, error: OpenSpiffError) -> None:
    """Put every problem of an error beside its field, or above the form."""
    for problem in error.problems:
        place = _PLACES.get(problem.place, problem.place)
        words = "; ".join(part for part in (problem.message, problem.remedy) if part) + "."
        if place in form.fields:
            form.add_error(place, in_english(words[:1].upper() + words[1:]))
        else:
            told = f"{problem.place}: {words}" if problem.place else words
            form.add_error(None, in_english(told))
    if not error.problems:
        form.add_error(
            None, in_english(error.message[:1].upper() + error.message[1:] + ".")
        )


def facts_of_form(form: ClaimForm, found: FoundEvent | None) -> ClaimFacts:
    """Return the facts of a valid form; the very moment of a found event is kept."""
    said = form.cleaned_data
    program = form.program
    zone = program.window.zone
    occurred_at = day_start(said["occurred_on"], zone)
    if (
        found is not None
        and found.occurred_at is not None
        and local_day(found.occurred_at, zone) == said["occurred_on"]
    ):
        occurred_at = found.occurred_at
    return ClaimFacts(
        customer=said["customer"],
        occurred_at=occurred_at,
        product_id=said.get("product_id") or "",
        revenue_type=said.get("revenue_type") or "",
        quantity=said.get("quantity") or (1 if found is None else max(found.quantity, 1)),
        amount_minor=said.get("amount") or 0,
        margin_minor=said.get("margin"),
        mrr_minor=said.get("mrr"),
        term_months=said.get("term_months"),
        is_government=bool(said.get("is_government")),
        note=said.get("note") or "",
        found_source="" if found is None else found.source,
        found_event_id="" if found is None else found.event_id,
        subject_id=said.get("deal_id") or ("" if found is None else found.subject_id),
    )


def compared(
    viewer: Viewer,
    firm_id: str,
    program: Program,
    facts: ClaimFacts,
    files: Iterable[KeptFile],
    *,
    claim_id: int | None,
) -> Facts:
    """Return what a claim that is not sent yet is compared by."""
    return Facts(
        claim_id=claim_id,
        payee_id=viewer.payee_id,
        firm_id=firm_id,
        program_id=program.program_id,
        kind=program.behavior.kind.value,
        subject_id=facts.subject_id,
        customer_key=customer_key(facts.customer),
        occurred_at=facts.occurred_at,
        digests=frozenset(one.digest for one in files),
    )


def initial_of_found(found: FoundEvent, program: Program) -> dict[str, Any]:
    """Return what a found event fills in."""
    same_money = found.currency == program.currency
    day = found.occurred_at
    return {
        "source": found.source,
        "event": found.event_id,
        "customer": found.customer_id,
        "product_id": found.product_id,
        "revenue_type": found.revenue_type,
        "occurred_on": None if day is None else local_day(day, program.window.zone),
        "quantity": found.quantity,
        "term_months": found.term_months,
        "is_government": found.is_government,
        "deal_id": found.subject_id,
        **{
            name: _major(value if same_money else None, program.currency)
            for name, value in (
                ("amount", found.amount_minor),
                ("margin", found.margin_minor),
                ("mrr", found.mrr_minor),
            )
        },
    }


def initial_of_claim(claim: ShownClaim, program: Program) -> dict[str, Any]:
    """Return what a claim said when it was last sent."""
    row = claim.row
    return {
        "source": row.found_source,
        "event": row.found_event_id,
        "customer": row.customer,
        "product_id": row.product_id,
        "revenue_type": row.revenue_type,
        "occurred_on": local_day(row.occurred_at, program.window.zone),
        "quantity": row.quantity,
        "term_months": row.term_months,
        "is_government": row.is_government,
        "deal_id": row.subject_id,
        "note": row.note,
        "amount": _major(row.amount_minor, program.currency),
        "margin": _major(row.margin_minor, program.currency),
        "mrr": _major(row.mrr_minor, program.currency),
    }


def kept_of(claim: ShownClaim) -> list[KeptFile]:
    """Return the evidence of a claim, to be carried into its next sending."""
    return [
        KeptFile(
            file_name=one.file_name,
            digest=one.digest,
            size_bytes=one.size_bytes,
            media_type=one.media_type,
        )
        for one in claim.evidence
    ]


def deadline_of(program: Program, today: dt.date) -> dict[str, Any]:
    """Return the last day for a claim, and how many days are left; empty without one."""
    before = program.window.reported_before
    if before is None:
        return {}
    return {
        "last_on": before - dt.timedelta(days=1),
        "days": (before - today).days,
    }


def reason_words(act: str) -> list[str]:
    """Return the reasons that are offered for a decision."""
    return {
        "approve": [_("Checked against the evidence."), _("Confirmed by the customer.")],
        "reject": [
            _("The evidence does not show it."),
            _("It is the same as another claim."),
            _("It is outside the terms of the program."),
            _("The customer does not confirm it."),
        ],
        "undo": [_("Decided by mistake."), _("New facts came to light.")],
    }.get(act, [])


def sign_words() -> dict[str, str]:
    """Return what each sign of a duplicate says."""
    return {
        "same_deal": _("the same deal"),
        "same_customer": _("the same customer, about the same day"),
        "same_evidence": _("the same file as proof"),
        "colleague": _("a colleague, the same customer"),
        "other_firm": _("another firm, the same customer"),
    }


def _major(amount_minor: int | None, currency: str) -> str:
    if amount_minor is None:
        return ""
    exponent = currency_exponent(currency)
    whole, part = divmod(amount_minor, 10**exponent)
    return f"{whole}.{part:0{exponent}d}" if exponent else str(whole)
