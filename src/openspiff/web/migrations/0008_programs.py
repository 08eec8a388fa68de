"""How does the intake of a program stop for a while? Rows that nobody can edit."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0007_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProgramPause",
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
                ("program_id", models.CharField(max_length=200)),
                ("number", models.PositiveIntegerField()),
                ("is_paused", models.BooleanField()),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("acted_at", models.BigIntegerField()),
                (
                    "acted_by",
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
                        fields=("program_id", "number"), name="program_pause_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                django.db.models.lookups.Exact(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("number"), "%%", models.Value(2)
                                    ),
                                    1,
                                ),
                                ("is_paused", True),
                            ),
                            models.Q(
                                django.db.models.lookups.Exact(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("number"), "%%", models.Value(2)
                                    ),
                                    0,
                                ),
                                ("is_paused", False),
                            ),
                            _connector="OR",
                        ),
                        name="program_pause_takes_turns",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_paused", False),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="program_pause_has_reason",
                    ),
                ],
            },
        ),
        append_only("web_programpause"),
    ]
