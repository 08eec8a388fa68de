"""Of what is somebody told, how soon, and did it leave?"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0012_api"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeChannel",
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
                ("name", models.CharField(max_length=60, unique=True)),
                ("service", models.CharField(max_length=40)),
                ("sealed_address", models.TextField()),
                ("kinds", models.JSONField(default=list)),
                ("created_at", models.BigIntegerField()),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
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
                ("kind", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=200)),
                ("facts", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to leave"),
                            ("daily", "Waiting for the mail of the day"),
                            ("sending", "On its way; whether it left is not known yet"),
                            ("sent", "Left"),
                            ("failed", "Refused by the mail server"),
                            ("suppressed", "Not wanted, or no address"),
                        ],
                        max_length=12,
                    ),
                ),
                ("created_at", models.BigIntegerField()),
                ("sent_at", models.BigIntegerField(null=True)),
                ("attempt_count", models.PositiveIntegerField(default=0)),
                ("is_doubtful", models.BooleanField(default=False)),
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
                    models.Index(fields=["kind", "key"], name="notice_of_one_thing"),
                    models.Index(
                        condition=models.Q(("state", "daily")),
                        fields=["user"],
                        name="notice_of_the_day",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "kind", "key"), name="notice_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "queued",
                                    "daily",
                                    "sending",
                                    "sent",
                                    "failed",
                                    "suppressed",
                                ],
                            )
                        ),
                        name="notice_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticePreference",
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
                ("kind", models.CharField(max_length=40)),
                (
                    "pace",
                    models.CharField(
                        choices=[
                            ("at_once", "At once"),
                            ("daily", "Once a day"),
                            ("off", "Never"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "kind"), name="notice_wish_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pace__in", ["at_once", "daily", "off"])),
                        name="notice_pace_known",
                    ),
                ],
            },
        ),
    ]
