"""The desk's forms."""

from offerings.forms.offering import OfferingForm, Texts
from offerings.forms.places import CancelForm, PlacesForm, seen_numbers, stepped
from offerings.forms.showing import Difference, differences

__all__ = [
    "CancelForm",
    "Difference",
    "OfferingForm",
    "PlacesForm",
    "Texts",
    "differences",
    "seen_numbers",
    "stepped",
]
