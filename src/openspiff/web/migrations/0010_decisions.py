"""Which reports, verdicts and share links are kept? Editions, links, openings, never edited."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0009_finance"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportEdition",
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
                ("is_shared", models.BooleanField()),
                ("stem", models.CharField(max_length=260)),
                ("numbers_digest", models.CharField(max_length=64)),
                ("html_digest", models.CharField(max_length=64)),
                ("pdf_digest", models.CharField(max_length=64)),
                ("contents_digest", models.CharField(max_length=64)),
                ("written_at", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stem",), name="report_edition_stem"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareLink",
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
                ("name", models.CharField(max_length=40, unique=True)),
                ("program_id", models.CharField(max_length=200)),
                ("note", models.CharField(max_length=200)),
                ("expires_at", models.BigIntegerField()),
                ("made_at", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["program_id", "id"], name="share_link_program"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("made_at"))),
                        name="share_link_ends",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("note", ""), _negated=True),
                        name="share_link_has_note",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareOpening",
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
                ("form", models.CharField(max_length=10)),
                ("opened_at", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("form__in", ["page", "pdf"])),
                        name="share_opening_form",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareRevocation",
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
                ("revoked_at", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="verdictrecord",
            name="deviates_because",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="verdictrecord",
            name="suggested",
            field=models.CharField(default="", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="verdictrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("suggested", ""),
                    ("suggested", models.F("verdict")),
                    models.Q(("deviates_because", ""), _negated=True),
                    _connector="OR",
                ),
                name="verdict_deviation_told",
            ),
        ),
        migrations.AddField(
            model_name="reportedition",
            name="measurement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="web.measurementrecord"
            ),
        ),
        migrations.AddField(
            model_name="reportedition",
            name="written_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sharelink",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="web.reportedition"
            ),
        ),
        migrations.AddField(
            model_name="sharelink",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="shareopening",
            name="link",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, to="web.sharelink"
            ),
        ),
        migrations.AddField(
            model_name="sharerevocation",
            name="link",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, to="web.sharelink"
            ),
        ),
        migrations.AddField(
            model_name="sharerevocation",
            name="revoked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="reportedition",
            index=models.Index(
                fields=["measurement", "is_shared", "id"], name="report_edition_latest"
            ),
        ),
        migrations.AddIndex(
            model_name="shareopening",
            index=models.Index(fields=["link", "opened_at"], name="share_opening_recent"),
        ),
        append_only("web_reportedition"),
        append_only("web_sharelink"),
        append_only("web_sharerevocation"),
        append_only("web_shareopening"),
        # The table of verdicts was built anew above, without its triggers on SQLite.
        append_only("web_verdictrecord"),
    ]
