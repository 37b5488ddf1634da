"""The coordinator's list of error reports, and answering one."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from corrections.models import ErrorReport
from kopa.accounts.models import User
from providers.models import Organisation
from tests.factories import ErrorReportFactory, InstitutionFactory, OfferingFactory, RegionFactory
from tests.reading import facts, main, rows, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
LIST = "/en/desk/error-reports/"


@pytest.fixture
def at_desk(client: Client, kaisa: User) -> Client:
    client.force_login(kaisa)
    return client


def page_of(report: ErrorReport) -> str:
    return f"{LIST}{report.pk}/"


@pytest.mark.parametrize("number", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    at_desk: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int, lappia: Organisation
) -> None:
    reports = [
        ErrorReportFactory(
            subject_type="institution", subject_key=InstitutionFactory(organisation=lappia).code,
            organisation=lappia, text=f"Error {at}",
        )
        for at in range(number)
    ]  # fmt: skip
    at_desk.get(LIST)  # what the process remembers of the demonstration and of the municipalities

    # Session, person, role for the page and for the rows, number, rows, institutions and the organisations
    # of their municipalities, roles for the frame.
    with django_assert_num_queries(9):
        answer = at_desk.get(LIST)

    assert [row[2] for row in rows(answer)] == [report.text for report in reports]


def test_each_row_names_the_thing(at_desk: Client, lappia: Organisation) -> None:
    RegionFactory()
    course = OfferingFactory(provider=lappia, title_en="Welder")
    about = {
        ("municipality", "FI-854"): "Pello (municipality)",
        ("region", "FI-R19"): "Lapland (region)",
        ("provider", str(lappia.pk)): "Kemi-Tornionlaakson koulutuskuntayhtymä Lappia (provider)",
        ("institution", "10069"): "Ammattiopisto Lappia (institution)",
        ("offering", str(course.pk)): "Welder (course)",
        ("offering", "999999"): "course 999999 (not there any more)",
        ("page", ""): "page /fi/kunnat/fi-854/",
    }
    for subject_type, key in about:
        ErrorReportFactory(subject_type=subject_type, subject_key=key)
    ErrorReportFactory(subject_type="page", subject_key="", page_path="")

    listed = [row[0].partition(": ")[2] for row in rows(at_desk.get(LIST))]

    assert listed == [*about.values(), "the service"]


def test_open_ones_stand_oldest_first_and_others_are_asked_for(at_desk: Client) -> None:
    first = ErrorReportFactory(text="Open 1")
    ErrorReportFactory(text="Open 2", kind="closed", reported_at=first.reported_at)
    mended = ErrorReportFactory(state="mended", text="Mended")
    ErrorReportFactory(state="not_an_error", text="Right", subject_type="region", subject_key="FI-R19")

    def texts(**query: str) -> list[str]:
        return [row[2] for row in rows(at_desk.get(f"{LIST}?{urlencode(query)}"))]

    assert texts() == ["Open 1", "Open 2"]
    assert texts(kind="closed") == ["Open 2"]
    assert texts(state="mended") == ["Mended"]
    assert set(texts(state="all")) == {"Open 1", "Open 2", "Mended", "Right"}
    assert texts(state="all", about="region") == ["Right"]
    assert texts(about="pilot_group") == []
    odd = at_desk.get(f"{LIST}?state=odd&colour=red")
    assert "Part of the address was not understood" in main(odd)
    assert mended.get_state_display() == "mended"


def test_an_empty_list_says_so_and_what_comes(at_desk: Client) -> None:
    assert "No open reports. Every report has been answered." in words(main(at_desk.get(LIST)))
    assert "No report fits." in words(main(at_desk.get(f"{LIST}?kind=closed")))


def test_pages_of_fifty(at_desk: Client) -> None:
    ErrorReportFactory.create_batch(51)

    assert len(rows(at_desk.get(LIST))) == 50
    assert len(rows(at_desk.get(f"{LIST}?page=2"))) == 1


def test_an_officer_sees_what_is_about_the_own_municipality_only(client: Client, aino: User) -> None:
    """R-PRIV-4."""
    own, strange = ErrorReportFactory(text="Ours"), ErrorReportFactory(place="FI-434", text="Theirs")
    client.force_login(aino)

    assert [row[2] for row in rows(client.get(LIST))] == ["Ours"]
    answer = client.get(page_of(own))
    assert "Answer the report" not in main(answer)
    assert "A coordinator answers the report" in main(answer)
    assert client.get(page_of(strange)).status_code == 404
    assert client.post(page_of(strange), {"act": "mend", "answer": "x"}).status_code == 404
    assert client.post(page_of(own), {"act": "mend", "answer": "x"}).status_code == 403
    assert set(ErrorReport.objects.values_list("state", flat=True)) == {"open"}


def test_other_reports_about_the_same_are_named_as_far_as_they_may_be_seen(at_desk: Client) -> None:
    one, again = ErrorReportFactory(text="The name"), ErrorReportFactory(text="The name again")
    ErrorReportFactory(place="FI-434", text="Elsewhere")

    page = words(main(at_desk.get(page_of(one))))

    assert f"Other reports about the same {again.pk}, 22 November 2026, open: The name again" in page
    assert "Elsewhere" not in page


def test_an_answer_is_saved_and_shown(at_desk: Client, kaisa: User) -> None:
    report = ErrorReportFactory()

    answer = at_desk.post(page_of(report), {"act": "mend", "answer": "The name was added."}, follow=True)

    assert f"Report {report.pk} is answered." in main(answer)
    shown = facts(at_desk.get(page_of(report)))
    assert (shown["State"], shown["Reason"]) == ("mended", "The name was added.")
    assert shown["Answered by"] == "Kaisa, 24 November 2026 at 10:00"


def test_a_duplicate_leads_to_the_first_and_back(at_desk: Client) -> None:
    first, again = ErrorReportFactory(), ErrorReportFactory()

    at_desk.post(page_of(again), {"act": "mark_duplicate", "original": str(first.pk), "answer": "Same."})

    assert facts(at_desk.get(page_of(again)))["First report"] == str(first.pk)
    assert facts(at_desk.get(page_of(first)))["Reported again"] == str(again.pk)


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({}, {"act": ["Choose an answer."], "answer": ["Write what was found or done."]}),
        ({"act": "mend", "answer": "a\x00b"}, {"answer": ["Null characters are not allowed."]}),
        (
            {"act": "mend", "answer": "x" * 1001},
            {"answer": ["Ensure this value has at most 1000 characters (it has 1001)."]},
        ),
        (
            {"act": "mark_duplicate", "answer": "Same."},
            {"original": ["Give the number of the first report."]},
        ),
        (
            {"act": "mark_duplicate", "original": "x", "answer": "Same."},
            {"original": ["Give a whole number."]},
        ),
        (
            {"act": "mark_duplicate", "original": "999999", "answer": "Same."},
            {"original": ["There is no report of this number."]},
        ),
        (
            {"act": "mark_duplicate", "original": "9" * 18, "answer": "Same."},
            {"original": ["There is no report of this number."]},
        ),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_stays(
    at_desk: Client, typed: dict[str, str], errors: dict[str, list[str]]
) -> None:
    report = ErrorReportFactory()

    answer = at_desk.post(page_of(report), typed)

    assert (answer.status_code, answer.context["form"].errors) == (200, errors)
    assert answer.context["form"]["answer"].value() == typed.get("answer")
    report.refresh_from_db()
    assert report.state == "open"


def test_the_second_of_two_is_told_who_was_first(at_desk: Client, anna: User) -> None:
    report = ErrorReportFactory()
    other = Client()
    other.force_login(anna)
    other.post(page_of(report), {"act": "dismiss", "answer": "It is right."})

    answer = at_desk.post(page_of(report), {"act": "mend", "answer": "Mended."}, follow=True)

    assert "Anna has answered this report already, on 24" in main(answer)
    assert "not an error" in facts(answer)["State"]
    report.refresh_from_db()
    assert report.answer == "It is right."


def test_what_was_typed_is_there_after_signing_in_again(client: Client, kaisa: User) -> None:
    report = ErrorReportFactory()

    answer = client.post(page_of(report), {"act": "mend", "answer": "Mended at last."})

    assert answer.status_code == 403
    assert 'name="typed"' in answer.content.decode()
    client.force_login(kaisa)
    carried = answer.context["typed"]
    brought = client.post(page_of(report), {"typed": carried})
    assert brought.context["form"]["answer"].value() == "Mended at last."
    report.refresh_from_db()
    assert report.state == "open"
