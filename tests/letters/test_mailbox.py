"""The demonstration's mailbox: only where it is one, and only letters to invented people."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.translation import override

from kopa.portal.demonstration import presence
from tests.factories import LetterFactory, OfferingFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def addresses(letter) -> tuple[str, str]:
    with override("en"):
        return reverse("portal:mailbox"), reverse("portal:letter", args=[letter.pk])


@pytest.fixture
def letter():
    return LetterFactory(address="aino@demo.kopa.example", subject="Aino", text="https://a.example/x <b>")


@pytest.mark.parametrize(
    ("embedded", "loaded", "status"), [(True, True, 200), (True, False, 404), (False, True, 404)]
)
def test_it_is_open_in_the_embedded_demonstration_alone(client, letter, settings, embedded, loaded, status):
    OfferingFactory(is_demonstration=loaded)
    settings.EMBEDDED = embedded
    presence.forget()

    assert [client.get(path).status_code for path in addresses(letter)] == [status, status]


def test_letters_to_real_addresses_are_never_shown(client, letter):
    OfferingFactory(is_demonstration=True)
    real = LetterFactory(address="eeva@pello.fi", subject="Salaisuus")
    presence.forget()

    page = client.get(addresses(letter)[0]).content.decode()

    assert "Aino" in page
    assert "Salaisuus" not in page
    assert client.get(addresses(real)[1]).status_code == 404


def test_the_link_in_a_letter_can_be_followed_and_nothing_else_is_markup(client, letter):
    OfferingFactory(is_demonstration=True)
    presence.forget()

    page = client.get(addresses(letter)[1]).content.decode()

    assert '<a href="https://a.example/x" rel="nofollow">' in page
    assert "&lt;b&gt;" in page
