"""``load_reference``: safe to run again, says what changed, changes all or nothing."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from kopa.base.reference import Change, Report
from kopa.codes.models import ReferenceLoad
from kopa.portal import reference
from municipalities.models import Municipality, MunicipalityAlias
from providers.models import Institution, Organisation, Site
from tests.factories import OrganisationFactory, SiteFactory
from tests.reference_data import change, quiet, write

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.xdist_group("codes loading"),  # loaded once, not once in each process
]


def report(reports: list[Report], name: str) -> Report:
    return next(one for one in reports if one.name == name)


def test_first_load_adds_everything(loaded: list[Report]) -> None:
    counts = {
        one.name: (len(one.added), len(one.changed), one.unchanged, one.kept, one.removed) for one in loaded
    }

    assert counts == {
        "sources": (17, 0, 0, (), ()),
        "forms_of_education": (13, 0, 0, (), ()),
        "fields": (44, 0, 0, (), ()),
        "teaching_languages": (5, 0, 0, (), ()),
        "delivery_modes": (3, 0, 0, (), ()),
        "credit_units": (9, 0, 0, (), ()),
        "institution_types": (27, 0, 0, (), ()),
        "prior_education": (11, 0, 0, (), ()),
        "regions": (40, 0, 0, (), ()),
        "municipalities": (601, 0, 0, (), ()),
        "municipality aliases": (24, 0, 0, (), ()),
        "regions of municipalities": (606, 0, 0, (), ()),
        "authorities": (26, 0, 0, (), ()),
        "authorities of municipalities": (621, 0, 0, (), ()),
        "population": (99_408, 0, 0, (), ()),
        # 290 + 308 of today, Honkajoki until 2020, and its seven neighbours before and after.
        "country outlines": (2, 0, 0, (), ()),
        "schematic areas": (606, 0, 0, (), ()),
        "organisations": (1095, 0, 0, (), ()),
        "members of joint authorities": (2, 0, 0, (), ()),
        "institutions": (3666, 0, 0, (), ()),
        "sites": (4264, 0, 0, (), ()),
        "pilot groups": (14, 0, 0, (), ()),
        "members of pilot groups": (71, 0, 0, (), ()),
        "goals of the pilots": (5, 0, 0, (), ()),
        "stated figures": (6, 0, 0, (), ()),
        "agreements": (1, 0, 0, (), ()),
        "agreement parties": (7, 0, 0, (), ()),
        "forms of agreements": (1, 0, 0, (), ()),
        "fields of agreements": (0, 0, 0, (), ()),
    }


def test_tables_that_were_empty_are_known_to_be_full(loaded: list[Report]) -> None:
    """Else joins of the rows just loaded are planned as if there were none, and take minutes."""
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = %s", [Site._meta.db_table])
        (rows,) = cursor.fetchone()

    assert rows == Site.objects.count() > 4000


def test_second_load_changes_nothing(loaded: list[Report]) -> None:
    loads = ReferenceLoad.objects.count()
    before = list(Institution.objects.order_by("pk").values_list("pk", "updated_at"))

    again = reference.load(quiet)

    assert [one.name for one in again if one.is_news] == []
    assert sum(one.unchanged for one in again) == sum(len(one.added) for one in loaded)
    assert list(Institution.objects.order_by("pk").values_list("pk", "updated_at")) == before
    assert ReferenceLoad.objects.count() == loads


def test_changed_row_is_reported_and_stamped(
    loaded: list[Report], folder: Path, clock: time_machine.Traveller
) -> None:
    clock.shift(dt.timedelta(days=1))
    write(folder, "municipalities.csv", "FI-854", population="3300", population_year="2026")

    found = report(reference.load(quiet, folder), "municipalities")

    assert found.changed == (Change("FI-854", {"population": (3262, 3300), "population_year": (2022, 2026)}),)
    assert (found.added, found.unchanged) == ((), 600)
    assert list(found.lines()) == [
        "municipalities: 0 added, 1 changed, 600 unchanged",
        "  changed FI-854: population: 3262 → 3300; population_year: 2022 → 2026",
    ]
    pello = Municipality.objects.get(key="FI-854")
    assert (pello.population, pello.updated_at) == (3300, timezone.now())
    assert Municipality.objects.filter(updated_at=timezone.now()).count() == 1
    assert ReferenceLoad.objects.count() == 2


def test_new_alias_marks_its_municipality_as_changed(
    loaded: list[Report], folder: Path, clock: time_machine.Traveller
) -> None:
    clock.shift(dt.timedelta(days=1))
    change(
        folder,
        "municipality_aliases.csv",
        "FI-433,Loppis",
        "FI-854,Turtola,fi,former,kopa-page\nFI-433,Loppis",
    )

    found = report(reference.load(quiet, folder), "municipality aliases")

    assert len(found.added) == 1
    assert list(Municipality.objects.filter(updated_at=timezone.now()).values_list("key", flat=True)) == [
        "FI-854"
    ]


def test_alias_that_left_the_file_is_removed(loaded: list[Report], folder: Path) -> None:
    change(folder, "municipality_aliases.csv", "FI-433,Loppis,sv,exonym,kopa-page\n", "")

    found = report(reference.load(quiet, folder), "municipality aliases")

    assert (len(found.removed), found.kept) == (1, ())
    assert next(found.lines()) == "municipality aliases: 0 added, 0 changed, 23 unchanged, 1 removed"
    assert not MunicipalityAlias.objects.filter(name="Loppis").exists()


def test_row_that_left_the_file_is_kept_and_reported(loaded: list[Report], folder: Path) -> None:
    change(folder, "joint_authority_members.csv", "1.2.246.562.10.77763235106,FI-218,,,kopa-page\n", "")

    found = report(reference.load(quiet, folder), "members of joint authorities")

    assert (found.unchanged, len(found.kept), found.removed, found.is_news) == (1, 1, (), False)
    assert len(list(found.lines())) == 2


def test_row_without_a_clock_changes_too(loaded: list[Report], folder: Path) -> None:
    path = folder / "joint_authority_members.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("FI-218,,,kopa-page", "FI-218,,,kopa"), encoding="utf-8"
    )

    found = report(reference.load(quiet, folder), "members of joint authorities")

    assert [change.fields for change in found.changed] == [{"source": ("kopa-page", "kopa")}]


def test_rows_of_people_are_left_alone(loaded: list[Report]) -> None:
    own = OrganisationFactory(name_fi="Uusi koulutusyhtiö")
    moved = Site.objects.get(register_key="institution:10069")
    Site.objects.filter(pk=moved.pk).update(
        address="Urheilukatu 6", latitude=65.85, longitude=24.15, point_basis=Site.PointBasis.ADDRESS
    )
    added = SiteFactory(organisation=own, name_fi="Uusi talo")

    found = report(reference.load(quiet), "sites")

    assert (found.added, found.changed, found.kept) == ((), (), ())
    moved.refresh_from_db()
    assert (moved.address, moved.point_basis) == ("Urheilukatu 6", "address")
    assert Organisation.objects.filter(pk=own.pk).exists()
    assert Site.objects.filter(pk=added.pk).exists()


def test_many_changes_are_counted_not_all_named(loaded: list[Report], folder: Path) -> None:
    path = folder / "code_lists.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",codes-fi\n", ",kopa\n"), encoding="utf-8")

    found = report(reference.load(quiet, folder), "fields")

    lines = list(found.lines())
    assert lines[0] == "fields: 0 added, 44 changed, 0 unchanged"
    assert len(lines) == 1 + 8 + 1
    assert lines[-1] == "  … and 36 more"


def test_command_tells_each_step_and_each_table(loaded: list[Report]) -> None:
    told = StringIO()

    call_command("load_reference", stdout=told)

    lines = told.getvalue().splitlines()
    steps = [line for line in lines if line.endswith(" …")]
    assert steps[:2] == ["Sources and code lists …", "Regions and municipalities …"]
    assert lines[len(steps)] == "sources: 0 added, 0 changed, 17 unchanged"
    assert len(lines) == len(steps) + len(loaded)


def test_command_skips_what_is_loaded_with_two_queries(
    loaded: list[Report], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    told = StringIO()
    with django_assert_num_queries(2):
        call_command("load_reference", "--if-needed", stdout=told)

    assert told.getvalue().splitlines() == ["The reference data is up to date."]


def test_changed_file_is_needed_again(loaded: list[Report], folder: Path) -> None:
    assert reference.is_current(folder)

    change(folder, "regions.csv", "Lapland", "Lappland")

    assert not reference.is_current(folder)


def test_other_analyser_is_needed_again(
    loaded: list[Report], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "ANALYSERS", ("pyvoikko", "simplemma", "django"))

    assert not reference.is_current(folder)
