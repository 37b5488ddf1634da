"""A cache between us and the readers never hands one person's page to another (TESTPLAN W5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings as running_settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.accounts.models import User
from offerings.models import Offering
from tests.factories import OfferingFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# Django's own, in front of everything as a proxy is: what it keeps and for whom follows the answer's headers.
CACHE = ["django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware"]


def forgetful(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What the answers would be if nobody had thought of caches."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name in ("Vary", "Cache-Control", "Expires"):
            response.headers.pop(name, None)
        return response

    return answer


@pytest.fixture
def shared_cache(settings):
    settings.MIDDLEWARE = [*CACHE, *running_settings.MIDDLEWARE]
    settings.CACHE_MIDDLEWARE_KEY_PREFIX = "between"
    cache.clear()
    yield
    cache.clear()


def pages(offering: Offering) -> list[str]:
    names = ("portal:home", "portal:about", "offerings:search", "municipalities:list", "providers:list",
             "accounts:profile", "offerings:own", "offerings:create")  # fmt: skip
    with override("fi"):
        return [
            *(reverse(name) for name in names),
            reverse("offerings:edit", args=[offering.pk]),
            f"{reverse('offerings:search')}{offering.pk}/",
            municipality("FI-854").get_absolute_url(),
            offering.provider.get_absolute_url(),
        ]


def who_sees_bengt(bengt: User, aino: User, lappia) -> dict[str, set[str]]:
    """For each page: in whose copy Bengt is named. He reads first."""
    offering = OfferingFactory(provider=lappia)
    readers = {"bengt": Client(), "aino": Client(), "anonymous": Client()}
    readers["bengt"].force_login(bengt)
    readers["aino"].force_login(aino)
    return {
        path: {name for name, client in readers.items() if "Bengt" in client.get(path, follow=True).text}
        for path in pages(offering)
    }


@pytest.mark.usefixtures("shared_cache")
def test_nobody_is_given_another_persons_page(bengt: User, aino: User, lappia) -> None:
    seen = who_sees_bengt(bengt, aino, lappia)

    assert seen == {path: {"bengt"} for path in seen}


@pytest.mark.usefixtures("shared_cache")
def test_without_the_headers_the_cache_would_mix_them_up(bengt: User, aino: User, lappia, settings) -> None:
    """Counter-proof."""
    settings.MIDDLEWARE = [*CACHE, f"{__name__}.forgetful", *running_settings.MIDDLEWARE[2:]]

    assert {"bengt", "aino", "anonymous"} in who_sees_bengt(bengt, aino, lappia).values()


@pytest.mark.usefixtures("shared_cache")
def test_what_is_the_same_for_everybody_is_kept(client: Client, django_assert_num_queries) -> None:
    municipality("FI-854")
    with override("fi"):
        asked = reverse("municipalities:suggest") + "?q=pello"
    first = client.get(asked)

    with django_assert_num_queries(0):
        assert Client().get(asked).content == first.content
