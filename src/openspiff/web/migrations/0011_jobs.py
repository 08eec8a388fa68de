"""What is to be done outside requests, who is at it, and how did it end? The outbox."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0010_decisions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Job",
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
                ("payload", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Will be tried again"),
                            ("dead", "Given up"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempt_count", models.PositiveIntegerField(default=0)),
                ("failure_count", models.PositiveIntegerField(default=0)),
                ("max_attempts", models.PositiveIntegerField()),
                ("run_after_at", models.BigIntegerField()),
                ("leased_until_at", models.BigIntegerField(null=True)),
                ("lease_token", models.CharField(blank=True, max_length=64)),
                ("worker", models.CharField(blank=True, max_length=200)),
                ("progress_done", models.BigIntegerField(default=0)),
                ("progress_total", models.BigIntegerField(default=0)),
                ("progress_note", models.CharField(blank=True, max_length=200)),
                ("begun_at", models.BigIntegerField(null=True)),
                ("ended_at", models.BigIntegerField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error_text", models.TextField(blank=True)),
                ("created_at", models.BigIntegerField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "failed"))),
                        fields=["run_after_at", "id"],
                        name="job_due",
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["leased_until_at"],
                        name="job_leased",
                    ),
                    models.Index(fields=["state", "-id"], name="job_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="job_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "running",
                                    "done",
                                    "failed",
                                    "dead",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="job_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("leased_until_at__isnull", False),
                                ("state", "running"),
                                models.Q(("lease_token", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "running"), _negated=True),
                                ("lease_token", ""),
                                ("leased_until_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="job_leased_while_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_attempts__gt", 0)), name="job_may_be_tried"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobAttempt",
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
                ("number", models.PositiveIntegerField()),
                ("worker", models.CharField(max_length=200)),
                ("begun_at", models.BigIntegerField()),
                ("ended_at", models.BigIntegerField()),
                (
                    "ended_as",
                    models.CharField(
                        choices=[
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("lost", "The worker was lost"),
                            ("given_back", "Given back: the worker was told to stop"),
                            ("cancelled", "Cancelled"),
                        ],
                        max_length=10,
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=60)),
                ("error_text", models.TextField(blank=True)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ended",
                        to="web.job",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("job", "number"), name="job_attempt_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ended_as__in",
                                ["done", "failed", "lost", "given_back", "cancelled"],
                            )
                        ),
                        name="job_attempt_end_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkerBeat",
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
                ("name", models.CharField(max_length=200, unique=True)),
                ("kinds", models.JSONField(default=list)),
                ("job_limit", models.PositiveIntegerField()),
                ("begun_at", models.BigIntegerField()),
                ("seen_at", models.BigIntegerField()),
                ("stopped_at", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-seen_at"], name="worker_seen")],
            },
        ),
        append_only("web_jobattempt"),
    ]
