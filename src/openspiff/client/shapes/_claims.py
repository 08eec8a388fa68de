"""Which shapes has the API for claims?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class AnswerGiven:
    """An answer in a sentence that the payee reads."""

    is_upheld: bool
    sentence: str


@attrs.frozen(kw_only=True)
class Claim:
    """One claim as it was last sent."""

    claim_id: int
    program_id: str
    payee_id: str
    firm_id: str
    state: str
    revision: int
    sent_at: int
    kind: str
    customer: str
    occurred_at: int
    product_id: str
    revenue_type: str
    quantity: int
    amount_minor: int
    margin_minor: int | None
    mrr_minor: int | None
    term_months: int | None
    is_government: bool
    currency: str
    note: str
    subject_id: str
    found_source: str
    found_event_id: str


@attrs.frozen(kw_only=True)
class ClaimFactsGiven:
    """What a claim says; amounts in minor units of the program's currency."""

    customer: str
    occurred_on: dt.date
    product_id: str = ""
    revenue_type: str = ""
    quantity: int = 1
    amount_minor: int = 0
    margin_minor: int | None = None
    mrr_minor: int | None = None
    term_months: int | None = None
    is_government: bool = False
    subject_id: str = ""
    note: str = ""
    event: EventName | None = None
    evidence: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ClaimGiven:
    """A claim to send under a program."""

    customer: str
    occurred_on: dt.date
    product_id: str = ""
    revenue_type: str = ""
    quantity: int = 1
    amount_minor: int = 0
    margin_minor: int | None = None
    mrr_minor: int | None = None
    term_months: int | None = None
    is_government: bool = False
    subject_id: str = ""
    note: str = ""
    event: EventName | None = None
    evidence: tuple[str, ...] = ()
    program_id: str


@attrs.frozen(kw_only=True)
class Decision:
    """What was decided; `batch_no` is the batch of the feed that it became."""

    decision: str
    claim_count: int
    batch_no: int | None


@attrs.frozen(kw_only=True)
class DecisionGiven:
    """What becomes of claims, all of them or none."""

    decision: Literal["approve", "reject", "undo"]
    claims: tuple[SeenGiven, ...]
    reason: str = ""


@attrs.frozen(kw_only=True)
class Dispute:
    """One dispute: about what, why, and by when it is answered."""

    dispute_id: int
    payee_id: str
    firm_id: str
    source: str
    event_id: str
    reason: str
    state: str
    raised_at: int
    due_at: int


@attrs.frozen(kw_only=True)
class DisputeGiven:
    """An objection to what an event of one's own paid, or did not."""

    source: str
    event_id: str
    reason: str
    evidence: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DisputeStep:
    """One change of a dispute's state."""

    to_state: str
    acted_at: int
    actor: str
    sentence: str


@attrs.frozen(kw_only=True)
class EventName:
    """An event of the feed, by the system that it comes from and its id there."""

    source: str
    event_id: str


@attrs.frozen(kw_only=True)
class Evidence:
    """One file that goes with a claim or a dispute."""

    evidence_id: int
    file_name: str
    digest: str
    size_bytes: int
    media_type: str


@attrs.frozen(kw_only=True)
class Kept:
    """A file that is kept for a day, until a claim or a dispute names it."""

    kept: str
    file_name: str
    digest: str
    size_bytes: int
    media_type: str


@attrs.frozen(kw_only=True)
class SeenGiven:
    """A claim as whoever decides saw it."""

    claim_id: int
    revision: int


@attrs.frozen(kw_only=True)
class Step:
    """One change of a claim's state."""

    to_state: str
    acted_at: int
    actor: str
    reason: str
    revision: int


@attrs.frozen(kw_only=True)
class WholeClaim:
    """One claim with its evidence and its history."""

    claim_id: int
    program_id: str
    payee_id: str
    firm_id: str
    state: str
    revision: int
    sent_at: int
    kind: str
    customer: str
    occurred_at: int
    product_id: str
    revenue_type: str
    quantity: int
    amount_minor: int
    margin_minor: int | None
    mrr_minor: int | None
    term_months: int | None
    is_government: bool
    currency: str
    note: str
    subject_id: str
    found_source: str
    found_event_id: str
    evidence: tuple[Evidence, ...]
    steps: tuple[Step, ...]


@attrs.frozen(kw_only=True)
class WholeDispute:
    """One dispute with its evidence and its history."""

    dispute_id: int
    payee_id: str
    firm_id: str
    source: str
    event_id: str
    reason: str
    state: str
    raised_at: int
    due_at: int
    evidence: tuple[Evidence, ...]
    steps: tuple[DisputeStep, ...]
