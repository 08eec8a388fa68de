"""What can a server be asked about its machinery? Jobs, notices and webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from . import shapes
from ._asking import Asking, as_body


@attrs.define
class Machinery(Asking):
    """The calls about background work, notices and webhooks."""

    # Background work

    def jobs(self, *, state: str = "", kind: str = "") -> Iterator[shapes.Job]:
        """Return the jobs that the user sees, the latest first."""
        return self._pages("list_jobs", shapes.Job, {"state": state, "kind": kind})

    def job(self, number: int) -> shapes.WholeJob:
        """Return one job: how far it is, and its attempts."""
        return self._one("get_job", shapes.WholeJob, {"number": number})

    def cancel_job(self, number: int, *, key: str | None = None) -> shapes.WholeJob:
        """Give a job up, also while it runs."""
        parts = {"number": number}
        return self._written("cancel_job", shapes.WholeJob, parts=parts, key=key)

    def retry_job(self, number: int, *, key: str | None = None) -> shapes.WholeJob:
        """Let a job that failed, was given up or cancelled run again, now."""
        parts = {"number": number}
        return self._written("retry_job", shapes.WholeJob, parts=parts, key=key)

    # Notices

    def notices(self) -> Iterator[shapes.Notice]:
        """Return the notices to the token's user, the newest first."""
        return self._pages("list_notices", shapes.Notice, {})

    def notice_paces(self) -> tuple[shapes.Pace, ...]:
        """Return how soon the token's user is told of what."""
        return self._one("get_notice_paces", shapes.PaceList, {}).items

    def set_notice_paces(
        self, paces: Mapping[str, str], *, key: str | None = None
    ) -> tuple[shapes.Pace, ...]:
        """Say how soon to be told (`at_once`, `daily`, `off`); other kinds stay."""
        read = ("get_notice_paces", shapes.PaceList)
        body = {"paces": dict(paces)}
        return self._changed("set_notice_paces", {}, read=read, body=body, key=key).items

    def notice_rooms(self) -> tuple[shapes.Room, ...]:
        """Return the rooms that are told, without their addresses."""
        return self._one("list_notice_rooms", shapes.RoomList, {}).items

    def add_notice_room(
        self, room: shapes.RoomGiven, *, key: str | None = None
    ) -> shapes.Room:
        """Add a room that is told."""
        return self._written("add_notice_room", shapes.Room, body=as_body(room), key=key)

    def test_notice_room(self, room_id: int, *, key: str | None = None) -> bool:
        """Say to a room that this is a test; return whether its service took it."""
        parts = {"room_id": room_id}
        kind = shapes.RoomTest
        return self._written("test_notice_room", kind, parts=parts, key=key).is_told

    def remove_notice_room(
        self, room_id: int, *, key: str | None = None
    ) -> tuple[shapes.Room, ...]:
        """Tell a room nothing more; return those that are left."""
        parts = {"room_id": room_id}
        kind = shapes.RoomList
        return self._written("remove_notice_room", kind, parts=parts, key=key).items

    def preview_notice(self, kind: str) -> shapes.Mail:
        """Return how the mail of a kind looks, with made-up facts."""
        return self._one("preview_notice", shapes.Mail, {"kind": kind})

    # Webhooks out

    def webhooks(self) -> Iterator[shapes.CountedWebhook]:
        """Return the systems that are told, with how each does."""
        return self._pages("list_webhooks", shapes.CountedWebhook, {})

    def webhook(self, webhook_id: int) -> shapes.Webhook:
        """Return how an endpoint is set."""
        return self._one("get_webhook", shapes.Webhook, {"webhook_id": webhook_id})

    def add_webhook(
        self, webhook: shapes.WebhookGiven, *, key: str | None = None
    ) -> shapes.Webhook:
        """Let a system be told; the secret is yours to choose and is never answered."""
        return self._written("add_webhook", shapes.Webhook, body=as_body(webhook), key=key)

    def turn_webhook(
        self, webhook_id: int, *, is_on: bool, key: str | None = None
    ) -> shapes.Webhook:
        """Turn an endpoint on, which first tells it what was held back, or off."""
        parts = {"webhook_id": webhook_id, "state": "on" if is_on else "off"}
        return self._written("turn_webhook", shapes.Webhook, parts=parts, key=key)

    def rotate_webhook_secret(
        self,
        webhook_id: int,
        secret: str,
        *,
        overlap_hours: int = 24,
        key: str | None = None,
    ) -> shapes.Webhook:
        """Replace the secret of an endpoint; the old one signs too for some hours."""
        parts, read = {"webhook_id": webhook_id}, ("get_webhook", shapes.Webhook)
        body = shapes.RotateGiven(secret=secret, overlap_hours=overlap_hours)
        name = "rotate_webhook_secret"
        return self._changed(name, parts, read=read, body=body, key=key)

    def test_webhook(
        self, webhook_id: int, *, key: str | None = None
    ) -> shapes.WholeMessage:
        """Send a message that says nothing, to see whether the endpoint answers."""
        parts = {"webhook_id": webhook_id}
        return self._written("test_webhook", shapes.WholeMessage, parts=parts, key=key)

    def webhook_messages(
        self, webhook_id: int, *, state: str = ""
    ) -> Iterator[shapes.Message]:
        """Return the messages to an endpoint, the latest first."""
        parts = {"webhook_id": webhook_id}
        query = {"state": state}
        return self._pages("list_webhook_messages", shapes.Message, query, parts)

    def webhook_message(self, number: int) -> shapes.WholeMessage:
        """Return one message with every try and what came back."""
        return self._one("get_webhook_message", shapes.WholeMessage, {"number": number})

    def redeliver(self, number: int, *, key: str | None = None) -> shapes.WholeMessage:
        """Send a message again: the same id and body."""
        name, parts = "redeliver_webhook_message", {"number": number}
        return self._written(name, shapes.WholeMessage, parts=parts, key=key)

    # Webhooks in

    def webhook_sources(self) -> Iterator[shapes.CountedSource]:
        """Return the systems that tell us of events."""
        return self._pages("list_webhook_sources", shapes.CountedSource, {})

    def webhook_source(self, source_id: int) -> shapes.Source:
        """Return one system that tells us of events."""
        return self._one("get_webhook_source", shapes.Source, {"source_id": source_id})

    def add_webhook_source(
        self, source: shapes.SourceGiven, *, key: str | None = None
    ) -> shapes.Source:
        """Let a system tell us of events, in the name of the token's user."""
        name = "add_webhook_source"
        return self._written(name, shapes.Source, body=as_body(source), key=key)

    def turn_webhook_source(
        self, source_id: int, *, is_on: bool, key: str | None = None
    ) -> shapes.Source:
        """Take the messages of a system, or refuse them from now on."""
        parts = {"source_id": source_id, "state": "on" if is_on else "off"}
        return self._written("turn_webhook_source", shapes.Source, parts=parts, key=key)

    def rotate_webhook_source_secret(
        self,
        source_id: int,
        secret: str,
        *,
        overlap_hours: int = 24,
        key: str | None = None,
    ) -> shapes.Source:
        """Replace the secret of a system; from now on it tells in the caller's name."""
        parts, read = {"source_id": source_id}, ("get_webhook_source", shapes.Source)
        body = shapes.RotateGiven(secret=secret, overlap_hours=overlap_hours)
        name = "rotate_webhook_source_secret"
        return self._changed(name, parts, read=read, body=body, key=key)
