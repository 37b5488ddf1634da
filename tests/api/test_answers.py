"""What holds for every answer under /api/: problems, ETags, open to web pages, the same for everybody."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, path
from django.utils.translation import gettext, override
from rest_framework.views import APIView

from kopa import urls
from kopa.base.api.views import StrictView
from kopa.base.errors import ChangedMeanwhile

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PROBLEM = {"type", "title", "status", "detail", "code"}


class Broken(StrictView):
    """A view with a mistake, to see what a reader gets then."""

    def get(self, request):
        raise ZeroDivisionError


class Refusing(StrictView):
    def get(self, request):
        raise ChangedMeanwhile


def index_error(request):
    raise IndexError


class WithBrokenViews:
    urlpatterns = [
        path("api/v1/broken/", Broken.as_view()),
        path("api/v1/refusing/", Refusing.as_view()),
        path("api/v1/plain/", index_error),
        *urls.urlpatterns,
    ]
    handler404 = getattr(urls, "handler404", "django.views.defaults.page_not_found")
    handler500 = getattr(urls, "handler500", "django.views.defaults.server_error")


@pytest.fixture
def with_broken_views(settings):
    settings.ROOT_URLCONF = WithBrokenViews


def problem_of(answer, status):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert set(answer.json()) >= PROBLEM
    assert answer.json()["status"] == status
    assert answer.json()["type"] == f"/api/v1/docs/#problem-{answer.json()['code']}"
    return answer.json()


@pytest.mark.parametrize(
    "address",
    [
        "/api/",
        "/api/v1/nothing/",
        "/api/v2/",
        "/api/v1/offerings/nothing/here/",
        "/api/v1/offerings/abc/",
        "/api/%00",
    ],
)
def test_an_unknown_address_is_a_problem_not_a_page(client, address):
    assert problem_of(client.get(address, headers={"accept": "text/html"}), 404)["code"] == "not_found"


def test_a_method_that_is_not_there_is_a_problem(client):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)("/api/v1/offerings/", "{}", content_type="application/json")
        assert problem_of(answer, 405)["code"] == "method_not_allowed"
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_form_that_cannot_be_given_is_a_problem(client):
    assert (
        problem_of(client.get("/api/v1/offerings/", headers={"accept": "text/csv"}), 406)["code"]
        == "not_acceptable"
    )


@pytest.mark.parametrize("address", ["/api/v1/broken/", "/api/v1/plain/"])
def test_a_mistake_of_ours_is_a_problem_that_tells_nothing(with_broken_views, address, caplog):
    answer = Client(raise_request_exception=False).get(address)

    assert problem_of(answer, 500)["code"] == "server_error"
    assert "Error" not in answer.content.decode().replace("Server got itself in trouble", "")
    assert [record.exc_info is not None for record in caplog.records if record.name == "django.request"] == [
        True
    ]


def test_a_broken_rule_is_a_conflict_with_its_own_code(with_broken_views, client):
    answer = client.get("/api/v1/refusing/?lang=en")
    assert problem_of(answer, 409) == {
        "type": "/api/v1/docs/#problem-changed_meanwhile",
        "title": "A rule refuses the act",
        "status": 409,
        "code": "changed_meanwhile",
        "detail": (
            "Somebody else has changed this since you opened it. Your text is still here: compare it with"
            " the saved version before you save."
        ),
    }


def test_a_wrong_host_is_a_problem(client):
    assert problem_of(client.get("/api/v1/", headers={"host": "evil.example"}), 400)["code"] == "bad_request"


def test_too_many_parameters_are_a_problem(client):
    many = "&".join(f"x{number}=1" for number in range(3000))
    assert problem_of(client.get(f"/api/v1/offerings/?{many}"), 400)["code"] == "bad_request"


def test_an_address_without_its_slash_is_led_on(client):
    answer = client.get("/api/v1/offerings?lang=fi")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/api/v1/offerings/?lang=fi")


# ETags


@pytest.mark.parametrize(
    "address", ["/api/v1/", "/api/v1/offerings/", "/api/v1/schema/", "/api/v1/offerings/?facets=1"]
)
def test_what_has_not_changed_is_not_sent_again(client, courses, address):
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert (
        client.get(address, headers={"if-none-match": f'"x", W/{first.headers["ETag"]}'}).status_code == 304
    )
    assert client.get(address, headers={"if-none-match": '"x"'}).status_code == 200


def test_an_etag_changes_with_a_place(client, courses):
    address = f"/api/v1/offerings/{courses['welding'].pk}/"
    before = client.get(address).headers["ETag"]
    counter = courses["welding"].counters.get(quota=None)
    counter.taken_elsewhere += 1
    counter.save()

    answer = client.get(address, headers={"if-none-match": before})

    assert answer.status_code == 200
    assert answer.headers["ETag"] != before


def test_a_date_alone_never_hides_that_the_deadline_has_passed(client, courses, clock):
    address = f"/api/v1/offerings/{courses['welding'].pk}/"
    first = client.get(address)
    assert first.headers["Last-Modified"] == "Thu, 12 Nov 2026 08:00:00 GMT"
    clock.move_to(courses["welding"].applications_close_at.replace(day=20))

    again = client.get(address, headers={"if-modified-since": first.headers["Last-Modified"]})

    assert again.status_code == 200
    assert (first.json()["application_state"], again.json()["application_state"]) == ("open", "closed")


def test_head_gives_the_same_headers(client, courses):
    get, head = client.get("/api/v1/offerings/"), client.head("/api/v1/offerings/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]


def test_refusals_have_no_etag(client):
    assert "ETag" not in client.get("/api/v1/offerings/?x=1").headers


# Who may read


def test_a_web_page_of_anybody_may_read_but_never_as_somebody(client, courses):
    answer = client.get("/api/v1/offerings/", headers={"origin": "https://example.org"})

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert not {"cookie", "accept-language"} & set(answer.headers["Vary"].lower().split(", "))
    assert "Set-Cookie" not in answer.headers
    assert client.get("/api/v1/offerings/?x=1").headers["Access-Control-Allow-Origin"] == "*"


def test_a_browser_s_question_before_the_request_is_answered(client):
    answer = client.options(
        "/api/v1/offerings/",
        headers={
            "origin": "https://example.org",
            "access-control-request-method": "GET",
            "access-control-request-headers": "if-none-match",
        },
    )

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_pages_are_not_open_to_other_sites(client):
    for page in ("/api/v1/docs/", "/health/live"):
        assert "Access-Control-Allow-Origin" not in client.get(page).headers


@pytest.mark.parametrize(
    ("lang", "languages"),
    [("", "fi, sv, en"), ("?lang=fi", "fi"), ("?lang=sv", "sv"), ("?lang=all", "fi, sv, en")],
)
def test_the_language_is_said_and_never_guessed(client, lang, languages):
    answer = client.get(
        f"/api/v1/schema/{lang}", headers={"accept-language": "sv", "cookie": "kopa_language=sv"}
    )
    assert answer.headers["Content-Language"] == languages
    assert answer.content == client.get(f"/api/v1/schema/{lang}", headers={"accept-language": "fi"}).content


@pytest.mark.parametrize(
    ("lang", "language"),
    [("", "en"), ("lang=all", "en"), ("lang=xx", "en"), ("lang=fi", "fi"), ("lang=sv", "sv")],
)
def test_a_problem_is_told_in_one_language(client, lang, language):
    answer = client.get(f"/api/v1/offerings/?nothing=1&{lang}", headers={"accept-language": "fi"})
    assert answer.headers["Content-Language"] == language
    with override(language):
        assert answer.json()["errors"][0]["detail"] == gettext("There is no such parameter.")


def test_every_view_of_the_api_is_strict():
    def views(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from views(pattern.url_patterns)
            elif hasattr(pattern.callback, "cls"):
                yield pattern.callback.cls

    found = set(views(get_resolver(settings.ROOT_URLCONF).url_patterns))
    assert len(found) >= 3
    assert [view for view in found if issubclass(view, APIView) and not issubclass(view, StrictView)] == []
