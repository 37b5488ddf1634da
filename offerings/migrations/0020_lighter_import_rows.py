"""Fewer indexes to keep while thousands of rows are copied."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offerings', '0019_copies_are_told_apart'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importrow',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='offerings.importrun'),
        ),
        migrations.AlterField(
            model_name='importrow',
            name='offering',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='offerings.offering'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(condition=models.Q(('offering__isnull', False)), fields=['offering'], name='import_row_by_offering'),
        ),
    ]
