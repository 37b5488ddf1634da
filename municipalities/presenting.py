"""Where a municipality's page is, and which is meant there."""

from __future__ import annotations

import re
from typing import Final

from django.urls import reverse
from django.utils.text import slugify

from municipalities.cache import Gazetteer
from municipalities.models import Municipality

KEY_IN_SLUG: Final = re.compile(r"(fi-\d{3}|se-\d{4})(-.*)?", re.ASCII)


def slug(municipality: Municipality) -> str:
    """``fi-638-porvoo``, ``fi-638-borga``: the key, then the name in the reader's language."""
    name = slugify(str(municipality.name()))
    return f"{municipality.key.lower()}-{name}" if name else municipality.key.lower()


def address(municipality: Municipality) -> str:
    """The municipality's page in the language being read."""
    return reverse("municipalities:detail", args=[slug(municipality)])


def by_slug(places: Gazetteer, wanted: str) -> Municipality | None:
    """The municipality whose key ``wanted`` begins with, whatever name follows."""
    match = KEY_IN_SLUG.fullmatch(wanted)
    return places.by_key.get(match[1].upper()) if match else None
