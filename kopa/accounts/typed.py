"""What somebody typed into a long form is not lost when the session or the form's token has run out.

A form that comes without a session gets the sign-in page, and what was typed travels in it as one sealed
field. After signing in it waits in the session, and the form stands filled in again; nothing is saved by
that. Several forms wait beside one another, the newest few. A form that comes with an old token gets a page
whose button brings it back the same way; a sign-in page that comes with one stands there again with what it
carried. Only what this server has sealed is taken back, for the address it was typed at, and only from a page
of our own: a form on somebody else's page gets nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_path, override
from django.views.decorators.cache import never_cache

from kopa.accounts.addresses import own_page
from kopa.accounts.forms import SignInForm

FIELD: Final = "typed"
TYPIST: Final = "typed_by"  # the form's own hidden field, see templatetags/typed.py
SALT: Final = "kopa.accounts.typed"
LASTS: Final = 60 * 60 * 12  # seconds
LONGEST: Final = 200_000  # characters; our longest form full to the brim has some 60 000
IN_SESSION: Final = "typed_forms"
# So many forms wait in a session at most, and so many characters in all of them; the oldest give way.
MOST_FORMS: Final = 5
MOST_TEXT: Final = LONGEST


def keeps_what_is_typed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view behind sign-in with a long form: who has no session signs in first and loses nothing."""
    behind_sign_in = login_required(view)

    @functools.wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            return ask_to_sign_in(request)
        return behind_sign_in(request, *arguments, **named)

    guarded.keeps_what_is_typed = True  # type: ignore[attr-defined]
    return guarded


@never_cache
def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, carrying what was typed; 403, because nothing was done."""
    context = {"form": SignInForm(), "next": request.get_full_path(), "typed": sealed(request)}
    return render(request, "accounts/sign_in.html", context, status=403)


def bring_back(request: HttpRequest) -> HttpResponse | None:
    """The answer to a form of ours whose token was old; None where there is nothing to bring back."""
    match = request.resolver_match
    if match is None or not _from_our_own_page(request):
        return None
    if match.view_name == "accounts:sign_in":
        return _ask_once_more(request)
    if not getattr(match.func, "keeps_what_is_typed", False):
        return None
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    return _offer(request, sealed(request), request.get_full_path())


@never_cache
def _ask_once_more(request: HttpRequest) -> HttpResponse:
    """The sign-in page with all it carried; who signed in elsewhere meanwhile needs no second time."""
    carried = request.POST.get(FIELD, "")
    found = opened(carried)
    if found and request.user.is_authenticated:
        return _offer(request, carried, found[0])
    context = {
        "form": SignInForm(initial={"email": request.POST.get("email", "")}),
        "next": own_page(request.POST.get("next", "")) or "",
        "typed": carried if found else "",
        "is_old": True,
    }
    return render(request, "accounts/sign_in.html", context, status=403)


def _offer(request: HttpRequest, carried: str, address: str) -> HttpResponse:
    """A page whose button brings the form back to its address."""
    return render(request, "403_csrf.html", {"typed": carried, "address": address}, status=403)


def sealed(request: HttpRequest) -> str:
    """What was typed and where, for a hidden field; empty where it is too long to be carried."""
    carried = request.POST.get(FIELD, "")
    if carried and opened(carried) is not None:
        return carried
    text = _text(request)
    return "" if text is None else signing.dumps([request.get_full_path(), text], salt=SALT, compress=True)


def hold(request: HttpRequest) -> bool:
    """Keep what is typed in the session though nobody has sent it yet: the form comes back with it until it
    is saved, discarded or the person signs out. False where it is too long.
    """
    text = _text(request)
    if text is not None:
        _put(request, request.get_full_path(), text)
    return text is not None


def _put(request: HttpRequest, address: str, text: str) -> None:
    """In the place of what was typed in the same form before."""
    here = _place(address)
    kept = [one for one in request.session.get(IN_SESSION, []) if _place(one[0]) != here]
    kept.append([address, text])
    while len(kept) > MOST_FORMS or sum(len(one[1]) for one in kept) > MOST_TEXT:
        del kept[0]
    request.session[IN_SESSION] = kept


def _place(address: str) -> tuple[str, str]:
    """Which form of which thing stands at an address, whatever its language; and what it is asked for."""
    path, _mark, query = unquote(address).partition("?")
    asked = urlencode([pair for pair in parse_qsl(query) if pair[0] != "discard"])
    with override(get_language_from_path(path)):
        try:
            found = resolve(path)
        except Resolver404:
            return path, asked
    return f"{found.view_name} {sorted(found.kwargs.items())}", asked


def _text(request: HttpRequest) -> str | None:
    data = request.POST.copy()
    for name in ("csrfmiddlewaretoken", FIELD):
        data.pop(name, None)
    text = data.urlencode()
    return None if len(text) > LONGEST else text


def opened(carried: str) -> tuple[str, str] | None:
    """Address and typed text of what this server has sealed within ``LASTS``; None for anything else."""
    try:
        address, text = signing.loads(carried, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    return (address, text) if own_page(address) else None


def keep(request: HttpRequest, carried: str) -> str | None:
    """After signing in: keep it in the session. The address it belongs to.

    None, and nothing kept, where somebody else had the form open: the next one at a shared computer.
    """
    found = opened(carried)
    if found is None or not _is_theirs(request, found[1]):
        return None
    _put(request, *found)
    return found[0]


def waiting(request: HttpRequest) -> QueryDict | None:
    """What was typed at this address: brought back by this request, or waiting in the session."""
    here = _place(request.get_full_path())
    if request.method == "POST":
        brought = opened(request.POST.get(FIELD, ""))
        found = brought if brought and _place(brought[0]) == here else None
    else:
        found = next((one for one in request.session.get(IN_SESSION, []) if _place(one[0]) == here), None)
    if not found or not _is_theirs(request, found[1]):
        return None
    return QueryDict(found[1])


def forget(request: HttpRequest) -> None:
    """What was typed in this form has been saved, or is not wanted any more. Other forms go on waiting."""
    form, asked = _place(request.get_full_path())
    kept = request.session.get(IN_SESSION, [])
    # An address without a query is the same blank form as one that names the only organisation there is.
    left = [one for one in kept if _place(one[0]) not in {(form, asked), (form, "")}]
    if len(left) < len(kept):
        request.session[IN_SESSION] = left


def typist(request: HttpRequest) -> str:
    """Who has the form open, sealed: a session that has run out cannot say it any more."""
    return signing.dumps(request.user.pk, salt=SALT)


def _is_theirs(request: HttpRequest, text: str) -> bool:
    """A form that does not say who had it open belongs to whoever may open its address."""
    said = QueryDict(text).get(TYPIST)
    if said is None:
        return True
    try:
        return bool(signing.loads(said, salt=SALT, max_age=2 * LASTS) == request.user.pk)
    except signing.BadSignature:
        return False


def _from_our_own_page(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
