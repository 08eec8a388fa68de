"""Which systems are told of what happens, and which tell us of events? Webhooks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only, refuse_unless

_SAME_ENDPOINT = "NEW.name = OLD.name AND NEW.url = OLD.url AND NEW.made_at = OLD.made_at"
_SAME_MESSAGE = (
    "NEW.endpoint_id = OLD.endpoint_id AND NEW.message_id = OLD.message_id"
    " AND NEW.kind = OLD.kind AND NEW.body = OLD.body AND NEW.created_at = OLD.created_at"
)


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0013_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="HookMessage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("message_id", models.CharField(max_length=200)),
                ("body_digest", models.CharField(max_length=64)),
                ("received_at", models.BigIntegerField()),
                ("answer", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.CharField(max_length=24, unique=True)),
                ("label", models.CharField(max_length=100)),
                ("url", models.CharField(max_length=500)),
                ("kinds", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("on", "On"), ("off", "Off"), ("disabled", "Disabled")],
                        default="on",
                        max_length=10,
                    ),
                ),
                ("disabled_because", models.CharField(blank=True, max_length=300)),
                ("failure_count", models.PositiveIntegerField(default=0)),
                ("sealed_secret", models.CharField(max_length=300)),
                ("old_sealed_secret", models.CharField(blank=True, max_length=300)),
                ("old_until_at", models.BigIntegerField(default=0)),
                ("made_at", models.BigIntegerField()),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["on", "off", "disabled"])),
                        name="endpoint_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "disabled"),
                                models.Q(("disabled_because", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "disabled"), _negated=True),
                                ("disabled_because", ""),
                            ),
                            _connector="OR",
                        ),
                        name="endpoint_disabled_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("message_id", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=40)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Under way"),
                            ("delivered", "Delivered"),
                            ("held", "Held back"),
                            ("given_up", "Given up"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("created_at", models.BigIntegerField()),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="web.endpoint",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["endpoint", "-id"], name="delivery_latest"),
                    models.Index(
                        condition=models.Q(("state", "held")),
                        fields=["endpoint"],
                        name="delivery_held",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("endpoint", "message_id"), name="delivery_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["waiting", "delivered", "held", "given_up"])
                        ),
                        name="delivery_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HookSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("name", models.SlugField(max_length=60, unique=True)),
                ("is_on", models.BooleanField(default=True)),
                ("sealed_secret", models.CharField(max_length=300)),
                ("old_sealed_secret", models.CharField(blank=True, max_length=300)),
                ("old_until_at", models.BigIntegerField(default=0)),
                ("made_at", models.BigIntegerField()),
                (
                    "acts_for",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HookRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("event_id", models.CharField(max_length=200)),
                ("revision", models.PositiveBigIntegerField()),
                ("facts", models.JSONField()),
                ("told_status", models.CharField(max_length=10)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revisions",
                        to="web.hookmessage",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="web.hooksource",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "event_id", "revision"), name="hook_revision_once"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="hookmessage",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="web.hooksource",
            ),
        ),
        migrations.CreateModel(
            name="DeliveryTry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("tried_at", models.BigIntegerField()),
                ("status", models.PositiveSmallIntegerField()),
                ("milliseconds", models.PositiveIntegerField()),
                ("answer", models.TextField(blank=True)),
                ("error_code", models.CharField(blank=True, max_length=40)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tries",
                        to="web.delivery",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", 0), models.Q(("error_code", ""), _negated=True)
                            ),
                            models.Q(("error_code", ""), ("status__gt", 0)),
                            _connector="OR",
                        ),
                        name="delivery_try_ended",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="hookmessage",
            constraint=models.UniqueConstraint(
                fields=("source", "message_id"), name="hook_message_once"
            ),
        ),
        # What was told stays as it was; only how far it is changes.
        refuse_unless("web_endpoint", update=_SAME_ENDPOINT, delete=None),
        refuse_unless("web_delivery", update=_SAME_MESSAGE, delete=None),
        append_only("web_deliverytry"),
        refuse_unless("web_hooksource", update="NEW.name = OLD.name", delete=None),
        append_only("web_hookmessage"),
        append_only("web_hookrevision"),
    ]
