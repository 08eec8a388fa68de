"""Of what is somebody told outside the pages, how soon, and did it leave?

A notice says by reference what happened, never what it is about: a mail is read on many
screens. Its text is made when it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import attrs
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_noop as _

from .people import Role


class Pace(models.TextChoices):
    """How soon somebody wants to be told."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day")
    OFF = "off", _("Never")


@attrs.frozen(kw_only=True)
class NoticeKind:
    """What all notices of one kind have in common.

    `roles` are told of it (none: who is told is no user yet); `is_security` that nobody
    turns it off or lets it wait.
    """

    name: str
    roles: frozenset[str]
    pace: Pace = Pace.AT_ONCE
    is_security: bool = False


_ALL: Final = frozenset(Role.values)
_PAYEES: Final = frozenset({Role.PAYEE, Role.MANAGER, Role.FINANCE})
_DECIDING: Final = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
_FINANCE: Final = frozenset({Role.FINANCE, Role.ADMINISTRATOR})

NOTICE_KINDS: Final[Mapping[str, NoticeKind]] = {
    "claim_decided": NoticeKind(name=_("A claim of yours was decided"), roles=_PAYEES),
    "dispute_answered": NoticeKind(
        name=_("A dispute of yours was answered"), roles=_PAYEES
    ),
    "program_launched": NoticeKind(
        name=_("A program was launched in which you take part"), roles=_PAYEES
    ),
    "paid": NoticeKind(name=_("Money was paid to you"), roles=_PAYEES),
    "batch_waiting": NoticeKind(
        name=_("A payout batch waits for another person"), roles=_FINANCE
    ),
    "claims_waiting": NoticeKind(
        name=_("Claims wait for a decision"), roles=_DECIDING, pace=Pace.DAILY
    ),
    "program_ends": NoticeKind(
        name=_("A program in which you take part ends in three days"), roles=_PAYEES
    ),
    "job_given_up": NoticeKind(
        name=_("Background work was given up"), roles=frozenset({Role.ADMINISTRATOR})
    ),
    "endpoint_disabled": NoticeKind(
        name=_("A webhook was turned off because it failed"),
        roles=frozenset({Role.ADMINISTRATOR}),
    ),
    "new_sign_in": NoticeKind(
        name=_("Somebody signed in as you in a new browser"), roles=_ALL, is_security=True
    ),
    "invitation": NoticeKind(
        name=_("Somebody is invited to come in"), roles=frozenset(), is_security=True
    ),
    "account_changed": NoticeKind(
        name=_("Where you are paid to was changed"), roles=_PAYEES, is_security=True
    ),
}
"""Of what people are told; the texts stand in `queries.notice_texts`."""


CHANNEL_KINDS: Final = (
    *("batch_waiting", "claims_waiting", "job_given_up", "endpoint_disabled"),
)
"""What a room may be told: nobody's own matters."""


class NoticeState(models.TextChoices):
    """How far a notice is."""

    QUEUED = "queued", _("Waiting to leave")
    DAILY = "daily", _("Waiting for the mail of the day")
    SENDING = "sending", _("On its way; whether it left is not known yet")
    SENT = "sent", _("Left")
    FAILED = "failed", _("Refused by the mail server")
    SUPPRESSED = "suppressed", _("Not wanted, or no address")


class Notice(models.Model):
    """One thing that one person is told once.

    `is_doubtful` says that an earlier attempt ended in the middle: then it may have left
    twice, under the same Message-ID.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=NoticeState.choices)
    created_at = models.BigIntegerField()
    sent_at = models.BigIntegerField(null=True)
    attempt_count = models.PositiveIntegerField(default=0)
    is_doubtful = models.BooleanField(default=False)

    class Meta:
        """A person is told of one thing once; asked by what waits."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind", "key"], name="notice_once"),
            models.CheckConstraint(
                name="notice_state_known",
                condition=models.Q(state__in=NoticeState.values),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "key"], name="notice_of_one_thing"),
            models.Index(
                fields=["user"],
                name="notice_of_the_day",
                condition=models.Q(state=NoticeState.DAILY),
            ),
        ]

    def __str__(self) -> str:
        """Return the kind and the number."""
        return f"{self.kind} {self.pk}"


class NoticePreference(models.Model):
    """How soon one person wants to be told of one kind, when not as the kind says."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=40)
    pace = models.CharField(max_length=10, choices=Pace.choices)

    class Meta:
        """One wish for a person and a kind."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_wish_once"),
            models.CheckConstraint(
                name="notice_pace_known", condition=models.Q(pace__in=Pace.values)
            ),
        ]

    def __str__(self) -> str:
        """Return the wish."""
        return f"{self.kind}: {self.pace}"


class NoticeChannel(models.Model):
    """A room of Slack, Teams or another service that is told of some kinds.

    Its address is a secret: sealed under the install's key, shown to nobody again.
    """

    name = models.CharField(max_length=60, unique=True)
    service = models.CharField(max_length=40)
    sealed_address = models.TextField()
    kinds = models.JSONField(default=list)
    created_at = models.BigIntegerField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        """Return the name."""
        return self.name
