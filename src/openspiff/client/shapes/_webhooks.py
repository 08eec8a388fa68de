"""Which shapes has the API for webhooks?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class CountedSource:
    """One system with what came from it."""

    source_id: int
    name: str
    address: str
    is_on: bool
    acts_for: str
    made_at: int
    old_until_at: int
    message_count: int
    received_at: int | None


@attrs.frozen(kw_only=True)
class CountedWebhook:
    """One endpoint with what became of its messages."""

    webhook_id: int
    label: str
    url: str
    kinds: tuple[str, ...]
    state: str
    disabled_because: str
    old_until_at: int
    made_at: int
    made_by: str
    failure_count: int
    message_count: int
    held_count: int
    given_up_count: int
    told_at: int | None


@attrs.frozen(kw_only=True)
class Message:
    """One message to an endpoint."""

    number: int
    message_id: str
    webhook_id: int
    kind: str
    body: str
    state: str
    created_at: int
    try_count: int


@attrs.frozen(kw_only=True)
class RotateGiven:
    """A new secret, and for how many hours the old one signs beside it."""

    secret: str = attrs.field(repr=False)
    overlap_hours: int = 24


@attrs.frozen(kw_only=True)
class Source:
    """One system that tells us of events; never with its secret."""

    source_id: int
    name: str
    address: str
    is_on: bool
    acts_for: str
    made_at: int
    old_until_at: int


@attrs.frozen(kw_only=True)
class SourceGiven:
    """A system that is to tell us of events, in the name of the token's user."""

    name: str
    secret: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Try:
    """One time that a message was sent, and what came back."""

    tried_at: int
    status: int
    milliseconds: int
    answer: str
    error_code: str


@attrs.frozen(kw_only=True)
class Webhook:
    """One endpoint as it is set; never with its secret."""

    webhook_id: int
    label: str
    url: str
    kinds: tuple[str, ...]
    state: str
    disabled_because: str
    old_until_at: int
    made_at: int
    made_by: str


@attrs.frozen(kw_only=True)
class WebhookGiven:
    """A system to be told of what happens here."""

    label: str
    url: str
    kinds: tuple[str, ...]
    secret: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class WholeMessage:
    """One message with every try, the latest first."""

    number: int
    message_id: str
    webhook_id: int
    kind: str
    body: str
    state: str
    created_at: int
    try_count: int
    is_under_way: bool
    next_try_at: int | None
    tries: tuple[Try, ...]
