"""What agreements say of an application, from memory."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from agreements.models import Agreement, AgreementParty, Revision
from agreements.terms import agreements
from tests.factories import AgreementFactory, EducationFormFactory, municipality

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

DAY = dt.date(2026, 11, 24)


def ids(*keys):
    return frozenset(municipality(key).pk for key in keys)


def test_a_party_is_one_on_its_days_while_the_agreement_is_in_force():
    AgreementFactory(
        in_force_from=dt.date(2026, 1, 1), in_force_to=dt.date(2026, 12, 31),
        parties={"SE-0126": (dt.date(2026, 11, 24), dt.date(2027, 5, 1)), "SE-0192": (None, None)},
    )  # fmt: skip
    (terms,) = agreements()

    def days(key):
        ends = (dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2025, 12, 31))
        asked = [DAY - dt.timedelta(1), DAY, *ends]
        return [terms.has_party(ids(key), day) for day in asked]

    assert days("SE-0126") == [False, True, True, False, False]
    assert days("SE-0192") == [True, True, True, False, False]
    assert days("SE-0182") == [False] * 5
    assert terms.has_party(ids("SE-0182", "SE-0192"), DAY)  # one of the family is enough


def test_an_agreement_ends_for_one_party_alone():
    AgreementFactory(
        parties={"SE-0126": (None, DAY), "SE-0192": (None, None)}, in_force_to=None, is_frisok=False
    )
    (terms,) = agreements()

    assert terms.has_party(ids("SE-0126"), DAY)
    assert not terms.has_party(ids("SE-0126"), DAY + dt.timedelta(1))
    assert terms.has_party(ids("SE-0192"), DAY + dt.timedelta(9999))


def test_it_covers_its_forms_and_fields():
    AgreementFactory(code="a", parties=["SE-0126"], forms=["komvux", "vocational"])
    AgreementFactory(code="b", parties=["SE-0126"], fields=["07", "091"])
    every, some = agreements()

    assert (every.code, some.code) == ("a", "b")
    assert every.covers("komvux", "071")
    assert every.covers("vocational", "")
    assert not every.covers("basic", "071")
    covered = [one for one in ("07", "071", "09", "091", "092", "") if some.covers("komvux", one)]
    assert covered == ["07", "071", "091"]


def test_memory_follows_every_change():
    """What another process changes is seen at the next look; what is rolled back was never there."""
    assert agreements() == ()
    one = AgreementFactory(parties=["SE-0126"])
    (first,) = agreements()
    assert agreements() == (first,)  # the very same: nothing was read anew

    Agreement.objects.update(tier="primary")
    assert [terms.tier for terms in agreements()] == ["primary"]
    one.forms.add(EducationFormFactory(code="vocational"))
    assert [terms.forms for terms in agreements()] == [{"komvux", "vocational"}]
    AgreementParty.objects.update(valid_to=DAY)
    assert agreements()[0].parties[0].last == DAY
    with transaction.atomic():
        AgreementFactory(parties=["SE-0192"])
        assert len(agreements()) == 2
        transaction.set_rollback(True)
    assert len(agreements()) == 1
    number = Revision.objects.get().number
    assert str(Revision.objects.get()) == str(number)
    AgreementParty.objects.all().delete()
    assert agreements() == ()
    assert Revision.objects.get().number > number


def test_it_is_read_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):  # the stamp alone: there has never been an agreement
        assert agreements() == ()
    for _ in range(3):
        AgreementFactory(parties=["SE-0126", "SE-0192"], fields=["07", "09"])
    with django_assert_num_queries(2):
        agreements()
    with django_assert_num_queries(1):
        agreements()
