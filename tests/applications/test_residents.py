"""R-APP-3: an application reaches the home municipality that pays, also where it is asked nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from applications import services
from applications.models import Application, Reading
from applications.states import ApplicationStatus
from kopa.portal.demonstration import agreements as demonstration
from providers.models import Role
from tests.applications.asking import as_, url
from tests.applications.given import admit, apply, course, home_of, in_days, official, student
from tests.factories import RoleAssignmentFactory, municipality, organisation_of, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
SODERTORN = ("SE-0127", "SE-0136", "SE-0126", "SE-0192", "SE-0181", "SE-0138", "SE-0120")


@pytest.fixture
def huddinge(db):
    """A course of Huddinge; residents of the seven apply freely, and home pays."""
    for key in (*SODERTORN, "SE-0182", "SE-2513", "SE-2514", "SE-2518", "SE-2521", "SE-2583", "FI-854"):
        municipality(key)
    demonstration.load(today())
    offering = course(provider=organisation_of("SE-0126"), form="komvux", capacity=2)
    officer("SE-0126", Role.PROVIDER_STAFF)
    return offering


def officer(key: str, role: Role = Role.OFFICER, **days):
    return RoleAssignmentFactory(role=role, organisation=organisation_of(key), **days).person


def listed(person) -> list[Application]:
    return [row.application for row in as_(person).get(url("residents")).context["rows"]]


def test_the_home_municipality_sees_what_it_pays_for_and_no_name(huddinge) -> None:
    """R-APP-3, R-PRIV-4: course, days and reason; nothing of who it is or of what the host has decided."""
    nova = apply(huddinge, "SE-0192", person=student("Nova Nyman"), language="sv")
    apply(huddinge, "SE-0182", person=student("Natalie"))  # Nacka is asked: it stands on the other list
    apply(huddinge, "SE-0126", person=student("Hedda"))  # Huddinge's own
    nynas = officer("SE-0192")

    assert listed(nynas) == [nova]
    page = as_(nynas).get(url("residents")).content.decode()
    for said in (nova.reference, nova.agreement.title("en").text, "applied"):
        assert said in page
    for word in ("Nova", "Nyman", nova.learner.person.email, "1995"):
        assert word not in page
    assert url("residents") in as_(nynas).get(url("statements")).content.decode()

    nacka, own = officer("SE-0182"), officer("SE-0126")
    assert listed(nacka) == listed(own) == []
    assert "There is no such application." in as_(nacka).get(url("residents")).content.decode()


def test_who_looks_is_noted_and_the_application_itself_stays_closed(huddinge) -> None:
    """R-PRIV-10, R-PRIV-4"""
    nova = apply(huddinge, "SE-0192")
    nynas = officer("SE-0192")
    listed(nynas)

    looked = Reading.objects.get()
    assert (looked.application, looked.role, looked.where) == (nova, "officer", "list")
    assert looked.organisation == organisation_of("SE-0192")
    for name in ("detail", "host_case", "protected_case", "moved", "statement_document"):
        assert as_(nynas).get(url(name, nova.key)).status_code == 404
    assert not Application.objects.visible_to(nynas, on=today()).exists()


def test_nobody_else_sees_the_list(huddinge) -> None:
    """R-PRIV-4: no other role of the municipality, nor whose role ended yesterday; nobody her own matter."""
    nynas = officer("SE-0192")
    apply(huddinge, "SE-0192", person=nynas)
    assert listed(nynas) == []
    for role in (Role.PROVIDER_STAFF, Role.COORDINATOR, Role.COUNSELLOR):
        assert as_(officer("SE-0192", role)).get(url("residents")).status_code == 403
    gone = officer("SE-0192", valid_from=in_days(-30), valid_to=in_days(-1))
    assert as_(gone).get(url("residents")).status_code == 403
    assert not Application.objects.paid_without_statement_by(AnonymousUser(), on=today()).exists()


def test_whoever_has_moved_is_on_the_list_of_where_she_lives_now(huddinge) -> None:
    """R-HOME-1, R-HOME-8: and of the heir of a municipality that was merged."""
    nova = apply(huddinge, "SE-0192")
    services.record_move(
        application_id=nova.pk, home=home_of("SE-0136"), moved_on=in_days(0), by=nova.learner.person
    )
    haninge, nynas = officer("SE-0136"), officer("SE-0192")
    assert (listed(haninge), listed(nynas)) == ([nova], [])

    place = municipality("SE-0136")
    place.successor, place.valid_to = municipality("SE-0192"), today()
    place.save()
    assert listed(nynas) == [nova]
    assert Reading.objects.order_by("-pk").first().organisation == organisation_of("SE-0192")


def test_it_says_who_studies_and_leaves_out_what_came_to_nothing(huddinge) -> None:
    """R-PRIV-4: what is over without studies costs nothing and is nobody's business."""
    nova = admit(apply(huddinge, "SE-0192"))
    services.accept(application_id=nova.pk, by=nova.learner.person)
    other = apply(huddinge, "SE-0192")
    services.withdraw(application_id=other.pk, by=other.learner.person)
    nynas = officer("SE-0192")
    assert listed(nynas) == [nova]

    by = official(huddinge)
    services.enrol(application_id=nova.pk, by=by, on=in_days(0))
    assert "studying" in as_(nynas).get(url("residents")).content.decode()
    services.interrupt(application_id=nova.pk, by=by)
    page = as_(nynas).get(url("residents")).content.decode()
    assert "has studied" in page
    assert str(ApplicationStatus.INTERRUPTED.label) not in page
