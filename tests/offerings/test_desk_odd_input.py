"""Nothing that a form is sent breaks it: a field is kept or refused (TESTPLAN I13 to I15)."""

from __future__ import annotations

import unicodedata

import pytest
from django.conf import settings as running_settings

from offerings.models import Offering
from tests.odd_input import ENDLESS, ODD
from tests.offerings.filled_in import desk, typed_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
NO_NUMBERS = ("-1", "1e400", "9223372036854775808", "9" * 400, "٣", "½", "9999-12-31", "0000-01-01", "[]")
AS_BROWSERS_DO = "application/x-www-form-urlencoded"
NAMES = "Áŋŋel Čáhput Šiŋká Ǩeeʹmmel – хитсаус 💥🦊"


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def test_the_same_odd_value_in_every_field_is_refused_at_fields(at_desk, lappia):
    names = set(at_desk.get(desk("create")).context["form"].fields)

    for value in (*ODD, *NO_NUMBERS, *(endless[:5_000] for endless in ENDLESS), "\x00", "a\x00b"):
        response = at_desk.post(desk("create"), dict.fromkeys(names, value) | {"act": "save"})
        assert response.status_code == 200, value[:80]
        assert {"form", "contact_email"} <= set(response.context["form"].errors), value[:80]

    assert Offering.objects.count() == 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_every_script_are_kept_and_found_in_both_spellings(at_desk, client, lappia, form):
    typed = unicodedata.normalize(form, f"{NAMES} äö")

    at_desk.post(desk("create"), typed_course(lappia, act="publish", title_fi=typed, title_sv=""))

    offering = Offering.objects.get(status="published")
    assert unicodedata.normalize("NFC", offering.title_fi) == f"{NAMES} äö"
    for spelling in ("NFC", "NFD"):
        for word in ("Áŋŋel", "čáhput", "ŠIŊKÁ", "хитсаус"):
            found = client.get("/api/v1/offerings/", {"q": unicodedata.normalize(spelling, word)}).json()
            assert [one["id"] for one in found["results"]] == [offering.pk], (spelling, word)


def test_a_text_with_a_null_character_is_refused_at_its_field(at_desk, lappia):
    response = at_desk.post(desk("create"), typed_course(lappia, title_fi="Hitsa\x00aja"))

    assert response.context["form"].errors == {"title_fi": ["Null characters are not allowed."]}


def test_bytes_that_are_no_text_are_kept_as_signs_of_that(at_desk, lappia):
    at_desk.post(desk("create"), "title_fi=Hitsaaja+%ED%A0%80%FF&act=save", content_type=AS_BROWSERS_DO)

    assert Offering.objects.get().title_fi == "Hitsaaja \ufffd\ufffd\ufffd\ufffd"


def test_the_last_of_a_field_given_twice_counts(at_desk, lappia):
    at_desk.post(desk("create"), {"title_fi": ["Hitsaaja", "Kokki"], "act": "save"})

    assert Offering.objects.get().title_fi == "Kokki"


@pytest.mark.parametrize(
    "sent",
    [
        {"title_fi": "x" * (running_settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)},
        {f"field_{n}": "" for n in range(running_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)},
    ],
    ids=["letters", "fields"],
)
def test_more_than_any_form_holds_is_not_read(at_desk, lappia, sent):
    encoded = "&".join(f"{name}={value}" for name, value in sent.items())

    response = at_desk.post(desk("create"), encoded, content_type=AS_BROWSERS_DO)

    assert response.status_code == 400
    assert Offering.objects.count() == 0
