"""Who is asked to come in, who is signed in where, which firm agreed?"""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from openspiff.web.migrations._triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0003_books"),
    ]
    # It reads the addresses of users, so they must have the field by then.
    run_before = [("account", "0006_emailaddress_lower")]

    operations = [
        migrations.CreateModel(
            name="FirmConsent",
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
                ("firm_id", models.CharField(max_length=200)),
                ("number", models.PositiveIntegerField()),
                ("is_given", models.BooleanField()),
                ("is_on_paper", models.BooleanField(default=False)),
                ("text_version", models.CharField(max_length=20)),
                ("name_typed", models.CharField(max_length=200)),
                ("given_on", models.DateField()),
                ("recorded_at", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("firm_id", "number"), name="firm_consent_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name_typed", ""), _negated=True),
                        name="firm_consent_named",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
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
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("is_for_password", models.BooleanField(default=False)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("payee", "Payee"),
                            ("firm_owner", "Firm owner"),
                            ("manager", "Manager"),
                            ("finance", "Finance"),
                            ("analyst", "Analyst"),
                            ("administrator", "Administrator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("payee_id", models.CharField(blank=True, max_length=200)),
                ("firm_id", models.CharField(blank=True, max_length=200)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("revoked", "Revoked"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("invited_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["state", "firm_id"], name="invitation_open_of_firm"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "accepted", "revoked"])),
                        name="invitation_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "payee",
                                    "firm_owner",
                                    "manager",
                                    "finance",
                                    "analyst",
                                    "administrator",
                                ],
                            )
                        ),
                        name="invitation_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebSession",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40,
                        primary_key=True,
                        serialize=False,
                        verbose_name="session key",
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                (
                    "expire_date",
                    models.DateTimeField(db_index=True, verbose_name="expire date"),
                ),
                ("begun_at", models.BigIntegerField(default=0)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("browser", models.CharField(blank=True, max_length=100)),
                ("way", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "verbose_name": "session",
                "verbose_name_plural": "sessions",
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="signinfailure",
            name="door",
            field=models.CharField(
                choices=[
                    ("sign_in", "Sign-in"),
                    ("second_factor", "Second factor"),
                    ("confirmation", "Confirmation"),
                    ("invitation", "Invitation"),
                ],
                default="sign_in",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="email",
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AddIndex(
            model_name="signinfailure",
            index=models.Index(
                fields=["username", "failed_at"], name="sign_in_failure_of_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="user_email_once",
            ),
        ),
        migrations.AddField(
            model_name="firmconsent",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="websession",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "open"),
                    ("state", "revoked"),
                    ("user__isnull", False),
                    _connector="OR",
                ),
                name="invitation_user_named",
            ),
        ),
        append_only("web_firmconsent"),
    ]
