"""Migrations of a table that is in use lock it for no longer than a moment."""

from __future__ import annotations

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from offerings.models import Offering

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

# Those up to here were released before anything was measured.
RELEASED = "0013"


def later_migrations() -> list[migrations.Migration]:
    found = MigrationLoader(None).disk_migrations
    return [one for (app, name), one in sorted(found.items()) if app == "offerings" and name[:4] > RELEASED]


def test_no_index_and_no_rule_of_a_table_in_use_is_made_in_one_step():
    """An index is made ``concurrently``, a check ``NOT VALID`` first: writing goes on meanwhile."""
    one_step = (migrations.AddIndex, migrations.AddConstraint)
    later = later_migrations()
    blamed: list[tuple[str, str]] = []
    # What they create themselves nobody uses yet.
    created = (one for migration in later for one in migration.operations)
    new = {one.name_lower for one in created if isinstance(one, migrations.CreateModel)}
    for migration in later:
        blamed += [
            (migration.name, operation.describe())
            for operation in migration.operations
            if isinstance(operation, one_step) and operation.model_name_lower not in new
            and not isinstance(operation, AddConstraintNotValid)
        ]  # fmt: skip

    assert later
    assert blamed == []


@pytest.mark.parametrize("name", ["offering_by_its_original", "offering_is_copied_once_to_a_term"])
def test_what_a_migration_makes_by_hand_is_what_the_model_says(name):
    ours = [*Offering._meta.indexes, *Offering._meta.constraints]
    with connection.schema_editor() as editor, connection.cursor() as cursor:
        [meant] = [one.create_sql(Offering, editor) for one in ours if one.name == name]
        cursor.execute(str(meant).replace(f'"{name}"', '"as_the_model_says"'))
        cursor.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid from pg_index"
            " where indexrelid in (%s::regclass, 'as_the_model_says'::regclass)",
            [name],
        )
        found = {index: (definition.replace(index, ""), valid) for index, definition, valid in cursor}

    assert found[name] == found["as_the_model_says"]
    assert found[name][1]
