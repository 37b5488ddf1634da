import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offerings', '0012_search_tables'),
        ('pilots', '0001_groups'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='audience',
            name='audience_stands_once',
        ),
        migrations.RemoveConstraint(
            model_name='offering',
            name='offering_open_to_is_known',
        ),
        migrations.AddField(
            model_name='audience',
            name='pilot_groups',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='offering',
            name='open_to_pilot_groups',
            field=models.ManyToManyField(blank=True, related_name='+', to='pilots.pilotgroup', verbose_name='pilot groups'),
        ),
        migrations.AlterField(
            model_name='offering',
            name='open_to',
            field=models.CharField(choices=[('all', 'everybody'), ('regions', 'residents of named regions'), ('municipalities', 'residents of named municipalities'), ('pilot_groups', 'residents of the municipalities of pilot groups')], default='all', max_length=16, verbose_name='open to'),
        ),
        migrations.AddConstraint(
            model_name='audience',
            constraint=models.UniqueConstraint(fields=('regions', 'municipalities', 'pilot_groups'), name='audience_stands_once'),
        ),
        migrations.AddConstraint(
            model_name='offering',
            constraint=models.CheckConstraint(condition=models.Q(('open_to__in', ['all', 'regions', 'municipalities', 'pilot_groups'])), name='offering_open_to_is_known'),
        ),
    ]
