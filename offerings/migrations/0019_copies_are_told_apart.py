"""Indexes and the check of copies while people go on working: outside a transaction, so each step is one that
may be done again. An attempt that was broken off leaves an index that is not valid; it is made anew.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models


def index(name, definition):
    drop = f"drop index concurrently if exists {name}"
    return [
        migrations.RunSQL(drop, migrations.RunSQL.noop),
        migrations.RunSQL(f"create {definition}", drop),
    ]


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("offerings", "0018_confirmation_requests")]

    operations = [
        ValidateConstraint(model_name="offering", name="offering_copy_says_its_term"),
        migrations.SeparateDatabaseAndState(
            database_operations=index(
                "offering_by_its_original",
                "index concurrently offering_by_its_original on offerings_offering (copied_from_id)"
                " where copied_from_id is not null",
            ),
            state_operations=[
                migrations.AddIndex(
                    model_name="offering",
                    index=models.Index(
                        condition=models.Q(("copied_from__isnull", False)), fields=["copied_from"],
                        name="offering_by_its_original",
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=index(
                "offering_is_copied_once_to_a_term",
                "unique index concurrently offering_is_copied_once_to_a_term"
                " on offerings_offering (copied_from_id, copied_to)"
                " where copied_from_id is not null and not (status = 'cancelled')",
            ),
            state_operations=[
                migrations.AddConstraint(
                    model_name="offering",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(
                            ("copied_from__isnull", False), models.Q(("status", "cancelled"), _negated=True)
                        ),
                        fields=("copied_from", "copied_to"),
                        name="offering_is_copied_once_to_a_term",
                        violation_error_code="copied_already",
                        violation_error_message="This course has been copied to the term already.",
                    ),
                ),
            ],
        ),
    ]
