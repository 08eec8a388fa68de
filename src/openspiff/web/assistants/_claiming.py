"""How does an assistant help a payee to claim? It fills the form in; the payee sends it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from openspiff.errors import Problem
from openspiff.web.access import SEND_CLAIMS, Viewer
from openspiff.web.actions.claims import refuse_closed
from openspiff.web.forms.claims import ClaimForm
from openspiff.web.queries.claim_drafts import ClaimDraftError, draft_address
from openspiff.web.queries.claims import program_to_claim

from ._door import tool
from ._reading import Name, ProgramId

Amount = Annotated[
    str,
    Field(max_length=40, description="In whole units of the program's currency: 1234.50."),
]
_BY_HAND: Final = frozenset({"token", "evidence", "photo"})


class ClaimDraftSaid(BaseModel):
    """A link to the form of a claim, filled in; nothing was sent and nothing is stored."""

    program_id: str
    link: str
    holds_for_hours: int
    what_next: str


@tool((SEND_CLAIMS, "claims:read"))
def draft_claim(  # noqa: PLR0913 (the fields of the form)
    viewer: Viewer,
    at: int,
    *,
    program_id: ProgramId,
    customer: Annotated[Name, Field(description="Who bought.")],
    occurred_on: Annotated[
        str, Field(max_length=10, description="The day it happened: 2026-02-03.")
    ],
    product_id: Name = "",
    revenue_type: Name = "",
    deal_id: Annotated[Name, Field(description="The number of the deal.")] = "",
    quantity: Annotated[int, Field(ge=0, le=1_000_000_000, description="0: not said.")] = 0,
    term_months: Annotated[int, Field(ge=0, le=1_200, description="0: not said.")] = 0,
    amount: Amount = "",
    margin: Amount = "",
    mrr: Amount = "",
    note: Annotated[str, Field(max_length=2_000)] = "",
) -> ClaimDraftSaid:
    """Fill in the form of a claim, which the payee opens by a link, reads and sends."""
    program = program_to_claim(viewer, program_id)
    refuse_closed(program, viewer.payee_id, at)
    given: dict[str, Any] = {
        "customer": customer,
        "occurred_on": occurred_on,
        "product_id": product_id,
        "revenue_type": revenue_type,
        "deal_id": deal_id,
        "quantity": quantity or "",
        "term_months": term_months or "",
        "amount": amount,
        "margin": margin,
        "mrr": mrr,
        "note": note,
    }
    form = ClaimForm(given, program=program)
    problems = [
        Problem(name, str(message))
        for name, messages in form.errors.items()
        if name not in _BY_HAND
        for message in messages
    ]
    # What the terms do not look at has no field: better said now than lost in silence.
    problems += [
        Problem(name, "this program does not ask for it", "leave it out")
        for name, value in given.items()
        if value and name not in form.fields
    ]
    if problems:
        raise ClaimDraftError("no draft was made", problems)
    said = {name: str(value) for name, value in given.items() if value}
    return ClaimDraftSaid(
        program_id=program_id,
        link=draft_address(viewer, program_id, said),
        holds_for_hours=24,
        what_next="The payee opens the link, reads the form, adds files and sends it. "
        "Until then there is no claim.",
    )
