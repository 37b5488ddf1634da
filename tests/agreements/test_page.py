"""The public page of an agreement: parties, forms, validity, what it means for an applicant."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils.translation import override

from tests.factories import AgreementFactory, MunicipalityFactory, municipality
from tests.reading import main, words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def read(client, agreement, language="en"):
    with override(language):
        return words(main(client.get(reverse("agreements:detail", args=[agreement.code]))))


def test_it_tells_parties_forms_and_days(client):
    """R-HOME-6: the days of free application are public."""
    successor = municipality("SE-0126")
    MunicipalityFactory(
        country="SE", code="9001", name_fi="Gamlaby", name_sv="Gamlaby", successor=successor,
        valid_to=dt.date(2025, 12, 31),
    )  # fmt: skip
    agreement = AgreementFactory(
        title_fi="Vapaa haku", title_sv="Frisök", is_frisok=True, fields=["091"], is_demonstration=True,
        in_force_from=dt.date(2026, 1, 1), in_force_to=dt.date(2026, 12, 31),
        parties={"SE-9001": (None, None), "SE-0192": (dt.date(2026, 3, 1), dt.date(2026, 10, 31))},
    )  # fmt: skip

    english = read(client, agreement)
    assert "Residents of a party apply freely to the other parties' courses" in english
    assert "This agreement is invented for the demonstration." in english
    assert "1 January 2026 – 31 December 2026 (in force)" in english
    assert "Municipal adult education (komvux)" in english
    assert "Gamlaby, today part of Huddinge" in english
    assert "Nynäshamn from 1 March 2026 on until 31 October 2026" in english
    finnish = read(client, agreement, "fi")
    assert "Vapaa haku" in finnish
    assert "Osapuolen asukkaat voivat hakea vapaasti" in finnish
    assert "Invånare hos en part söker fritt" in read(client, agreement, "sv")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"tier": "primary"}, "By law their home municipality pays, and is not asked."),
        ({"asks_for_statement": True, "country": "FI"}, "asked first, also where the state pays."),
        ({}, "The home municipality decides on each application whether it pays."),
        ({"in_force_to": None, "in_force_from": dt.date(2026, 1, 1)}, "from 1 January 2026 on (in force)"),
        ({"in_force_from": dt.date(2026, 11, 25)}, "(not in force yet)"),
        ({"in_force_to": dt.date(2026, 11, 23)}, "(over)"),
        ({"in_force_to": dt.date(2026, 11, 24)}, "(in force)"),
        ({"fields": ()}, "every field"),
    ],
)
def test_what_it_means_and_where_it_stands(facts, said, client):
    assert said in read(client, AgreementFactory(parties=["SE-0126"], **facts))


@pytest.mark.parametrize("number", [1, 3])
def test_it_asks_as_often_for_many_parties_as_for_one(number, client, django_assert_num_queries):
    agreement = AgreementFactory(parties=["SE-0126", "SE-0192", "SE-0182"][:number])
    read(client, agreement)

    with django_assert_num_queries(4):
        read(client, agreement)
