"""What pages of courses say of those who have applied: ``{% load applicants %}``. Numbers, never people."""

from __future__ import annotations

from django import template
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
    """How many would end with the course: ``all``, and of them ``placed`` who have been offered a place."""
    rows = Application.objects.filter(offering=offering).live()
    undecided = Q(status__in=UNDECIDED)
    studying = Q(status=ApplicationStatus.ENROLLED)
    return rows.aggregate(
        all=Count("pk"), placed=Count("pk", filter=~undecided), studying=Count("pk", filter=studying)
    )


@register.simple_tag
def applications_at_desk(user: User) -> AtDesk:
    """``{% applications_at_desk user as applied %}``: for those who publish; two queries."""
    return at_desk(user, now=timezone.now())
