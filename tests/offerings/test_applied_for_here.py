"""A course that is applied for in KOPA: who may offer that, in which order places are used, who follows."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from kopa.letters.services import nudge
from offerings import services
from offerings.errors import NotReady, PrecedenceFixed, SelectionRuleFixed
from offerings.forms import OfferingForm
from offerings.models import Offering
from offerings.presenting import address
from offerings.services import Wanted, save_many
from offerings.services.copying import copy_to_next_term
from tests.factories import OfferingFactory, RoleAssignmentFactory, UserFactory, in_days, municipality
from tests.offerings.given import a_course

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]
NOBODY = "handles applications in KOPA: nobody would decide on them."


def test_who_has_somebody_to_decide_may_take_applications(lappia, bengt):
    given = a_course(lappia, takes_applications=True)
    services.publish_new(provider_id=lappia.pk, given=given, by=bengt)
    assert Offering.objects.get().takes_applications


@pytest.mark.parametrize("change", ["no role", "role over", "account closed", "another role"])
def test_without_anybody_who_decides_a_course_is_not_applied_for_here(lappia, change):
    if change != "no role":
        facts = {
            "role over": {"valid_to": timezone.localdate() - dt.timedelta(days=1)},
            "account closed": {"person": UserFactory(is_active=False)},
            "another role": {"role": "counsellor"},
        }[change]
        RoleAssignmentFactory(organisation=lappia, **facts)
    given = a_course(lappia, takes_applications=True)
    with pytest.raises(NotReady) as refused:
        services.publish_new(provider_id=lappia.pk, given=given, by=UserFactory())
    reason = refused.value.reasons[0]
    assert (reason.field, reason.code) == ("takes_applications", "nobody_handles_applications")
    assert NOBODY in str(reason.message)


def test_a_course_of_the_joint_application_is_not_applied_for_here(lappia, bengt):
    """R-APP-9: its page has a link alone."""
    given = {"title_fi": "x", "takes_applications": True, "is_national_joint_application": True}
    with pytest.raises(ValidationError) as refused:
        services.create_draft(provider_id=lappia.pk, given=given, by=bengt)
    assert list(refused.value.message_dict) == ["takes_applications"]


@pytest.fixture
def opened(lappia):
    return OfferingFactory(provider=lappia, takes_applications=True)


def save(offering, by, **given):
    return services.save_offering(offering_id=offering.pk, version=offering.version, given=given, by=by)


def test_precedence_is_fixed_once_applications_have_opened(opened, bengt):
    """R-CAP-7"""
    with pytest.raises(PrecedenceFixed) as refused:
        save(opened, bengt, precedence="open_first")
    assert refused.value.field == "precedence"
    assert Offering.objects.get().precedence == "reserved_first"
    saved = save(opened, bengt, precedence="reserved_first", capacity=30)
    assert saved.capacity == 30


def test_moving_the_opening_in_the_same_act_does_not_let_it_change(opened, bengt):
    """R-CAP-7"""
    with pytest.raises(PrecedenceFixed):
        save(opened, bengt, precedence="open_first", applications_open_at=in_days(5, hour=8))


def test_how_students_are_selected_is_fixed_once_applications_have_opened(opened, bengt):
    """R-APP-12: those who have applied hold places, or stand in a line, by the rule that they were told."""
    with pytest.raises(SelectionRuleFixed) as refused:
        save(opened, bengt, selection_rule="lottery")
    assert refused.value.field == "selection_rule"
    assert Offering.objects.get().selection_rule == "registration_order"
    assert save(opened, bengt, selection_rule="registration_order", capacity=30).capacity == 30


def test_how_students_are_selected_may_change_before_applications_open(lappia, bengt):
    """R-APP-12"""
    offering = OfferingFactory(provider=lappia, applications_open_at=in_days(3, hour=8))
    save(offering, bengt, selection_rule="score")
    assert Offering.objects.get().selection_rule == "score"


@pytest.mark.parametrize(
    "facts", [{"status": "draft"}, {"applications_open_at": in_days(9, hour=8)}], ids=["draft", "not open"]
)
def test_precedence_may_change_before_applications_open(lappia, bengt, facts):
    """R-CAP-7: published with the offering; until the opening nobody has relied on it."""
    offering = OfferingFactory(provider=lappia, **facts)
    save(offering, bengt, precedence="open_first")
    assert Offering.objects.get().precedence == "open_first"


def test_the_form_has_both_and_says_refusals_at_them(opened, bengt):
    """R-CAP-7"""
    form = OfferingForm(offering=opened)
    assert form["takes_applications"].value() is True
    assert form["precedence"].value() == "reserved_first"
    form = OfferingForm(QueryDict("title_fi=x&precedence=open_first"), offering=opened)
    form.is_valid()
    form.add_refusal(PrecedenceFixed())
    assert form.errors["precedence"]


def test_a_copy_is_applied_for_in_the_same_way(opened, bengt):
    Offering.objects.update(precedence="open_first")
    copy = copy_to_next_term(offering_id=opened.pk, by=bengt).offering
    assert (copy.takes_applications, copy.precedence) == (True, "open_first")


def followed(callbacks) -> list[int]:
    """The courses of which a worker is told that their applications follow."""
    mine = [one for one in callbacks if isinstance(one, partial) and one.func is nudge]
    return [one.args[1] for one in mine if one.args[0] == "applications.follow"]


def test_every_act_on_such_a_course_tells_its_queue(opened, bengt, django_capture_on_commit_callbacks):
    """R-CAP-8: a place that an act frees is offered at once, not at the next look of the timetable."""
    counter = opened.counters.get()
    acts = {
        "more places": lambda: save(opened, bengt, capacity=25),
        "fewer given elsewhere": lambda: services.set_taken_elsewhere(
            offering_id=opened.pk, taken={counter.pk: 0}, by=bengt
        ),
        "cancelled": lambda: services.cancel(
            offering_id=opened.pk, reasons={"fi": "x", "sv": "x", "en": "x"}, by=bengt
        ),
    }
    for name, act in acts.items():
        with django_capture_on_commit_callbacks() as callbacks:
            act()
        assert followed(callbacks) == [opened.pk], name


def test_many_saved_at_once_tell_too(opened, bengt, django_capture_on_commit_callbacks):
    other = OfferingFactory(provider=opened.provider)
    with django_capture_on_commit_callbacks() as callbacks:
        save_many(
            [
                Wanted(opened.provider_id, {"capacity": 30}, bengt, offering_id=one.pk, version=one.version)
                for one in (opened, other)
            ]
        )
    assert followed(callbacks) == [opened.pk]


@pytest.mark.parametrize(
    ("precedence", "said"),
    [("reserved_first", "get those first"), ("open_first", "get open places first")],
)
def test_which_places_are_used_first_is_published(client, lappia, precedence, said):
    """R-CAP-7: published with the offering."""
    municipality("FI-854")
    offering = OfferingFactory(
        provider=lappia, quotas={"FI-854": 2}, precedence=precedence, applications_close_at=in_days(10),
        quota_release_at=in_days(20),
    )  # fmt: skip
    page = client.get(address(offering))
    assert said in page.content.decode()


def test_without_reserved_places_nothing_is_said_of_their_order(client, lappia):
    page = client.get(address(OfferingFactory(provider=lappia)))
    assert "get those first" not in page.content.decode()
