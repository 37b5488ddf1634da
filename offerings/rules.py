"""Who may write and publish an offering (DOMAIN.md §3.6). Looks at roles, never at state."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.models import AnonymousUser

from kopa.accounts.models import User
from offerings.models import Offering
from providers.rules import publishing_roles


def may_edit(user: User | AnonymousUser, offering: Offering, *, on: dt.date) -> bool:
    """Writing, publishing, cancelling and confirming places are one right: that of the host's own people."""
    return publishing_roles(user, on=on).filter(organisation=offering.provider_id).exists()


def may_see(user: User | AnonymousUser, offering: Offering, *, on: dt.date) -> bool:
    """Everybody, once it has been published; before that the host's own people."""
    return offering.published_at is not None or may_edit(user, offering, on=on)


def may_publish_something(user: User | AnonymousUser, *, on: dt.date) -> bool:
    """The user acts for at least one organisation that gives courses, and so has a desk."""
    return publishing_roles(user, on=on).exists()
