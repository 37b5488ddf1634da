"""From a file to courses and back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from kopa.audit.models import AuditEvent
from offerings import services as of_one
from offerings import tasks
from offerings.imports import checking, services
from offerings.imports.errors import NotChecked, NothingToSave, TooLateToUndo
from offerings.imports.services import saving
from offerings.models import ImportRow, ImportRun, ImportState, Offering, SearchRow
from offerings.search import projection
from offerings.services import places_that_disagree
from providers.models import RoleAssignment
from tests.factories import OfferingFactory, municipality, today
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, as_xlsx, checked, finnish

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)


def kinds(run):
    return (run.new, run.changed, run.unchanged, run.wrong)


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_file_becomes_courses(write, lappia, bengt):
    run = checked(write([a_row("A1"), a_row("A2", Tila="luonnos")]), lappia, bengt)
    assert (run.state, run.refusal, kinds(run)) == (ImportState.CHECKED, "", (2, 0, 0, 0))
    assert Offering.objects.count() == 0

    accepted(run, bengt)

    first, second = Offering.objects.order_by("own_reference")
    assert (first.status, first.title_fi, first.capacity) == ("published", "Hitsaaja A1", 16)
    assert [site.municipality.key for site in first.sites.all()] == ["FI-851"]
    assert [language.pk for language in first.languages.all()] == ["fi"]
    assert second.status == "draft"
    assert SearchRow.objects.filter(pk=first.pk).exists()
    assert places_that_disagree() == []
    assert run.state == ImportState.ACCEPTED
    assert AuditEvent.objects.filter(verb="import.accept", actor=bengt).exists()


def test_cells_that_a_row_leaves_out_at_its_end_are_empty(lappia, bengt):
    content = as_csv([a_row("A1"), a_row("A2")[:12]])

    run = checked(content, lappia, bengt)

    first, second = run.rows.order_by("number")
    assert (first.verdict, second.verdict) == ("new", "wrong")
    assert sorted(second.errors) == ["contact_email", "price_basis"]


def test_the_same_file_again_changes_nothing(lappia, bengt):
    content = as_csv([a_row("A1"), a_row("A2", Tila="luonnos")])
    accepted(checked(content, lappia, bengt), bengt)

    assert kinds(checked(content, lappia, bengt)) == (0, 0, 2, 0)


def test_a_changed_row_changes_its_course_alone(lappia, bengt):
    accepted(checked(as_csv([a_row("A1"), a_row("A2")]), lappia, bengt), bengt)

    run = checked(as_csv([a_row("A1", Paikkoja="18"), a_row("A2")]), lappia, bengt)
    assert kinds(run) == (0, 1, 1, 0)
    row = run.rows.get(verdict="changed")
    assert (row.before, row.given) == ({"capacity": 16}, {"capacity": 18})

    accepted(run, bengt)
    assert [one.capacity for one in Offering.objects.order_by("own_reference")] == [18, 16]


@pytest.mark.parametrize(
    ("other", "column", "said"),
    [
        ({"Koulutusmuoto": "Amatillinen koulutus"}, "form_id", "Did you mean “Vocational education”?"),
        ({"Toteutustapa": "xyz"}, "mode_id", "Allowed: Contact teaching"),
        ({"Alkaa": "3/4/2027"}, "starts_on", "may mean two days"),
        ({"Alkaa": "8/16/2027"}, "starts_on", "Write “8/16/2027” as 16.8.2027."),
        ({"Alkaa": "16/08/2027"}, "starts_on", "Write “16/08/2027” as 16.8.2027."),
        ({"Alkaa": "4/4/2027"}, "starts_on", "Write “4/4/2027” as 4.4.2027."),
        ({"Alkaa": "31/31/2027"}, "starts_on", "Write the day as 31.3.2027 or 2027-03-31."),
        ({"Alkaa": "3.31.2027"}, "starts_on", "There is no month 31"),
        ({"Alkaa": "46113"}, "starts_on", "Write the day as"),
        ({"Paikkoja": "paljon"}, "capacity", "Write a number in figures"),
        ({"Nimi_suomeksi": "x" * 161}, "title_fi", "At most 160 characters"),
        ({"Nimi_suomeksi": "=1+1"}, "title_fi", "This is a formula"),
        ({"Opetuskunnat": "Tornioo"}, "places", "Did you mean “Tornio”?"),
        ({"Yhteyshenkilön_sähköposti": "nobody"}, "contact_email", "valid email"),
        ({"Yhteyshenkilön_sähköposti": ""}, "contact_email", "Give an e-mail address"),
        ({"Nimi_suomeksi": "", "Tila": "luonnos"}, "title_fi", "Give the course a title"),
        ({"Haku_päättyy": "1.1.2026", "Tila": "luonnos"}, "applications_close_at", ""),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(other, column, said, lappia, bengt):
    run = checked(as_csv([a_row("A1", **other), a_row("A2")]), lappia, bengt)

    assert kinds(run) == (1, 0, 0, 1)
    row = run.rows.get(verdict="wrong")
    assert list(row.errors) == [column], row.errors
    assert said in row.errors[column][0]


def test_the_same_identifier_twice_is_wrong_at_the_second(lappia, bengt):
    run = checked(as_csv([a_row("A1"), a_row("A1")]), lappia, bengt)

    assert kinds(run) == (1, 0, 0, 1)
    assert run.rows.get(number=3).errors == {"own_reference": ["Row 2 has the same identifier."]}


def test_a_row_is_mended_in_the_browser(lappia, bengt):
    run = checked(as_csv([a_row("A1", Paikkoja="paljon")]), lappia, bengt)

    services.mend(run_id=run.pk, number=2, cells={"capacity": "12"})
    run.refresh_from_db()
    assert kinds(run) == (1, 0, 0, 0)
    accepted(run, bengt)

    assert Offering.objects.get().capacity == 12


def test_an_edit_made_meanwhile_is_a_conflict_and_nothing_is_saved(lappia, bengt):
    accepted(checked(as_csv([a_row("A1"), a_row("A2")]), lappia, bengt), bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="18"), a_row("A2", Paikkoja="19")]), lappia, bengt)
    edited = Offering.objects.get(own_reference="A1")
    of_one.save_offering(offering_id=edited.pk, version=edited.version, given={"max_group": 30}, by=bengt)

    accepted(run, bengt)

    assert run.state == ImportState.CHECKED
    assert "Nothing was saved" in run.refusal
    [said] = run.rows.get(verdict="wrong").errors["own_reference"]
    assert said.startswith("Changed since the file was checked: Bengt, 24\u00a0November\u00a02026 at ")
    assert said.endswith("saved changes (Largest group: – → 30).")
    assert {one.capacity for one in Offering.objects.all()} == {16}
    check_again(run)
    assert kinds(run) == (0, 2, 0, 0)
    accepted(run, bengt)
    assert {one.capacity for one in Offering.objects.all()} == {18, 19}
    assert Offering.objects.get(own_reference="A1").max_group == 30


def check_again(run):
    services.order_checking(run_id=run.pk)
    checking.check(run.pk)
    run.refresh_from_db()


def undone(run, by):
    services.order_undoing(run_id=run.pk, by=by)
    services.undo(run_id=run.pk)
    run.refresh_from_db()


def test_undo_deletes_what_is_new_and_restores_what_was_changed(lappia, bengt):
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    run = accepted(
        checked(as_csv([a_row("A1", Paikkoja="18", Opetuskunnat="Pello"), a_row("A2")]), lappia, bengt), bengt
    )
    assert Offering.objects.count() == 2

    undone(run, bengt)

    left = Offering.objects.get()
    assert (left.own_reference, left.capacity) == ("A1", 16)
    assert [site.municipality.key for site in left.sites.all()] == ["FI-851"]
    assert run.state == ImportState.UNDONE
    assert not SearchRow.objects.exclude(pk=left.pk).exists()
    assert places_that_disagree() == []
    again = checked(as_csv([a_row("A1", Paikkoja="18"), a_row("A2")]), lappia, bengt)
    assert kinds(accepted(again, bengt)) == (1, 1, 0, 0)


def test_what_was_mended_and_undone_is_saved_again_without_the_file(lappia, bengt):
    run = checked(as_csv([a_row("A1", Paikkoja="paljon"), a_row("A2")]), lappia, bengt)
    services.mend(run_id=run.pk, number=2, cells={"capacity": "12"})
    run.refresh_from_db()
    undone(accepted(run, bengt), bengt)
    assert Offering.objects.count() == 0

    check_again(run)
    assert (run.state, kinds(run)) == (ImportState.CHECKED, (2, 0, 0, 0))
    accepted(run, bengt)

    assert sorted(Offering.objects.values_list("capacity", flat=True)) == [12, 16]
    undone(run, bengt)
    assert Offering.objects.count() == 0


def test_undo_leaves_a_course_to_which_something_has_happened(lappia, bengt):
    run = accepted(checked(as_csv([a_row("A1"), a_row("A2")]), lappia, bengt), bengt)
    counted = Offering.objects.get(own_reference="A1")
    counter = counted.counters.get()
    of_one.set_taken_elsewhere(offering_id=counted.pk, taken={counter.pk: 3}, by=bengt)

    undone(run, bengt)

    assert Offering.objects.get().own_reference == "A1"
    kept = ImportRow.objects.exclude(kept_because="").get()
    assert kept.own_reference == "A1"
    assert kept.kept_because.startswith("Changed since the file was saved: Bengt, 24\u00a0November")
    assert "counted the places (Places given outside KOPA: 0 → 3)." in kept.kept_because


def test_undo_leaves_a_course_that_was_copied_since(lappia, bengt):
    run = accepted(checked(as_csv([a_row("A1"), a_row("A2")]), lappia, bengt), bengt)
    source = Offering.objects.get(own_reference="A1")
    copy = of_one.copy_to_next_term(offering_id=source.pk, by=bengt).offering

    undone(run, bengt)

    copy.refresh_from_db()
    assert copy.copied_from == source
    assert set(Offering.objects.all()) == {source, copy}
    kept = ImportRow.objects.exclude(kept_because="").get()
    assert (kept.own_reference, kept.kept_because) == ("A1", "This course has been copied since.")


UNSAID = ("places_confirmed_at", "places_confirmed_by_id", "quota_release_at", "guessed_dates")


@pytest.mark.parametrize("is_public", [True, False])
def test_undo_restores_what_saving_wrote_beside_the_file(is_public, lappia, bengt, aino, clock):
    """Numbers that were old before are old again, however new they looked for a while."""
    state = {"Tila": "julkaistu" if is_public else "luonnos"}
    accepted(checked(as_csv([a_row("A1", **state)]), lappia, bengt), bengt)
    offering = Offering.objects.filter(own_reference="A1")
    offering.update(guessed_dates=["starts_on", "applications_close_at"])
    if is_public:
        offering.update(places_confirmed_at=timezone.now() - dt.timedelta(days=70), places_confirmed_by=aino)
    before = offering.values(*UNSAID).get()
    clock.shift(dt.timedelta(hours=1))
    headings = (*HEADINGS, "Varatut paikat")
    later = finnish(today() + dt.timedelta(days=80))
    row = [*a_row("A1", Paikkoja="18", Alkaa=later, **state), "Pello 3"]
    run = accepted(checked(as_csv([row], headings), lappia, bengt), bengt)
    assert run.changed == 1
    between = offering.values(*UNSAID).get()
    assert [name for name in UNSAID if between[name] != before[name]] == (
        list(UNSAID) if is_public else ["guessed_dates"]
    )

    undone(run, bengt)

    assert offering.values(*UNSAID).get() == before
    assert offering.get().capacity == 16
    assert not offering.get().quotas.exists()
    assert projection.compare(now=timezone.now()) == []


def test_whose_role_has_ended_saves_and_undoes_nothing(lappia, bengt):
    run = checked(as_csv([a_row("A1")]), lappia, bengt)
    services.order_saving(run_id=run.pk, by=bengt)
    held = RoleAssignment.objects.filter(person=bengt)
    kept = held.values().get()
    held.update(valid_to=today() - dt.timedelta(days=1))
    said = "Nothing was done: Bengt does not act for the organisation any more."

    services.accept(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.refusal, Offering.objects.count()) == (ImportState.CHECKED, said, 0)
    held.update(valid_to=kept["valid_to"])
    accepted(run, bengt)
    services.order_undoing(run_id=run.pk, by=bengt)
    held.update(valid_to=today() - dt.timedelta(days=1))

    services.undo(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.refusal, Offering.objects.count()) == (ImportState.ACCEPTED, said, 1)
    assert run.undone_by is None
    held.update(valid_to=kept["valid_to"])
    undone(run, bengt)
    assert (run.state, run.refusal, Offering.objects.count()) == (ImportState.UNDONE, "", 0)


def test_the_journal_says_in_which_role(lappia, bengt):
    undone(accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt), bengt)

    verbs = ("import.accept", "import.undo", "offering.undo_import")
    told = dict(AuditEvent.objects.filter(verb__in=verbs).values_list("verb", "role"))
    assert told == dict.fromkeys(verbs, "provider_staff")


def test_a_file_is_forgotten_a_month_after_the_last_was_done_with_it(lappia, bengt, clock):
    saved = checked(as_csv([a_row("A1")]), lappia, bengt)
    left = checked(as_csv([a_row("A2")]), lappia, bengt)
    clock.shift(dt.timedelta(days=20))
    accepted(saved, bengt)
    stuck = services.bring(provider=lappia, by=bengt, file_name="b.csv", content=b"", language="en")
    clock.shift(dt.timedelta(days=10, seconds=1))

    tasks.forget_old_imports()

    assert set(ImportRun.objects.all()) == {saved, stuck}
    assert not ImportRow.objects.filter(run=left.pk).exists()
    clock.shift(dt.timedelta(days=20))
    tasks.forget_old_imports()
    assert list(ImportRun.objects.all()) == [stuck]  # it is still to be checked
    assert Offering.objects.get().own_reference == "A1"


def test_after_a_day_nothing_is_undone(lappia, bengt, clock):
    run = accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    clock.shift(dt.timedelta(hours=24, seconds=1))

    with pytest.raises(TooLateToUndo):
        services.order_undoing(run_id=run.pk, by=bengt)


def test_each_task_may_come_twice(lappia, bengt):
    run = accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)

    services.accept(run_id=run.pk)
    services.undo(run_id=run.pk)
    with pytest.raises(NotChecked):
        services.order_saving(run_id=run.pk, by=bengt)

    assert Offering.objects.count() == 1


def test_another_organisation_s_identifier_is_another_course(lappia, pello, bengt):
    theirs = OfferingFactory(provider=pello, own_reference="A1")

    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)

    theirs.refresh_from_db()
    assert theirs.version == 1
    assert Offering.objects.filter(own_reference="A1").count() == 2


def test_a_cancelled_course_and_a_step_back_to_a_draft_are_refused(lappia, bengt):
    a_row("A1")
    OfferingFactory(provider=lappia, own_reference="A1", status="cancelled")
    OfferingFactory(provider=lappia, own_reference="A2")

    run = checked(as_csv([a_row("A1"), a_row("A2", Tila="luonnos")]), lappia, bengt)

    assert [sorted(row.errors) for row in run.rows.all()] == [["own_reference"], ["status"]]


def test_days_of_a_workbook_are_days(lappia, bengt):
    start = today() + dt.timedelta(days=60)
    row = a_row("A1")
    row[HEADINGS.index("Alkaa")] = dt.datetime.combine(start, dt.time())
    row[HEADINGS.index("Paikkoja")] = 16

    run = checked(as_xlsx([row]), lappia, bengt)

    assert run.rows.get().given["starts_on"] == start.isoformat()
    assert finnish(start).count(".") == 2


def test_a_file_that_changes_nothing_is_not_saved(lappia, bengt):
    content = as_csv([a_row("A1")])
    accepted(checked(content, lappia, bengt), bengt)

    with pytest.raises(NothingToSave):
        services.order_saving(run_id=checked(content, lappia, bengt).pk, by=bengt)


def test_what_a_rule_refuses_at_last_stands_at_its_cell_and_nothing_is_saved(lappia, bengt):
    accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    counter = Offering.objects.get().counters.get()
    run = checked(as_csv([a_row("A1", Paikkoja="2"), a_row("A2")]), lappia, bengt)
    of_one.set_taken_elsewhere(offering_id=Offering.objects.get().pk, taken={counter.pk: 3}, by=bengt)
    lappia.status = "suspended"
    lappia.save(update_fields=["status"])

    accepted(run, bengt)

    assert (run.state, Offering.objects.count()) == (ImportState.CHECKED, 1)
    first, second = run.rows.all()
    assert "3 open places have already been given" in first.errors["capacity"][0]
    assert "suspended" in second.errors["status"][0]


@pytest.mark.parametrize(
    ("wrong", "columns"),
    [
        (ValidationError("taken"), {"own_reference": ["taken"]}),
        (ValidationError({"sites": ["foreign"]}), {"places": ["foreign"]}),
        (NotChecked(), {"own_reference": ["This file is not waiting to be saved. Load the page again."]}),
    ],
)
def test_a_refusal_is_said_in_the_column_where_it_is_mended(wrong, columns):
    assert saving._said(wrong) == columns


def test_undo_leaves_what_is_gone_and_what_the_file_published(lappia, bengt):
    accepted(checked(as_csv([a_row("A1", Tila="luonnos"), a_row("A2")]), lappia, bengt), bengt)
    run = accepted(checked(as_csv([a_row("A1"), a_row("A3")]), lappia, bengt), bengt)
    Offering.objects.get(own_reference="A3").delete()

    undone(run, bengt)

    assert [row.kept_because for row in run.rows.all()] == [
        "The file published this course: cancel it instead.", "The course is not there any more.",
    ]  # fmt: skip
    assert Offering.objects.get(own_reference="A1").status == "published"
