"""Data quality: what is to be mended, for the whole and for one organisation, with what to do about it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from corrections import quality
from corrections.quality import KINDS
from kopa.accounts.models import User
from kopa.codes.models import ReferenceLoad
from municipalities.models import Municipality
from providers.models import Organisation, Role
from tests.conftest import TUESDAY
from tests.factories import (
    ErrorReportFactory,
    InstitutionFactory,
    MunicipalityFactory,
    OfferingFactory,
    OrganisationFactory,
    PilotGroupFactory,
    RoleAssignmentFactory,
    SiteFactory,
    municipality,
    organisation_of,
)
from tests.reading import heading, main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
WHOLE = "/en/desk/data-quality/"


def of(organisation: Organisation, code: str = "") -> str:
    return f"{WHOLE}of/{organisation.pk}/{code and code + '/'}"


def ended() -> Municipality:
    return MunicipalityFactory(
        code="099", name_fi="Honkajoki", valid_to=dt.date(2020, 12, 31), successor=municipality("FI-854")
    )


def everything_amiss(number: int) -> Organisation:
    """A provider of whose things each fault stands ``number`` times, but for its own name and number."""
    host = OrganisationFactory(name_fi="Koulutuskuntayhtymä Amiss", oid="")
    for at in range(number):
        PilotGroupFactory()
        OfferingFactory(provider=host, title_fi="", title_en=f"Course {at}")
        gone = InstitutionFactory(
            organisation=host, code=f"8{at:04d}", name_sv="", teaching_languages=["sv"],
            municipality=None,
        )  # fmt: skip
        InstitutionFactory(organisation=host, code=f"7{at:04d}", municipality=ended())
        SiteFactory(organisation=host, institution=gone, municipality=None, name_fi=f"Toimipiste {at}")
        ReferenceLoad.objects.create(
            fingerprint="x", loaded_at=TUESDAY,
            kept={"institutions": [f"8{one:04d}" for one in range(at + 1)]},
        )  # fmt: skip
    return host


def numbers(response: object) -> dict[str, int]:
    return {one.kind.code: one.number for one, _href in response.context["to_mend"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_asks_as_much_for_one_as_for_three(
    client: Client, bengt: User, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    host = everything_amiss(number)
    RoleAssignmentFactory(person=bengt, organisation=host)
    client.force_login(bengt)
    client.get(of(host))

    # Session, person, organisation, may see it (2), organisations published for, the newest load (2), all
    # counts in one, roles for reports (2) and their number, may see all, roles for the frame.
    with django_assert_num_queries(14):
        answer = client.get(of(host))

    assert numbers(answer) == {
        "places": number, "texts": number, "institution-names": number, "closed": number, "points": number,
        "municipality": number, "register": 1, "gone-institutions": number,
    }  # fmt: skip


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_each_list_asks_as_much_for_one_as_for_three(
    client: Client,
    matti: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    kind: quality.Kind,
    number: int,
) -> None:
    everything_amiss(number)
    client.force_login(matti)
    client.get(f"{WHOLE}{kind.code}/")
    # Session, person, roles (page, groups, frame), organisations published for, number, rows
    # where there are any; languages and members of courses' hosts; the newest load.
    statements = {
        "places": 10, "texts": 10, "provider-names": 7, "institution-names": 8, "pilot-names": 8, "closed": 8,
        "points": 8, "municipality": 8, "owner": 7, "register": 8, "gone-providers": 7,
        "gone-institutions": 9,
    }  # fmt: skip
    none = {"provider-names", "owner", "gone-providers"}

    with django_assert_num_queries(statements[kind.code]):
        answer = client.get(f"{WHOLE}{kind.code}/")

    expected = 0 if kind.code in none else 1 if kind.code == "register" else number
    assert len(rows(answer)) == expected
    assert str(kind.what_to_do) in words(main(answer)).replace("&#x27;", "'")


def test_a_whole_organisation_has_nothing_to_mend(client: Client, kaisa: User) -> None:
    host = OrganisationFactory(oid="1.2.3")
    client.force_login(kaisa)

    answer = client.get(of(host))

    assert "Nothing to mend. Everything that is looked at here is whole." in words(main(answer))
    assert numbers(answer) == {}
    assert "pilot-names" not in {one.kind.code for one in answer.context["whole"]}
    for kind in KINDS:
        assert "Nothing to mend." in main(client.get(of(host, kind.code)))


def test_an_organisation_sees_its_own_only(client: Client, bengt: User, lappia: Organisation) -> None:
    """R-PRIV-4."""
    everything_amiss(2)
    InstitutionFactory(organisation=lappia, municipality=ended(), name_fi="Vanha opisto")
    client.force_login(bengt)

    assert client.get(WHOLE)["Location"] == of(lappia)
    assert numbers(client.get(of(lappia))) == {"closed": 1}
    why = "the municipality Honkajoki has ended; named last in 2016"
    assert rows(client.get(of(lappia, "closed"))) == [
        ["Vanha opisto", f"Honkajoki, {lappia.name()}", f"{why}. Tell what is right: Vanha opisto"]
    ]


def test_what_to_do_is_said_once_where_it_is_the_same_in_each_row(
    client: Client, kaisa: User, bengt: User, lappia: Organisation
) -> None:
    everything_amiss(3)
    client.force_login(kaisa)

    page = main(client.get(f"{WHOLE}owner/"))
    assert "open “Tell what is right”" not in page  # nothing to mend: no links
    page = main(client.get(f"{WHOLE}points/"))
    told = "The links in the column “What is missing or unsure” open “Tell what is right”."
    assert words(page).count(told) == 1
    assert "What to do" not in re.findall(r'<th scope="col">(.*?)</th>', page)
    assert page.count("/en/report-an-error/?about=institution%3A") == 3

    OfferingFactory(provider=lappia, title_fi="", title_en="Welding")
    client.force_login(bengt)
    alike = main(client.get(of(lappia, "texts")))
    assert "Write the texts" in alike
    assert "What to do" in re.findall(r'<th scope="col">(.*?)</th>', alike)  # by kind, not by page
    assert told not in words(alike)


def test_what_to_do_stands_in_each_row_where_it_differs(
    client: Client, kaisa: User, lappia: Organisation
) -> None:
    everything_amiss(1)
    OfferingFactory(provider=lappia, title_fi="", title_en="Welding")
    RoleAssignmentFactory(person=kaisa, organisation=lappia)
    client.force_login(kaisa)

    listed = rows(client.get(f"{WHOLE}texts/"))

    assert sorted(row[3].partition(" :")[0] for row in listed) == ["Ask the provider", "Write the texts"]


def test_a_municipality_also_sees_what_in_it_has_no_owner(
    client: Client, aino: User, pello: Organisation
) -> None:
    InstitutionFactory(organisation=None, municipality=municipality("FI-854"), name_fi="Pellon opisto")
    InstitutionFactory(organisation=None, municipality=municipality("FI-434"), name_fi="Loviisan opisto")
    client.force_login(aino)

    assert [row[:3] for row in rows(client.get(of(pello, "owner")))] == [
        ["Pellon opisto", "Pello", "no provider known. Tell what is right: Pellon opisto"]
    ]


def test_who_acts_for_several_chooses(client: Client, bengt: User, lappia: Organisation) -> None:
    RoleAssignmentFactory(person=bengt, role=Role.OFFICER, organisation=organisation_of("FI-851"))
    client.force_login(bengt)

    page = main(client.get(WHOLE))

    assert heading(client.get(WHOLE)) == "Data quality"
    assert f'href="{of(lappia)}"' in page
    assert f'href="{of(organisation_of("FI-851"))}"' in page


def test_a_coordinator_with_an_organisation_of_their_own_finds_it_on_the_whole(
    client: Client, kaisa: User, lappia: Organisation
) -> None:
    RoleAssignmentFactory(person=kaisa, organisation=lappia)
    client.force_login(kaisa)

    assert f'href="{of(lappia)}"' in main(client.get(WHOLE))


def test_whoever_publishes_is_led_to_the_form_and_others_to_the_provider(
    client: Client, bengt: User, kaisa: User, lappia: Organisation
) -> None:
    course = OfferingFactory(provider=lappia, title_fi="", title_en="Welder")
    OfferingFactory(provider=lappia, places_confirmed_at=TUESDAY.replace(month=8), places_confirmed_by=bengt)
    client.force_login(bengt)

    own = {code: main(client.get(of(lappia, code))) for code in ("texts", "places")}
    client.force_login(kaisa)
    others = main(client.get(of(lappia, "texts")))

    assert f'href="/en/desk/offerings/{course.pk}/"' in own["texts"]
    assert "title (Finnish)" in own["texts"]
    assert f'href="/en/desk/offerings/{course.pk}/places/"' in own["places"]
    assert "never confirmed" in own["places"]
    assert "confirmed last 24\u00a0August\u00a02026" in own["places"]
    assert "Ask the provider" in others
    assert "/desk/offerings/" not in others
    assert "#contact" in others


def test_a_coordinator_is_led_to_the_groups_form_and_others_to_telling(
    client: Client, kaisa: User, matti: User
) -> None:
    PilotGroupFactory(number=3, name_fi="Jokilaakso")
    PilotGroupFactory(number=4, name_fi="Rannikko", name_sv="Kusten")
    listed = f"{WHOLE}pilot-names/"
    client.force_login(kaisa)

    assert [row[0] for row in rows(client.get(listed))] == ["Jokilaakso"]
    assert "no name: Swedish" in main(client.get(listed))
    assert f'href="{reverse("pilots:edit", args=["kopa-3"])}"' in main(client.get(listed))
    client.force_login(matti)
    assert "?about=pilot_group%3Akopa-3" in main(client.get(listed))


def test_open_reports_are_counted_beside(
    client: Client, kaisa: User, matti: User, lappia: Organisation
) -> None:
    ErrorReportFactory(subject_type="provider", subject_key=str(lappia.pk), organisation=lappia)
    ErrorReportFactory()
    client.force_login(kaisa)

    assert "2 open error reports" in main(client.get(WHOLE))
    assert "1 open error report<" in main(client.get(of(lappia)))
    client.force_login(matti)
    assert "open error report" not in main(client.get(WHOLE))


def test_the_file_has_every_row_and_no_formula(client: Client, kaisa: User, lappia: Organisation) -> None:
    for at in range(60):
        InstitutionFactory(organisation=lappia, municipality=ended(), name_fi=f"＝SUM(A{at}) Åbo")
    client.force_login(kaisa)

    answer = client.get(f"{WHOLE}of/{lappia.pk}/closed.csv")

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == ["Name", "Municipality or provider", "What is missing or unsure", "Address"]
    assert len(lines) == 61
    assert {line[0][:6] for line in lines[1:]} == {"'＝SUM("}
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="kopa-closed.csv"'


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_list_of_the_whole_is_a_file_too(client: Client, matti: User, kind: quality.Kind) -> None:
    everything_amiss(2)
    client.force_login(matti)

    answer = client.get(f"{WHOLE}{kind.code}.csv")

    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 1 + len(rows(client.get(f"{WHOLE}{kind.code}/")))


def test_an_unknown_kind_is_not_there(client: Client, kaisa: User, lappia: Organisation) -> None:
    client.force_login(kaisa)

    for path in ("odd/", "odd.csv", f"of/{lappia.pk}/odd/", f"of/{lappia.pk}/odd.csv", "of/999999/"):
        assert client.get(f"{WHOLE}{path}").status_code == 404


def test_those_who_look_after_data_find_the_pages_and_others_do_not(
    client: Client, bengt: User, kaisa: User, matti: User, sami: User
) -> None:
    reports, whole = 'href="/en/desk/error-reports/"', f'href="{WHOLE}"'
    found = {}
    for name, person in {"bengt": bengt, "kaisa": kaisa, "matti": matti, "sami": sami}.items():
        client.force_login(person)
        page = client.get(reverse("accounts:profile")).content.decode()
        found[name] = (page.count(reports), page.count(whole))
    client.logout()
    page = client.get("/en/").content.decode()

    # Once among the roles and once in the footer.
    assert found == {"bengt": (2, 2), "kaisa": (2, 2), "matti": (0, 3), "sami": (0, 0)}
    assert (page.count(reports), page.count(whole)) == (0, 0)
    client.force_login(bengt)
    assert main(client.get("/en/desk/offerings/")).count(whole) == 1
