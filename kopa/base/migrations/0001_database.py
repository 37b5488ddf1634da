"""Extensions and functions that every app's tables build on."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

SORT_KEY = """
create or replace function kopa_sort_key(value text) returns text
language sql immutable strict parallel safe as $$
  -- å, ä and ö are letters of their own after z; every other accent is dropped; æ sorts as ä, ø as ö, ü as y.
  select translate(
    public.unaccent('public.unaccent', translate(lower(value collate pg_c_utf8), 'åäöæøü',
                    chr(1) || chr(2) || chr(3) || chr(2) || chr(3) || 'y')),
    chr(1) || chr(2) || chr(3), '{|}')
$$
"""

# Source: DOMAIN.md §3.1: great circle on a sphere of WGS84's mean radius, R = 6371.0088 km, in both countries.
GREAT_CIRCLE = """
create or replace function kopa_great_circle_km(
  latitude_a double precision, longitude_a double precision,
  latitude_b double precision, longitude_b double precision
) returns double precision language sql immutable strict parallel safe as $$
  select 2 * 6371.0088 * asin(least(1, sqrt(
      sin(radians(latitude_b - latitude_a) / 2) ^ 2
    + cos(radians(latitude_a)) * cos(radians(latitude_b)) * sin(radians(longitude_b - longitude_a) / 2) ^ 2)))
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(SORT_KEY, "drop function kopa_sort_key(text)"),
        migrations.RunSQL(
            GREAT_CIRCLE,
            "drop function kopa_great_circle_km(double precision, double precision, double precision,"
            " double precision)",
        ),
    ]
