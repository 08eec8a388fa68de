"""What does one event look like, sent and answered?"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from openspiff.events import EVENT_KINDS, STATUSES
from openspiff.money import PPM, split_exactly

from ._shapes import Given, Minor, Moment, Shape

_LARGEST = 10**15
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# From 1970 to 2200: what a day of a calendar can be made of everywhere.
When = Annotated[
    int,
    Field(
        strict=True,
        ge=0,
        lt=7_258_118_400_000_000,
        description="Microseconds since 1970, UTC.",
    ),
]


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        message = "expected no control characters"
        raise ValueError(message)
    return text


Line = Annotated[str, AfterValidator(_plain)]
Text = Annotated[Line, Field(max_length=300)]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Amount = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]
Signed = Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]


class PayeeShare(Given):
    """One of several payees of an event, with the share in parts per million."""

    payee_id: Line = Field(min_length=1, max_length=200)
    share_ppm: int | None = Field(default=None, strict=True, ge=1, le=PPM)


class EventGiven(Given):
    """One event as a source tells it now; told again, it is a new revision or known."""

    event_id: Line = Field(min_length=1, max_length=300, examples=["D-1001"])
    kind: Literal[EVENT_KINDS] = Field(examples=["deal_won"])  # type: ignore[valid-type]
    status: Literal[STATUSES] = Field(examples=["done"])  # type: ignore[valid-type]
    payees: list[PayeeShare] = Field(
        min_length=1,
        max_length=50,
        description="Who is paid; without shares they share equally.",
    )
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["USD"])
    occurred_at: When | None = None
    recorded_at: When | None = None
    subject_id: Text = ""
    firm_id: Line = Field(default="", max_length=200)
    customer_id: Text = ""
    product_id: Text = ""
    revenue_type: Line = Field(default="", max_length=100)
    is_government: Flag | None = None
    is_new_customer: Flag | None = None
    quantity: Count | None = None
    term_months: Count | None = None
    revision: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)] | None = None
    amount_minor: Amount | None = None
    list_price_minor: Amount | None = None
    margin_minor: Signed | None = None
    mrr_minor: Amount | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [one.payee_id for one in self.payees]
        if len(set(names)) != len(names):
            message = "a payee stands twice: add the shares up"
            raise ValueError(message)
        shares = [one.share_ppm for one in self.payees if one.share_ppm is not None]
        if shares and (len(shares) != len(names) or sum(shares) != PPM):
            message = f"expected a share for each payee, together {PPM}"
            raise ValueError(message)
        return self

    def shares(self) -> dict[str, int]:
        """Return the share of each payee in parts per million."""
        if self.payees[0].share_ppm is None:
            return split_exactly(PPM, {one.payee_id: 1 for one in self.payees})
        return {one.payee_id: one.share_ppm or 0 for one in self.payees}


class EventBatchGiven(Given):
    """Events of one source, told at once."""

    source: str = Field(
        min_length=1, max_length=60, pattern=r"^\S(.*\S)?$", examples=["crm"]
    )
    events: list[EventGiven] = Field(min_length=1, max_length=10_000)


class RowProblemShape(Shape):
    """One row or event that is not taken, and why."""

    place: str
    message: str
    remedy: str


class ImportShape(Shape):
    """What a call brought into the feed; `batch_no` is null when all was known."""

    source: str
    batch_no: int | None
    new_count: int
    changed_count: int
    known_count: int
    rejected_count: int
    problems: list[RowProblemShape]
    notes: list[str]


class EventShape(Shape):
    """One event and one of its payees, as the feed says it now."""

    source: str
    event_id: str
    payee_id: str
    revision: int
    batch_no: int
    subject_id: str
    duplicate_of: str
    kind: str
    status: str
    occurred_at: Moment | None
    recorded_at: Moment
    share_ppm: int
    firm_id: str
    customer_id: str
    is_government: bool
    is_new_customer: bool | None
    product_id: str
    revenue_type: str
    quantity: int
    amount_minor: Minor
    list_price_minor: Minor | None
    margin_minor: Minor | None
    mrr_minor: Minor | None
    term_months: int | None
    currency: str


class EventHistoryShape(Shape):
    """All that was ever said of one event, the oldest revision first."""

    items: list[EventShape]
