"""The links of a group's page: where they lead, what they say, in which language the page there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from kopa.base.names import LANGUAGES

MOST_LINKS: Final = 5
LONGEST_LABEL: Final = 150
LONGEST_ADDRESS: Final = 500
SCHEMES: Final = ("https", "http")


class Link(TypedDict):
    url: str
    label: str
    language: str


def check_links(value: Any) -> None:
    """A list of at most ``MOST_LINKS`` links, each with address, text and language and nothing else."""
    if not isinstance(value, list) or len(value) > MOST_LINKS:
        raise ValidationError(_("Give at most %(number)s links."), "too_many", {"number": MOST_LINKS})
    is_address = URLValidator(schemes=list(SCHEMES))
    for link in value:
        if not isinstance(link, dict) or set(link) != {"url", "label", "language"}:
            raise ValidationError(_("A link has an address, a text and a language."), "not_a_link")
        if not all(isinstance(part, str) for part in link.values()) or link["language"] not in LANGUAGES:
            raise ValidationError(_("A link has an address, a text and a language."), "not_a_link")
        if not 0 < len(link["label"]) <= LONGEST_LABEL or len(link["url"]) > LONGEST_ADDRESS:
            raise ValidationError(_("A link has an address, a text and a language."), "not_a_link")
        is_address(link["url"])


def written(links: Sequence[Link]) -> str:
    """The links as lines for a person: text and address."""
    return "\n".join(f"{link['label']} ({link['language']}): {link['url']}" for link in links)
