"""Entries of the journal are added, never changed; only a transaction that says it erases may take them out."""

from django.db import migrations

GUARD = """
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('kopa.erases_audit_events', true) = 'on' then
    return old;
  end if;
  raise exception 'The journal of acts is append-only.' using errcode = 'restrict_violation',
    constraint = 'audit_events_are_only_added', table = 'audit_auditevent';
end
$$;
create trigger audit_events_are_only_added before update or delete on audit_auditevent
  for each row execute function audit_refuse_change();
"""
REMOVE = """
drop trigger audit_events_are_only_added on audit_auditevent;
drop function audit_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, REMOVE)]
