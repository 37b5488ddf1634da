import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0003_attachments'),
    ]

    operations = [
        migrations.AddField(
            model_name='homestatement',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='statements', to='applications.attachment'),
        ),
    ]
