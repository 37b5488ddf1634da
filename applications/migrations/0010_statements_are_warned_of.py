from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("applications", "0009_protected_by")]

    operations = [
        migrations.AddField(
            model_name="homestatement",
            name="warned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
