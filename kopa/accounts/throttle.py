"""How often a password may be tried.

django-axes counts in the database, so a dead Valkey forgets nothing.

Two limits in one window: eight wrong passwords for one account from one address, and five times as many from
one address for all accounts together. Other addresses stay open, so nobody can lock out somebody else.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

# A school's students share an address, so an address gets more tries than one account does.
ADDRESS_LIMIT_IN_ACCOUNT_LIMITS: Final = 5


class Throttle(AxesDatabaseHandler):  # type: ignore[misc] # axes has no types
    """Counts wrong passwords. AXES_LOCKOUT_PARAMETERS: account with address first, then address alone."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Failures within the window, in units of the account's limit."""
        account, address = (_failures(attempts) for attempts in self.get_user_attempts(request, credentials))
        return max(account, address // ADDRESS_LIMIT_IN_ACCOUNT_LIMITS)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the account's failures only: one's own right password buys no tries at others' accounts."""
        count, _ = self.filter_user_attempts(request, credentials)[0].delete()
        return int(count)

    def minutes_left(self, request: HttpRequest, credentials: dict[str, Any]) -> int:
        """Whole minutes until the next try will be looked at; at least 1."""
        account, address = self.get_user_attempts(request, credentials)
        limit = get_failure_limit(request, credentials)
        last = [
            attempts.aggregate(last=Max("attempt_time"))["last"]
            for attempts, most in ((account, limit), (address, limit * ADDRESS_LIMIT_IN_ACCOUNT_LIMITS))
            if _failures(attempts) >= most
        ]
        now, window = timezone.now(), get_cool_off(request)
        left: dt.timedelta = max(last, default=now - window) + window - now
        return max(1, math.ceil(left.total_seconds() / 60))


def forget(email: str) -> None:
    """Wrong passwords for the account count no more, from whichever address they came."""
    AccessAttempt.objects.filter(username=email).delete()


def _failures(attempts: QuerySet) -> int:
    return int(attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0)


def keep_our_answer(
    _request: HttpRequest, response: HttpResponse, _credentials: dict[str, Any] | None
) -> HttpResponse:
    """The sign-in page itself says what is wrong and for how long; axes' own answer is not used."""
    return response
