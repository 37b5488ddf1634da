"""No lock that lasts: the columns are empty when they come, the check is asked of new rows alone until 0019,
which also makes the indexes.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("offerings", "0014_imports")]

    operations = [
        migrations.AddField(
            model_name="offering",
            name="copied_from",
            field=models.ForeignKey(
                db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL,
                related_name="copies", to="offerings.offering",
            ),
        ),
        migrations.AddField(
            model_name="offering",
            name="copied_to",
            field=models.CharField(blank=True, default="", editable=False, max_length=6),
        ),
        migrations.AddField(
            model_name="offering",
            name="guessed_dates",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), blank=True, default=list, editable=False,
                size=None,
            ),
        ),
        AddConstraintNotValid(
            model_name="offering",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("copied_from__isnull", True), models.Q(("copied_to", ""), _negated=True), _connector="OR"
                ),
                name="offering_copy_says_its_term",
            ),
        ),
    ]
