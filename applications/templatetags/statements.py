"""What the applicant's and the host's page link to of the home municipality's statement."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from applications.models import HomeStatement
from applications.statement_case import WORDS

register = template.Library()


@register.inclusion_tag("applications/_statement_links.html")
def statement_links(
    statement: HomeStatement | None, *, is_host: bool = False, is_protected: bool = False
) -> dict[str, Any]:
    """The document of one that was given; the paper where one is awaited of a municipality that nobody acts
    for, which is not named where the identity is protected. One query, and only while it is awaited.
    """
    if statement is None:
        return {}
    rows = HomeStatement.objects.filter(pk=statement.pk)
    alone = statement.is_awaited and rows.without_officer(on=timezone.localdate()).exists()
    words = WORDS[statement.municipality.country]
    return {
        "statement": statement, "alone": alone, "is_host": is_host, "is_protected": is_protected,
        "words": words,
    }  # fmt: skip
