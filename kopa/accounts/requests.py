"""A request behind sign-in."""

from __future__ import annotations

from django.http import HttpRequest

from kopa.accounts.models import User


class SignedInRequest(HttpRequest):
    """What a view behind ``login_required`` gets: its user is a person, never anonymous."""

    user: User
