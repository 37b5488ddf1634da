"""The link under every page of the register through which a reader reports an error."""

from __future__ import annotations

from urllib.parse import urlencode

from django import template
from django.urls import reverse

register = template.Library()


@register.inclusion_tag("corrections/_report_link.html", takes_context=True)
def report_link(
    context: template.Context, subject_type: str = "", key: str | int = "", name: str = ""
) -> dict[str, str]:
    """``{% report_link "municipality" municipality.key %}``; without a thing: about the page at hand.

    With ``name`` it is short, for a row of a table, and the name is read aloud with it.
    """
    about = {"about": f"{subject_type}:{key}"} if subject_type else {"page": context["request"].path}
    return {"href": f"{reverse('corrections:report')}?{urlencode(about)}", "name": name}
