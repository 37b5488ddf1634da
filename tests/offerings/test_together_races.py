"""The same preview sent twice at the same moment is done once; under two marks it would be done twice."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from django.utils import timezone

from kopa.audit.models import AuditEvent
from kopa.base.db import Busy
from offerings import services
from offerings.errors import DoneAlready
from offerings.models import ActTogether, Offering, Together
from offerings.search import words
from offerings.services.dates import Shift, Unit, Which
from offerings.services.together import carry_out
from offerings.together import preview
from tests.factories import OfferingFactory, today
from tests.together import Meeting, run_together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("english"),
]


@pytest.fixture(autouse=True)
def _dictionaries_are_loaded() -> None:
    words.warm_up()


@pytest.fixture
def plan(lappia, bengt):
    OfferingFactory(provider=lappia, taken=3)
    rows = list(Offering.objects.all().for_desk(on=today()))
    return preview(Together.CONFIRM, rows, by=bengt, now=timezone.now()).plan


def confirmed() -> int:
    return AuditEvent.objects.filter(verb="offering.confirm_places").count()


def test_two_clicks_at_once_do_it_once(plan, bengt):
    outcomes = run_together(2, lambda _which: carry_out(plan, by=bengt, may=set(plan.versions)))

    assert sum(isinstance(one, ActTogether) for one in outcomes) == 1
    assert any(isinstance(one, DoneAlready | Busy) for one in outcomes)
    assert (confirmed(), ActTogether.objects.count()) == (1, 1)


def test_under_marks_of_their_own_both_would_do_it(plan, bengt):
    plans = [plan, replace(plan, mark=uuid4())]

    run_together(2, lambda which: carry_out(plans[which], by=bengt, may=set(plan.versions)))

    assert (confirmed(), ActTogether.objects.count()) == (2, 2)


def test_who_saves_at_the_same_moment_is_not_overwritten(lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    rows = list(Offering.objects.all().for_desk(on=today()))
    shift = Shift(1, Unit.WEEKS, Which.ALL)
    plan = preview(Together.SHIFT, rows, by=bengt, now=timezone.now(), shift=shift).plan
    meeting = Meeting(2)

    def act(which: int):
        with meeting.before_writing():
            if which:
                return carry_out(plan, by=bengt, may={offering.pk})
            return services.save_offering(
                offering_id=offering.pk, version=1, given={"title_fi": "Toinen"}, by=bengt
            )

    outcomes = run_together(2, act)

    saved = Offering.objects.get()
    was_moved = saved.starts_on != offering.starts_on
    was_saved = saved.title_fi == "Toinen"
    assert was_moved is not was_saved, outcomes
    if was_saved:
        assert [pk for pk, _why in outcomes[1].refused] == [offering.pk]
