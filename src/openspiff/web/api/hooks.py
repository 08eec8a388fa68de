"""How does a system tell us of events by itself? By webhooks that it signs.

Not with a token: what it sends is signed by the secret of the source in the address, as
Standard Webhooks says. A message may come twice, and messages in any order.
"""

from __future__ import annotations

import json
import logging
import re
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import AfterValidator, Field, ValidationError, model_validator
from whenever import Instant

from openspiff.errors import OpenSpiffError, Problem
from openspiff.events import EVENT_KINDS
from openspiff.money import PPM, currency_exponent
from openspiff.web.access import Viewer
from openspiff.web.actions.claim_decisions import FeedMovedError, FeedNow
from openspiff.web.actions.webhook_events import (
    MOST_EVENTS,
    ToldEvent,
    known_answer,
    take_message,
)
from openspiff.web.actions.webhook_signatures import ForgedMessageError
from openspiff.web.actions.webhook_sources import SignedMessage, signed_message
from openspiff.web.queries.feed import feed_files, next_batch_no

from ._doors import now_at
from ._json import json_of, raw_body
from ._problems import request_id_of
from ._shapes import Given

_LOG: Final = logging.getLogger("openspiff.hooks")
_TRIES: Final = 5
_MOST_PROBLEMS: Final = 1_000
_LARGEST: Final = 2**53


class EventsError(OpenSpiffError):
    """Events that cannot be read; all problems at once, and nothing was taken."""

    code = "events"


def _as_currency(text: str) -> str:
    try:
        currency_exponent(text)
    except (KeyError, OpenSpiffError) as error:
        message = f"{text!r} is no currency"
        raise ValueError(message) from error
    return text


def _as_kind(text: str) -> str:
    if text not in EVENT_KINDS:
        message = f"expected one of {', '.join(sorted(EVENT_KINDS))}"
        raise ValueError(message)
    return text


def _as_instant(text: str) -> str:
    try:
        Instant.parse_iso(text)
    except ValueError as error:
        message = "expected an instant with its offset, such as 2026-04-01T12:00:00Z"
        raise ValueError(message) from error
    return text


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def _as_plain(text: str) -> str:
    if _CONTROL.search(text) or text != text.strip():
        message = "holds control characters, or blanks at an end"
        raise ValueError(message)
    return text


Text = Annotated[str, Field(max_length=200), AfterValidator(_as_plain)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_as_plain)]
Whole = Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
Amount = Annotated[int, Field(strict=True, ge=0, le=_LARGEST)]


class PayeeShare(Given):
    """One payee of an event; without shares they split it evenly."""

    payee_id: Name
    share_ppm: Annotated[int, Field(strict=True, ge=0, le=PPM)] | None = None


class EventShape(Given):
    """One revision of an event; amounts in minor units of its currency."""

    event_id: Name
    revision: Annotated[int, Field(strict=True, ge=1, le=_LARGEST)]
    payees: Annotated[list[PayeeShare], Field(min_length=1, max_length=100)]
    kind: Annotated[str, AfterValidator(_as_kind)] = "deal_won"
    status: Literal["open", "done", "lost", "cancelled"]
    occurred_at: Annotated[str, AfterValidator(_as_instant)] | None = None
    currency: Annotated[str, AfterValidator(_as_currency)]
    amount_minor: Amount
    subject_id: Text = ""
    firm_id: Text = ""
    customer_id: Text = ""
    product_id: Text = ""
    revenue_type: Text = ""
    quantity: Annotated[int, Field(strict=True, ge=0, le=_LARGEST)] = 1
    is_government: Annotated[bool, Field(strict=True)] = False
    is_new_customer: Annotated[bool, Field(strict=True)] | None = None
    list_price_minor: Amount | None = None
    margin_minor: Whole | None = None
    mrr_minor: Amount | None = None
    term_months: Annotated[int, Field(strict=True, ge=0, le=1_200)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> EventShape:
        if self.occurred_at is None and self.status != "open":
            message = "what is not open happened at some time: occurred_at is missing"
            raise ValueError(message)
        names = [one.payee_id for one in self.payees]
        if len(set(names)) != len(names):
            message = "a payee stands twice"
            raise ValueError(message)
        shares = [one.share_ppm for one in self.payees if one.share_ppm is not None]
        if shares and (len(shares) != len(names) or sum(shares) != PPM):
            message = f"shares are named for all payees or none, and sum to {PPM}"
            raise ValueError(message)
        return self

    def told(self) -> ToldEvent:
        """Return it as the feed is told."""
        facts = self.model_dump(exclude={"event_id", "revision", "payees", "occurred_at"})
        facts["subject_id"] = self.subject_id or self.event_id
        facts["payees"] = [one.model_dump(exclude_none=True) for one in self.payees]
        facts["occurred_at"] = (
            None
            if self.occurred_at is None
            else Instant.parse_iso(self.occurred_at).timestamp(unit="microsecond")
        )
        return ToldEvent(event_id=self.event_id, revision=self.revision, facts=facts)


def tell_events(request: HttpRequest, source: str) -> HttpResponse:
    """Take one message of a source: one event, or a list of them, or `{"events": [...]}`.

    The same message again is 200 and does nothing; what is old or not signed is 401.
    """
    if request.method != "POST":
        response = HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED)
        response["Allow"] = "POST"
        return response
    at = now_at()
    body = raw_body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        message = signed_message(source=source, headers=headers, body=body, at=at)
    except ForgedMessageError as error:
        place = error.problems[0].place if error.problems else ""
        told = {"why": place, "request_id": request_id_of(request)}
        _LOG.warning("a webhook was refused", extra=told)
        raise
    answer = known_answer(message=message)
    if answer is None:
        events = _events(json_of(request))
        answer = _taken(message, events, at=at)
    return HttpResponse(json.dumps(answer), content_type="application/json")


def _taken(message: SignedMessage, events: list[ToldEvent], *, at: int) -> dict[str, Any]:
    for left in reversed(range(_TRIES)):
        try:
            return take_message(
                message=message, events=events, feed=_feed_now(message.acting_user), at=at
            )
        except FeedMovedError:
            if not left:
                raise
    raise AssertionError


def _feed_now(viewer: Viewer) -> FeedNow:
    # The number first: what comes in between is then noticed, not overlooked.
    number = next_batch_no(viewer)
    return FeedNow(feed=feed_files(viewer), next_batch_no=number)


def _events(said: Any) -> list[ToldEvent]:
    """Return the events of a body; raises EventsError with every problem."""
    if isinstance(said, dict) and set(said) == {"events"}:
        said = said["events"]
    listed = said if isinstance(said, list) else [said]
    if not 0 < len(listed) <= MOST_EVENTS:
        problem = Problem("events", f"1 to {MOST_EVENTS} at once, got {len(listed)}")
        raise EventsError("nothing was taken", [problem])
    events, problems = [], []
    for number, one in enumerate(listed):
        try:
            events.append(EventShape.model_validate(one).told())
        except ValidationError as error:
            problems += _problems(number, error)
    if problems:
        raise EventsError("nothing was taken", problems[:_MOST_PROBLEMS])
    return events


def _problems(number: int, error: ValidationError) -> list[Problem]:
    return [
        Problem(
            ".".join([f"events[{number}]", *(str(part) for part in one["loc"])]),
            one["msg"].removeprefix("Value error, "),
        )
        for one in error.errors(include_url=False, include_input=False)
    ]
