"""Which systems are told of what happens here, and which tell us of events?

An endpoint is told; a source tells. Every message to an endpoint is kept with its body, and
so is every try to deliver it. Of a source, every message and every revision of an event
that it told is kept, so that the same message again does nothing and the order in which
messages come does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_noop as _

HOOK_KINDS: Final[Mapping[str, str]] = {
    "event.batch_added": _("Events came in"),
    "claim.sent": _("A claim was sent"),
    "claim.decided": _("A claim was decided, or a decision taken back"),
    "program.launched": _("A program was launched"),
    "program.ended_early": _("A program ends before its last day"),
    "run.booked": _("A run was booked"),
    "payout.paid": _("Payouts were made"),
    "verdict.recorded": _("A verdict was recorded"),
}
"""What an endpoint can be told of; ids and figures only, never names."""

TEST_KIND: Final = "webhook.test"
"""A message that somebody asks for, to see whether an endpoint answers."""


class EndpointState(models.TextChoices):
    """Whether an endpoint is told; a disabled one failed too often or said goodbye."""

    ON = "on", _("On")
    OFF = "off", _("Off")
    DISABLED = "disabled", _("Disabled")


class DeliveryState(models.TextChoices):
    """What became of a message to an endpoint."""

    WAITING = "waiting", _("Under way")
    DELIVERED = "delivered", _("Delivered")
    HELD = "held", _("Held back")
    GIVEN_UP = "given_up", _("Given up")


class Endpoint(models.Model):
    """An address that is told: of what, signed by which secrets, and whether it answers.

    `name` is chance from the door and binds the sealed secrets to this row. While a secret
    is replaced the old one signs too, until `old_until_at`. `failure_count` counts failed
    tries in a row.
    """

    name = models.CharField(max_length=24, unique=True)
    label = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    kinds = models.JSONField()
    state = models.CharField(
        max_length=10, choices=EndpointState.choices, default=EndpointState.ON
    )
    disabled_because = models.CharField(max_length=300, blank=True)
    failure_count = models.PositiveIntegerField(default=0)
    sealed_secret = models.CharField(max_length=300)
    old_sealed_secret = models.CharField(max_length=300, blank=True)
    old_until_at = models.BigIntegerField(default=0)
    made_at = models.BigIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """A state that is known, and a reason exactly while it is disabled."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="endpoint_state_known",
                condition=models.Q(state__in=EndpointState.values),
            ),
            models.CheckConstraint(
                name="endpoint_disabled_for_a_reason",
                condition=models.Q(state=EndpointState.DISABLED)
                & ~models.Q(disabled_because="")
                | ~models.Q(state=EndpointState.DISABLED) & models.Q(disabled_because=""),
            ),
        ]

    def __str__(self) -> str:
        """Return what it is called."""
        return self.label

    @property
    def place(self) -> str:
        """Return for which place its secrets are sealed."""
        return f"web_endpoint.secret:{self.name}"


class Delivery(models.Model):
    """One message to one endpoint; its id and its body are the same at every try."""

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, related_name="deliveries"
    )
    message_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    body = models.TextField()
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    created_at = models.BigIntegerField()

    class Meta:
        """A message goes to an endpoint once; what was held back is looked for."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "message_id"], name="delivery_once"
            ),
            models.CheckConstraint(
                name="delivery_state_known",
                condition=models.Q(state__in=DeliveryState.values),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "-id"], name="delivery_latest"),
            models.Index(
                fields=["endpoint"],
                name="delivery_held",
                condition=models.Q(state=DeliveryState.HELD),
            ),
        ]

    def __str__(self) -> str:
        """Return the id of the message."""
        return self.message_id


class DeliveryTry(models.Model):
    """One time that a message was sent: what came back, or why nothing did.

    `status` is 0 and `error_code` is not empty where no answer came.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="tries")
    tried_at = models.BigIntegerField()
    status = models.PositiveSmallIntegerField()
    milliseconds = models.PositiveIntegerField()
    answer = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)

    class Meta:
        """Either an answer or a reason why there is none."""

        constraints: ClassVar = [
            models.CheckConstraint(
                name="delivery_try_ended",
                condition=models.Q(status=0) & ~models.Q(error_code="")
                | models.Q(status__gt=0, error_code=""),
            )
        ]

    def __str__(self) -> str:
        """Return the status, or why there is none."""
        return self.error_code or str(self.status)


class HookSource(models.Model):
    """A system that tells us of events by webhook, in the name of who let it in.

    `name` stands in its address and is the source of its events in the feed.
    """

    name = models.SlugField(max_length=60, unique=True)
    is_on = models.BooleanField(default=True)
    acts_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    sealed_secret = models.CharField(max_length=300)
    old_sealed_secret = models.CharField(max_length=300, blank=True)
    old_until_at = models.BigIntegerField(default=0)
    made_at = models.BigIntegerField()

    def __str__(self) -> str:
        """Return its name."""
        return self.name

    @property
    def place(self) -> str:
        """Return for which place its secrets are sealed."""
        return f"web_hooksource.secret:{self.name}"


class HookMessage(models.Model):
    """A message of a source that took effect; kept with its effect, so it has one only."""

    source = models.ForeignKey(
        HookSource, on_delete=models.PROTECT, related_name="messages"
    )
    message_id = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64)
    received_at = models.BigIntegerField()
    answer = models.JSONField()

    class Meta:
        """A message once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "message_id"], name="hook_message_once"
            )
        ]

    def __str__(self) -> str:
        """Return the id of the message."""
        return self.message_id


class HookRevision(models.Model):
    """What a source said of one event at one time, whenever it came.

    `told_status` is the status of the event in the feed once this had come.
    """

    source = models.ForeignKey(HookSource, on_delete=models.PROTECT, related_name="+")
    message = models.ForeignKey(
        HookMessage, on_delete=models.PROTECT, related_name="revisions"
    )
    event_id = models.CharField(max_length=200)
    revision = models.PositiveBigIntegerField()
    facts = models.JSONField()
    told_status = models.CharField(max_length=10)

    class Meta:
        """A revision says one thing."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "event_id", "revision"], name="hook_revision_once"
            )
        ]

    def __str__(self) -> str:
        """Return the event and which revision this is."""
        return f"{self.event_id} revision {self.revision}"
