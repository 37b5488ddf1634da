"""R-APP-5: the host's decisions are documents in the case, in the language of the decision."""

from __future__ import annotations

import io
import zipfile

import pytest

from applications import services
from applications.models import Application, Reading
from applications.services.deciding import Refusal
from providers.models import Role
from tests.applications.asking import as_, url
from tests.applications.given import admit, apply, course, host, official, statement_given, student
from tests.factories import RoleAssignmentFactory, municipality, organisation_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
REFUSAL = Refusal(ground="prerequisites", text="Förkunskap saknas.\nSe här.", appeal="Begär omprövning.")


@pytest.fixture
def application(db) -> Application:
    for key in ("FI-854", "FI-851"):
        municipality(key)
    return apply(course(form="basic", title_fi="Perusopetus", title_sv="Grundskola"), person=student("Sami"),
                 language="sv")  # fmt: skip


def refused(application: Application) -> Application:
    by = official(application.offering)
    return services.refuse(application_id=application.pk, by=by, refusal=REFUSAL)


def document(person, application: Application, language: str = "en"):
    return as_(person).get(url("decision_document", application.key, language=language))


def packed(person, name: str, *about) -> zipfile.ZipFile:
    answer = as_(person).get(url(name, *about))
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def test_a_refusal_is_a_document_with_its_ground_reasons_official_and_appeal(application) -> None:
    """R-APP-5, R-APP-11, R-LANG-3: in Swedish for who applied in Swedish, whatever language one reads in."""
    assert document(application.learner.person, application).status_code == 404
    refused(application)
    for person in (application.learner.person, official(application.offering).person):
        page = document(person, application, "fi").content.decode()
        inside = page.split('<div lang="sv"')[1].split("<script")[0]
        for said in (
            "Beslut om mottagande", "tas inte emot till kursen", "Den sökande saknar",
            "Förkunskap saknas.<br>",
            "Bengt, rehtori", "Så här överklagar du", "Begär omprövning.", "Grundskola", "Sami",
            application.reference,
        ):  # fmt: skip
            assert said in inside, said
        assert "Beslut om antagning" not in inside
        assert "Päätökset" in page


def test_favourable_decisions_are_documents_too(application) -> None:
    """R-APP-5: two decisions, each with its official; nothing to appeal."""
    statement_given(application)
    admit(application)
    page = document(application.learner.person, application).content.decode()
    for said in ("Beslut om mottagande", "tas emot till kursen", "Beslut om antagning", "antas till kursen"):
        assert said in page
    assert page.count("Bengt, rehtori") == 2
    assert "Så här överklagar du" not in page


def test_both_pages_lead_to_it_and_it_leads_back(application) -> None:
    refused(application)
    address = url("decision_document", application.key)
    for person, page in (
        (application.learner.person, url("detail", application.key)),
        (official(application.offering).person, url("host_case", application.key)),
    ):
        assert f'href="{address}"' in as_(person).get(page).content.decode()
        assert f'href="{page}"' in as_(person).get(address).content.decode()


def test_staff_leave_a_trace_and_the_home_municipality_does_not_read_it(application) -> None:
    """R-PRIV-4, R-PRIV-10"""
    refused(application)
    officer = RoleAssignmentFactory(role=Role.OFFICER, organisation=organisation_of("FI-854")).person
    other = RoleAssignmentFactory(role=Role.PROVIDER_STAFF, organisation=host()).person
    for person in (officer, other, student()):
        assert document(person, application).status_code == 404
    assert not Reading.objects.exists()

    document(application.learner.person, application)
    document(official(application.offering).person, application)
    looked = Reading.objects.get()
    assert (looked.application, looked.organisation) == (application, application.offering.provider)


def test_it_is_in_the_applicant_s_download_of_everything(application) -> None:
    """R-PRIV-8: a page that opens by itself, of one application and of all; nothing before a decision."""
    sami = application.learner.person
    assert packed(sami, "download_all", application.key).namelist() == ["application.json"]
    refused(application)
    undecided = apply(course(), person=sami)

    kept = packed(sami, "download_all", application.key)
    assert kept.namelist() == ["application.json", "decisions.html"]
    page = kept.read("decisions.html").decode()
    assert '<html lang="sv">' in page
    assert "Förkunskap saknas." in page
    assert "Begär omprövning." in page
    assert "src=" not in page
    names = packed(sami, "my_data_zip").namelist()
    assert f"{application.reference}/decisions.html" in names
    assert f"{undecided.reference}/decisions.html" not in names
    page = as_(sami).get(url("detail", application.key)).content.decode()
    assert url("download_all", application.key) in page
