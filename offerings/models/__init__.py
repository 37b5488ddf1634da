"""Shared course offerings, their quotas and their place counters."""

from offerings.models.choices import Level, OpenTo, PriceBasis, SelectionRule, StudyForm
from offerings.models.offering import ZONES, CoHost, Offering
from offerings.models.places import PlaceCounter, Quota
from offerings.models.search import SearchRow, SearchWord

__all__ = [
    "ZONES",
    "CoHost",
    "Level",
    "Offering",
    "OpenTo",
    "PlaceCounter",
    "PriceBasis",
    "Quota",
    "SearchRow",
    "SearchWord",
    "SelectionRule",
    "StudyForm",
]
