"""What the database refuses of pilot groups and their members."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection

from pilots.membership import GROUPS_OF_FAMILY_SQL
from pilots.models import Phase, PilotGroup
from providers.models import OrganisationKind
from tests.factories import (
    InstitutionFactory,
    OrganisationFactory,
    PilotGroupFactory,
    PilotMembershipFactory,
    municipality,
)

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"number": None, "code": "x"}, "pilot_group_has_a_number_and_an_area_none"),
        ({"kind": "co_operation_area"}, "pilot_group_has_a_number_and_an_area_none"),
        ({"kind": "club"}, "pilot_group_kind_is_known|has_a_number"),
        ({"country": "NO"}, "pilot_group_country_is_known"),
        ({"valid_to": dt.date(2019, 1, 1)}, "pilot_group_ends_after_it_begins"),
    ],
)
def test_a_group_contradicts_itself(facts: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        PilotGroupFactory(**facts)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"member_kind": "company"}, "one_member_of_its_kind"),
        ({"member_kind": "institution"}, "one_member_of_its_kind"),
        ({"kind": "via_joint_authority"}, "via_names_the_joint_authority"),
        ({"kind": "now and then"}, "pilot_membership_kind_is_known"),
        ({"name_fi": "", "name_sv": ""}, "pilot_membership_has_a_name"),
        (
            {"valid_from": dt.date(2021, 1, 1), "valid_to": dt.date(2020, 1, 1)},
            "range lower bound must be|ends_after_it_begins",
        ),
    ],
)
def test_a_member_contradicts_itself(facts: dict[str, Any], constraint: str) -> None:
    with pytest.raises((IntegrityError, DataError), match=constraint):
        PilotMembershipFactory(**facts)


def test_a_member_is_one_thing_only() -> None:
    with pytest.raises(IntegrityError, match="one_member_of_its_kind"):
        PilotMembershipFactory(organisation=OrganisationFactory())


def test_a_direct_member_has_no_joint_authority_between() -> None:
    with pytest.raises(IntegrityError, match="via_names_the_joint_authority"):
        PilotMembershipFactory(via_organisation=OrganisationFactory(kind=OrganisationKind.JOINT_AUTHORITY))


@pytest.mark.parametrize("kind", ["municipality", "organisation", "institution"])
def test_a_member_once_at_a_time(kind: str) -> None:
    member = {
        "municipality": {"municipality": municipality("FI-854")},
        "organisation": {"member_kind": "joint_authority", "organisation": OrganisationFactory()},
        "institution": {"member_kind": "institution", "institution": InstitutionFactory()},
    }[kind]
    group = PilotGroupFactory()
    PilotMembershipFactory(group=group, **member, valid_to=dt.date(2020, 12, 31))
    PilotMembershipFactory(group=PilotGroupFactory(), **member)
    PilotMembershipFactory(group=group, **member, valid_from=dt.date(2021, 1, 1))

    PilotMembershipFactory(group=group, **member, valid_from=dt.date(2020, 12, 31))

    with pytest.raises(IntegrityError, match=f"of_{kind}_once_a_period"):
        connection.check_constraints()


def test_a_number_is_of_one_group() -> None:
    PilotGroupFactory(number=3)
    PilotGroupFactory(number=3, code="kopa-other")

    with pytest.raises(IntegrityError, match="pilot_group_number_is_of_one"):
        connection.check_constraints()


@pytest.mark.parametrize(
    ("on", "phase"),
    [
        (dt.date(2019, 12, 31), Phase.NOT_BEGUN),
        (dt.date(2020, 1, 1), Phase.RUNNING),
        (dt.date(2021, 12, 31), Phase.RUNNING),
        (dt.date(2022, 1, 1), Phase.COMPLETED),
    ],
)
def test_the_phase_follows_the_period(on: dt.date, phase: Phase) -> None:
    assert PilotGroupFactory.build().phase(on) == phase


def test_the_phase_without_a_period() -> None:
    day = dt.date(2026, 1, 1)

    assert PilotGroup().phase(day) == Phase.NOT_STATED
    assert PilotGroup(valid_from=day).phase(day) == Phase.RUNNING


@pytest.mark.parametrize("begins", [dt.date(2020, 1, 1), None])
@pytest.mark.parametrize("first", [dt.date(2019, 6, 1), dt.date(2020, 6, 1), None])
@pytest.mark.parametrize("last", [dt.date(2020, 6, 30), None])
def test_three_ways_to_the_members_of_a_day_agree(
    begins: dt.date | None, first: dt.date | None, last: dt.date | None
) -> None:
    """In memory, in the database and in the search's own SQL; both ends belong to the days."""
    group = PilotGroupFactory(valid_from=begins)
    member = PilotMembershipFactory(group=group, valid_from=first, valid_to=last)
    start, end = first or begins or dt.date(2000, 1, 1), last or dt.date(2026, 1, 1)
    one = dt.timedelta(days=1)

    for day in (start - one, start, end, end + one):
        takes_part = (day >= start or (first or begins) is None) and (last is None or day <= last)
        assert bool(group.members_on(day)) == takes_part, day
        assert group.memberships.on(day).exists() == takes_part, day
        with connection.cursor() as cursor:
            cursor.execute(GROUPS_OF_FAMILY_SQL, {"family": [member.municipality_id], "today": day})
            assert cursor.fetchall() == [(group.pk,)] * takes_part, day


def test_a_table_of_links_is_checked() -> None:
    group = PilotGroupFactory()
    good = {"url": "https://example.org/", "label": "Sivu", "language": "fi"}
    for wrong in (
        "x", [{"url": "https://example.org/"}], [good | {"url": "javascript:alert(1)"}],
        [good | {"label": ""}], [good | {"language": "de"}], [good] * 6, [good | {"label": 5}],
    ):  # fmt: skip
        group.links = wrong
        with pytest.raises(ValidationError):
            group.full_clean()
    group.links = [good] * 5
    group.full_clean()
