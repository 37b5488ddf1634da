import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offerings", "0002_drafts_and_dates")]

    operations = [
        migrations.CreateModel(
            name="SearchRow",
            fields=[
                (
                    "offering",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_row",
                        serialize=False,
                        to="offerings.offering",
                    ),
                ),
                ("starts_on", models.DateField()),
                ("applications_open_at", models.DateTimeField()),
                ("applications_close_at", models.DateTimeField(null=True)),
                ("quota_release_at", models.DateTimeField(null=True)),
                ("provider_id", models.BigIntegerField()),
                ("form", models.CharField(max_length=40)),
                ("mode", models.CharField(max_length=40)),
                ("contact_days", models.PositiveSmallIntegerField(null=True)),
                ("broad_field", models.CharField(max_length=40)),
                (
                    "narrow_field", models.CharField(blank=True, max_length=40),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                (
                    "municipalities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=7),
                        size=None,
                    ),
                ),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        size=None,
                    ),
                ),
                ("has_fee", models.BooleanField()),
                ("host_country", models.CharField(max_length=2)),
                (
                    "host_municipality_id",
                    models.BigIntegerField(null=True),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["words"], name="search_row_by_words"
                    ),
                    models.Index(fields=["starts_on", "offering"], name="search_row_by_start"),
                ],
            },
        ),
    ]
