"""Which tables hold claims and disputes? And which of their rows can nobody edit?"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from openspiff.web.migrations._triggers import append_only, refuse_unless

SAME_CLAIM = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in ("token", "program_id", "payee_id", "sent_by_id")
)
SAME_FACTS = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in (
        "revision",
        "sent_at",
        "reported_at",
        "kind",
        "found_source",
        "found_event_id",
        "subject_id",
        "occurred_at",
        "customer",
        "product_id",
        "revenue_type",
        "quantity",
        "amount_minor",
        "is_government",
        "currency",
        "note",
    )
)
SAME_DISPUTE = " AND ".join(
    f"NEW.{column} = OLD.{column}"
    for column in (
        "token",
        "payee_id",
        "source",
        "event_id",
        "reason",
        "raised_by_id",
        "raised_at",
        "due_at",
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0004_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="Claim",
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
                ("token", models.CharField(max_length=64)),
                ("program_id", models.CharField(max_length=200)),
                ("payee_id", models.CharField(max_length=200)),
                ("firm_id", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "Sent"),
                            ("withdrawn", "Withdrawn"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("undone", "Decision undone"),
                        ],
                        max_length=10,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("sent_at", models.BigIntegerField()),
                ("reported_at", models.BigIntegerField()),
                ("kind", models.CharField(max_length=40)),
                ("found_source", models.TextField(blank=True)),
                ("found_event_id", models.TextField(blank=True)),
                ("subject_id", models.TextField(blank=True)),
                ("occurred_at", models.BigIntegerField()),
                ("customer", models.CharField(max_length=300)),
                ("customer_key", models.CharField(max_length=300)),
                ("product_id", models.CharField(blank=True, max_length=300)),
                ("revenue_type", models.CharField(blank=True, max_length=100)),
                ("quantity", models.BigIntegerField(default=1)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("margin_minor", models.BigIntegerField(null=True)),
                ("mrr_minor", models.BigIntegerField(null=True)),
                ("term_months", models.BigIntegerField(null=True)),
                ("is_government", models.BooleanField(default=False)),
                ("currency", models.CharField(max_length=3)),
                ("note", models.TextField(blank=True)),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["payee_id"], name="claim_payee"),
                    models.Index(fields=["firm_id"], name="claim_firm"),
                    models.Index(fields=["state", "sent_at"], name="claim_state"),
                    models.Index(fields=["customer_key"], name="claim_customer"),
                    models.Index(fields=["subject_id"], name="claim_subject"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sent_by", "token"), name="claim_sent_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", "approved"),
                            models.Q(("subject_id", ""), _negated=True),
                        ),
                        fields=("kind", "subject_id"),
                        name="claim_deal_approved_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["sent", "withdrawn", "approved", "rejected", "undone"],
                            )
                        ),
                        name="claim_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0), ("quantity__gte", 1)),
                        name="claim_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimStep",
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
                ("revision", models.PositiveIntegerField()),
                ("from_state", models.CharField(blank=True, max_length=10)),
                ("to_state", models.CharField(max_length=10)),
                ("acted_at", models.BigIntegerField()),
                ("reason", models.TextField(blank=True)),
                ("facts", models.JSONField(null=True)),
                ("batch_no", models.PositiveBigIntegerField(null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="web.claim",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dispute",
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
                ("token", models.CharField(max_length=64)),
                ("payee_id", models.CharField(max_length=200)),
                ("firm_id", models.CharField(blank=True, max_length=200)),
                ("source", models.TextField(blank=True)),
                ("event_id", models.TextField()),
                ("reason", models.TextField()),
                ("raised_at", models.BigIntegerField()),
                ("due_at", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("upheld", "Upheld"),
                            ("declined", "Declined"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["payee_id"], name="dispute_payee"),
                    models.Index(fields=["state", "due_at"], name="dispute_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("raised_by", "token"), name="dispute_raised_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("source", "event_id", "payee_id"),
                        name="dispute_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "upheld", "declined"])),
                        name="dispute_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisputeStep",
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
                ("from_state", models.CharField(blank=True, max_length=10)),
                ("to_state", models.CharField(max_length=10)),
                ("acted_at", models.BigIntegerField()),
                ("sentence", models.TextField()),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="web.dispute",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
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
                ("revision", models.PositiveIntegerField(default=1)),
                ("file_name", models.CharField(max_length=200)),
                ("digest", models.CharField(db_index=True, max_length=64)),
                ("size_bytes", models.PositiveBigIntegerField()),
                ("media_type", models.CharField(max_length=100)),
                (
                    "claim",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="web.claim",
                    ),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="web.dispute",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claim__isnull", True), ("dispute__isnull", False)),
                            models.Q(("claim__isnull", False), ("dispute__isnull", True)),
                            _connector="OR",
                        ),
                        name="evidence_of_one",
                    ),
                ],
            },
        ),
        append_only("web_claimstep"),
        append_only("web_disputestep"),
        append_only("web_evidence"),
        refuse_unless(
            "web_claim",
            update=(
                f"{SAME_CLAIM} AND (({SAME_FACTS}) OR (NEW.revision = OLD.revision + 1"
                " AND OLD.state IN ('withdrawn', 'rejected') AND NEW.state = 'sent'))"
            ),
            delete=None,
        ),
        refuse_unless(
            "web_dispute",
            update=f"OLD.state = 'open' AND NEW.state <> 'open' AND {SAME_DISPUTE}",
            delete=None,
        ),
    ]
