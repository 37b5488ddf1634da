import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offerings", "0010_reason_in_each_language")]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(max_length=64)),
                ("plain", models.CharField(max_length=128)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["word"], name="search_word_by_word"),
                    django.contrib.postgres.indexes.GistIndex(
                        django.contrib.postgres.indexes.OpClass("plain", "gist_trgm_ops(siglen=64)"),
                        name="search_word_by_likeness",
                    ),
                ],
            },
        ),
    ]
