"""What the database keeps sealed, and what happens when SECRET_KEY changes."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from kopa.accounts import factors, seals
from kopa.accounts.errors import CodeRefused
from kopa.accounts.models import AuthenticatorApp
from tests.accounts.factors import code_now
from tests.factories import AuthenticatorAppFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
OLD, NEW = "vanha-avain-" + "a" * 40, "uusi-avain-" + "b" * 40


def test_what_is_sealed_is_read_again_by_its_owner_alone():
    sealed = seals.seal("salaisuus ja väli", owner=7)

    assert seals.opened(sealed, owner=7) == "salaisuus ja väli"
    assert "salaisuus" not in sealed
    assert seals.seal("salaisuus ja väli", owner=7) != sealed
    with pytest.raises(seals.CannotBeOpened):
        seals.opened(sealed, owner=77)


@pytest.mark.parametrize("spoiled", ["", "x", "gAAAA", "ä"])
def test_what_is_spoiled_is_not_opened(spoiled):
    with pytest.raises(seals.CannotBeOpened):
        seals.opened(spoiled, owner=7)


def test_a_changed_character_is_noticed():
    sealed = seals.seal("salaisuus", owner=7)
    other = "A" if sealed[30] != "A" else "B"

    with pytest.raises(seals.CannotBeOpened):
        seals.opened(sealed[:30] + other + sealed[31:], owner=7)


def test_the_key_is_changed_without_anybody_noticing(settings):
    settings.SECRET_KEY = OLD
    app = AuthenticatorAppFactory()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    factors.accept_code(person=app.person, code=code_now(steps=-1))

    out = io.StringIO()
    call_command("reseal_secrets", stdout=out)

    assert out.getvalue() == "1 sealed with today's key.\n"
    settings.SECRET_KEY_FALLBACKS = []
    factors.accept_code(person=app.person, code=code_now())


def test_with_a_key_that_nobody_knows_codes_are_wrong_and_the_command_says_why(settings):
    settings.SECRET_KEY = OLD
    app = AuthenticatorAppFactory()
    sealed = app.sealed_key
    settings.SECRET_KEY = NEW

    with pytest.raises(CodeRefused):
        factors.accept_code(person=app.person, code=code_now())
    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        call_command("reseal_secrets")
    assert AuthenticatorApp.objects.get().sealed_key == sealed
