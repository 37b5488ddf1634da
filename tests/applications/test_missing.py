"""Who has accepted a place and does not come: the host takes the place back, and says why."""

from __future__ import annotations

import datetime as dt
import json
import zipfile

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils import timezone

from applications import retention, services
from applications.errors import CourseCancelled, NotMissedYet, OwnMatter
from applications.models import AdmissionDecision, Application, Learner, ReplacedAdmission
from applications.services.deciding import Official, Refusal
from applications.services.recounting import places_miscounted
from kopa.audit.models import AuditEvent
from kopa.base import uploads
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from kopa.letters.models import Letter
from offerings import services as offering_services
from providers.models import Role
from tests.applications import given
from tests.applications.asking import as_, url
from tests.applications.given import admit, apply, course, in_days, official, state
from tests.applications.test_decision_document import packed
from tests.factories import RoleAssignmentFactory, municipality, organisation_of
from tests.factories import in_days as at_day

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


def test_the_admission_that_was_replaced_stays_as_it_was(missed) -> None:
    """R-APP-5, R-APP-11: a decision is an official document: with its day and official, and when it was
    replaced and by whom; once taken back it admits nobody.
    """
    earlier = AdmissionDecision.objects.get(application=missed)
    by = official(missed.offering)
    moment = timezone.now() + dt.timedelta(days=1)

    take_back(missed, by=by, now=moment)

    kept = ReplacedAdmission.objects.get(application=missed)
    assert (kept.is_positive, kept.decided_at, kept.official_name, kept.official_title) == (
        True, earlier.decided_at, "Bengt", "rehtori",
    )  # fmt: skip
    assert (kept.replaced_at, kept.replaced_by) == (moment, by.person)
    assert not AdmissionDecision.objects.get(application=missed).is_positive
    assert str(kept) == f"{missed.pk}: True"


def test_nothing_is_replaced_before_it_was_made(missed) -> None:
    take_back(missed)
    kept = ReplacedAdmission.objects.get()
    rows = ReplacedAdmission.objects.filter(pk=kept.pk)
    with pytest.raises(IntegrityError, match="admission_is_replaced_after_it_was_made"), atomic():
        rows.update(replaced_at=kept.decided_at - dt.timedelta(seconds=1))
    with pytest.raises(IntegrityError, match="replacedadmission_names_its_official"), atomic():
        rows.update(official_name="")


def test_whoever_reads_the_decisions_reads_the_replaced_one(missed) -> None:
    """R-APP-5, R-PRIV-4, R-PRIV-8: as a document between the others, on the host's case and its paper, and
    in the applicant's file; nobody else reads it.
    """
    bengt, sami = as_(official(missed.offering).person), as_(missed.learner.person)
    address = url("decision_document", missed.key)
    favourable, replaced = "Hakija otetaan opiskelijaksi", "Korvattu toisella päätöksellä"
    assert replaced not in bengt.get(address).content.decode()

    take_back(missed)

    kept = packed(missed.learner.person, "download_all", missed.key)
    for said in (
        bengt.get(address).content.decode(), sami.get(address).content.decode(),
        kept.read("decisions.html").decode(),
    ):  # fmt: skip
        assert said.count(replaced) == 1
        assert said.index(replaced) < said.index(favourable) < said.index("otetaan takaisin")
    written = json.loads(kept.read("application.json"))
    [one] = written["replaced_admissions"]
    assert (one["is_positive"], one["official_name"], "replaced_by" in one) == (True, "Bengt", False)
    assert written["admission"]["is_positive"] is False
    for page in ("host_case", "host_case_print"):
        assert "Replaced by another decision on" in bengt.get(url(page, missed.key)).content.decode()
    own = sami.get(url("detail", missed.key)).content.decode()
    assert own.index("You were admitted.") < own.index("The provider took the place back.")
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    assert as_(officer).get(address).status_code == 404


def test_the_replaced_admission_of_a_protected_identity_names_nobody_on_paper(missed) -> None:
    """R-PRIV-6"""
    take_back(missed)
    by = official(missed.offering)
    name = missed.learner.person.name
    Learner.objects.filter(pk=missed.learner.pk).update(is_protected=True)
    said = as_(by.person).get(url("decision_document", missed.key)).content.decode()
    assert said.count(f'<span class="k-noprint">: {name}</span></dd>') == 3
    assert f"<dd>{name}</dd>" not in said


def test_a_replaced_admission_is_kept_and_goes_with_the_others(missed, settings, tmp_path) -> None:
    """R-PRIV-7, R-PRIV-8: packed for the host's archive before it goes; erasing on request leaves it."""
    where = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, uploads.ALIAS: where}
    take_back(missed)
    services.erase(by=missed.learner.person)
    found = Application.objects.with_what_counts().get(pk=missed.pk)
    until = retention.kept_until(found)
    assert until is not None

    night = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(12), tzinfo=dt.UTC)
    gone = services.forget_what_is_over(now=night)

    assert gone["decisions"] == 3
    assert not ReplacedAdmission.objects.exists()
    (package,) = (tmp_path / "archive" / f"provider-{missed.offering.provider_id}").iterdir()
    with zipfile.ZipFile(package) as archive:
        said = json.loads(archive.read(f"{missed.reference}.json"))
    assert said["AdmissionDecision"]["is_positive"] is False
    assert [one["is_positive"] for one in said["ReplacedAdmissions"]] == [True]
