"""What only some may read: by the session of whoever is signed in, in the role acted in, and by nothing else.

No key and no token: a program of its own gets nothing personal. Such answers are nobody else's: no other web
page may read them and nothing on the way may keep them (``kopa.base.api.middleware``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from kopa.base.api.views import ReadingViewSet

# What caches on the way read; the middleware too.
PERSONAL = "private, no-store"


class Session(BaseAuthentication):
    """The person whom the pages know too. These addresses only read, so no form's token is asked for."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, None] | None:
        person = request._request.user  # noqa: SLF001 - as the framework's own authentications do
        return (person, None) if person.is_authenticated else None


class PersonalViewSet(ReadingViewSet):
    """A list of what is not public. A subclass narrows ``get_queryset`` to what ``self.request.user`` sees on
    the day ``self.today``, and notes what is read.
    """

    authentication_classes = (Session,)
    permission_classes: tuple[type[BasePermission], ...] = (IsAuthenticated,)

    @property
    def person(self) -> Any:
        """Whoever is signed in: nobody else gets this far."""
        return self.request.user

    @property
    def today(self) -> dt.date:
        return timezone.localdate()

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        """Always 403: there is no other way to show who one is than the pages' own."""
        if request.user.is_authenticated:
            raise PermissionDenied(message or _("This is for other roles."), code)
        raise PermissionDenied(_("Sign in on the pages first: this is not public."), code)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = PERSONAL
        return answer
