"""The search's row becomes narrow: a packed key, shared whereabouts and audiences, free places kept by a trigger."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# Said in SQL alone, so that no code can forget it. A row is looked up by its key and updated in place (HOT):
# no index holds the two columns.
COUNT_FREE = """
create function kopa_count_free_places() returns trigger language plpgsql as $$
declare
  was integer := 0;
  now_free integer := 0;
  counter offerings_placecounter;
begin
  if tg_op <> 'INSERT' then
    counter := old;
    was := old.seats - old.held - old.taken - old.used - old.taken_elsewhere;
  end if;
  if tg_op <> 'DELETE' then
    counter := new;
    now_free := new.seats - new.held - new.taken - new.used - new.taken_elsewhere;
  end if;
  if now_free <> was then
    update offerings_searchrow
      set free_open = free_open + case when counter.quota_id is null then now_free - was else 0 end,
          free_reserved = free_reserved + case when counter.quota_id is null then 0 else now_free - was end
      where offering_id = counter.offering_id;
    if counter.quota_id is not null then
      update offerings_searchreserve r set free = r.free + now_free - was
        from offerings_quota q
        where q.id = counter.quota_id and r.row_id = counter.offering_id
          and r.municipality_id = q.municipality_id;
    end if;
  end if;
  return null;
end
$$;
create trigger kopa_count_free_places after insert or update or delete on offerings_placecounter
  for each row execute function kopa_count_free_places();
alter table offerings_searchrow set (fillfactor = 80);
"""
FORGET = """
drop trigger kopa_count_free_places on offerings_placecounter;
drop function kopa_count_free_places();
"""


class Migration(migrations.Migration):
    dependencies = [("offerings", "0011_search_words")]
    operations = [
        migrations.DeleteModel("SearchRow"),
        migrations.CreateModel(
            name='Audience',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('regions', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('municipalities', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('regions', 'municipalities'), name='audience_stands_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(max_length=10)),
                ('value', models.TextField()),
                ('number', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('part', 'value'), name='search_value_stands_once'), models.UniqueConstraint(fields=('part', 'number'), name='search_value_has_its_own_number')],
            },
        ),
        migrations.CreateModel(
            name='Whereabouts',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('latitudes', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('longitudes', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('municipalities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=7), size=None)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('latitudes', 'longitudes', 'municipalities'), name='whereabouts_stand_once')],
            },
        ),
        migrations.CreateModel(
            name='SearchRow',
            fields=[
                ('offering', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_row', serialize=False, to='offerings.offering')),
                ('listed_until', models.DateTimeField()),
                ('applications_open_at', models.DateTimeField()),
                ('applications_close_at', models.DateTimeField(null=True)),
                ('quota_release_at', models.DateTimeField(null=True)),
                ('starts_on', models.DateField()),
                ('key', models.BigIntegerField()),
                ('provider_id', models.BigIntegerField()),
                ('contact_days', models.PositiveSmallIntegerField(null=True)),
                ('free_open', models.IntegerField()),
                ('free_reserved', models.IntegerField()),
                ('audience', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offerings.audience')),
                ('whereabouts', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='offerings.whereabouts')),
            ],
        ),
        migrations.CreateModel(
            name='SearchDocument',
            fields=[
                ('row', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='document', serialize=False, to='offerings.searchrow')),
                ('words', django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['words'], name='search_document_by_words')],
            },
        ),
        migrations.AddIndex(
            model_name='searchrow',
            index=models.Index(fields=['listed_until'], name='search_row_by_end'),
        ),
        migrations.CreateModel(
            name='SearchReserve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('municipality_id', models.BigIntegerField()),
                ('free', models.IntegerField()),
                ('row', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reserves', to='offerings.searchrow')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('municipality_id', 'row'), name='search_reserve_stands_once')],
            },
        ),
        migrations.RunSQL(COUNT_FREE, FORGET),
    ]
