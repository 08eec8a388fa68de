"""What is being imported? Drafts; and products are a list beside roster and rates."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0006_payee"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportDraft",
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
                ("kind", models.CharField(max_length=10)),
                ("source", models.CharField(blank=True, max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("chosen", "Files chosen"),
                            ("mapped", "Columns mapped"),
                            ("working", "Being read"),
                            ("refused", "Refused"),
                            ("asking", "Unknown names"),
                            ("ready", "Dry run done"),
                            ("saved", "Saved"),
                            ("discarded", "Discarded"),
                        ],
                        default="chosen",
                        max_length=10,
                    ),
                ),
                ("files", models.JSONField(default=list)),
                ("reading", models.JSONField(default=dict)),
                ("header_digest", models.CharField(blank=True, max_length=64)),
                ("mapping_text", models.TextField(blank=True)),
                ("mapping_file", models.CharField(blank=True, max_length=200)),
                ("choices", models.JSONField(default=dict)),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("outcome", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                ("undoes_batch_no", models.PositiveBigIntegerField(null=True)),
                ("undoes_file_no", models.PositiveBigIntegerField(null=True)),
                ("batch_no", models.PositiveBigIntegerField(null=True)),
                ("file_no", models.PositiveBigIntegerField(null=True)),
                ("begun_at", models.BigIntegerField()),
                ("changed_at", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-id"], name="import_draft_state"),
                    models.Index(fields=["batch_no"], name="import_draft_batch"),
                    models.Index(fields=["file_no"], name="import_draft_file"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["events", "roster", "products", "rates", "undo"])
                        ),
                        name="import_draft_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "chosen",
                                    "mapped",
                                    "working",
                                    "refused",
                                    "asking",
                                    "ready",
                                    "saved",
                                    "discarded",
                                ],
                            )
                        ),
                        name="import_draft_state_known",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="referencefile",
            name="reference_file_kind_known",
        ),
        migrations.AlterField(
            model_name="referencefile",
            name="kind",
            field=models.CharField(
                choices=[
                    ("payees", "Roster"),
                    ("rates", "Exchange rates"),
                    ("products", "Products"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="referencefile",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["payees", "rates", "products"])),
                name="reference_file_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="importdraft",
            name="begun_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="importdraft",
            name="changed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        append_only("web_referencefile"),  # SQLite dropped them with the old constraint
    ]
