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
