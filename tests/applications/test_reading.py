"""Whoever looks at an application leaves a row that the applicant can see."""

from __future__ import annotations

import datetime as dt

import pytest

from applications.models import Reading
from applications.models.reading import Where
from applications.services.reading import note
from tests.applications.given import apply, course, official
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)


def test_every_look_at_every_application_is_a_row(django_assert_num_queries):
    """R-PRIV-10: who, when, in which role, for which organisation and where."""
    municipality("FI-854")
    offering = course()
    first, second = apply(offering), apply(offering)
    by = official(offering)
    said = {"person": by.person, "role": by.role, "organisation_id": by.organisation_id, "now": AT}
    with django_assert_num_queries(1):
        note([first, second], where=Where.LIST, **said)
    note([first], where=Where.PAGE, **said)
    note([first], where=Where.PAGE, **said)
    fields = ("person", "role", "organisation", "where", "at")
    same = (by.person.pk, by.role, by.organisation_id)
    assert list(first.readings.order_by("pk").values_list(*fields)) == [
        (*same, "list", AT), (*same, "page", AT), (*same, "page", AT)
    ]  # fmt: skip
    assert list(second.readings.values_list(*fields)) == [(*same, "list", AT)]


def test_looking_at_none_leaves_nothing(django_assert_num_queries):
    by = official(course())
    with django_assert_num_queries(0):
        note([], person=by.person, role=by.role, organisation_id=by.organisation_id, where=Where.LIST)
    assert not Reading.objects.exists()
