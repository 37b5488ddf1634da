"""What a course's page says of applying in KOPA: ``{% load applying %}{% apply_here page as apply %}``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.urls import reverse

from applications.eligibility import is_open, reasons_against
from applications.errors import ApplicationRefused
from applications.models import Application, Attachment
from offerings import windows
from offerings.offering_page import OfferingPage

register = template.Library()


@dataclass(frozen=True, slots=True)
class ApplyHere:
    """``address``: of the first step, empty where nobody may apply now; ``reasons``: why not."""

    address: str
    is_late: bool
    reasons: Sequence[ApplicationRefused]


@register.simple_tag
def files_of(application: Application) -> list[Attachment]:
    """``{% files_of application as files %}``: what was sent along; a query."""
    return list(Attachment.objects.sent_along(application.key))


@register.simple_tag
def apply_here(page: OfferingPage) -> ApplyHere | None:
    """None for a course that is not applied for in KOPA, and as long as its page itself says why not."""
    offering = page.offering
    if not offering.takes_applications or not is_open(offering, page.now):
        return None
    is_late = windows.is_closed(offering, page.now)
    if is_late and page.hit.free <= 0:
        return None
    reasons = list(reasons_against(offering, home=page.home, now=page.now))
    query = f"?home={page.home_key}" if page.home_key else ""
    address = "" if reasons else reverse("applications:apply", args=[offering.pk]) + query
    return ApplyHere(address, is_late, reasons)
