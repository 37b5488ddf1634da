"""Who has accepted a place and does not come: the host takes the place back, and says why."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from applications import services
from applications.errors import CourseCancelled, NotMissedYet, OwnMatter
from applications.models import AdmissionDecision, Application
from applications.services.deciding import Official, Refusal
from applications.services.recounting import places_miscounted
from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.letters.models import Letter
from offerings import services as offering_services
from tests.applications import given
from tests.applications.asking import as_, url
from tests.applications.given import admit, apply, course, in_days, official, state
from tests.factories import in_days as at_day
from tests.factories import municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
MISSED = Refusal(ground="not_come", text="Ei ole saapunut opintoihin.", appeal="Voit hakea oikaisua.")


@pytest.fixture
def missed(db) -> Application:
    """The only place was accepted, and teaching began two days ago; somebody else waits."""
    for key in ("FI-854", "FI-851"):
        municipality(key)
    offering = course(capacity=1)
    application = admit(apply(offering))
    services.accept(application_id=application.pk, by=application.learner.person)
    apply(offering)
    return given.missed(application)


def take_back(application: Application, **more: object) -> Application:
    by = more.pop("by", official(application.offering))
    return services.take_place_back(application_id=application.pk, by=by, refusal=MISSED, **more)


def waiting(application: Application) -> str:
    return state(Application.objects.exclude(pk=application.pk).get())


def test_the_place_goes_to_the_next_and_the_decision_names_its_official(missed) -> None:
    """R-CAP-8, R-APP-5, R-APP-11: once, with its ground and how to appeal; the applicant gets a letter."""
    Letter.objects.all().delete()

    take_back(missed, seen=missed.version)

    assert (state(missed), waiting(missed)) == ("not_eligible", "submitted")
    decision = AdmissionDecision.objects.get(application=missed)
    entry = AuditEvent.objects.get(verb="application.take_back_admission", target_id=missed.pk)
    assert entry.changes["official"] == ["Bengt, rehtori", None]
    assert (decision.is_positive, decision.ground, decision.appeal, decision.official_name) == (
        False, "not_come", "Voit hakea oikaisua.", "Bengt",
    )  # fmt: skip
    verbs = AuditEvent.objects.filter(target_id=missed.pk).order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["application.take_back_admission", "application.take_place_back"]
    assert Letter.objects.filter(target_id=missed.pk, kind="application_news").count() == 1
    assert places_miscounted() == []
    with pytest.raises(TransitionNotAllowed):
        take_back(missed)


def test_nobody_is_missed_before_she_could_have_come(missed) -> None:
    """Not on the first day, nor on the day on which she accepted; from the next one on."""
    for starts, answered in ((0, -3), (3, -3), (-2, 0)):
        given.begins(missed.offering, starts)
        Application.objects.filter(pk=missed.pk).update(answered_at=at_day(answered))
        with pytest.raises(NotMissedYet):
            take_back(missed)
    take_back(missed, now=timezone.now() + dt.timedelta(days=1))
    assert state(missed) == "not_eligible"


def test_after_two_weeks_the_place_is_free_and_given_to_nobody(missed) -> None:
    """R-CAP-8"""
    given.begins(missed.offering, -20)
    take_back(missed)
    assert (state(missed), waiting(missed)) == ("not_eligible", "waiting")
    assert places_miscounted() == []


def test_what_stands_against_it(missed) -> None:
    """R-APP-11: nobody's own matter; nor what was changed meanwhile, nor a cancelled course."""
    by = official(missed.offering)
    with pytest.raises(ChangedMeanwhile):
        take_back(missed, seen=missed.version - 1)
    own = Official(missed.learner.person, by.role, by.organisation_id)
    with pytest.raises(OwnMatter):
        take_back(missed, by=own)
    for status in ("offered", "enrolled"):
        Application.objects.filter(pk=missed.pk).update(status=status, enrolled_on=in_days(-1))
        with pytest.raises(TransitionNotAllowed):
            take_back(missed)
    Application.objects.filter(pk=missed.pk).update(status="accepted", enrolled_on=None)
    given.begins(missed.offering, 30)
    offering_services.cancel(offering_id=missed.offering_id, reasons={"fi": "Liian vähän."}, by=by.person)
    given.begins(missed.offering, -2)
    with pytest.raises(CourseCancelled):
        take_back(missed)


def test_the_host_sees_the_decision_first_and_the_applicant_reads_it(missed) -> None:
    """R-APP-5: on the page, with a preview; the applicant's page says what has happened and how to appeal."""
    bengt = as_(official(missed.offering).person)
    case, refuse = url("host_case", missed.key), url("host_refuse", missed.key)
    assert "The student has not come…" in bengt.get(case).content.decode()
    page = bengt.get(refuse).content.decode()
    assert "The place is taken back" in page
    assert "Have you reached the student?" in page
    assert "There is no free place in the course." not in page

    said = {"ground": "not_come", "text": "Ei ole saapunut.", "appeal": "Hae oikaisua.",
            "title": "rehtori", "seen": missed.version}  # fmt: skip
    preview = bengt.post(refuse, said | {"act": "preview"}).content.decode()
    assert "Opiskelija on ottanut paikan vastaan, mutta ei ole saapunut opintoihin." in preview
    assert "Paikka, jonka hakija oli ottanut vastaan, otetaan takaisin." in preview
    assert state(missed) == "accepted"
    answer = bengt.post(refuse, said | {"act": "confirm"}, follow=True).content.decode()
    assert "The place has been taken back. The applicant is told that there is news." in answer
    assert (state(missed), waiting(missed)) == ("not_eligible", "submitted")

    own = as_(missed.learner.person).get(url("detail", missed.key)).content.decode()
    assert "The provider has taken the place back." in own
    assert "The provider took the place back." in own
    for words in ("ei ole saapunut opintoihin", "Ei ole saapunut.", "Hae oikaisua.", "Bengt, rehtori"):
        assert words in own
    assert "You were not admitted." not in own
    document = bengt.get(url("decision_document", missed.key)).content.decode()
    assert "Paikka, jonka hakija oli ottanut vastaan, otetaan takaisin." in document
    assert "ei oteta opiskelijaksi" not in document


def test_before_the_course_begins_nothing_is_offered_for_it(missed) -> None:
    given.begins(missed.offering, 3)
    bengt = as_(official(missed.offering).person)
    assert "The student has not come…" not in bengt.get(url("host_case", missed.key)).content.decode()
    assert bengt.get(url("host_refuse", missed.key)).status_code == 302
