from django.db import migrations, models


class Migration(migrations.Migration):
    """What was kept before has none: added once more it is kept beside it."""

    dependencies = [("applications", "0017_statements_set_aside")]
    operations = [
        migrations.AddField(
            "attachment",
            "digest",
            models.CharField(blank=True, default="", editable=False, max_length=64),
        )
    ]
