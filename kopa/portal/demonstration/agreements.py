"""Invented agreements: free application in Södertörn and a primary area in the Torne Valley of Sweden."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from agreements.models import Tier, Where
from agreements.reference import Stated, write
from kopa.base.reference import ReferenceDataError
from municipalities.models import Municipality

# The seven did try free application, for one autumn (fixtures/agreements.csv); here it goes on.
SODERTORN: Final = ("SE-0120", "SE-0126", "SE-0127", "SE-0136", "SE-0138", "SE-0181", "SE-0192")
TORNE_VALLEY: Final = ("SE-2513", "SE-2514", "SE-2518", "SE-2521", "SE-2583")
FREE: Final = "demo-sodertorn"  # its code
SOURCE: Final = "demonstration"


@transaction.atomic
def load(today: dt.date) -> None:
    """Both are in force from the beginning of this year to the end of the next.

    Raises CommandError where the register lacks a municipality or has a primary area in the way.
    """
    known = set(Municipality.objects.values_list("key", flat=True))
    for key in (*SODERTORN, *TORNE_VALLEY):
        if key not in known:
            raise CommandError(f"The register has no municipality {key}: run load_reference first.")
    days = {"in_force_from": dt.date(today.year, 1, 1), "in_force_to": dt.date(today.year + 1, 12, 31)}
    common = days | {"country": Where.SE, "asks_for_statement": False, "source": SOURCE, "licence": ""}
    free = {
        "code": FREE,
        "title_fi": "Vapaa hakeutuminen Södertörnsvuxissa (keksitty)",
        "title_sv": "Frisök inom Södertörnsvux (påhittat)",
        "title_en": "Free application within Södertörnsvux (invented)",
        "tier": Tier.VOLUNTARY,
        "is_frisok": True,
    }
    area = {
        "code": "demo-tornedalen",
        "title_fi": "Ruotsin Tornionlaakson ensisijainen yhteistyöalue (keksitty)",
        "title_sv": "Tornedalens primära samverkansområde (påhittat)",
        "title_en": "Primary co-operation area of Sweden's Torne Valley (invented)",
        "tier": Tier.PRIMARY,
        "is_frisok": False,
    }
    stated = [
        Stated(common | columns, ("komvux",), (), tuple((key, (None, None)) for key in keys))
        for columns, keys in ((free, SODERTORN), (area, TORNE_VALLEY))
    ]
    try:
        write(stated, now=timezone.now(), is_demonstration=True)
    except ReferenceDataError as reason:
        raise CommandError(str(reason)) from reason
