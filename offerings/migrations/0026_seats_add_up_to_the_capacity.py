"""Σ seats of an offering's counters is its capacity: PostgreSQL asks it when a transaction ends (ADR 0002).

Making a trigger locks its table for no longer than a moment. What stands in a table that is in use is asked
when it changes, and by the recount of each night.
"""

from django.db import migrations

# Asked at the end, because places move between rows in several statements, and without a lock: a sum stays
# right where each transaction leaves it right. Places that are given or freed write other columns.
# An import makes 20,000 courses in one transaction, with a plan made when there were ten: hence the setting.
ASKED = """
create function kopa_refuse_seats_unlike_capacity(course bigint) returns void language plpgsql
set enable_seqscan = off as $$
declare
  places integer;
  counted integer;
begin
  select coalesce(o.capacity, 0),
         coalesce((select sum(c.seats) from offerings_placecounter c where c.offering_id = o.id), 0)
    into places, counted from offerings_offering o where o.id = course;
  if counted <> places then
    raise 'offering % has % places, its counters have % seats', course, places, counted
      using errcode = 'check_violation', constraint = 'seats_add_up_to_the_capacity',
            table = 'offerings_placecounter';
  end if;
end
$$;

create function kopa_ask_seats_of_counter() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    perform kopa_refuse_seats_unlike_capacity(new.offering_id);
  end if;
  if tg_op = 'DELETE' or tg_op = 'UPDATE' and old.offering_id <> new.offering_id then
    perform kopa_refuse_seats_unlike_capacity(old.offering_id);
  end if;
  return null;
end
$$;
create constraint trigger seats_add_up_to_the_capacity
  after insert or delete or update of seats, offering_id on offerings_placecounter
  deferrable initially deferred for each row execute function kopa_ask_seats_of_counter();

create function kopa_ask_seats_of_offering() returns trigger language plpgsql as $$
begin
  perform kopa_refuse_seats_unlike_capacity(new.id);
  return null;
end
$$;
create constraint trigger seats_add_up_to_the_first_capacity after insert on offerings_offering
  deferrable initially deferred for each row when (new.capacity is not null)
  execute function kopa_ask_seats_of_offering();
create constraint trigger seats_add_up_to_the_capacity after update of capacity on offerings_offering
  deferrable initially deferred for each row when (old.capacity is distinct from new.capacity)
  execute function kopa_ask_seats_of_offering();
"""
ASKED_NO_MORE = """
drop trigger seats_add_up_to_the_capacity on offerings_offering;
drop trigger seats_add_up_to_the_first_capacity on offerings_offering;
drop function kopa_ask_seats_of_offering();
drop trigger seats_add_up_to_the_capacity on offerings_placecounter;
drop function kopa_ask_seats_of_counter();
drop function kopa_refuse_seats_unlike_capacity(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("offerings", "0025_look_through_the_rules")]
    operations = [migrations.RunSQL(ASKED, ASKED_NO_MORE)]
