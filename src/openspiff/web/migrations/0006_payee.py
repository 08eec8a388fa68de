"""What is kept for a payee beside the books? Rows that nobody can edit."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0005_claims"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeaderboardSnapshot",
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
                ("program_id", models.CharField(max_length=200, unique=True)),
                ("version", models.PositiveIntegerField()),
                ("last_sequence", models.BigIntegerField()),
                ("taken_at", models.BigIntegerField()),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaxRuleConfirmation",
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
                ("digest", models.CharField(max_length=64, unique=True)),
                ("rules", models.JSONField()),
                ("confirmed_at", models.BigIntegerField()),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LeaderboardPlace",
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
                ("place", models.PositiveIntegerField()),
                ("payee_id", models.CharField(max_length=200)),
                ("firm_id", models.CharField(blank=True, max_length=200)),
                ("event_count", models.PositiveIntegerField()),
                ("entitled_minor", models.BigIntegerField()),
                ("reached", models.BigIntegerField()),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
                        to="web.leaderboardsnapshot",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("snapshot", "payee_id"), name="leaderboard_place_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PayoutMethod",
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
                ("payee_id", models.CharField(max_length=200)),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=4)),
                ("country", models.CharField(max_length=2)),
                ("holder", models.CharField(max_length=70)),
                ("masked", models.CharField(max_length=20)),
                ("sealed", models.TextField()),
                ("nonce", models.CharField(max_length=24, unique=True)),
                ("key_mark", models.CharField(max_length=16)),
                ("same_as", models.CharField(max_length=64)),
                ("set_at", models.BigIntegerField()),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["same_as"], name="payout_method_same")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("payee_id", "number"), name="payout_method_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["iban", "us"])),
                        name="payout_method_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sealed", ""), _negated=True),
                        name="payout_method_sealed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TaxFormStep",
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
                ("payee_id", models.CharField(max_length=200)),
                ("number", models.PositiveIntegerField()),
                ("form", models.CharField(max_length=40)),
                ("step", models.CharField(max_length=10)),
                ("step_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=300)),
                ("recorded_at", models.BigIntegerField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("payee_id", "number"), name="tax_form_step_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("step__in", ["received", "verified", "rejected"])
                        ),
                        name="tax_form_step_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("step", "rejected"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="tax_form_rejected_with_reason",
                    ),
                ],
            },
        ),
        append_only("web_payoutmethod"),
        append_only("web_taxformstep"),
        append_only("web_taxruleconfirmation"),
        append_only("web_leaderboardsnapshot"),
        append_only("web_leaderboardplace"),
    ]
