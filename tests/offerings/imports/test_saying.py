"""What the pages of a file say: what came of it, where courses will be, who was quicker, how far it is."""

from __future__ import annotations

import csv
import datetime as dt
import io
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation

from offerings import services as of_one
from offerings.imports import checking, reading, services, since
from offerings.imports.columns import BY_NAME, recognise
from offerings.models import ImportState, Offering
from tests.factories import OfferingFactory, RoleAssignmentFactory, in_days, municipality
from tests.offerings.filled_in import desk
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, as_xlsx, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
# As a workbook has them.
START = dt.datetime(2027, 2, 1)  # noqa: DTZ001
CLOSES = dt.datetime(2027, 1, 15, 15)  # noqa: DTZ001


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def shown(client, run, verdict="all") -> str:
    return client.get(reverse("offerings:import", args=[run.pk]), {"verdict": verdict}).text


@pytest.mark.usefixtures("english")
def test_in_a_new_row_nothing_is_emptied(at_desk, lappia, bengt):
    headings = [*HEADINGS, "Kurssikoodit", "Hakuosoite"]
    rows = [[*a_row("A1"), "", ""], [*a_row("A2", Paikkoja="x"), "", ""]]
    run = checked(as_csv(rows, headings), lappia, bengt)
    pages = [shown(at_desk, run)]
    services.mend(run_id=run.pk, number=3, cells={"capacity": "12"})
    run.refresh_from_db()
    pages.append(shown(at_desk, run))
    pages.append(shown(at_desk, accepted(run, bengt)))

    assert run.state == ImportState.ACCEPTED
    assert ["<ins>" in text for text in pages] == [False] * 3


@pytest.mark.usefixtures("english")
def test_the_page_says_what_came_of_saving_and_until_when_it_can_be_undone(at_desk, lappia, bengt, clock):
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    rows = [a_row("A1", Paikkoja="18"), a_row("A2"), a_row("A3"), a_row("A4", Tila="luonnos")]
    run = accepted(checked(as_csv(rows), lappia, bengt), bengt)

    text = shown(at_desk, run)

    for sentence in (
        "4 courses are saved.", "2 courses were published.", "1 new course is a draft.",
        "1 course was changed.", "All of it can be undone until 25 November 2026 at",
    ):  # fmt: skip
        assert sentence.replace(" ", "\u00a0") in text.replace(" ", "\u00a0")
    assert f'href="{reverse("offerings:own")}?sort=-changed"' in text
    clock.shift(dt.timedelta(hours=25))
    at_desk.force_login(bengt)
    text = shown(at_desk, run)
    assert "It cannot be undone any more." in text
    assert 'value="undo"' not in text


@pytest.mark.usefixtures("english")
def test_a_municipality_says_at_which_site_the_course_will_be(at_desk, lappia, bengt):
    run = checked(as_csv([a_row("A1"), a_row("A2", Opetuskunnat="Pello")]), lappia, bengt)
    before = shown(at_desk, run)

    accepted(run, bengt)

    first, second = Offering.objects.order_by("own_reference")
    [site] = first.sites.all()
    assert before.count(f"Sites: {site.name()}") == 1
    assert before.count("Sites: ") == 1  # the centre of a municipality needs no word
    assert second.sites.get().municipality.key == "FI-854"
    assert f"Sites: {site.name()}" in shown(at_desk, run)


@pytest.mark.usefixtures("english")
def test_several_people_were_quicker_than_the_file(lappia, bengt, aino):
    rows = [a_row("A1"), a_row("A2"), a_row("A3")]
    accepted(checked(as_csv(rows), lappia, bengt), bengt)
    new = [a_row(f"A{n}", Paikkoja="18") for n in (1, 2, 3, 4)]
    run = checked(as_csv(new), lappia, bengt)
    first, second, third = Offering.objects.order_by("own_reference")
    for number, person in ((20, aino), (21, bengt)):
        first.refresh_from_db()
        of_one.save_offering(
            offering_id=first.pk, version=first.version, given={"capacity": number}, by=person
        )
    Offering.objects.filter(pk=second.pk).update(version=9)  # nobody has told the journal
    third.delete()
    OfferingFactory(provider=lappia, own_reference="A4")

    accepted(run, bengt)

    said = {row.number: row.errors["own_reference"] for row in run.rows.all()}
    assert said[2] == [
        "Changed since the file was checked: Bengt, 24\u00a0November\u00a02026 at 10:00, saved changes"
        " (Places: 16 → 21)."
    ]
    assert said[3] == ["Somebody has changed this course since the file was checked."]
    assert said[4] == ["The course is not there any more."]
    assert said[5] == ["Somebody has changed this course since the file was checked."]


@pytest.mark.usefixtures("english")
def test_a_form_that_saves_itself_was_quicker(lappia, bengt, aino):
    accepted(checked(as_csv([a_row("A1", Tila="luonnos")]), lappia, bengt), bengt)
    run = checked(as_csv([a_row("A1", Tila="luonnos", Paikkoja="18")]), lappia, bengt)
    draft = Offering.objects.get()
    of_one.autosave(
        offering_id=draft.pk, version=draft.version, sitting=uuid4(), given={"capacity": 20}, by=aino
    )

    accepted(run, bengt)

    assert run.rows.get().errors["own_reference"] == [
        "Changed since the file was checked: Aino, 24\u00a0November\u00a02026 at 10:00."
    ]


@pytest.mark.usefixtures("english")
def test_of_many_and_long_changes_the_beginning_is_told(lappia, bengt):
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="18")]), lappia, bengt)
    course = Offering.objects.get()
    many = {f"description_{language}": "x" * 90 for language in ("fi", "sv", "en")}
    many |= {f"title_{language}": "Levyseppä" for language in ("fi", "sv", "en")}
    of_one.save_offering(offering_id=course.pk, version=course.version, given=many, by=bengt)

    [said] = accepted(run, bengt).rows.get().errors["own_reference"]

    assert said.count("→") == since.SHOWN
    assert said.endswith("; …).")
    assert "x" * 60 + "…" in said
    assert "x" * 61 not in said


def dated() -> bytes:
    row: list[object] = list(a_row("A1", Paikkoja="paljon"))
    row[HEADINGS.index("Alkaa")], row[HEADINGS.index("Haku päättyy")] = START, CLOSES
    return as_xlsx([row])


@pytest.mark.parametrize(
    ("language", "start", "closes"),
    [
        ("fi", "1.2.2027", "15.1.2027 klo 15.00"),
        ("sv", "1 februari 2027", "15 januari 2027 kl. 15.00"),
        ("en", "1 February 2027", "15 January 2027 at 15:00"),
    ],
)
def test_days_of_a_workbook_are_written_as_the_reader_writes_them(
    language, start, closes, at_desk, lappia, bengt
):
    run = checked(dated(), lappia, bengt, name="x.xlsx")
    with translation.override(language):
        text = shown(at_desk, run).replace("\u00a0", " ")
        mending = at_desk.get(reverse("offerings:import_row", args=[run.pk, 2])).text

    assert f"<td>{start}</td>" in text
    assert f"<td>{closes}</td>" in text
    assert 'value="15.1.2027 15.00"' in mending
    assert 'value="1.2.2027"' in mending
    assert "2027-0" not in text + mending.replace("2027-03-31", "")


def test_what_is_typed_stays_as_typed(at_desk, lappia, bengt):
    run = checked(as_csv([a_row("A1", Alkaa="2027-02-01", Haku_päättyy="2027-01-15 15:00")]), lappia, bengt)
    with translation.override("fi"):
        mending = at_desk.get(reverse("offerings:import_row", args=[run.pk, 2])).text

    assert 'value="2027-02-01"' in mending
    assert 'value="2027-01-15 15:00"' in mending


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_moments_of_the_csv_are_written_for_people_and_come_back(language, at_desk, lappia, bengt):
    OfferingFactory(
        provider=lappia, own_reference="A1", starts_on=START.date(),
        applications_open_at=in_days(-10, hour=0), applications_close_at=in_days(30, hour=0),
        start_decision_at=in_days(40, hour=12, minute=30),
    )  # fmt: skip
    with translation.override(language):
        content = at_desk.get(desk("own_csv"), {"columns": "all"}).getvalue()
    headings, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    names = [column.name for column in map(recognise, headings) if column]
    told = dict(zip(names, row, strict=True))

    assert told["starts_on"] == "1.2.2027"
    assert told["applications_close_at"] == "24.12.2026 00.00"  # a day alone would be at 15.00
    assert told["start_decision_at"] == "3.1.2027 12.30"
    assert told["applications_open_at"] == "14.11.2026"
    run = checked(content, lappia, bengt)
    assert [(row.verdict, row.errors, row.given) for row in run.rows.all()] == [("unchanged", {}, {})]


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("content", [b"hello\nthere\n", b"", b"\0\1\2", "Ä;\x81".encode("latin-1")])
def test_a_text_called_a_workbook_is_told_so(content, lappia, bengt):
    run = checked(content, lappia, bengt, name="Tarjonta.XLSX")

    assert run.state == ImportState.REFUSED
    assert run.refusal.startswith("This is no Excel file, whatever its name says.")


@pytest.mark.usefixtures("english")
def test_a_workbook_that_is_one_and_a_csv_by_any_name_are_not(lappia, bengt):
    refused = checked(as_xlsx([], ["x", "y"]), lappia, bengt, name="x.xlsx")
    assert refused.refusal.startswith("The first row must hold headings")
    refused = checked(b"hello", lappia, bengt, name="x.csv")
    assert refused.refusal.startswith("The first row must hold headings")
    assert checked(as_csv([a_row("A1")]), lappia, bengt, name="x.xlsx").new == 1


@pytest.mark.parametrize(("language", "quoted"), [("fi", "”Nimi”"), ("sv", "”Nimi”"), ("en", "“Nimi”")])
def test_headings_that_mean_the_same_stand_in_the_reader_s_quotation_marks(language, quoted, lappia, bengt):
    content = as_csv([["A1", "x", "y"]], ["Oma tunniste", "Nimi", "Nimi suomeksi"])
    run = services.bring(provider=lappia, by=bengt, file_name="a.csv", content=content, language=language)
    checking.check(run.pk)
    run.refresh_from_db()

    assert quoted in run.refusal


def test_headings_are_the_form_s_words_and_older_ones_are_read():
    for name, fi, sv, older in (
        ("mode_id", "Opiskelutapa", "Studiesätt", "Toteutustapa"),
        ("min_group", "Vähimmäisryhmäkoko", "Minsta gruppstorlek", "Pienin ryhmä"),
        ("max_group", "Enimmäisryhmäkoko", "Största gruppstorlek", "Största grupp"),
        ("pace_percent", "Opiskelutahti % kokoaikaisesta", "Studietakt % av heltid", "Takt % av heltid"),
    ):
        column = BY_NAME[name]
        assert (column.heading("fi"), column.heading("sv")) == (fi, sv)
        assert recognise(older) == column


@pytest.mark.parametrize(("kept", "said"), [(1, "1 rivi jäi perumatta"), (2, "2 riviä jäi perumatta")])
def test_rows_left_as_they_are_are_told_in_finnish(kept, said, at_desk, lappia, bengt):
    run = accepted(checked(as_csv([a_row(f"A{n}") for n in range(3)]), lappia, bengt), bengt)
    for offering in Offering.objects.order_by("pk")[:kept]:
        of_one.set_taken_elsewhere(offering_id=offering.pk, taken={offering.counters.get().pk: 1}, by=bengt)
    services.order_undoing(run_id=run.pk, by=bengt)
    services.undo(run_id=run.pk)
    with translation.override("fi"):
        assert said in shown(at_desk, run)


@pytest.mark.usefixtures("english")
def test_the_page_says_what_came_of_undoing_until_the_file_is_checked_again(at_desk, lappia, bengt, aino):
    run = accepted(checked(as_csv([a_row("A1"), a_row("A2")]), lappia, bengt), bengt)
    assert "by Bengt" in shown(at_desk, run)
    RoleAssignmentFactory(person=aino, organisation=lappia)
    services.order_undoing(run_id=run.pk, by=aino)
    services.undo(run_id=run.pk)

    text = shown(at_desk, run).replace("\u00a0", " ")

    assert "2 rows were undone: their courses are as they were before the file." in text
    assert "by Aino" in text
    assert "by Bengt" not in text
    services.order_checking(run_id=run.pk)
    checking.check(run.pk)
    text = shown(at_desk, run)
    assert "undone" not in text
    assert "by " not in text.partition("<h1")[2].partition("<nav")[0]


@pytest.mark.parametrize(
    ("language", "wrong", "kept"),
    [("fi", "Kirjoita määrä numeroina", "Muutettu tiedoston"), ("sv", "Skriv antalet", "Ändrad sedan filen")],
)
def test_who_goes_on_with_a_colleague_s_file_reads_her_own_language(language, wrong, kept, lappia, bengt):
    """It was brought in English."""
    run = checked(as_csv([a_row("A1"), a_row("A2", Paikkoja="x")]), lappia, bengt)
    with translation.override(language):
        mended = services.mend(run_id=run.pk, number=3, cells={"capacity": "y"})
        assert wrong in mended.errors["capacity"][0]
        services.order_checking(run_id=run.pk)
    checking.check(run.pk)
    assert wrong in run.rows.get(number=3).errors["capacity"][0]
    accepted(run, bengt)
    offering = Offering.objects.get()
    of_one.set_taken_elsewhere(offering_id=offering.pk, taken={offering.counters.get().pk: 1}, by=bengt)
    with translation.override(language):
        services.order_undoing(run_id=run.pk, by=bengt)
    services.undo(run_id=run.pk)

    assert kept in run.rows.get(number=2).kept_because


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_how_many_rows_a_file_has_is_known_before_they_are_read(write):
    content = write([["A1", "x"], ["A2", "y"], ["A3", "z"]], ["Oma tunniste", "Nimi"])

    assert reading.read(content).about == 3
    assert reading.read(content, most_rows=2).about == 2


@pytest.mark.parametrize(
    ("language", "said"),
    [("fi", "2\u202f000 / 20\u202f000 riviä"), ("sv", "2\u202f000 av 20\u202f000 rader")],
)
def test_progress_is_a_figure_and_a_bar_on_a_page_without_scripts(language, said, at_desk, lappia, bengt):
    run = services.bring(provider=lappia, by=bengt, file_name="a.csv", content=b"", language="fi")
    address = reverse("offerings:import", args=[run.pk])
    assert "<progress" not in at_desk.get(address).text
    checking.say_progress(run, 2_000, 20_000)
    with translation.override(language):
        text = at_desk.get(reverse("offerings:import", args=[run.pk])).text

    assert said in text
    assert '<progress id="rows" value="2000" max="20000"></progress>' in text
    checking.say_progress(run, 20_500, 20_000)
    assert checking.progress(run) == checking.Progress(20_000, 20_000)


@pytest.mark.parametrize("again", [False, True])
def test_checking_says_how_far_it_is(again, lappia, bengt, monkeypatch):
    said: list[tuple[str, object]] = []
    kept = cache.set

    def told(key, value, *more):
        said.append((key, value))
        return kept(key, value, *more)

    monkeypatch.setattr(cache, "set", told)
    monkeypatch.setattr(checking, "EVERY", 2)
    run = checked(as_csv([a_row(f"A{n}") for n in range(5)]), lappia, bengt)
    if again:
        said.clear()
        services.order_checking(run_id=run.pk)
        checking.check(run.pk)

    assert [value for key, value in said if key == f"import.{run.pk}"] == [(0, 5), (2, 5), (4, 5)]
    assert checking.progress(run) == checking.Progress(0, 0)
