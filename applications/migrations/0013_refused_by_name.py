"""What a statement refuses becomes an error that names it, as a constraint's does: nothing of it is kept."""

from __future__ import annotations

from django.db import migrations

MADE = """
create function kopa_refused(name text) returns bigint language plpgsql volatile as $$
begin
  raise exception 'refused: %', name using errcode = 'check_violation', constraint = name;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("applications", "0012_answer_links")]

    operations = [migrations.RunSQL(MADE, "drop function kopa_refused(text)")]
