from __future__ import annotations

import pytest

from offerings.rules import may_edit
from providers.models import Role
from tests.factories import OfferingFactory, organisation_of, today
from tests.people import NAMES

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def people(request):
    return {name: request.getfixturevalue(name) for name in NAMES}


def test_the_eight_cover_every_role_that_signs_in_today(people):
    roles = {
        role for person in people.values() for role in person.role_assignments.values_list("role", flat=True)
    }

    assert roles == set(Role.values) - {Role.GUARDIAN}
    assert {person.name for person in people.values()} == {name.capitalize() for name in NAMES}


def test_each_publishes_only_for_their_own_organisation(people, lappia, pello):
    offerings = {
        "lappia": OfferingFactory(provider=lappia),
        "pello": OfferingFactory(provider=pello),
        "loviisa": OfferingFactory(provider=organisation_of("FI-434")),
        "tornio": OfferingFactory(provider=organisation_of("FI-851")),
    }

    may = {
        (name, place)
        for name, person in people.items()
        for place, offering in offerings.items()
        if may_edit(person, offering, on=today())
    }
    assert may == {("bengt", "lappia"), ("aino", "pello"), ("olli", "loviisa")}
