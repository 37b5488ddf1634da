"""Acts on many courses: previewed, done as previewed, once, and told row by row."""

from __future__ import annotations

import datetime as dt
import re
from uuid import uuid4

import pytest
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from kopa.audit.models import AuditEvent
from kopa.base.errors import ChangedMeanwhile, TransitionNotAllowed
from offerings import services
from offerings.errors import (
    ChangedSincePreview,
    DoneAlready,
    NothingToMove,
    NotOpen,
    NotPublicYet,
    NotReady,
    NotYours,
    PlacesNotSaid,
    Reason,
    YearNotMeant,
)
from offerings.models import ActTogether, Offering, SearchRow, Together
from offerings.services import Wanted, bulk
from offerings.services.dates import Shift, Unit, Which, closed_at, shifted
from offerings.services.together import carry_out, confirm_many, sentence
from offerings.together import MOST, Preview, opened, preview
from tests.factories import OfferingFactory, RoleAssignmentFactory, UserFactory, in_days, today
from tests.offerings.filled_in import desk

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]

WEEK = Shift(1, Unit.WEEKS, Which.ALL)


@pytest.fixture
def at_desk(client, bengt):
    client.force_login(bengt)
    return client


def shown(act: Together, by, *offerings: Offering, shift: Shift | None = None) -> Preview:
    rows = Offering.objects.filter(pk__in=[one.pk for one in offerings]).for_desk(on=today())
    return preview(act, list(rows), by=by, now=timezone.now(), shift=shift)


def done(found: Preview, by, *, may=None) -> ActTogether:
    plan = found.plan
    return carry_out(plan, by=by, may=set(plan.versions) if may is None else may)


def acts_on(offering: Offering) -> list[str]:
    told = AuditEvent.objects.filter(target="offerings.offering", target_id=offering.pk)
    return list(told.order_by("pk").values_list("verb", flat=True))


# Closing


def test_closing_ends_applications_when_it_is_done_as_the_preview_says(lappia, bengt, clock):
    """Whoever applied while the preview was looked at has applied in time."""
    offering = OfferingFactory(provider=lappia, quotas={"FI-854": 2}, quota_release_at=in_days(40))
    seen = shown(Together.CLOSE, bengt, offering)
    clock.shift(dt.timedelta(minutes=9))
    moment = timezone.now()

    done(seen, bengt)

    offering.refresh_from_db()
    assert offering.applications_close_at == moment
    assert offering.quota_release_at == in_days(40)
    assert acts_on(offering) == ["offering.save"]
    assert SearchRow.objects.get(pk=offering.pk).listed_until == moment + dt.timedelta(seconds=1)
    assert [(change.label, change.after) for change in seen.good[0].changes] == [
        ("Applications close", "the moment when you press the button"),
        (
            "Reserved places are released",
            "3\u00a0January\u00a02027 at 15:00, as before. Until then 2 free places stay reserved.",
        ),
    ]


def test_closing_says_nothing_of_reserved_places_where_none_is_free(lappia, bengt):
    quotas = {"quotas": {"FI-854": 2}, "quota_release_at": in_days(40)}
    given = OfferingFactory(provider=lappia, taken={"FI-854": 2}, **quotas)
    bare = OfferingFactory(provider=lappia)

    lines = shown(Together.CLOSE, bengt, given, bare).good

    assert [[change.label for change in line.changes] for line in lines] == [["Applications close"]] * 2


def test_what_was_released_before_is_released_right_after_the_close(lappia, bengt):
    """Continuous admission: the release of reserved places may lie behind, but it follows the close."""
    offering = OfferingFactory(
        provider=lappia, applications_close_at=None, quotas={"FI-854": 2}, quota_release_at=in_days(-2)
    )

    given = closed_at(offering, timezone.now())
    done(shown(Together.CLOSE, bengt, offering), bengt)

    offering.refresh_from_db()
    assert given["quota_release_at"] == timezone.now() + dt.timedelta(seconds=1)
    assert offering.quota_release_at == given["quota_release_at"]


def test_what_is_released_while_the_preview_is_looked_at_is_left(lappia, bengt, clock):
    """Its release would move too, which the preview did not say."""
    offering = OfferingFactory(
        provider=lappia, applications_close_at=None, quotas={"FI-854": 2},
        quota_release_at=timezone.now() + dt.timedelta(minutes=5),
    )  # fmt: skip
    seen = shown(Together.CLOSE, bengt, offering)
    clock.shift(dt.timedelta(minutes=9))

    assert done(seen, bengt).refused == [[offering.pk, str(ChangedSincePreview())]]


def test_only_what_is_open_can_be_closed(lappia, bengt):
    refused = {
        "draft": OfferingFactory(provider=lappia, status="draft"),
        "opening": OfferingFactory(provider=lappia, applications_open_at=in_days(3)),
        "closed": OfferingFactory(
            provider=lappia, applications_open_at=in_days(-20), applications_close_at=in_days(-1)
        ),
        "cancelled": OfferingFactory(provider=lappia, status="cancelled"),
    }
    seen = shown(Together.CLOSE, bengt, *refused.values())

    assert seen.good == []
    assert {line.refusal for line in seen.lines} == {str(NotOpen()), "The course is cancelled."}
    [confirmed] = shown(Together.CONFIRM, bengt, refused["cancelled"]).lines
    assert confirmed.refusal == "The course is cancelled."


def test_a_start_decided_already_refuses_the_close_in_the_words_of_the_rule(lappia, bengt):
    offering = OfferingFactory(
        provider=lappia, applications_close_at=None, start_decision_at=in_days(-1),
        applications_open_at=in_days(-5),
    )  # fmt: skip

    assert [line.refusal for line in shown(Together.CLOSE, bengt, offering).lines] == [
        "The decision on the start comes before applications close."
    ]


# Moving dates


@pytest.mark.parametrize(
    ("shift", "day", "moved"),
    [
        (Shift(3, Unit.DAYS, Which.ALL), dt.date(2027, 2, 26), dt.date(2027, 3, 1)),
        (Shift(-2, Unit.WEEKS, Which.ALL), dt.date(2027, 1, 10), dt.date(2026, 12, 27)),
        (Shift(1, Unit.MONTHS, Which.ALL), dt.date(2027, 1, 31), dt.date(2027, 2, 28)),
        (Shift(1, Unit.MONTHS, Which.ALL), dt.date(2028, 1, 31), dt.date(2028, 2, 29)),
        (Shift(12, Unit.MONTHS, Which.ALL), dt.date(2028, 2, 29), dt.date(2029, 2, 28)),
        (Shift(-1, Unit.MONTHS, Which.ALL), dt.date(2027, 1, 15), dt.date(2026, 12, 15)),
        (Shift(-13, Unit.MONTHS, Which.ALL), dt.date(2027, 1, 15), dt.date(2025, 12, 15)),
    ],
)
def test_a_day_is_moved(shift, day, moved):
    assert shift.day(day) == moved


@pytest.mark.parametrize(
    ("shift", "day"),
    [
        (Shift(1000, Unit.MONTHS, Which.ALL), dt.date(2027, 1, 15)),
        (Shift(-1000, Unit.MONTHS, Which.ALL), dt.date(2027, 1, 15)),
        (Shift(-1000, Unit.MONTHS, Which.ALL), dt.date(20, 1, 15)),
        (Shift(1000, Unit.WEEKS, Which.ALL), dt.date(9999, 12, 1)),
        (Shift(-1, Unit.DAYS, Which.ALL), dt.date(1, 1, 1)),
    ],
)
def test_no_day_is_moved_into_a_year_that_nobody_means(shift, day):
    with pytest.raises(YearNotMeant):
        shift.day(day)


def test_a_shift_or_copy_into_such_a_year_says_so_of_its_course(lappia, bengt):
    far, odd = OfferingFactory(provider=lappia), OfferingFactory(provider=lappia)
    Offering.objects.filter(pk=odd.pk).update(ends_on=dt.date(9999, 12, 31))
    shift = Shift(1000, Unit.MONTHS, Which.ALL)

    moved = shown(Together.SHIFT, bengt, far, odd, shift=shift)
    copied = shown(Together.COPY, bengt, far, odd)

    said = "A date would lie before 1990 or after 2100."
    assert {line.offering: line.refusal for line in moved.lines} == {far: said, odd: said}
    assert {line.offering: line.refusal for line in copied.lines} == {far: "", odd: said}


def test_moved_moments_keep_the_clock_s_time_over_summer_time(lappia):
    """15.00 in winter is 13.00 UTC, in summer 12.00 UTC."""
    offering = OfferingFactory.build(
        provider=lappia, applications_close_at=dt.datetime(2027, 3, 15, 13, tzinfo=dt.UTC)
    )

    given = shifted(offering, Shift(1, Unit.MONTHS, Which.DEADLINES))

    assert given == {"applications_close_at": dt.datetime(2027, 4, 15, 12, tzinfo=dt.UTC)}


def test_all_dates_move_as_previewed(lappia, bengt):
    offering = OfferingFactory(provider=lappia, quotas={"FI-854": 2}, quota_release_at=in_days(40))
    names = ("starts_on", "ends_on", "applications_open_at", "applications_close_at", "quota_release_at")
    before = {name: getattr(offering, name) for name in names}
    seen = shown(Together.SHIFT, bengt, offering, shift=WEEK)

    assert done(seen, bengt).done == [[offering.pk, None]]

    offering.refresh_from_db()
    assert {name: getattr(offering, name) - day for name, day in before.items()} == dict.fromkeys(
        before, dt.timedelta(days=7)
    )
    assert len(seen.good[0].changes) == 5


def test_the_preview_changes_nothing(lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    before = Offering.objects.values().get(pk=offering.pk)

    for act in Together:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set transaction read only")  # PostgreSQL refuses locks of rows too
            assert shown(act, bengt, offering, shift=WEEK if act == Together.SHIFT else None).good

    assert Offering.objects.values().get() == before
    assert not AuditEvent.objects.filter(verb__startswith="offering.").exists()


def test_many_are_judged_batch_by_batch_each_in_its_place(lappia, bengt, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 2)
    offerings = [OfferingFactory(provider=lappia) for _ in range(5)]
    closes = {1: in_days(400)}  # after the start
    versions = {4: 7}  # which it never was
    wanted = [
        Wanted(
            lappia.pk, {"applications_close_at": closes.get(at, in_days(20))}, bengt, one.pk,
            versions.get(at, 1),
        )
        for at, one in enumerate(offerings)
    ]  # fmt: skip

    refused = services.judge_many(wanted)

    assert [refused[at] for at in (0, 2, 3)] == [None] * 3
    assert refused[1].messages == ["Applications must close before the day teaching starts."]
    assert isinstance(refused[4], ChangedMeanwhile)


def test_what_a_rule_refuses_stays_and_says_why(lappia, bengt):
    late = OfferingFactory(provider=lappia, starts_on=today() + dt.timedelta(days=32))
    far = OfferingFactory(provider=lappia, starts_on=today() + dt.timedelta(days=90))
    bare = OfferingFactory(
        provider=lappia, status="draft", starts_on=None, ends_on=None, applications_open_at=None,
        applications_close_at=None,
    )  # fmt: skip
    shift = Shift(1, Unit.WEEKS, Which.DEADLINES)
    seen = shown(Together.SHIFT, bengt, late, far, bare, shift=shift)

    assert {line.offering: line.refusal for line in seen.refused} == {
        late: "Applications must close before the day teaching starts.",
        bare: "The course has none of these dates yet.",
    }
    assert [line.offering for line in seen.good] == [far]


def test_what_a_published_course_would_lack_refuses_too(lappia, bengt):
    """A rule over several tables: the release by default would come after the start."""
    offering = OfferingFactory(
        provider=lappia, quotas={"FI-854": 2}, starts_on=today() + dt.timedelta(days=42)
    )

    seen = shown(Together.SHIFT, bengt, offering, shift=Shift(1, Unit.WEEKS, Which.DEADLINES))

    assert [line.refusal for line in seen.lines] == [
        "Say when the reserved places are released: 10 days after applications close is too late."
    ]


# Confirming


def test_confirming_says_that_the_numbers_shown_are_right(lappia, bengt):
    offerings = [OfferingFactory(provider=lappia, taken=number) for number in (3, 4)]
    seen = shown(Together.CONFIRM, bengt, *offerings)

    done(seen, bengt)

    for offering in offerings:
        offering.refresh_from_db()
        assert (offering.places_confirmed_at, offering.places_confirmed_by) == (timezone.now(), bengt)
        assert acts_on(offering) == ["offering.confirm_places"]
        assert AuditEvent.objects.get(target_id=offering.pk).role == "provider_staff"
    assert {change.after for change in seen.good[0].changes} == {
        "17 of 20" if seen.good[0].offering == offerings[0] else "16 of 20",
        "24\u00a0November\u00a02026, Bengt",
    }


def test_numbers_changed_since_the_preview_are_not_confirmed(lappia, bengt):
    changed, same = (OfferingFactory(provider=lappia, taken=3) for _ in range(2))
    seen = shown(Together.CONFIRM, bengt, changed, same)
    counter = changed.counters.get()
    services.set_taken_elsewhere(offering_id=changed.pk, taken={counter.pk: 5}, by=bengt)
    Offering.objects.update(places_confirmed_at=None, places_confirmed_by=None)

    found = done(seen, bengt)

    assert (found.done, found.refused) == ([[same.pk, None]], [[changed.pk, str(ChangedSincePreview())]])
    changed.refresh_from_db()
    assert changed.places_confirmed_at is None


def test_places_are_confirmed_where_there_are_any(lappia, bengt):
    bare = OfferingFactory(provider=lappia, status="draft", capacity=None)
    cancelled = OfferingFactory(provider=lappia, status="cancelled")
    gone = OfferingFactory(provider=lappia)
    seen = {gone.pk: {gone.counters.get().pk: 0}}
    Offering.objects.filter(pk=gone.pk).delete()

    refused = confirm_many(
        seen={bare.pk: {}, cancelled.pk: {cancelled.counters.get().pk: 0}} | seen, by=bengt
    )

    assert {pk: type(rule) for pk, rule in refused.items()} == {
        bare.pk: PlacesNotSaid, cancelled.pk: TransitionNotAllowed, gone.pk: ChangedSincePreview,
    }  # fmt: skip
    assert [line.refusal for line in shown(Together.CONFIRM, bengt, bare).lines] == [str(PlacesNotSaid())]


def test_a_draft_s_places_are_confirmed_by_publishing_it(lappia, bengt):
    draft = OfferingFactory(provider=lappia, status="draft")
    seen = {draft.pk: {draft.counters.get().pk: 0}}

    assert [line.refusal for line in shown(Together.CONFIRM, bengt, draft).lines] == [str(NotPublicYet())]
    assert [type(rule) for rule in confirm_many(seen=seen, by=bengt).values()] == [NotPublicYet]
    draft.refresh_from_db()
    assert draft.places_confirmed_at is None


def test_what_one_has_confirmed_today_would_not_change(lappia, bengt, aino, clock):
    """A colleague's word of today, and one's own of yesterday, would."""
    offerings = [OfferingFactory(provider=lappia) for _ in range(3)]
    for offering, person, days in zip(offerings, (bengt, aino, bengt), (0, 0, 1), strict=True):
        confirmed = {"places_confirmed_by": person, "places_confirmed_at": in_days(-days)}
        Offering.objects.filter(pk=offering.pk).update(**confirmed)

    found = shown(Together.CONFIRM, bengt, *offerings)

    assert {line.offering: line.refusal for line in found.refused} == {
        offerings[0]: "You have confirmed these places today already."
    }
    assert {line.offering for line in found.good} == set(offerings[1:])


def test_what_a_colleague_of_the_same_name_has_confirmed_today_is_not_one_s_own(lappia, bengt):
    namesake = UserFactory(name=bengt.name)
    offering = OfferingFactory(provider=lappia)
    confirmed = {"places_confirmed_by": namesake, "places_confirmed_at": in_days(0)}
    Offering.objects.filter(pk=offering.pk).update(**confirmed)

    assert not shown(Together.CONFIRM, bengt, offering).refused


def test_who_confirms_acts_in_the_role_of_which_other_acts_tell(pello, aino):
    """The first of two."""
    RoleAssignmentFactory(person=aino, organisation=pello, role="provider_staff")
    offering = OfferingFactory(provider=pello)

    done(shown(Together.CONFIRM, aino, offering), aino)

    assert AuditEvent.objects.get(target_id=offering.pk).role == "officer"


# Copying


def test_copies_are_drafts_of_the_next_term(lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    seen = shown(Together.COPY, bengt, offering)

    found = done(seen, bengt)

    copy = Offering.objects.get(copied_from=offering)
    assert found.done == [[offering.pk, copy.pk]]
    assert (copy.status, copy.copied_to) == ("draft", "2027-2")
    assert seen.good[0].changes[0].after == "autumn 2027"
    assert [line.refusal for line in shown(Together.COPY, bengt, offering).lines] == [
        "This course has been copied to the term already."
    ]


def test_a_copy_of_a_course_without_dates_is_for_no_term(lappia, bengt):
    bare = OfferingFactory(
        provider=lappia, status="draft", starts_on=None, ends_on=None, applications_open_at=None,
        applications_close_at=None,
    )  # fmt: skip

    [line] = shown(Together.COPY, bengt, bare).lines

    assert [(change.label, change.after) for change in line.changes] == [
        ("New draft", "without dates, as the course itself")
    ]


@pytest.mark.parametrize("act", list(Together))
def test_a_reason_stands_in_the_history_of_each(lappia, bengt, act):
    offerings = [OfferingFactory(provider=lappia) for _ in range(2)]
    seen = shown(act, bengt, *offerings, shift=WEEK if act == Together.SHIFT else None)

    found = carry_out(seen.plan, by=bengt, may=set(seen.plan.versions), reason="Opettaja vaihtui.")

    concerned = {new or pk for pk, new in found.done}
    told = AuditEvent.objects.filter(target="offerings.offering", target_id__in=concerned)
    assert dict(told.values_list("target_id", "reason")) == dict.fromkeys(concerned, "Opettaja vaihtui.")


def test_a_copy_that_is_refused_is_told(lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    seen = shown(Together.COPY, bengt, offering)
    # Nothing in the table forbids it; the copy's own check does.
    Offering.objects.filter(pk=offering.pk).update(contact_email="none")

    found = done(seen, bengt)

    assert found.done == []
    assert found.refused == [[offering.pk, "Enter a valid email address."]]


# Done as previewed, once


@pytest.mark.parametrize("act", list(Together))
def test_rows_changed_meanwhile_are_left_and_told(lappia, bengt, act):
    changed, same = (OfferingFactory(provider=lappia) for _ in range(2))
    seen = shown(act, bengt, changed, same, shift=WEEK if act == Together.SHIFT else None)
    services.save_offering(
        offering_id=changed.pk, version=changed.version, given={"capacity": 25}, by=bengt
    )
    before = Offering.objects.values().get(pk=changed.pk)

    found = done(seen, bengt)

    assert [pk for pk, _new in found.done] == [same.pk]
    assert found.refused == [[changed.pk, str(ChangedSincePreview())]]
    assert Offering.objects.values().get(pk=changed.pk) == before


def test_what_closed_since_the_preview_by_the_clock_is_told(lappia, bengt, clock):
    """The version is the same, but the moment is: nothing is closed that was not open then."""
    offering = OfferingFactory(provider=lappia)
    seen = shown(Together.CLOSE, bengt, offering)
    clock.shift(dt.timedelta(days=31))

    assert done(seen, bengt).refused == [[offering.pk, str(NotOpen())]]


def test_the_same_preview_is_done_once(lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    seen = shown(Together.SHIFT, bengt, offering, shift=WEEK)
    done(seen, bengt)

    with pytest.raises(DoneAlready):
        done(seen, bengt)

    assert acts_on(offering) == ["offering.save"]


def test_what_is_not_ones_own_any_more_is_left(lappia, bengt):
    offering = OfferingFactory(provider=lappia)
    seen = shown(Together.CLOSE, bengt, offering)

    assert done(seen, bengt, may=()).refused == [[offering.pk, str(NotYours())]]
    assert acts_on(offering) == []


def test_old_results_are_removed(lappia, bengt, clock):
    offering = OfferingFactory(provider=lappia)
    old = done(shown(Together.CONFIRM, bengt, offering), bengt)
    clock.shift(dt.timedelta(days=31))

    new = done(shown(Together.CONFIRM, bengt, offering), bengt)

    assert [one.pk for one in ActTogether.objects.all()] == [new.pk] != [old.pk]


def test_a_result_names_an_act_that_there_is(bengt):
    with pytest.raises(IntegrityError, match="act_together_is_known"), transaction.atomic():
        ActTogether.objects.create(id=uuid4(), by=bengt, act="erase", done_at=timezone.now())


def test_refusals_speak_of_one_row():
    reasons = [Reason("capacity", "places_missing", "Say so."), Reason("form", "form_missing", "Choose.")]

    assert sentence(ChangedMeanwhile()) == str(ChangedSincePreview())
    assert sentence(NotReady(reasons)) == "Say so. Choose."
    found = ActTogether(act="close", done_at=dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC))
    assert str(found) == "close 2026-11-24 08:00"


def test_a_draft_without_dates_has_nothing_to_move(lappia):
    with pytest.raises(NothingToMove):
        shifted(Offering(provider=lappia), WEEK)


@pytest.mark.parametrize("act", list(Together))
def test_many_courses_cost_a_bounded_number_of_statements(
    lappia, bengt, act, django_assert_max_num_queries
):
    """Copies are made one by one, each in a bounded number of statements; all else by the batch."""
    offerings = [OfferingFactory(provider=lappia) for _ in range(20)]
    seen = shown(act, bengt, *offerings, shift=WEEK if act == Together.SHIFT else None)

    with django_assert_max_num_queries(170 * 20 if act == Together.COPY else 60):
        assert len(done(seen, bengt).done) == 20


# The pages


def plan_in(page) -> str:
    return re.search(r'name="plan" value="([^"]+)"', page.text)[1]


def test_an_officer_moves_the_dates_of_ticked_courses(at_desk, lappia):
    one, other, left = (OfferingFactory(provider=lappia) for _ in range(3))
    ticked = {"act": "shift", "row": [one.pk, other.pk, "x"], "state": "open"}

    asked = at_desk.get(desk("together"), ticked)
    page = at_desk.get(desk("together"), ticked | {"number": 2, "unit": "weeks", "which": "all"})
    answer = at_desk.post(desk("together"), {"plan": plan_in(page)}, follow=True)

    assert "Move by" in asked.text
    assert 'name="plan"' not in asked.text
    assert len(page.context["shown"].good) == 2
    assert "The dates of 2 courses are moved." in answer.text
    starts = dict(Offering.objects.values_list("pk", "starts_on"))
    assert starts[one.pk] - left.starts_on == dt.timedelta(days=14)
    assert starts[left.pk] == left.starts_on


def test_a_reason_is_typed_beside_the_button(at_desk, lappia):
    offering = OfferingFactory(provider=lappia)
    address = f"{desk('together')}?act=close&row={offering.pk}"
    plan = plan_in(at_desk.get(address))

    refused = at_desk.post(address, {"plan": plan, "reason": "x" * 301})
    assert "Ensure this value has at most 300 characters" in refused.text
    assert "x" * 301 in refused.text
    assert acts_on(offering) == []

    at_desk.post(address, {"plan": plan_in(refused), "reason": " Ryhmä on täynnä. "})
    assert "Ryhmä on täynnä." in at_desk.get(desk("history", offering.pk)).text


def test_a_double_click_leads_to_the_same_result(at_desk, lappia):
    OfferingFactory(provider=lappia)
    page = at_desk.get(desk("together"), {"act": "copy", "all": "1"})

    first = at_desk.post(desk("together"), {"plan": plan_in(page)})
    second = at_desk.post(desk("together"), {"plan": plan_in(page)})

    assert first["Location"] == second["Location"]
    assert Offering.objects.count() == 2
    assert "1 course is copied as a draft." in at_desk.get(first["Location"]).text


def test_all_that_are_found_are_taken(at_desk, lappia):
    OfferingFactory(provider=lappia, title_fi="Hitsaaja")
    OfferingFactory(provider=lappia, title_fi="Kokki", title_sv="Kock", title_en="Cook")

    page = at_desk.get(desk("together"), {"act": "close", "all": "1", "q": "kokki"})

    assert [line.offering.title_fi for line in page.context["shown"].lines] == ["Kokki"]
    assert page.context["back"] == "/en/desk/offerings/?q=kokki"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"act": "close"}, "Choose courses first: tick their rows."),
        ({"act": "burn", "all": "1"}, "Choose what is to be done."),
        ({}, "Choose what is to be done."),
    ],
)
def test_what_cannot_be_done_leads_back(at_desk, lappia, query, said):
    OfferingFactory(provider=lappia)

    answer = at_desk.get(desk("together"), query | {"state": "open"}, follow=True)

    assert answer.redirect_chain == [("/en/desk/offerings/?state=open", 302)]
    assert [str(message) for message in answer.context["messages"]] == [said]


def test_too_many_are_refused(at_desk, lappia, monkeypatch):
    monkeypatch.setitem(MOST, Together.CLOSE, 1)
    for _ in range(2):
        OfferingFactory(provider=lappia)

    answer = at_desk.get(desk("together"), {"act": "close", "all": "1"}, follow=True)

    assert MOST[Together.COPY] == 100
    assert "2 courses are too many at once: narrow them to 1 or fewer." in answer.text


@pytest.mark.parametrize("number", ["", "0", "x", "1001"])
def test_a_number_that_moves_nothing_is_refused(at_desk, lappia, number):
    OfferingFactory(provider=lappia)

    page = at_desk.get(
        desk("together"), {"act": "shift", "all": "1", "number": number, "unit": "days", "which": "all"}
    )

    assert "number" in page.context["form"].errors
    assert "shown" not in page.context


def test_a_neighbours_course_is_neither_shown_nor_changed(at_desk, lappia, pello):
    theirs = OfferingFactory(provider=pello)

    answer = at_desk.get(desk("together"), {"act": "close", "row": theirs.pk})

    assert answer.status_code == 302


def test_a_plan_is_the_persons_own_and_grows_old(at_desk, lappia, bengt, aino, clock):
    offering = OfferingFactory(provider=lappia)
    sealed = shown(Together.CLOSE, bengt, offering).sealed(by=bengt)

    assert opened(sealed, by=bengt).versions == {offering.pk: offering.version}
    assert opened(sealed, by=aino) is None
    assert opened(signing.dumps({}), by=bengt) is None
    clock.shift(dt.timedelta(hours=2, minutes=1))
    at_desk.force_login(bengt)
    answer = at_desk.post(desk("together"), {"plan": sealed}, follow=True)
    assert "The preview is too old." in answer.text
    assert acts_on(offering) == []


def test_the_plan_comes_back_as_it_was(lappia, bengt):
    offering = OfferingFactory(provider=lappia, taken=2)
    for act, shift in ((Together.CONFIRM, None), (Together.SHIFT, WEEK)):
        plan = shown(act, bengt, offering, shift=shift).plan
        sealed = Preview(plan, []).sealed(by=bengt)

        assert opened(sealed, by=bengt) == plan


def test_somebody_elses_result_is_not_found(at_desk, client, lappia, bengt, aino):
    found = done(shown(Together.CONFIRM, bengt, OfferingFactory(provider=lappia)), bengt)
    client.force_login(aino)

    assert client.get(desk("together_done", found.pk)).status_code == 404


def test_the_result_tells_what_was_left(at_desk, lappia, bengt):
    changed, _same = (OfferingFactory(provider=lappia) for _ in range(2))
    page = at_desk.get(desk("together"), {"act": "close", "all": "1"})
    services.save_offering(
        offering_id=changed.pk, version=changed.version, given={"title_fi": "Toinen"}, by=bengt
    )

    answer = at_desk.post(desk("together"), {"plan": plan_in(page)}, follow=True)

    assert "Applications to 1 course are closed." in answer.text
    assert "1 course was left as it is" in answer.text
    assert str(ChangedSincePreview()) in answer.text
    assert desk("history", changed.pk) in answer.text
