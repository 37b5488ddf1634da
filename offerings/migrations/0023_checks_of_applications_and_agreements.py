"""The checks of the two migrations before this one, and the one row of each audience, while people go on
working: outside a transaction, so each step is one that may be done again.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

NAME = "audience_stands_once"


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("offerings", "0022_agreement_parties")]

    operations = [
        ValidateConstraint("offering", "offering_takes_applications_here_or_in_the_joint_one"),
        ValidateConstraint("offering", "offering_precedence_is_known"),
        ValidateConstraint("offering", "offering_open_to_is_known"),
        ValidateConstraint("offering", "offering_open_to_parties_names_their_agreement"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"alter table offerings_audience drop constraint if exists {NAME}", migrations.RunSQL.noop
                ),
                migrations.RunSQL(f"drop index concurrently if exists {NAME}", migrations.RunSQL.noop),
                migrations.RunSQL(
                    f"create unique index concurrently {NAME} on offerings_audience"
                    " (regions, municipalities, pilot_groups, agreements)",
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    f"alter table offerings_audience add constraint {NAME} unique using index {NAME}",
                    f"alter table offerings_audience drop constraint if exists {NAME}",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="audience",
                    constraint=models.UniqueConstraint(
                        fields=("regions", "municipalities", "pilot_groups", "agreements"), name=NAME
                    ),
                ),
            ],
        ),
    ]
