"""Where demonstration data is not loaded: real portals, real offerings, real people."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from kopa.accounts.models import User
from kopa.portal.demonstration.people import PEOPLE
from offerings.models import Offering
from tests.factories import OfferingFactory, UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def command(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("load_demonstration", *words, stdout=out)
    return out.getvalue().splitlines()


def test_a_portal_with_real_offerings_is_refused():
    OfferingFactory()

    with pytest.raises(CommandError, match="There are offerings here that are not of the demonstration"):
        command()
    assert command("--if-needed") == [
        "There are offerings here that are not of the demonstration. Demonstration data is not loaded."
    ]
    assert Offering.objects.count() == 1
    assert not User.objects.filter(is_demonstration=True).exists()


@pytest.mark.parametrize("words", [(), ("--if-needed",)])
def test_a_portal_that_up_did_not_start_is_refused(settings, words):
    settings.EMBEDDED = False

    with pytest.raises(CommandError, match="was not started by"):
        command(*words)
    assert not User.objects.exists()


def test_an_address_of_a_real_person_is_not_taken_over():
    person = UserFactory(email=PEOPLE[0].email)

    with pytest.raises(CommandError, match="belongs to a real person"):
        command()
    assert list(User.objects.all()) == [person]


def test_without_the_register_it_says_what_to_do_and_leaves_nothing(settings):
    settings.EMBEDDED = False

    with pytest.raises(CommandError, match="run load_reference first"):
        command("--yes-demo")
    assert not User.objects.exists()
