"""The pages of a spreadsheet, from upload to undo."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils.translation import override

from kopa.audit.models import AuditEvent
from kopa.base.spreadsheets import FORMULA
from offerings import tasks
from offerings.imports import services
from offerings.imports.columns import COLUMNS, recognise
from offerings.imports.forms import RowForm
from offerings.imports.rows import STAY
from offerings.models import ImportRow, ImportRun, ImportState, Offering
from tests.factories import municipality
from tests.offerings.imports.files import HEADINGS, a_row, accepted, as_csv, as_xlsx, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def places(db):
    for key in ("FI-851", "FI-854", "FI-240"):
        municipality(key)


def page(name, *args):
    return reverse(f"offerings:{name}", args=args)


def test_an_officer_brings_mends_saves_undoes_and_saves_again(client, lappia, bengt):
    client.force_login(bengt)
    rows = [a_row(f"A{n}", **({"Paikkoja": "paljon"} if n < 2 else {})) for n in range(5)]
    upload = SimpleUploadedFile("tarjonta.xlsx", as_xlsx(rows))

    answer = client.post(page("imports"), {"provider": lappia.pk, "file": upload})
    run = ImportRun.objects.get()
    assert answer["Location"] == page("import", run.pk)
    waiting = client.get(page("import", run.pk))
    assert "being checked" in waiting.text
    tasks.check_import(run.pk)
    assert client.get(page("import", run.pk)).text.count("Write a number in figures") == 2

    for number in (2, 3):
        row_page = client.get(page("import_row", run.pk, number))
        assert "Write a number in figures" in row_page.text
        client.post(page("import_row", run.pk, number), {"capacity": "12"})
    assert "Save 5 rows" in client.get(page("import", run.pk)).text
    for _ in range(2):
        client.post(page("import_act", run.pk), {"act": "save"})
        tasks.save_import(run.pk)
        assert Offering.objects.count() == 5
        client.post(page("import_act", run.pk), {"act": "undo"})
        tasks.undo_import(run.pk)
        assert Offering.objects.count() == 0
        run = checked(as_xlsx([a_row(f"A{n}") for n in range(5)]), lappia, bengt)


def test_the_page_of_a_file_under_way_is_never_torn_away_and_follows_by_script(client, lappia, bengt):
    client.force_login(bengt)
    run = services.bring(
        provider=lappia, by=bengt, file_name="a.csv", content=as_csv([a_row("A1")]), language="en"
    )
    asked = {"HTTP_HX_REQUEST": "true"}

    waiting = client.get(page("import", run.pk), **asked)
    tasks.check_import(run.pk)
    done = client.get(page("import", run.pk), **asked)

    assert "Refresh" not in waiting
    assert "HX-Refresh" not in waiting
    assert f'hx-get="{page("import", run.pk)}" hx-trigger="every 5s"' in waiting.text
    assert '<a class="ds-link" href="">Load the page again</a>' in waiting.text
    assert done["HX-Refresh"] == "true"


def test_mending_leads_from_one_wrong_row_to_the_next(client, lappia, bengt):
    client.force_login(bengt)
    rows = [a_row(f"A{n}", **({"Paikkoja": "paljon"} if n in {0, 2, 3} else {})) for n in range(4)]
    run = checked(as_csv(rows), lappia, bengt)

    first = client.get(page("import_row", run.pk, 4))
    assert "Wrong row 2 of 3" in first.text
    assert page("import_row", run.pk, 2) in first.text  # the one before
    ways = [client.post(page("import_row", run.pk, n), {"capacity": "12"})["Location"] for n in (4, 5, 2)]

    assert ways == [page("import_row", run.pk, 5), page("import_row", run.pk, 2), page("import", run.pk)]
    assert "No row is wrong any more" in client.get(page("import", run.pk)).text


def test_where_few_words_are_allowed_the_nearest_is_chosen(client, lappia, bengt):
    client.force_login(bengt)
    run = checked(as_csv([a_row("A1", Koulutusmuoto="Amatillinen koulutus")]), lappia, bengt)

    text = client.get(page("import_row", run.pk, 2)).text
    assert '<option value="Vocational education" selected>' in text
    client.post(page("import_row", run.pk, 2), {"form_id": "Vocational education"})

    assert run.rows.get().verdict == "new"


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Tornioo; Pello", "Tornio; Pello"),
        ("Pello,Tornioo", "Pello,Tornio"),
        ("Torniio\nPelloo", "Tornio\nPello"),
    ],
)
def test_of_several_municipalities_only_the_unknown_ones_are_replaced(text, suggested, lappia, bengt):
    run = checked(as_csv([a_row("A1", Opetuskunnat=text)]), lappia, bengt)

    form = RowForm(run=run, row=run.rows.get())

    assert form["places"].initial == suggested


@pytest.mark.parametrize("mark", [mark for mark in FORMULA if mark != "\0"])
def test_no_cell_of_the_wrong_rows_is_taken_for_a_formula(mark, client, lappia, bengt):
    client.force_login(bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="x")]), lappia, bengt)
    row = run.rows.get()
    row.cells["title_fi"] = f"{mark}1+1"
    row.errors = {"title_fi": [f"{mark}2"]}
    row.save()

    answer = client.get(page("import_wrong", run.pk))

    assert answer.streaming
    text = answer.getvalue().decode("utf-8-sig")
    [headings, cells] = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert cells[headings.index("Title in Finnish")] == f"'{mark}1+1"
    assert cells[-1] == f"'{mark}2"


def test_a_column_that_the_file_lacks_is_filled_in_where_it_is_needed(client, lappia, bengt):
    client.force_login(bengt)
    rows = [cells[:-1] for cells in (list(HEADINGS), a_row("A1"), a_row("A2", Tila="luonnos"))]
    run = checked(as_csv(rows[1:], rows[0]), lappia, bengt)
    assert run.rows.get(number=2).errors.keys() == {"price_basis"}

    client.post(page("import_row", run.pk, 2), {"price_basis": "none"})

    run.refresh_from_db()
    assert (run.columns[-1], run.good) == ("price_basis", 2)
    assert accepted(run, bengt).state == ImportState.ACCEPTED
    assert set(Offering.objects.values_list("price_basis", flat=True)) == {"none", ""}


def test_a_row_still_wrong_says_so_again(client, lappia, bengt):
    client.force_login(bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="paljon")]), lappia, bengt)

    answer = client.post(page("import_row", run.pk, 2), {"capacity": "x1"})

    assert "Write a number in figures" in answer.text
    assert 'value="x1"' in answer.text


def test_of_two_who_mend_one_row_the_second_is_told_and_overwrites_nothing(client, lappia, bengt):
    client.force_login(bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="paljon", Alkaa="x")]), lappia, bengt)
    address = page("import_row", run.pk, 2)
    seen = client.get(address).context["seen"]
    client.post(address, {"seen": seen, "capacity": "12"})
    mended = run.rows.get().cells

    told = client.post(address, {"seen": seen, "capacity": "14", "title_fi": "Levyseppä"})

    assert "Somebody else has mended this row meanwhile" in told.text
    assert "Now “12” stands here." in told.text
    assert told.text.count('value="14"') == 1
    assert told.text.count('value="Levyseppä"') == 1
    assert run.rows.get().cells == mended
    client.post(address, {"seen": told.context["seen"], "capacity": "14", "title_fi": "Levyseppä"})
    assert run.rows.get().cells["capacity"] == "14"


def test_the_table_says_what_stood_there_before(client, lappia, bengt):
    client.force_login(bengt)
    headings = [*HEADINGS, "Kurssikoodit", "Opiskelijan maksu"]
    accepted(checked(as_csv([[*a_row("A1"), "AB1; AB2", "12,50"]], headings), lappia, bengt), bengt)
    new = {
        "Nimi_suomeksi": "Levyseppä", "Koulutusmuoto": "", "Tila": "", "Opetuskunnat": "Pello",
        "Alkaa": "1.2.2100", "Paikkoja": "18",
    }  # fmt: skip
    run = checked(as_csv([[*a_row("A1", **new), "", "0"]], headings), lappia, bengt)

    text = client.get(page("import", run.pk), {"verdict": "all"}).text

    for before, after in (
        ("Hitsaaja A1", "Levyseppä"), ("Vocational education", "removed"), ("Tornio", "Pello"), ("16", "18"),
        ("AB1; AB2", "removed"), ("12.5", "0"),
    ):  # fmt: skip
        assert f'<del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>' in text
    assert text.count("<del>") == 7


def test_wrong_rows_come_back_as_a_file_that_can_be_brought_again(client, lappia, bengt):
    client.force_login(bengt)
    run = checked(as_csv([a_row("A1", Paikkoja="=2+2"), a_row("A2")]), lappia, bengt)

    text = client.get(page("import_wrong", run.pk)).getvalue().decode("utf-8-sig")

    assert "A2" not in text
    assert "'=2+2" in text
    again = checked(text.encode(), lappia, bengt)
    assert (again.wrong, again.ignored) == (1, ["What is wrong"])


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_template_has_every_heading_and_each_is_known(client, lappia, bengt, language):
    client.force_login(bengt)
    with override(language):
        book = openpyxl.load_workbook(io.BytesIO(client.get(page("import_template")).content))

    headings = [cell.value for cell in book.worksheets[0][1]]
    assert [recognise(heading) for heading in headings] == list(COLUMNS)
    helps = book.worksheets[1]
    assert helps.max_row == len(COLUMNS) + 2
    said = helps["B2"].value
    stay = [column.heading(language) for column in COLUMNS if column.name in STAY]
    assert len(stay) == 5
    assert said.count(", ".join(stay)) == 1


def test_a_neighbour_sees_and_changes_nothing(client, lappia, bengt, olli):
    run = checked(as_csv([a_row("A1", Paikkoja="x"), a_row("A2")]), lappia, bengt)
    client.force_login(olli)

    assert run.file_name not in client.get(page("imports")).text
    for name, args in (("import", (run.pk,)), ("import_wrong", (run.pk,)), ("import_row", (run.pk, 2))):
        assert client.get(page(name, *args)).status_code == 404
    assert client.post(page("import_row", run.pk, 2), {"capacity": "1"}).status_code == 404
    for act in ("save", "undo", "check", "discard"):
        assert client.post(page("import_act", run.pk), {"act": act}).status_code == 404
    upload = SimpleUploadedFile("a.csv", as_csv([a_row("A1")]))
    assert client.post(page("imports"), {"provider": lappia.pk, "file": upload}).status_code == 200
    assert ImportRun.objects.get().state == ImportState.CHECKED
    assert Offering.objects.count() == 0


def test_a_file_is_discarded_with_its_rows_by_whoever_acts_for_the_organisation(client, lappia, bengt, aino):
    content = as_csv([a_row("A1", Paikkoja="x"), a_row("A2")])
    kept, run = checked(content, lappia, bengt), checked(content, lappia, bengt, name="toinen.csv")
    client.force_login(bengt)
    assert "Discard the file" in client.get(page("import", run.pk)).text

    answer = client.post(page("import_act", run.pk), {"act": "discard"}, follow=True)

    assert answer.redirect_chain == [(page("imports"), 302)]
    assert "toinen.csv is discarded." in answer.text
    assert list(ImportRun.objects.all()) == [kept]
    assert set(ImportRow.objects.values_list("run", flat=True)) == {kept.pk}
    told = AuditEvent.objects.get(verb="import.discard")
    assert (told.target_id, told.actor, told.role) == (run.pk, bengt, "provider_staff")
    assert told.changes == {"file_name": ["toinen.csv", ""]}


@pytest.mark.parametrize("state", ["accepting", "accepted", "undoing"])
def test_what_is_saved_or_under_way_is_not_discarded(state, client, lappia, bengt):
    run = accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    ImportRun.objects.update(state=state)
    client.force_login(bengt)
    assert "Discard the file" not in client.get(page("import", run.pk)).text

    answer = client.post(page("import_act", run.pk), {"act": "discard"}, follow=True)

    assert "This file is not waiting to be saved" in answer.text
    assert ImportRun.objects.filter(pk=run.pk).exists()


@pytest.mark.parametrize("state", ["waiting", "refused", "undone"])
def test_a_file_that_waits_cannot_be_read_or_was_undone_can_be_discarded(state, client, lappia, bengt):
    run = accepted(checked(as_csv([a_row("A1")]), lappia, bengt), bengt)
    ImportRun.objects.update(state=state)
    client.force_login(bengt)
    assert "Discard the file" in client.get(page("import", run.pk)).text

    client.post(page("import_act", run.pk), {"act": "discard"})

    assert not ImportRun.objects.exists()
    assert Offering.objects.count() == 1


def test_an_organisation_has_so_many_files_that_are_neither_saved_nor_discarded(client, lappia, bengt):
    client.force_login(bengt)
    content = as_csv([a_row("A1")])
    runs = [
        services.bring(provider=lappia, by=bengt, file_name=f"{n}.csv", content=content, language="en")
        for n in range(services.MOST_OPEN)
    ]

    def upload():
        return client.post(
            page("imports"), {"provider": lappia.pk, "file": SimpleUploadedFile("new.csv", content)}
        )

    refused = upload()

    assert refused.status_code == 200
    assert f"{services.MOST_OPEN} files of your organisation are neither saved nor discarded" in refused.text
    assert ImportRun.objects.count() == services.MOST_OPEN
    client.post(page("import_act", runs[0].pk), {"act": "discard"})
    assert upload()["Location"] == page("import", ImportRun.objects.latest("pk").pk)
    assert upload().status_code == 200
    tasks.check_import(runs[1].pk)
    accepted(runs[1], bengt)
    ImportRun.objects.filter(pk=runs[2].pk).update(state=ImportState.REFUSED)
    assert [upload().status_code for _ in range(3)] == [302, 302, 200]


def test_what_was_ordered_and_never_done_is_taken_up(at_once, lappia, bengt):
    run = services.bring(
        provider=lappia, by=bengt, file_name="a.csv", content=as_csv([a_row("A1")]), language="en"
    )

    tasks.take_up_imports()

    run.refresh_from_db()
    assert run.state == ImportState.CHECKED
    assert accepted(run, bengt).state == ImportState.ACCEPTED


def test_i5_a_file_that_fails_for_good_does_not_keep_the_others_waiting(at_once, lappia, bengt):
    content = as_csv([a_row("A1")])
    runs = [
        services.bring(provider=lappia, by=bengt, file_name=name, content=content, language="en")
        for name in ("bad.csv", "good.csv")
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "create function unforeseen() returns trigger language plpgsql as"
            " $$ begin raise exception 'unforeseen'; end $$"
        )
        cursor.execute(
            "create trigger unforeseen before update on offerings_importrun for each row"
            " when (new.file_name = 'bad.csv') execute function unforeseen()"
        )

    tasks.take_up_imports()

    states = [ImportRun.objects.get(pk=run.pk).state for run in runs]
    assert states == [ImportState.WAITING, ImportState.CHECKED]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.csv", "<h1 class=\"ds-heading\" data-size=\"lg\">x.csv</h1>"),
        ("C:\\x\\y.csv", ">y.csv</h1>"),
        ("a\u202evsc.exe.csv", ">avsc.exe.csv</h1>"),
        ("<img src=x onerror=alert(1)>.csv", ">&lt;img src=x onerror=alert(1)&gt;.csv</h1>"),
        ("ä" * 300 + ".csv", f">{'ä' * 196}.csv</h1>"),
    ],
)
def test_i6_a_file_of_an_odd_name_is_taken_without_its_tricks(name, shown, client, lappia, bengt):
    client.force_login(bengt)
    upload = SimpleUploadedFile("a.csv", as_csv([a_row("A1")]))
    upload._name = name  # as a hostile client sends it: the class itself would clean it already

    answer = client.post(page("imports"), {"provider": lappia.pk, "file": upload}, follow=True)

    assert ImportRun.objects.count() == 1, answer.text
    assert shown in answer.text
