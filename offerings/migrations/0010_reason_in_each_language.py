"""The reason for cancelling in a column per language; what was written goes to the host's main language."""

from __future__ import annotations

from typing import ClassVar

import django.core.validators
from django.db import migrations, models
from django.db.models import Q

NAMES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}
FORTH = """
update offerings_offering set
    cancel_reason_sv = case when currency = 'SEK' then cancel_reason else '' end,
    cancel_reason_fi = case when currency = 'SEK' then '' else cancel_reason end
where cancel_reason <> ''
"""
BACK = """
update offerings_offering set
    cancel_reason = coalesce(nullif(cancel_reason_fi, ''), nullif(cancel_reason_sv, ''), cancel_reason_en)
"""
CONSTRAINT = "offering_has_a_time_and_reason_when_cancelled"


def text(name: str) -> models.TextField[str, str]:
    return models.TextField(
        blank=True,
        default="",
        max_length=1000,
        validators=[django.core.validators.MaxLengthValidator(1000)],
        verbose_name=name,
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("offerings", "0009_contact_person")]

    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="offering", name=CONSTRAINT),
        *(
            migrations.AddField(
                model_name="offering",
                name=f"cancel_reason_{language}",
                field=text(f"reason for cancelling in {name}"),
            )
            for language, name in NAMES.items()
        ),
        migrations.RunSQL(FORTH, BACK),
        migrations.RemoveField(model_name="offering", name="cancel_reason"),
        migrations.AddConstraint(
            model_name="offering",
            constraint=models.CheckConstraint(
                condition=~Q(status="cancelled")
                | (
                    Q(cancelled_at__isnull=False)
                    & (~Q(cancel_reason_fi="") | ~Q(cancel_reason_sv="") | ~Q(cancel_reason_en=""))
                ),
                name=CONSTRAINT,
            ),
        ),
    ]
