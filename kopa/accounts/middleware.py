"""What every answer to a signed-in person has in common."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject

from kopa.accounts.addresses import is_sign_in, own_page
from kopa.accounts.models import User

ACTING_AS: Final = "acting_as"


class ActingRole:
    """The person of a request acts in the one role that the session names, if it names one.

    Looked up when somebody asks for the person, so pages that never do stay the same for everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def person() -> User | AnonymousUser:
            found = get_user(request)
            if isinstance(found, User):
                found.acting_as = request.session.get(ACTING_AS)
            return found

        request.user = SimpleLazyObject(person)  # type: ignore[assignment]
        return self.get_response(request)


class PersonalPages:
    """A page made for a signed-in person is never kept by a browser or a proxy (TESTPLAN W5).

    Pages that never looked at the session are the same for everybody and keep their own headers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response


class BackToThePage:
    """Whoever presses a button after the session has ended comes back, after signing in, to the page that it
    stands on: the button's own address takes only what is posted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            sign_in, _question, wanted = response["Location"].partition("?next=")
            page = own_page(_page_pressed_on(request)) if wanted and is_sign_in(sign_in) else None
            if page:
                response["Location"] = f"{sign_in}?{urlencode({'next': page})}"
        return response


def _page_pressed_on(request: HttpRequest) -> str:
    """Path and query of what the browser says it was; empty where it says nothing, or a page elsewhere."""
    said = request.headers.get("Referer", "")
    ours = f"{request.scheme}://{request.get_host()}/"
    return said[len(ours) - 1 :].partition("#")[0] if said.startswith(ours) else ""
