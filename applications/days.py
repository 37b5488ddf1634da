"""Which day it is, by whose clock (R-TIME-1)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from kopa.base.working_days import add_working_days
from kopa.base.writing import ZONES
from offerings.models import Offering


def host_day(offering: Offering, now: dt.datetime) -> dt.date:
    """The host's day: rules about who may apply and who pays go by it."""
    return now.astimezone(offering.zone).date()


def home_day(country: str, now: dt.datetime) -> dt.date:
    """The day in the home municipality's ``country``: its statement is given, late and appealed against by
    it.
    """
    return now.astimezone(ZONES[country]).date()


def statement_due(asked_at: dt.datetime, country: str) -> dt.date:
    """R-HOME-4: ten working days of the home municipality's country, whose own clock tells the first."""
    return add_working_days(home_day(country, asked_at), settings.STATEMENT_WORKING_DAYS, country)
