"""Which machines come in, and what were their calls answered? Tokens and kept answers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import refuse_unless

_SAME_TOKEN = (
    "NEW.name = OLD.name AND NEW.secret_digest = OLD.secret_digest"
    " AND NEW.user_id = OLD.user_id AND NEW.scopes = OLD.scopes"
    " AND NEW.expires_at <= OLD.expires_at"
)


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0011_jobs"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
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
                ("secret_digest", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=100)),
                ("scopes", models.JSONField()),
                ("made_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
                ("revoked_at", models.BigIntegerField(null=True)),
                ("used_at", models.BigIntegerField(null=True)),
                ("minute_at", models.BigIntegerField(default=0)),
                ("call_count", models.PositiveIntegerField(default=0)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rotated_from",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="web.apitoken",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "id"], name="api_token_of_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="api_token_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("label", ""), _negated=True),
                        name="api_token_has_label",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptAnswer",
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
                ("key", models.CharField(max_length=255)),
                ("call", models.CharField(max_length=400)),
                ("body_digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("headers", models.JSONField()),
                ("body", models.TextField()),
                ("answered_at", models.BigIntegerField()),
                ("is_kept", models.BooleanField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_kept", False)),
                        fields=["answered_at"],
                        name="kept_answer_old",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "key"), name="kept_answer_once")
                ],
            },
        ),
        # A token never becomes one for more, for longer or for somebody else.
        refuse_unless("web_apitoken", update=_SAME_TOKEN, delete=None),
        refuse_unless("web_keptanswer", update=None, delete="NOT OLD.is_kept"),
    ]
