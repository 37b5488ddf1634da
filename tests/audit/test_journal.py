from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from kopa.audit import journal
from kopa.audit.models import AuditEvent
from tests.factories import AuditEventFactory, UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_an_entry_says_who_did_what_in_which_role_when_and_why():
    person, thing = UserFactory(), UserFactory()

    event = journal.record(
        "person.disable",
        on=thing,
        by=person,
        role="admin",
        organisation_id=7,
        from_state="active",
        to_state="disabled",
        reason="Left the organisation.",
        changes={"is_active": [True, False]},
    )

    event.refresh_from_db()
    assert (event.target, event.target_id, event.actor) == ("accounts.user", thing.pk, person)
    assert (event.verb, event.role, event.organisation_id) == ("person.disable", "admin", 7)
    assert (event.from_state, event.to_state, event.reason) == (
        "active",
        "disabled",
        "Left the organisation.",
    )
    assert event.changes == {"is_active": [True, False]}
    assert event.at == timezone.now()
    assert str(event) == "2026-11-24 08:00 person.disable accounts.user " + str(thing.pk)


def test_the_system_acts_without_a_person():
    assert journal.record("offering.recount", on=UserFactory(), by=None).actor is None


@pytest.mark.parametrize(
    "change",
    [
        lambda event: AuditEvent.objects.filter(pk=event.pk).update(verb="something.else"),
        lambda event: event.delete(),
        lambda _: AuditEvent.objects.all().delete(),
    ],
    ids=["update", "delete one", "delete all"],
)
def test_the_database_refuses_to_change_an_entry(change):
    event = AuditEventFactory(target_id=5)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        change(event)

    assert refused.value.__cause__.diag.constraint_name == "audit_events_are_only_added"
    assert AuditEvent.objects.get(pk=event.pk).verb == "offering.publish"


def test_erasing_takes_out_the_entries_on_the_named_things_only():
    """R-PRIV-7: retention alone may erase."""
    for target_id in (1, 2, 3):
        AuditEventFactory(target_id=target_id)
    other = AuditEventFactory(target="accounts.user", target_id=1)

    assert journal.erase("offerings.offering", [1, 2]) == 2

    assert set(AuditEvent.objects.values_list("target", "target_id")) == {
        ("offerings.offering", 3),
        (other.target, 1),
    }


def test_after_erasing_the_same_transaction_is_guarded_again():
    event = AuditEventFactory(target_id=4)
    journal.erase("offerings.offering", [99])

    with pytest.raises(IntegrityError), transaction.atomic():
        event.delete()
