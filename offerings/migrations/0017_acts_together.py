import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offerings", "0016_sittings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActTogether",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("confirm", "Confirm the places"),
                            ("close", "Close applications now"),
                            ("shift", "Move the dates"),
                            ("copy", "Copy to the next term"),
                        ],
                        max_length=10,
                    ),
                ),
                ("done_at", models.DateTimeField(db_index=True)),
                ("done", models.JSONField(blank=True, default=list)),
                ("refused", models.JSONField(blank=True, default=list)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(act__in=["confirm", "close", "shift", "copy"]),
                        name="act_together_is_known",
                    )
                ]
            },
        ),
    ]
