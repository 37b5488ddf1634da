"""Agreements as the files state them, and as the demonstration adds its own."""

from __future__ import annotations

import datetime as dt

import pytest

from agreements.models import Agreement, AgreementParty
from agreements.terms import agreements
from kopa.base.reference import ReferenceDataError
from kopa.portal import reference
from kopa.portal.demonstration import agreements as demonstration
from tests.reference_data import change, quiet, write

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db,
    pytest.mark.usefixtures("loaded"),
    pytest.mark.xdist_group("agreements register"),  # loaded once, not once in each process
]

TODAY = dt.date(2026, 11, 24)
SEVEN = {"Botkyrka", "Haninge", "Huddinge", "Nynäshamn", "Södertälje", "Tyresö", "Värmdö"}


def names(code):
    parties = AgreementParty.objects.filter(agreement__code=code)
    return {party.municipality.name_sv for party in parties.select_related("municipality")}


def test_the_trial_of_2007_had_seven_parties_and_is_over():
    """R-HOME-6 and R-HOME-7: one autumn, seven municipalities; on a day of 2026 it binds nobody."""
    trial = Agreement.objects.get()

    assert names(trial.code) == SEVEN
    assert (trial.is_frisok, trial.is_demonstration, str(trial.title("sv"))) == (
        True, False, "Frisök inom Södertörnsvux (försök hösten 2007)",
    )  # fmt: skip
    in_force = [Agreement.objects.in_force(day).exists() for day in (dt.date(2007, 9, 3), TODAY)]
    assert in_force == [True, False]


def test_the_demonstration_adds_its_own_and_keeps_them_in_force():
    """R-HOME-7: the seven again, invented as in force this year and next."""
    demonstration.load(TODAY)
    demonstration.load(TODAY)  # once more: nothing is there twice

    assert names("demo-sodertorn") == SEVEN
    assert names("demo-tornedalen") == {"Haparanda", "Kalix", "Pajala", "Överkalix", "Övertorneå"}
    invented = Agreement.objects.filter(is_demonstration=True)
    assert set(invented.values_list("in_force_from", "in_force_to")) == {
        (dt.date(2026, 1, 1), dt.date(2027, 12, 31))
    }
    assert Agreement.objects.count() == 3

    demonstration.load(dt.date(2027, 1, 1))
    assert not Agreement.objects.in_force(dt.date(2026, 12, 31)).exists()


def test_a_load_of_the_files_leaves_the_demonstration_alone(folder):
    demonstration.load(TODAY)
    write(folder, "agreements.csv", "sodertorn-frisok-2007", last_day="2007-12-20", fields="07|091")
    change(folder, "agreement_parties.csv", "sodertorn-frisok-2007,SE-0120,,\n", "")
    reports = {one.name: one for one in reference.load(quiet, folder)}

    assert [one.key for one in reports["agreements"].changed] == ["sodertorn-frisok-2007"]
    assert len(reports["agreement parties"].removed) == 1
    assert names("sodertorn-frisok-2007") == SEVEN - {"Värmdö"}
    assert names("demo-sodertorn") == SEVEN
    trial = next(one for one in agreements() if one.code == "sodertorn-frisok-2007")
    assert trial.fields == {"07", "091"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"tier": "third"}, "tier is none of"),
        ({"country": "NO"}, "country is none of"),
        ({"first_day": ""}, "first_day is empty"),
        ({"last_day": ""}, "needs a last_day"),
        ({"forms": ""}, "forms is empty"),
        ({"forms": "komvux|evening"}, "forms names 'evening'"),
        ({"fields": "99999"}, "fields names '99999'"),
        ({"code": "other"}, "agreement names 'sodertorn-frisok-2007'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(folder, cells, said):
    """R-HOME-6 among them: free application without a last day."""
    write(folder, "agreements.csv", "sodertorn-frisok-2007", **cells)

    with pytest.raises(ReferenceDataError, match=said):
        reference.load(quiet, folder)


def test_an_unknown_party_is_refused(folder):
    change(folder, "agreement_parties.csv", "SE-0120", "SE-9999")

    with pytest.raises(ReferenceDataError, match="municipality names 'SE-9999'"):
        reference.load(quiet, folder)
