"""Which sums of the transfers are kept beside them?"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("web", "0014_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptBooking",
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
                ("through_sequence", models.BigIntegerField()),
                ("program_id", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("kind", models.CharField(max_length=10)),
                ("debit_side", models.CharField(max_length=20)),
                ("credit_side", models.CharField(max_length=20)),
                ("effective_at", models.BigIntegerField()),
                ("transfer_count", models.PositiveIntegerField()),
                ("amount_minor", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "through_sequence",
                            "program_id",
                            "currency",
                            "kind",
                            "debit_side",
                            "credit_side",
                            "effective_at",
                        ),
                        name="kept_booking_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptOwed",
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
                ("payee_id", models.TextField()),
                ("program_id", models.TextField()),
                ("version", models.PositiveIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("accrued_at", models.BigIntegerField()),
                ("event_count", models.PositiveIntegerField()),
                ("amount_minor", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "payee_id",
                            "program_id",
                            "version",
                            "currency",
                            "accrued_at",
                        ),
                        name="kept_owed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)),
                        name="kept_owed_above_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptPayee",
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
                ("payee_id", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("first_at", models.BigIntegerField()),
                ("accrued_minor", models.BigIntegerField()),
                ("reversed_minor", models.BigIntegerField()),
                ("paid_minor", models.BigIntegerField()),
                ("clawed_back_minor", models.BigIntegerField()),
                ("balance_minor", models.BigIntegerField()),
                ("event_count", models.PositiveIntegerField()),
                ("top_minor", models.BigIntegerField()),
                ("top_unpaid_minor", models.BigIntegerField()),
                ("next_minor", models.BigIntegerField()),
                ("top_program_id", models.TextField(blank=True)),
                ("top_source", models.TextField(blank=True)),
                ("top_event_id", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("payee_id", "currency"), name="kept_payee_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptTwice",
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
                ("payee_id", models.TextField()),
                ("program_id", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("same_id", models.TextField()),
                ("source", models.TextField()),
                ("event_id", models.TextField()),
                ("event_count", models.PositiveIntegerField()),
                ("amount_minor", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("payee_id", "program_id", "currency", "same_id"),
                        name="kept_twice_once",
                    )
                ],
            },
        ),
    ]
