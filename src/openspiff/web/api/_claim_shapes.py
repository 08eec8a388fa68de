"""What does a claim look like, sent and answered?"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from openspiff.web.actions import claim_decisions
from openspiff.web.actions.evidence import MAX_FILES

from ._shapes import Given, Minor, Moment, Shape, day_text

_LARGEST: Final = 2**63 - 1
_MOST: Final = 1_000_000_000
Day = Annotated[
    dt.date,
    BeforeValidator(day_text),
    Field(ge=dt.date(1970, 1, 1), lt=dt.date(2200, 1, 1)),
]
Text = Annotated[str, Field(max_length=300)]
Amount = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Number = Annotated[int, Field(strict=True, ge=1, le=_MOST)]
KeptNames = Annotated[
    list[Annotated[str, Field(max_length=2_000)]],
    Field(
        max_length=MAX_FILES,
        description="Files that go with it: `kept` of each, as `keep_evidence` answered.",
    ),
]


class EventName(Given):
    """An event of the feed, by the system that it comes from and its id there."""

    source: str = Field(max_length=300)
    event_id: str = Field(max_length=300)


class ClaimFactsGiven(Given):
    """What a claim says; amounts in minor units of the program's currency."""

    customer: str = Field(max_length=300, description="Who bought.")
    occurred_on: Day = Field(description="The day, in the zone of the program.")
    product_id: Text = ""
    revenue_type: str = Field(default="", max_length=100)
    quantity: Number = 1
    amount_minor: Amount = 0
    margin_minor: Minor | None = None
    mrr_minor: Amount | None = None
    term_months: Annotated[int, Field(strict=True, ge=0, le=_MOST)] | None = None
    is_government: Annotated[bool, Field(strict=True)] = False
    subject_id: Text = Field(default="", description="The deal behind it, by its number.")
    note: str = Field(default="", max_length=2_000)
    event: EventName | None = Field(
        default=None, description="The event of one's own that it is about."
    )
    evidence: KeptNames = Field(default=[])


class ClaimGiven(ClaimFactsGiven):
    """A claim to send under a program."""

    program_id: str = Field(max_length=200, examples=["spring"])


class SeenGiven(Given):
    """A claim as whoever decides saw it."""

    claim_id: int = Field(strict=True, ge=1, le=_LARGEST)
    revision: int = Field(strict=True, ge=1, le=2**31 - 1)


class DecisionGiven(Given):
    """What becomes of claims, all of them or none."""

    decision: Literal["approve", "reject", "undo"]
    claims: list[SeenGiven] = Field(min_length=1, max_length=claim_decisions.AT_ONCE)
    reason: str = Field(default="", max_length=2_000)


class DecisionShape(Shape):
    """What was decided; `batch_no` is the batch of the feed that it became."""

    decision: str
    claim_count: int
    batch_no: int | None


class ClaimShape(Shape):
    """One claim as it was last sent."""

    claim_id: int
    program_id: str
    payee_id: str
    firm_id: str
    state: str
    revision: int
    sent_at: Moment
    kind: str
    customer: str
    occurred_at: Moment
    product_id: str
    revenue_type: str
    quantity: int
    amount_minor: Minor
    margin_minor: Minor | None
    mrr_minor: Minor | None
    term_months: int | None
    is_government: bool
    currency: str
    note: str
    subject_id: str
    found_source: str
    found_event_id: str


class StepShape(Shape):
    """One change of a claim's state."""

    to_state: str
    acted_at: Moment
    actor: str
    reason: str
    revision: int


class EvidenceShape(Shape):
    """One file that goes with a claim or a dispute."""

    evidence_id: int
    file_name: str
    digest: str
    size_bytes: int
    media_type: str


class WholeClaimShape(ClaimShape):
    """One claim with its evidence and its history."""

    evidence: list[EvidenceShape]
    steps: list[StepShape]
