"""Nothing typed is lost when the session or the form's token has run out, through the real pages."""

from __future__ import annotations

import re

import pytest
from django.core import signing
from django.test import Client, RequestFactory
from django.utils.translation import override

from kopa.accounts import typed
from offerings import services
from offerings.models import Offering
from tests.accounts.factors import code_now, url
from tests.accounts.signing_in import sign_in_url, sign_out_url
from tests.factories import PASSWORD, AuthenticatorAppFactory, OfferingFactory, UserFactory
from tests.offerings.filled_in import desk, typed_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

SAME_ORIGIN = {"HTTP_SEC_FETCH_SITE": "same-origin"}


@pytest.fixture
def visitor() -> Client:
    """Minds tokens, as a real browser must."""
    return Client(enforce_csrf_checks=True)


def hidden(response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    return found[1] if found else ""


def send(visitor: Client, address: str, data: dict, *, page=None, **headers):
    """Send the form that stands on ``page``, or on the page at ``address``."""
    page = page if page is not None else visitor.get(address)
    token = {"csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken")}
    return visitor.post(address, data | token, **headers)


def sign_in_with(visitor: Client, page, person, password: str = PASSWORD, **headers):
    """The sign-in form of ``page``, with all it carries."""
    carried = {name: hidden(page, name) for name in ("next", "typed") if hidden(page, name)}
    data = {"email": person.email, "password": password} | carried
    return send(visitor, sign_in_url(), data, page=page, **headers)


def end_session(visitor: Client) -> None:
    del visitor.cookies["kopa_session"]


def test_what_was_typed_comes_back_after_the_second_step_too(visitor, lappia, bengt):
    AuthenticatorAppFactory(person=bengt)
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    visitor.force_login(bengt)
    form = visitor.get(desk("edit", draft.pk))
    end_session(visitor)
    asked = send(visitor, desk("edit", draft.pk), {"title_fi": "Levyseppä", "version": "1"}, page=form)
    step = sign_in_with(visitor, asked, bengt)

    back = send(visitor, step["Location"], {"code": code_now()})

    assert (step["Location"], back["Location"]) == (url("second_step"), desk("edit", draft.pk))
    assert 'value="Levyseppä"' in visitor.get(back["Location"]).text
    assert Offering.objects.get().title_fi == "Hitsaaja"


def test_after_the_session_has_run_out_the_form_comes_back_filled_in(visitor, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    visitor.force_login(bengt)
    form = visitor.get(desk("edit", draft.pk))
    end_session(visitor)

    long_text = "Opit hitsaamaan. <b>&amp; " * 200
    asked = send(
        visitor,
        desk("edit", draft.pk),
        {"title_fi": "Levyseppä", "description_fi": long_text, "languages": ["fi", "sv"], "version": "1"},
        page=form,
    )
    back = sign_in_with(visitor, asked, bengt)
    again = visitor.get(back["Location"])

    assert asked.status_code == 403
    assert "You had been signed out, so nothing was saved." in asked.text
    assert long_text not in asked.text  # it travels sealed
    assert back["Location"] == desk("edit", draft.pk)
    assert again.context["form"]["title_fi"].value() == "Levyseppä"
    assert again.context["form"]["description_fi"].value() == long_text
    assert again.context["form"]["languages"].value() == ["fi", "sv"]
    assert again.context["version"] == "1"
    assert "This is what you typed before your session ended." in again.text
    assert Offering.objects.get().title_fi == "Hitsaaja"  # nothing is saved by signing in


def test_what_came_back_stays_until_it_is_saved(visitor, lappia, bengt):
    typed_course(lappia)
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=visitor.get(sign_in_url()))
    sign_in_with(visitor, asked, bengt)

    for _ in range(2):
        page = visitor.get(desk("create"))
        assert page.context["form"]["title_fi"].value() == "Levyseppä"
    send(visitor, desk("create"), {"title_fi": "Levyseppä", "act": "save"}, page=page)

    assert Offering.objects.get().title_fi == "Levyseppä"
    assert visitor.get(desk("create")).context["form"]["title_fi"].value() == ""


def test_what_came_back_can_be_let_go(visitor, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    form = {"title_fi": "Levyseppä", "version": "1"}
    asked = send(visitor, desk("edit", draft.pk), form, page=visitor.get(sign_in_url()))
    sign_in_with(visitor, asked, bengt)
    assert 'href="?discard=1"' in visitor.get(desk("edit", draft.pk)).text

    page = visitor.get(desk("edit", draft.pk) + "?discard=1", follow=True)

    assert page.redirect_chain == [(desk("edit", draft.pk), 302)]
    assert page.context["form"]["title_fi"].value() == "Hitsaaja"


def kept(visitor: Client) -> list[str]:
    return [address for address, _text in visitor.session.get(typed.IN_SESSION, [])]


def ask_in_vain(visitor: Client, address: str, bengt, title: str = "Levyseppä") -> None:
    """Send a form without a session, and sign in."""
    asked = send(visitor, address, {"title_fi": title}, page=visitor.get(sign_in_url()))
    sign_in_with(visitor, asked, bengt)


def test_several_forms_wait_beside_one_another_and_the_oldest_gives_way(visitor, lappia, bengt, monkeypatch):
    monkeypatch.setattr(typed, "MOST_FORMS", 2)
    monkeypatch.setattr(typed, "MOST_TEXT", 60)
    drafts = [OfferingFactory(provider=lappia, status="draft") for _ in range(3)]
    addresses = [desk("edit", draft.pk) for draft in drafts]
    visitor.force_login(bengt)

    def bring(address: str, text: str) -> None:
        request = RequestFactory().get(address)
        request.user, request.session = bengt, visitor.session
        assert typed.keep(request, signing.dumps([address, text], salt=typed.SALT)) == address
        request.session.save()

    bring(addresses[0], "title_fi=Eka")
    bring(addresses[1], "title_fi=Toka")
    bring(addresses[0], "title_fi=Uusi+eka")
    assert kept(visitor) == [addresses[1], addresses[0]]
    assert visitor.get(addresses[0]).context["form"]["title_fi"].value() == "Uusi eka"
    assert visitor.get(addresses[1]).context["form"]["title_fi"].value() == "Toka"
    bring(addresses[2], "title_fi=Kolmas")
    assert kept(visitor) == [addresses[0], addresses[2]]
    bring(addresses[1], "title_fi=" + "x" * 45)
    assert kept(visitor) == [addresses[1]]


def test_what_was_typed_comes_back_in_another_language_and_is_let_go_there(visitor, lappia, bengt):
    draft = OfferingFactory(provider=lappia, status="draft")
    ask_in_vain(visitor, desk("edit", draft.pk), bengt)
    with override("sv"):
        swedish = desk("edit", draft.pk)

    assert visitor.get(swedish).context["form"]["title_fi"].value() == "Levyseppä"
    visitor.get(swedish + "?discard=1")

    assert kept(visitor) == []
    assert visitor.get(desk("edit", draft.pk)).context["form"]["title_fi"].value() == draft.title_fi


def test_a_page_that_is_no_more_holds_nothing_up(visitor, lappia, bengt):
    """Its address may change while somebody has it open."""
    visitor.force_login(bengt)
    session = visitor.session
    session[typed.IN_SESSION] = [["/en/gone/", "a=b"]]
    session.save()
    draft = OfferingFactory(provider=lappia, status="draft")

    page = visitor.get(desk("edit", draft.pk) + "?discard=1", follow=True)

    assert page.context["form"]["title_fi"].value() == draft.title_fi
    assert kept(visitor) == ["/en/gone/"]


def test_a_new_course_can_be_begun_anew(visitor, lappia, bengt):
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=visitor.get(sign_in_url()))
    sign_in_with(visitor, asked, bengt)
    page = visitor.get(desk("create"))

    empty = visitor.get(f"{desk('create')}?discard=1&provider={lappia.pk}", follow=True)

    assert f"?discard=1&amp;provider={lappia.pk}" in page.text
    assert empty.context["form"]["title_fi"].value() == ""
    assert visitor.get(desk("create")).context["form"]["title_fi"].value() == ""


def test_a_wrong_password_in_between_loses_nothing(visitor, lappia, bengt):
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=visitor.get(sign_in_url()))

    wrong = sign_in_with(visitor, asked, bengt, password="arvaus")
    back = sign_in_with(visitor, wrong, bengt)

    assert "The e-mail address or the password is wrong." in wrong.text
    assert visitor.get(back["Location"]).context["form"]["title_fi"].value() == "Levyseppä"


def test_it_still_notices_that_somebody_else_saved_meanwhile(visitor, lappia, bengt, aino):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    form = {"title_fi": "Levyseppä", "version": "1"}
    asked = send(visitor, desk("edit", draft.pk), form, page=visitor.get(sign_in_url()))
    services.save_offering(offering_id=draft.pk, version=1, given={"title_fi": "Ainon"}, by=aino)
    sign_in_with(visitor, asked, bengt)
    page = visitor.get(desk("edit", draft.pk))

    answer = send(
        visitor,
        desk("edit", draft.pk),
        {"title_fi": "Levyseppä", "version": page.context["version"]},
        page=page,
    )

    assert "differences" in answer.context
    assert Offering.objects.get().title_fi == "Ainon"


def test_somebody_else_who_signs_in_gets_nothing_of_it(visitor, lappia, bengt, olli):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    form = {"title_fi": "Levyseppä", "version": "1"}
    asked = send(visitor, desk("edit", draft.pk), form, page=visitor.get(sign_in_url()))

    back = sign_in_with(visitor, asked, olli)

    assert visitor.get(back["Location"]).status_code == 404


def test_the_next_one_at_a_shared_computer_is_not_shown_what_was_typed(visitor, lappia, bengt, aino):
    visitor.force_login(bengt)
    form = visitor.get(desk("create"))
    end_session(visitor)
    said = hidden(form, "typed_by")
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä", "typed_by": said}, page=form)

    sign_in_with(visitor, asked, aino)
    page = visitor.get(desk("create"))

    assert said != ""
    assert "Levyseppä" not in page.text
    assert page.context["form"]["title_fi"].value() in {None, ""}


def test_who_typed_it_gets_it_back_from_a_form_that_says_so(visitor, lappia, bengt):
    visitor.force_login(bengt)
    form = visitor.get(desk("create"))
    end_session(visitor)
    typed_text = {"title_fi": "Levyseppä", "typed_by": hidden(form, "typed_by")}
    asked = send(visitor, desk("create"), typed_text, page=form)

    sign_in_with(visitor, asked, bengt)

    assert visitor.get(desk("create")).context["form"]["title_fi"].value() == "Levyseppä"


def test_a_forged_typist_gets_nothing_back(visitor, lappia, bengt):
    data = {"title_fi": "Levyseppä", "typed_by": "forged"}
    asked = send(visitor, desk("create"), data, page=visitor.get(sign_in_url()))

    sign_in_with(visitor, asked, bengt)

    assert "Levyseppä" not in visitor.get(desk("create")).text


@pytest.mark.parametrize("page", ["places", "cancel"])
def test_the_shorter_forms_keep_what_is_typed_too(visitor, lappia, bengt, page):
    offering = OfferingFactory(provider=lappia)
    name = {"places": f"taken_{offering.counters.get().pk}", "cancel": "reason_fi"}[page]
    asked = send(visitor, desk(page, offering.pk), {name: "7"}, page=visitor.get(sign_in_url()))

    back = sign_in_with(visitor, asked, bengt)

    shown = visitor.get(back["Location"])
    assert shown.context["form"][name].value() == "7"
    assert Offering.objects.get().version == 1


def test_an_old_token_brings_the_form_back_by_one_button(visitor, lappia, bengt):
    """The person signed in again in another window, which gives every form there a new token."""
    visitor.force_login(bengt)
    old = visitor.get(desk("create"))
    sign_in_with(visitor, visitor.get(sign_in_url() + "?next=/en/"), bengt)
    visitor.cookies["kopa_csrf"] = "x" * 32

    refused = send(visitor, desk("create"), {"title_fi": "Levyseppä", "act": "save"}, page=old, **SAME_ORIGIN)
    back = send(visitor, desk("create"), {"typed": hidden(refused, "typed")}, page=refused)

    assert refused.status_code == 403
    assert f'<form method="post" action="{desk("create")}"' in refused.text
    assert back.status_code == 200
    assert back.context["form"]["title_fi"].value() == "Levyseppä"
    assert not Offering.objects.exists()

    send(visitor, desk("create"), {"title_fi": "Levyseppä", "act": "save"}, page=back)
    assert Offering.objects.get().title_fi == "Levyseppä"


def test_a_second_old_token_loses_nothing_either(visitor, lappia, bengt):
    visitor.force_login(bengt)
    old = visitor.get(desk("create"))
    del visitor.cookies["kopa_csrf"]
    first = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=old, **SAME_ORIGIN)
    del visitor.cookies["kopa_csrf"]
    second = send(visitor, desk("create"), {"typed": hidden(first, "typed")}, page=first, **SAME_ORIGIN)

    back = send(visitor, desk("create"), {"typed": hidden(second, "typed")}, page=second)

    assert (first.status_code, second.status_code) == (403, 403)
    assert back.context["form"]["title_fi"].value() == "Levyseppä"


def test_without_any_cookie_left_signing_in_brings_it_back(visitor, lappia, bengt):
    visitor.force_login(bengt)
    old = visitor.get(desk("create"))
    visitor.cookies.clear()

    asked = send(
        visitor, desk("create"), {"title_fi": "Levyseppä"}, page=old, HTTP_ORIGIN="http://testserver"
    )
    back = sign_in_with(visitor, asked, bengt)

    assert asked.templates[0].name == "accounts/sign_in.html"
    assert visitor.get(back["Location"]).context["form"]["title_fi"].value() == "Levyseppä"


@pytest.mark.parametrize(
    "headers",
    [{}, {"HTTP_SEC_FETCH_SITE": "cross-site"}, {"HTTP_SEC_FETCH_SITE": "same-site"},
     {"HTTP_ORIGIN": "http://evil.example"}, {"HTTP_ORIGIN": "null"}],
)  # fmt: skip
def test_a_form_on_somebody_elses_page_gets_nothing(visitor, lappia, bengt, headers):
    visitor.force_login(bengt)

    refused = visitor.post(desk("create"), {"title_fi": "Vieras", "act": "save"}, **headers)

    assert refused.status_code == 403
    assert "Vieras" not in refused.text
    assert hidden(refused, "typed") == ""
    assert not Offering.objects.exists()


def test_signing_in_through_another_window_loses_nothing(visitor, lappia, bengt):
    """Its sign-in gives the browser a new token, so that the page that carries the text has an old one."""
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=visitor.get(sign_in_url()))
    sign_in_with(visitor, visitor.get(sign_in_url()), bengt)

    refused = sign_in_with(visitor, asked, bengt, **SAME_ORIGIN)
    back = send(visitor, desk("create"), {"typed": hidden(refused, "typed")}, page=refused)

    assert refused.status_code == 403
    assert f'<form method="post" action="{desk("create")}"' in refused.text
    assert back.context["form"]["title_fi"].value() == "Levyseppä"
    assert not Offering.objects.exists()


def test_a_sign_in_page_with_an_old_token_stands_there_again_with_all_it_carried(visitor, lappia, bengt):
    """Signed in and out again in another window."""
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=visitor.get(sign_in_url()))
    sign_in_with(visitor, visitor.get(sign_in_url()), bengt)
    end_session(visitor)

    again = sign_in_with(visitor, asked, bengt, **SAME_ORIGIN)
    back = sign_in_with(visitor, again, bengt)

    assert again.status_code == 403
    assert again.templates[0].name == "accounts/sign_in.html"
    assert again.context["form"]["email"].value() == bengt.email
    assert hidden(again, "next") == desk("create")
    assert PASSWORD not in again.text
    assert "no-store" in again["Cache-Control"]
    assert back["Location"] == desk("create")
    assert visitor.get(back["Location"]).context["form"]["title_fi"].value() == "Levyseppä"


def test_an_old_sign_in_page_that_carries_nothing_says_so(visitor, bengt):
    page = visitor.get(sign_in_url() + f"?next={desk('create')}")
    visitor.cookies["kopa_csrf"] = "x" * 32

    again = sign_in_with(visitor, page, bengt, **SAME_ORIGIN)

    assert "This page was out of date, so you are not signed in yet." in again.text
    assert (hidden(again, "typed"), hidden(again, "next")) == ("", desk("create"))
    assert sign_in_with(visitor, again, bengt)["Location"] == desk("create")


@pytest.mark.parametrize("headers", [{}, {"HTTP_SEC_FETCH_SITE": "cross-site"}])
def test_a_sign_in_form_on_somebody_elses_page_gets_nothing(visitor, lappia, headers):
    asked = send(visitor, desk("create"), {"title_fi": "Levyseppä"}, page=visitor.get(sign_in_url()))
    data = {"email": "evil@example.org", "typed": hidden(asked, "typed"), "next": desk("create")}

    refused = visitor.post(sign_in_url(), data, **headers)

    assert (refused.status_code, refused.templates[0].name) == (403, "403_csrf.html")
    assert (hidden(refused, "typed"), hidden(refused, "next")) == ("", "")


def test_an_old_sign_in_page_takes_over_nothing_that_is_forged(visitor, bengt):
    data = {"email": "x", "typed": "forged", "next": "//evil.example"}

    again = visitor.post(sign_in_url(), data, **SAME_ORIGIN)

    assert (hidden(again, "typed"), hidden(again, "next")) == ("", "")


def test_other_pages_with_an_old_token_are_refused_as_ever(visitor, bengt):
    visitor.force_login(bengt)

    refused = visitor.post(sign_out_url(), {"email": "x"}, **SAME_ORIGIN)

    assert (refused.status_code, refused.templates[0].name) == (403, "403_csrf.html")
    assert hidden(refused, "typed") == ""


def test_only_what_this_server_sealed_lately_is_taken_back(lappia, bengt, clock):
    good = signing.dumps([desk("create"), "title_fi=x"], salt=typed.SALT, compress=True)
    elsewhere = signing.dumps(["//evil.example/", "title_fi=x"], salt=typed.SALT, compress=True)
    other_salt = signing.dumps([desk("create"), "title_fi=x"], salt="another", compress=True)

    assert typed.opened(good) == (desk("create"), "title_fi=x")
    assert [typed.opened(one) for one in ("", "x", good[:-1], elsewhere, other_salt)] == [None] * 5
    clock.shift(typed.LASTS)
    assert typed.opened(good) is not None
    clock.shift(1)
    assert typed.opened(good) is None


def test_a_forged_field_neither_fills_in_nor_redirects(visitor, lappia, bengt):
    page = visitor.get(sign_in_url())
    forged = signing.dumps(["https://evil.example/", "a=b"], key="another key", salt=typed.SALT)

    answer = send(
        visitor,
        sign_in_url(),
        {"email": bengt.email, "password": PASSWORD, "typed": forged, "next": "//evil.example"},
        page=page,
    )

    assert answer["Location"] == "/en/start/"
    assert typed.IN_SESSION not in visitor.session


def test_a_sealed_form_belongs_to_its_address(visitor, lappia, bengt):
    draft = services.create_draft(provider_id=lappia.pk, given={"title_fi": "Hitsaaja"}, by=bengt)
    sealed = signing.dumps([desk("create"), "title_fi=Toinen"], salt=typed.SALT, compress=True)
    visitor.force_login(bengt)
    page = visitor.get(desk("edit", draft.pk))

    answer = send(visitor, desk("edit", draft.pk), {"typed": sealed}, page=page)

    assert answer.status_code == 200
    assert answer.context["form"]["title_fi"].value() == "Hitsaaja"


def test_what_is_too_long_to_carry_is_let_go(visitor, lappia):
    asked = send(
        visitor, desk("create"), {"title_fi": "x" * (typed.LONGEST + 1)}, page=visitor.get(sign_in_url())
    )

    assert asked.status_code == 403
    assert hidden(asked, "typed") == ""
    assert hidden(asked, "next") == desk("create")


def test_pages_behind_sign_in_still_ask_first(visitor, lappia):
    response = visitor.get(desk("create"))

    assert (response.status_code, response["Location"]) == (302, f"{sign_in_url()}?next={desk('create')}")


def test_signing_in_twice_carries_the_newest(visitor, lappia, bengt):
    """A second form that comes before signing in takes the place of the first."""
    first = send(visitor, desk("create"), {"title_fi": "Eka"}, page=visitor.get(sign_in_url()))
    second = send(visitor, desk("create"), {"title_fi": "Toka"}, page=first)

    sign_in_with(visitor, second, UserFactory(email=bengt.email))

    assert visitor.get(desk("create")).context["form"]["title_fi"].value() == "Toka"
