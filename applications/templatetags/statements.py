"""What other pages say of home municipalities' statements: the applicant's, the host's, an officer's desk."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.utils import timezone

from applications.models import HomeStatement
from applications.statement_case import WORDS, Row
from kopa.accounts.models import User

register = template.Library()
AT_DESK: Final = 5


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


@register.simple_tag
def statements_at_desk(user: User) -> dict[str, Any]:
    """``{% statements_at_desk user as asked %}``: what waits for the user's municipality, first due first,
    without persons. Empty for anybody else. Two queries at most.
    """
    now = timezone.now()
    waiting = HomeStatement.objects.visible_to(user, on=timezone.localdate(now)).awaited()
    loaded = waiting.select_related("municipality", "drafted_by", "application__offering__provider")
    rows = [Row(one, now) for one in loaded.first_due_first()[:AT_DESK]]
    if not rows:
        return {}
    words = WORDS[rows[0].statement.municipality.country]
    return {"rows": rows, "words": words, "total": len(rows) if len(rows) < AT_DESK else waiting.count()}
