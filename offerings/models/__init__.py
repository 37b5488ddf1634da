"""Shared course offerings, their quotas and their place counters."""

from offerings.models.asking import ConfirmationRequest
from offerings.models.choices import Level, OpenTo, Precedence, PriceBasis, SelectionRule, StudyForm
from offerings.models.co_hosts import CoHost
from offerings.models.imports import ImportFile, ImportRow, ImportRun, ImportState, Verdict
from offerings.models.offering import ZONES, Offering
from offerings.models.places import PlaceCounter, Quota
from offerings.models.search import (
    Audience,
    SearchDocument,
    SearchReserve,
    SearchRow,
    SearchValue,
    SearchWord,
    Whereabouts,
)
from offerings.models.sitting import Sitting
from offerings.models.together import ActTogether, Together

__all__ = [
    "ZONES",
    "ActTogether",
    "Audience",
    "CoHost",
    "ConfirmationRequest",
    "ImportFile",
    "ImportRow",
    "ImportRun",
    "ImportState",
    "Level",
    "Offering",
    "OpenTo",
    "PlaceCounter",
    "Precedence",
    "PriceBasis",
    "Quota",
    "SearchDocument",
    "SearchReserve",
    "SearchRow",
    "SearchValue",
    "SearchWord",
    "SelectionRule",
    "Sitting",
    "StudyForm",
    "Together",
    "Verdict",
    "Whereabouts",
]
