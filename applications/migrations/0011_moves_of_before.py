"""Moves that were told of before it was kept when, and by whom: as the journal has them (R-HOME-2)."""

from django.db import migrations

FROM_THE_JOURNAL = """
update applications_application a
set move_told_at = told.at, move_confirmed_at = case when told.organisation_id = o.provider_id then told.at end
from offerings_offering o, (
  select distinct on (target_id) target_id, at, organisation_id from audit_auditevent
  where target = 'applications.application' and verb = 'application.move' order by target_id, id desc
) told
where a.move_told_at is null and told.target_id = a.id and o.id = a.offering_id
"""
# The journal has forgotten: nobody can say that it was confirmed.
FORGOTTEN = """
update applications_application set move_told_at = submitted_at
where move_told_at is null and moved_to_id is not null
"""


class Migration(migrations.Migration):

    dependencies = [("applications", "0010_statements_are_warned_of"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(FROM_THE_JOURNAL, migrations.RunSQL.noop),
        migrations.RunSQL(FORGOTTEN, migrations.RunSQL.noop),
    ]
