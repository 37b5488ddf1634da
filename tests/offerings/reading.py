"""Reads pages as a person does: their words without the tags."""

import html
import re

from django.utils import translation

from offerings.models import Offering
from offerings.presenting import address

SEARCH = {"fi": "/fi/paikat/", "sv": "/sv/platser/", "en": "/en/places/"}


def text(response):
    """What a reader reads: without tags, one space between words."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    written = html.unescape(re.sub(r"<[^>]+>", " ", body)).replace("\xa0", " ")
    return re.sub(r"\s+([,.:])", r"\1", re.sub(r"\s+", " ", written))


def heading(response):
    found = re.search(r"<h1.*?</h1>", response.content.decode(), re.DOTALL)
    return re.sub(r"\s+([,.:])", r"\1", " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()))


def titles(response):
    """The titles of the cards, in their order."""
    body = response.content.decode()
    return [
        html.unescape(one)
        for one in re.findall(r'<a class="ds-link" id="offering-\d+"[^>]*>([^<]*)</a>', body)
    ]


def page_of(offering, language="fi"):
    with translation.override(language):
        return address(Offering.objects.get(pk=offering.pk))
