"""What the columns of a spreadsheet can say: everything that the form asks of a course."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl
import pytest
from django.core.validators import EmailValidator, URLValidator
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kopa.codes.models import PriorEducation
from municipalities.cache import gazetteer
from municipalities.lookup import find_municipality
from offerings.forms.offering import ORDER
from offerings.imports.cells import USUAL
from offerings.imports.columns import BY_NAME, by_heading, plain
from offerings.imports.names import Names
from offerings.imports.template import hint
from offerings.models import Offering, Verdict
from offerings.readiness import facts_of, reasons_against
from pilots.titles import title
from tests.factories import AgreementFactory, PilotGroupFactory, code, municipality, organisation_of
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
# In the form beside a day stands a time of day; in a file both stand in one cell. Sites are told by place.
OTHERWISE = {"sites": "places", "elsewhere": "places"}


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-851", "FI-854", "FI-240", "SE-2518"):
        municipality(key)


def test_a_file_can_say_everything_that_the_form_asks():
    asked = {OTHERWISE.get(name, name) for name in ORDER if not name.endswith("_time")}

    assert asked - {name.removesuffix("_id") for name in BY_NAME} == set()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_two_columns_are_called_the_same(language):
    by_heading.cache_clear()

    for column in BY_NAME.values():
        assert by_heading()[plain(column.heading(language))] is column


def file_of(other: dict[str, str], **common: str) -> bytes:
    return as_csv([[*a_row("A1", **common), *other.values()]], [*HEADINGS, *other])


def test_every_further_column_is_saved(lappia, pello, bengt):
    code(PriorEducation, "basic")
    group = PilotGroupFactory(members=["FI-854", "FI-851"])
    agreement = AgreementFactory(country="FI")
    other = {
        "Lähiopetuksen osuus %": "40", "Tahti % kokopäiväisestä": "50", "Oppisopimus": "kyllä",
        "Esteettömyys suomeksi": "Esteetön.", "Yhteistyössä": "Pello: lends the premises",
        "Kenelle avoin": "pilot_groups", "Pilottiryhmät": title(group), "Pohjakoulutus": "basic",
        "Hakijoiden kotikunnat": "Pello; Tornio", "Maakunnat ja läänit": str(municipality("FI-851").region),
        "Miten haetaan, jos ei verkossa": "Soita.", "Yhteishaussa": "x", "Hakuosoite": "https://example.org/",
        "Opiskelijan maksu": "12,50", "Varatut paikat": "Pello: 2", "Sopimus": agreement.code,
        "Varatut vai avoimet paikat ensin": "open places first", "Haetaan KOPAssa": "ei",
    }  # fmt: skip

    run = checked(file_of(other), lappia, bengt)
    assert run.rows.get().errors == {}
    accepted(run, bengt)

    saved = Offering.objects.get()
    assert (saved.contact_share, saved.pace_percent, saved.is_apprenticeship) == (Decimal("0.40"), 50, True)
    assert list(saved.co_hosts.values_list("organisation", "part")) == [(pello.pk, "lends_site")]
    assert (saved.open_to, saved.agreement) == ("pilot_groups", agreement)
    assert [one.pk for one in saved.open_to_pilot_groups.all()] == [group.pk]
    assert [one.pk for one in saved.prior_education.all()] == ["basic"]
    assert {one.key for one in saved.open_to_municipalities.all()} == {"FI-854", "FI-851"}
    assert saved.open_to_regions.count() == 1
    assert (saved.apply_contact, saved.is_national_joint_application) == ("Soita.", True)
    assert (saved.precedence, saved.takes_applications) == ("open_first", False)
    assert (saved.learner_fee_cents, saved.quotas.get().seats) == (1250, 2)
    assert checked(file_of(other), lappia, bengt).unchanged == 1


def test_what_is_published_by_a_file_meets_what_the_form_asks(lappia, bengt):
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)

    saved = Offering.objects.get()
    saved.full_clean()
    assert reasons_against(facts_of(saved), anew=True) == []
    assert saved.counters.get().seats == saved.capacity


@pytest.mark.parametrize(
    ("heading", "text", "said"),
    [
        ("Lähiopetuksen osuus %", "140", "per cents from 0 to 100"),
        ("Lähiopetuksen osuus %", "puolet", "Write a number in figures"),
        ("Oppisopimus", "ehkä", "Allowed: yes, no"),
        ("Yhteistyössä", "Pello: xyz", "Write what each does after a colon: teaches part of it"),
        ("Yhteistyössä", "Nobody at all", "No organisation is called"),
        ("Kenelle avoin", "everybod", "Did you mean “everybody”?"),
        ("Kenelle avoin", "regions", "Choose the regions whose residents may apply"),
        ("Maakunnat ja läänit", "Xyz", "is not known here"),
        ("Pilottiryhmät", "Xyz", "is not known here"),
        ("Hakijoiden kotikunnat", "Tornioo", "Did you mean “Tornio”?"),
        ("Varatut paikat", "Pello 2; Pello 3", "stands twice"),
        ("Varatut paikat", "Pello", "Write reserved places as"),
        ("Varatut paikat", "Pello: 30", "There are 16 places in all"),
        ("Yhteishaussa", "yes", "Give the address of the national joint application"),
        ("Tahti % kokopäiväisestä", "0", "greater than or equal to 1"),
        ("Tahti % kokopäiväisestä", "101", "less than or equal to 100"),
    ],
)
def test_what_is_wrong_in_a_further_column_is_said(heading, text, said, lappia, bengt):
    organisation_of("FI-854")

    run = checked(file_of({heading: text}), lappia, bengt)

    row = run.rows.get()
    assert row.verdict == Verdict.WRONG
    assert any(said in sentence for sentences in row.errors.values() for sentence in sentences), row.errors


def test_the_help_sheet_lists_allowed_words(client, bengt, lappia):
    client.force_login(bengt)
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("offerings:import_template")).content))
    told = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows(min_row=2)}

    assert "everybody" in told["Open to"]
    assert "lends the premises" in told["Together with"]
    assert told["Apprenticeship"] == "yes; no"
    assert hint("contact_share") == "Per cents from 0 to 100."


def test_exact_names_are_found_as_the_lookup_finds_them():
    names = Names()

    for name in gazetteer().names:
        found = find_municipality(name.text)
        if len(found) == 1:
            assert names.find(name.text) == found[0].pk


@pytest.mark.parametrize(
    ("kind", "before", "validate"), [("web", "https://", URLValidator()), ("mail", "a", EmailValidator())]
)
def test_an_address_taken_for_a_usual_one_is_one(kind, before, validate):
    piece = st.text("ab1-._/@:~å", max_size=4)

    ends = st.sampled_from(["", ".fi", ".example.org", "/a", "@b.fi"])

    @given(st.lists(piece, max_size=6).map("".join), ends)
    def holds(middle: str, end: str) -> None:
        text = before + middle + end
        if USUAL[kind].fullmatch(text):
            validate(text)

    holds()
    usual = {"web": "https://www.example.org/haku/12_a", "mail": "etu.suku@opisto.example.org"}
    assert USUAL[kind].fullmatch(usual[kind])
