"""Query parameters that the API has beside those of the search."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from kopa.base.api.views import LanguageParameters
from offerings.filters import SearchForm, Words

# What a walk along the changes takes; it looks for nothing, so the search's filters have no place in it.
ALONG_THE_CHANGES: Final = frozenset({"lang", "home", "page_size", "updated_since", "cursor"})


class OfferingParameters(SearchForm, LanguageParameters):
    """What the address of one offering takes."""

    home = Words(
        required=False,
        help_text=_("Home municipality, as FI-854: sets distance, free places, who pays and who may apply."),
    )
