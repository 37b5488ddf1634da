"""For long forms behind sign-in: whose text it is, should the session run out while it is typed."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kopa.accounts import typed

register = template.Library()


@register.simple_tag(takes_context=True)
def typed_by(context: template.Context) -> SafeString:
    """A hidden field that says, sealed, who has the form open."""
    request: HttpRequest = context["request"]
    return format_html('<input type="hidden" name="{}" value="{}">', typed.TYPIST, typed.typist(request))
