"""Accounts: one address, one person; the database has the last word."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kopa.accounts.models import User
from kopa.accounts.services import create_person
from kopa.audit.models import AuditEvent
from tests.factories import UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
GOOD = "pitkä-ja-oma-salasana-5"


def test_a_person_is_made_with_the_address_in_lower_case():
    by = UserFactory()
    person = create_person(email=" Eeva@Example.ORG ", name=" Eeva ", language="sv", password=GOOD, by=by)

    assert (person.email, person.name, person.language) == ("eeva@example.org", "Eeva", "sv")
    assert person.check_password(GOOD)
    entry = AuditEvent.objects.get()
    assert (entry.verb, entry.target_id, entry.actor) == ("person.create", person.pk, by)


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"email": "AINO@example.org"}, "email"),
        ({"email": "eeva"}, "email"),
        ({"name": " "}, "name"),
        ({"language": "de"}, "__all__"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(aino, facts, wrong):
    with pytest.raises(ValidationError) as refused:
        create_person(
            **({"email": "eeva@example.org", "name": "Eeva", "language": "fi", "password": GOOD} | facts)
        )

    assert list(refused.value.message_dict) == [wrong]
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["", "lyhyt", "password1234", "eeva.esimerkki"])
def test_a_weak_password_is_refused(password):
    with pytest.raises(ValidationError):
        create_person(email="eeva@example.org", name="Eeva Esimerkki", language="fi", password=password)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"email": "Aino@example.org"}, "user_email_is_lower_case"),
        ({"language": "de"}, "user_language_is_known"),
    ],
)
def test_the_database_has_the_last_word_on_people(aino, change, constraint):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        User.objects.filter(pk=aino.pk).update(**change)
    assert refused.value.__cause__.diag.constraint_name == constraint


def test_a_person_is_found_by_the_address_in_any_case(aino):
    assert User.objects.get_by_natural_key(f" {aino.email.upper()} ") == aino
    assert str(aino) == "Aino"


def test_a_person_is_found_by_number_as_by_any_other_word(django_assert_num_queries) -> None:
    """Read as every page reads whoever is signed in, everything is as the ORM reads it."""
    aino = UserFactory()

    with django_assert_num_queries(1):
        found = User.objects.get(pk=aino.pk)
    other_way = User.objects.get(email=aino.email)

    fields = [field.attname for field in User._meta.concrete_fields]
    assert [getattr(found, name) for name in fields] == [getattr(other_way, name) for name in fields]
    assert not found._state.adding
    assert found.get_session_auth_hash() == aino.get_session_auth_hash()
    assert User.objects.get(pk=str(aino.pk)) == aino
    for nobody in ({"pk": aino.pk + 1}, {"pk": aino.pk, "name": "Bengt"}):
        with pytest.raises(User.DoesNotExist):
            User.objects.get(**nobody)
