"""What the database refuses of agreements and their parties."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DataError, IntegrityError, connection

from agreements.models import Agreement, AgreementParty
from tests.factories import AgreementFactory, AgreementPartyFactory, today

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"title_fi": "", "title_sv": "", "title_en": ""}, "agreement_has_a_title"),
        ({"tier": "tertiary"}, "agreement_tier_is_known"),
        ({"country": "NO"}, "agreement_country_is_known"),
        ({"in_force_to": dt.date(2025, 11, 23)}, "agreement_ends_after_it_begins"),
        (
            {"is_frisok": True, "asks_for_statement": True},
            "agreement_on_free_application_asks_for_no_statement",
        ),
    ],
)
def test_an_agreement_contradicts_itself(facts, constraint):
    one = AgreementFactory(in_force_from=dt.date(2025, 11, 24))

    with pytest.raises(IntegrityError, match=constraint):
        Agreement.objects.filter(pk=one.pk).update(**facts)


def test_free_application_has_a_last_day():
    """R-HOME-6: free application was agreed for one autumn; without a last day the database takes none."""
    one = AgreementFactory(is_frisok=True)

    with pytest.raises(IntegrityError, match="agreement_on_free_application_has_a_last_day"):
        Agreement.objects.filter(pk=one.pk).update(in_force_to=None)


def test_another_agreement_may_go_on():
    one = AgreementFactory(in_force_to=None)

    assert list(Agreement.objects.in_force(today())) == list(Agreement.objects.not_over(today())) == [one]


def test_days_in_force_include_both_ends():
    one = AgreementFactory(in_force_from=dt.date(2026, 1, 1), in_force_to=dt.date(2026, 12, 31))
    days = [dt.date(2025, 12, 31), one.in_force_from, one.in_force_to, dt.date(2027, 1, 1)]

    assert [Agreement.objects.in_force(day).exists() for day in days] == [False, True, True, False]
    assert [Agreement.objects.not_over(day).exists() for day in days] == [True, True, True, False]


def test_a_party_leaves_after_it_joins():
    party = AgreementPartyFactory()
    days = {"valid_from": dt.date(2026, 2, 1), "valid_to": dt.date(2026, 1, 1)}

    # A range whose ends are the wrong way round is refused even before the constraint.
    with pytest.raises((IntegrityError, DataError), match=r"leaves_after_it_joins|range lower bound"):
        AgreementParty.objects.filter(pk=party.pk).update(**days)


def test_a_party_is_named_once_a_period():
    first = AgreementPartyFactory(valid_to=dt.date(2026, 6, 30))
    again = {"agreement": first.agreement, "municipality": first.municipality}
    later = AgreementPartyFactory(**again, valid_from=dt.date(2026, 7, 1))
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    assert str(later) == f"{first.agreement}: {first.municipality}"

    with pytest.raises(IntegrityError, match="agreement_party_is_named_once_a_period"):
        AgreementParty.objects.filter(pk=later.pk).update(valid_from=dt.date(2026, 6, 30))
