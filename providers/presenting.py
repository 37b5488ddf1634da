"""Where a provider's page is."""

from __future__ import annotations

from django.urls import reverse
from django.utils.text import slugify

from providers.models import Organisation


def slug(organisation: Organisation) -> str:
    """``12-pellon-kunta``: the id, then the name in the reader's language."""
    name = slugify(str(organisation.name()))[:60].strip("-")
    return f"{organisation.pk}-{name}" if name else str(organisation.pk)


def address(organisation: Organisation) -> str:
    """The provider's page in the language being read."""
    return reverse("providers:detail", args=[slug(organisation)])
