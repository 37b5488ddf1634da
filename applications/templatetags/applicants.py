"""What pages of courses say of those who have applied: ``{% load applicants %}``. Numbers, never people."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from applications.host_lists import AtDesk, at_desk
from applications.models import Application
from applications.states import UNDECIDED, ApplicationStatus
from kopa.accounts.models import User
from offerings.models import Offering

register = template.Library()


@register.simple_tag
def live_applications(offering: Offering) -> dict[str, int]:
    """How many would end with the course: ``all``, and of them ``placed`` who have been offered a place;
    ``days`` in which they may leave once it has changed (R-APP-6).
    """
    rows = Application.objects.filter(offering=offering).live()
    undecided = Q(status__in=UNDECIDED)
    studying = Q(status=ApplicationStatus.ENROLLED)
    numbers: dict[str, int] = rows.aggregate(
        all=Count("pk"), placed=Count("pk", filter=~undecided), studying=Count("pk", filter=studying)
    )
    return numbers | {"days": settings.FREE_WITHDRAWAL_DAYS}


@register.simple_tag
def applications_at_desk(user: User) -> AtDesk:
    """``{% applications_at_desk user as applied %}``: for those who publish; two queries."""
    return at_desk(user, now=timezone.now())
