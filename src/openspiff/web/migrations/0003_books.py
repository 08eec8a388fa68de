"""How are the books kept? Transfers, runs and payout batches that nobody can edit."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0002_triggers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
                ("transfer_key", models.TextField()),
                ("kind", models.CharField(max_length=10)),
                ("debit_account", models.TextField()),
                ("credit_account", models.TextField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("program_id", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
                ("source", models.TextField()),
                ("event_id", models.TextField()),
                ("payee_id", models.TextField()),
                ("firm_id", models.TextField(blank=True)),
                ("number", models.PositiveIntegerField()),
                ("run_id", models.CharField(max_length=40)),
                ("effective_at", models.BigIntegerField()),
                ("recorded_at", models.BigIntegerField()),
                ("reason", models.TextField()),
                ("corrects", models.TextField(blank=True)),
            ],
            options={
                "indexes": [models.Index(fields=["payee_id"], name="transfer_payee")],
                "constraints": [
                    models.UniqueConstraint(fields=("transfer_key",), name="transfer_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)),
                        name="transfer_above_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("debit_account", models.F("credit_account")), _negated=True
                        ),
                        name="transfer_two_accounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["accrual", "reversal", "payout", "clawback"])
                        ),
                        name="transfer_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            django.db.models.functions.text.Length("currency"), 3
                        ),
                        name="transfer_currency_code",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects", ""), ("kind__in", ["accrual", "payout"])),
                            models.Q(
                                ("kind__in", ["reversal", "clawback"]),
                                models.Q(("corrects", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="transfer_correction_named",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PayoutBatch",
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
                ("run_id", models.CharField(max_length=40, unique=True)),
                ("payee_count", models.PositiveIntegerField()),
                ("effective_at", models.BigIntegerField()),
                ("recorded_at", models.BigIntegerField()),
                ("after_sequence", models.BigIntegerField()),
                ("last_sequence", models.BigIntegerField()),
                ("totals", models.JSONField()),
                (
                    "paid_by",
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
                        condition=models.Q(
                            ("last_sequence__gt", models.F("after_sequence"))
                        ),
                        name="payout_batch_not_empty",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
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
                ("run_id", models.CharField(max_length=40)),
                ("versions", models.JSONField()),
                ("feed_digest", models.CharField(blank=True, max_length=64)),
                ("counts", models.JSONField(default=dict)),
                ("effective_at", models.BigIntegerField()),
                ("recorded_at", models.BigIntegerField()),
                ("after_sequence", models.BigIntegerField()),
                ("last_sequence", models.BigIntegerField()),
                ("totals", models.JSONField()),
                (
                    "booked_by",
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
                        fields=("run_id", "last_sequence"), name="run_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_sequence__gte", models.F("after_sequence"))
                        ),
                        name="run_goes_on",
                    ),
                ],
            },
        ),
        append_only("web_transfer"),
        append_only("web_run"),
        append_only("web_payoutbatch"),
    ]
