"""The yardstick's own tables, built from the offerings and rebuilt for every measurement.

They hold what can be found at the moment they are built, and are not kept true afterwards. Only the words of
a row are taken as KOPA's search has analysed them: what a word means is not what is measured here.
"""

from __future__ import annotations

from typing import Final

from bench.yardstick.keys import PARTS

SCHEMA: Final = "bench_yardstick"
REMOVE: Final = f"drop schema if exists {SCHEMA} cascade"

CODES: Final = """
create table code as
  select 'form' kind, (row_number() over (order by code) - 1)::int id, code::text from codes_educationform
  union all select 'field', row_number() over (order by code) - 1, code from codes_fieldofeducation
  union all select 'mode', row_number() over (order by code) - 1, code from codes_deliverymode
  union all select 'language', row_number() over (order by code) - 1, code from codes_teachinglanguage;
create unique index on code (kind, code);

create table today as
  with recursive walk (id, today) as (
    select id, id from municipalities_municipality where successor_id is null
    union all
    select m.id, walk.today from municipalities_municipality m join walk on m.successor_id = walk.id)
  select walk.id, walk.today, m.key::text key, r.key::text region, m.country
  from walk join municipalities_municipality m on m.id = walk.today
    join municipalities_region r on r.id = m.region_id;
create unique index on today (id);

create table home as
  select m.key::text, t.today id, t.country,
    (select array_agg(f.id) from today f where f.today = t.today) family
  from municipalities_municipality m join today t using (id);
"""
# What can be found now; rows whose time comes are added by the next measurement.
FOUND: Final = """
create table found as
  select o.id, o.provider_id, p.country, coalesce(
      case when p.kind = 'municipal_enterprise' then (
        select body.municipality_id from providers_organisation body where body.id = p.parent_id) end,
      p.municipality_id)::int host
  from offerings_offering o join providers_organisation p on p.id = o.provider_id
  where o.status = 'published' and (o.applications_close_at is null or o.applications_close_at >= now())
    and o.starts_on > (now() at time zone
      case p.country when 'SE' then 'Europe/Stockholm' else 'Europe/Helsinki' end)::date;
create unique index on found (id);
analyze found;

create table point as
  select (row_number() over (order by latitude, longitude))::int id, latitude, longitude
  from (select distinct latitude, longitude from providers_site where latitude is not null) one;

create table site as
  select os.offering_id::int id, os.site_id, point.id point, today.key, today.region
  from found join offerings_offering_sites os on os.offering_id = found.id
    join providers_site s on s.id = os.site_id left join today on today.id = s.municipality_id
    left join point on point.latitude = s.latitude and point.longitude = s.longitude;
create index on site (id);
analyze site;

create table distance (home int, point int, km float8, primary key (home, point) include (km));
insert into distance
  select m.id, point.id, public.kopa_great_circle_km(point.latitude, point.longitude, m.latitude, m.longitude)
  from municipalities_municipality m cross join point where m.latitude is not null order by 1, 2;

create table region_set as
  select (row_number() over (order by regions) - 1)::int id, regions from (
    select distinct array_agg(distinct region order by region) filter (where region is not null) regions
    from found left join site using (id) group by found.id) one;
"""
PLACES: Final = """
create table free as
  select c.offering_id id, coalesce(sum(seats - held - taken - used - taken_elsewhere)
      filter (where quota_id is null), 0)::int free_open,
    sum(seats - held - taken - used - taken_elsewhere)::int free_every
  from offerings_placecounter c join found on found.id = c.offering_id group by 1;
create unique index on free (id);
create table reserved as
  select q.municipality_id::int municipality, q.offering_id::int id, m.key::text,
    c.seats - c.held - c.taken - c.used - c.taken_elsewhere free
  from offerings_quota q join found on found.id = q.offering_id
    join offerings_placecounter c on c.quota_id = q.id
    join municipalities_municipality m on m.id = q.municipality_id;
create index on reserved (municipality) include (id, free);
create index on reserved (id);
"""
ROWS: Final = """
create table place as
  select found.id::int, o.starts_on starts, o.applications_close_at closes, o.quota_release_at release,
    found.host, ({key})::bigint k, free.free_open, free.free_every,
    case when sites.points = 1 then sites.point end point
  from found join offerings_offering o using (id) join free using (id)
    cross join lateral (
      select array_agg(distinct region order by region) filter (where region is not null) regions,
        count(distinct point) points, min(point) point from site where site.id = found.id) sites
    join region_set on region_set.regions is not distinct from sites.regions
  order by o.starts_on, found.id;
alter table place add primary key (id);
create table more as
  select site.id, site.point from site join place using (id)
  where place.point is null and site.point is not null group by 1, 2;

create table hit as
  select place.*, found.words from place join offerings_searchdocument found on found.row_id = place.id;
alter table hit add primary key (id);
create index on hit using gin (words) with (fastupdate = off);

create table card as
  select found.id::int, o.title_fi, o.title_sv, o.title_en, p.name_fi provider_fi, p.name_sv provider_sv,
    p.name_en provider_en, o.capacity, o.mode_id::text mode, o.starts_on, o.applications_close_at,
    o.quota_release_at, (
      select array_agg(l.teachinglanguage_id::text order by l.teachinglanguage_id)
      from offerings_offering_languages l where l.offering_id = found.id) languages
  from found join offerings_offering o using (id) join providers_organisation p on p.id = o.provider_id;
alter table card add primary key (id);
"""
READ: Final = ("place", "hit", "card", "site", "reserved", "distance", "more")
BITS: Final = {
    "form": "(select id from code where kind = 'form' and code = o.form_id)",
    "field": "(select id from code where kind = 'field' and code = o.field_id)",
    "mode": "(select id from code where kind = 'mode' and code = o.mode_id)",
    "languages": "(select coalesce(bit_or(1 << code.id::int), 0) from offerings_offering_languages l"
    " join code on kind = 'language' and code.code = l.teachinglanguage_id where l.offering_id = found.id)",
    "has_fee": "(o.learner_fee_cents > 0)::int",
    "in_sweden": "(found.country = 'SE')::int",
    "regions": "region_set.id",
}


def statements() -> list[str]:
    """What builds all of it, to be run one after another in one transaction."""
    key = " | ".join(f"({value}::bigint << {PARTS[name].shift})" for name, value in BITS.items())
    script = [CODES, FOUND, PLACES, ROWS.replace("{key}", key)]
    return [
        REMOVE,
        f"create schema {SCHEMA}",
        f"set local search_path = {SCHEMA}, public",
        *(one for part in script for one in part.split(";") if one.strip()),
        *(f"analyze {table}" for table in READ),
        "set local search_path = public",
    ]


def tidying() -> list[str]:
    """What makes it fast after that, outside of a transaction."""
    return [f"vacuum (freeze, analyze) {SCHEMA}.{table}" for table in READ]
