"""How is money approved before it is paid? Batches, their lines and steps, and holds."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only, refuse_unless

# What was prepared stays; only the state goes on, and an end is an end.
SAME_BATCH = " AND ".join(
    f"NEW.{name} = OLD.{name}"
    for name in (
        "number",
        "digest",
        "after_sequence",
        "filters",
        "left_out",
        "totals",
        "line_count",
        "payee_count",
        "needed_count",
        "prepared_at",
        "prepared_by_id",
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0008_programs"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalBatch",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "Prepared"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("void", "Void"),
                            ("paid", "Paid"),
                        ],
                        default="prepared",
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("after_sequence", models.BigIntegerField()),
                ("filters", models.JSONField(default=dict)),
                ("left_out", models.JSONField(default=list)),
                ("totals", models.JSONField()),
                ("line_count", models.PositiveIntegerField()),
                ("payee_count", models.PositiveIntegerField()),
                ("needed_count", models.PositiveIntegerField()),
                ("prepared_at", models.BigIntegerField()),
                (
                    "prepared_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state"], name="approval_batch_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["prepared", "approved", "rejected", "void", "paid"],
                            )
                        ),
                        name="approval_batch_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("line_count__gt", 0)),
                        name="approval_batch_not_empty",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("needed_count__gt", 0)),
                        name="approval_batch_needs_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalLine",
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
                ("firm_id", models.CharField(blank=True, max_length=200)),
                ("program_id", models.CharField(max_length=200)),
                ("version", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("accrued_at", models.BigIntegerField()),
                ("promised_on", models.DateField()),
                ("event_count", models.PositiveIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("withheld_minor", models.BigIntegerField(default=0)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="web.approvalbatch",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["payee_id"], name="approval_line_payee"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "batch",
                            "payee_id",
                            "program_id",
                            "version",
                            "currency",
                            "accrued_at",
                        ),
                        name="approval_line_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)),
                        name="approval_line_above_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalStep",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "Prepared"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("void", "Void"),
                            ("paid", "Paid"),
                        ],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("note", models.TextField(blank=True)),
                ("run_id", models.CharField(blank=True, max_length=40)),
                ("taken_at", models.BigIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="web.approvalbatch",
                    ),
                ),
                (
                    "taken_by",
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
                            (
                                "state__in",
                                ["prepared", "approved", "rejected", "void", "paid"],
                            )
                        ),
                        name="approval_step_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "approved")),
                        fields=("batch", "taken_by"),
                        name="approval_step_one_a_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["rejected", "void", "paid"])),
                        fields=("batch",),
                        name="approval_step_ends_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payee", "Payee"),
                            ("firm", "Firm"),
                            ("program", "Program"),
                        ],
                        max_length=10,
                    ),
                ),
                ("held_id", models.CharField(max_length=200)),
                ("reason", models.TextField()),
                ("ends_before", models.DateField(null=True)),
                ("placed_at", models.BigIntegerField()),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "held_id"], name="hold_of"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["payee", "firm", "program"])),
                        name="hold_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("held_id", ""), _negated=True),
                        ),
                        name="hold_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HoldRelease",
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
                ("reason", models.TextField(blank=True)),
                ("released_at", models.BigIntegerField()),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="web.hold",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        refuse_unless(
            "web_approvalbatch",
            update=(
                f"({SAME_BATCH}) AND ((OLD.state = 'prepared'"
                " AND NEW.state IN ('approved', 'rejected', 'void'))"
                " OR (OLD.state = 'approved' AND NEW.state IN ('paid', 'void')))"
            ),
            delete=None,
        ),
        append_only("web_approvalline"),
        append_only("web_approvalstep"),
        append_only("web_hold"),
        append_only("web_holdrelease"),
    ]
