"""Organisations whose name stands in both countries, also those that are loaded already."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

NAMES = "array_remove(array[lower({0}.name_fi), lower({0}.name_sv), lower({0}.name_en)], '')"
MARK = f"""
update providers_organisation as one set shares_its_name = true
where exists (
    select from providers_organisation as other
    where other.country <> one.country and {NAMES.format("one")} && {NAMES.format("other")}
)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("providers", "0006_members_once")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="organisation",
            name="shares_its_name",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="One of another country has one of its names. Set by load_reference.",
            ),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
