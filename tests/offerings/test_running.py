"""What starts runs, and what has ended is completed (DOMAIN.md §3.6)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.audit.models import AuditEvent
from kopa.base.db import Busy
from offerings import services, tasks
from offerings.errors import EnrolledAlready, NotReady, StartedAlready, StartPast
from offerings.models import Offering, SearchRow
from offerings.presenting import address
from offerings.search import projection
from offerings.services import acts, running
from tests.factories import OfferingFactory, in_days, today
from tests.together import Meeting, impatient, run_together, without_locks

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
DAY = dt.timedelta(days=1)
NOTHING = {"started": 0, "resumed": 0, "completed": 0}


def begun(provider, **facts) -> Offering:
    """Published, and teaching starts today; it ends tomorrow."""
    facts = {"starts_on": today(), "ends_on": today() + DAY} | facts
    country = provider.country
    closed = {
        "applications_open_at": in_days(-20, country=country),
        "applications_close_at": in_days(-5, country=country),
    }
    return OfferingFactory(provider=provider, **closed | facts)


def status(offering: Offering) -> str:
    return Offering.objects.values_list("status", flat=True).get(pk=offering.pk)


def test_it_runs_from_its_first_day_and_is_completed_when_its_last_is_over(lappia):
    """The job; decisions on the start (R-START-1, R-START-3) wait for their issue. Twice is once."""
    offering = begun(lappia)
    other = OfferingFactory(provider=lappia)
    draft = begun(lappia, status="draft")
    projection.refresh([offering.pk])

    assert services.follow_the_days(now=timezone.now()) == {"started": 1, "resumed": 0, "completed": 0}
    assert [status(one) for one in (offering, other, draft)] == ["running", "published", "draft"]
    assert not SearchRow.objects.filter(pk=offering.pk).exists()
    assert services.follow_the_days(now=timezone.now()) == NOTHING
    assert services.follow_the_days(now=timezone.now() + DAY) == NOTHING
    assert services.follow_the_days(now=timezone.now() + 2 * DAY) == NOTHING | {"completed": 1}
    assert services.follow_the_days(now=timezone.now() + 2 * DAY) == NOTHING

    saved = Offering.objects.get(pk=offering.pk)
    assert (saved.status, saved.version) == ("completed", offering.version)
    told = AuditEvent.objects.filter(target_id=offering.pk, actor=None).order_by("pk")
    assert [(one.verb, one.from_state, one.to_state) for one in told] == [
        ("offering.start", "published", "running"), ("offering.complete", "running", "completed"),
    ]  # fmt: skip


def test_the_day_begins_at_the_host_s_midnight(lappia, overtornea):
    """R-TIME-1"""
    finnish, swedish = begun(lappia), begun(overtornea)
    midnight = dt.datetime.combine(today(), dt.time(), finnish.zone)
    running.follow_the_days(now=midnight - dt.timedelta(seconds=1))
    assert (status(finnish), status(swedish)) == ("published", "published")
    running.follow_the_days(now=midnight)
    assert (status(finnish), status(swedish)) == ("running", "published")
    running.follow_the_days(now=midnight + dt.timedelta(hours=1))
    assert (status(finnish), status(swedish)) == ("running", "running")


def test_its_last_day_is_over_at_the_host_s_midnight(lappia, overtornea):
    """R-TIME-1: teaching is given on that day too."""
    finnish, swedish = begun(lappia, ends_on=today()), begun(overtornea, ends_on=today())
    midnight = dt.datetime.combine(today() + DAY, dt.time(), finnish.zone)
    running.follow_the_days(now=midnight - dt.timedelta(seconds=1))
    assert (status(finnish), status(swedish)) == ("running", "running")
    running.follow_the_days(now=midnight)
    assert (status(finnish), status(swedish)) == ("completed", "running")
    running.follow_the_days(now=midnight + dt.timedelta(hours=1))
    assert (status(finnish), status(swedish)) == ("completed", "completed")


def test_what_has_no_last_day_runs_on(lappia):
    offering = begun(lappia, ends_on=None)
    services.follow_the_days(now=timezone.now() + 1000 * DAY)
    assert status(offering) == "running"


def test_the_job_comes_every_hour(lappia):
    jobs = {one["task"]: one["schedule"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    assert jobs["offerings.follow_the_days"] == crontab(minute="5")
    offering = begun(lappia)
    tasks.follow_the_days()
    assert status(offering) == "running"


@pytest.mark.parametrize("has_run", [True, False])
def test_what_has_started_is_not_cancelled(has_run, lappia, bengt):
    """DOMAIN.md §3.6: any before running; from the day itself, whether the job has come or not."""
    offering = begun(lappia)
    if has_run:
        services.follow_the_days(now=timezone.now())
    with pytest.raises(StartedAlready):
        services.cancel(offering_id=offering.pk, reasons={"fi": "Peruttu."}, by=bengt)
    assert not services.may_be_cancelled(Offering.objects.get(), now=timezone.now())


def test_the_day_before_it_can_be_cancelled(lappia, bengt):
    offering = begun(lappia, starts_on=today() + DAY)
    services.cancel(offering_id=offering.pk, reasons={"fi": "Peruttu."}, by=bengt)
    assert status(offering) == "cancelled"


def mended(offering: Offering, by: User, **given: Any) -> Offering:
    saved = Offering.objects.get(pk=offering.pk)
    return services.save_offering(offering_id=saved.pk, version=saved.version, given=given, by=by)


def test_what_somebody_has_begun_does_not_start_later(lappia, bengt):
    offering = begun(lappia, ends_on=None, status="running")
    offering.counters.update(used=1)
    with pytest.raises(EnrolledAlready):
        mended(offering, bengt, starts_on=today() + DAY)
    mended(offering, bengt, starts_on=today() - DAY)
    saved = Offering.objects.get()
    assert (saved.starts_on, saved.status) == (today() - DAY, "running")


@pytest.mark.parametrize("days", [DAY, -DAY])
def test_what_ran_by_mistake_is_published_again_when_its_start_is_set_right(days, lappia, bengt):
    """DOMAIN.md §3.6: by its dates it runs, or is over; nobody has begun. Then it can be cancelled too."""
    offering = begun(lappia, starts_on=today() - 2 * DAY, ends_on=today() + days)
    services.follow_the_days(now=timezone.now())
    before = "running" if days > dt.timedelta() else "completed"
    assert status(offering) == before

    mended(offering, bengt, starts_on=today() + 30 * DAY, ends_on=today() + 60 * DAY)

    assert status(offering) == "published"
    entry = AuditEvent.objects.filter(target_id=offering.pk).latest("pk")
    assert (entry.verb, entry.changes["status"]) == ("offering.save", [before, "published"])
    assert services.follow_the_days(now=timezone.now()) == NOTHING
    services.cancel(offering_id=offering.pk, reasons={"fi": "Peruttu."}, by=bengt)
    assert status(offering) == "cancelled"


def test_many_that_ran_by_mistake_are_published_again(lappia, bengt):
    wrong, enrolled = begun(lappia, ends_on=None, status="running"), begun(lappia, status="running")
    enrolled.counters.update(used=1)
    given = {"starts_on": today() + 30 * DAY, "ends_on": None}
    outcomes = services.save_many(
        services.Wanted(lappia.pk, given, bengt, offering_id=one.pk, version=one.version)  # type: ignore[arg-type]
        for one in (wrong, enrolled)
    )
    assert [type(one) for one in outcomes] == [services.Saved, EnrolledAlready]
    assert (status(wrong), status(enrolled)) == ("published", "running")


def test_what_is_public_does_not_start_in_the_past(lappia, bengt):
    offering, last_chance = OfferingFactory(provider=lappia), begun(lappia, starts_on=today() - DAY)
    with pytest.raises(StartPast) as refused:
        mended(offering, bengt, starts_on=today() - DAY, applications_close_at=None)
    assert (refused.value.field, refused.value.code) == ("starts_on", "start_past")
    mended(last_chance, bengt, title_fi="Toinen nimi")
    draft = begun(lappia, status="draft", starts_on=today() - DAY)
    draft = mended(draft, bengt, starts_on=today() - 2 * DAY, ends_on=None)
    with pytest.raises(NotReady) as not_ready:
        services.publish(offering_id=draft.pk, version=draft.version, by=bengt)
    assert [(one.field, one.code) for one in not_ready.value.reasons] == [("starts_on", "start_past")]
    mended(draft, bengt, starts_on=today())
    services.publish(offering_id=draft.pk, version=Offering.objects.get(pk=draft.pk).version, by=bengt)
    assert status(draft) == "published"


def test_the_desk_offers_no_cancelling_of_what_runs(client, lappia, bengt):
    offering = begun(lappia, status="running")
    client.force_login(bengt)
    edit = client.get(reverse("offerings:edit", args=[offering.pk]))
    assert reverse("offerings:cancel", args=[offering.pk]) not in edit.content.decode()
    answer = client.get(reverse("offerings:cancel", args=[offering.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("offerings:preview", args=[offering.pk]), 302)]
    assert [str(one) for one in answer.context["messages"]] == [str(StartedAlready().message)]
    later = OfferingFactory(provider=lappia)
    edit = client.get(reverse("offerings:edit", args=[later.pk]))
    assert reverse("offerings:cancel", args=[later.pk]) in edit.content.decode()


def test_pages_and_the_api_say_what_runs_and_the_search_does_not_find_it(client, lappia):
    offering = begun(lappia, status="running")
    assert client.get(address(offering), follow=True).status_code == 200
    course = client.get(f"/api/v1/offerings/{offering.pk}/").json()
    assert (course["status"], course["application_state"]) == ("running", "closed")
    assert not Offering.objects.in_search(timezone.now()).exists()
    listed = client.get("/api/v1/offerings/", {"updated_since": "2020-01-01T00:00:00Z"}).json()
    assert [one["status"] for one in listed["results"]] == ["running"]


def test_days_that_were_missed_are_caught_up(lappia, monkeypatch):
    """A worker was away for weeks; there are more than fit into one transaction."""
    monkeypatch.setattr(running, "BATCH", 2)
    days = {"starts_on": today() - 30 * DAY, "ends_on": today() - DAY}
    window = {"applications_open_at": in_days(-60), "applications_close_at": in_days(-40)}
    over = [begun(lappia, **days, **window) for _number in range(3)]
    services.follow_the_days(now=timezone.now())
    assert {status(one) for one in over} == {"completed"}
    verbs = AuditEvent.objects.filter(target_id=over[0].pk).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["offering.start", "offering.complete"]


@pytest.mark.parametrize("last", [dt.timedelta(), DAY, None])
def test_it_runs_on_where_its_last_day_is_moved_ahead(last, lappia, bengt):
    """The dates say it (DOMAIN.md §3.6)."""
    offering = begun(lappia, starts_on=today() - 2 * DAY, ends_on=today() - DAY)
    services.follow_the_days(now=timezone.now())
    assert status(offering) == "completed"
    services.save_offering(
        offering_id=offering.pk, version=offering.version, by=bengt,
        given={"ends_on": None if last is None else today() + last},
    )
    assert services.follow_the_days(now=timezone.now()) == NOTHING | {"resumed": 1}
    assert status(offering) == "running"


def test_one_that_fails_stops_no_other(lappia, monkeypatch):
    bad, good = begun(lappia), begun(lappia)
    record_many = journal.record_many

    def refused(entries):
        entries = list(entries)
        if bad.pk in {one.target_id for one in entries}:
            raise ValueError("cannot be told")
        record_many(entries)

    monkeypatch.setattr(journal, "record_many", refused)
    with capture_logs() as logs:
        assert services.follow_the_days(now=timezone.now()) == NOTHING | {"started": 1}
    assert (status(bad), status(good)) == ("published", "running")
    assert [(one["log_level"], one["pk"]) for one in logs if "pk" in one] == [("error", bad.pk)]


def hold_while(offering: Offering, act: Callable[[], object], *, then: Callable[[], object]) -> None:
    """Somebody else holds the course while ``act`` runs, and does something to it at last."""
    holds, enough = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                acts.lock(offering.pk)
                holds.set()
                enough.wait(20)
                then()
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holds.wait(10)
        act()
    finally:
        enough.set()
        thread.join()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_is_cancelled_around_midnight_does_not_run(lappia, bengt):
    """Cancelled on the eve, and the act has not ended when the day begins: the job waits for nobody, takes
    the others, and does not find it afterwards.
    """
    held, other = begun(lappia, starts_on=today() + DAY, ends_on=None), begun(lappia)
    tomorrow = timezone.now() + DAY

    def follow() -> None:
        with impatient(200):
            assert services.follow_the_days(now=tomorrow)["started"] == 1

    def cancel() -> None:
        services.cancel(offering_id=held.pk, reasons={"fi": "Peruttu."}, by=bengt)

    hold_while(held, follow, then=cancel)
    assert (status(held), status(other)) == ("cancelled", "running")
    assert services.follow_the_days(now=tomorrow) == NOTHING
    assert status(held) == "cancelled"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_course_is_either_cancelled_or_runs(lappia, bengt):
    offering = begun(lappia, starts_on=today() + DAY, ends_on=None)
    outcomes = at_once(offering, bengt)

    cancelled, followed = outcomes
    if status(offering) == "cancelled":
        assert (isinstance(cancelled, Offering), followed["started"]) == (True, 0)
    else:
        assert isinstance(cancelled, StartedAlready | Busy)
        assert (status(offering), followed["started"]) == ("running", 1)
    assert acts_told_of(offering) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_locks_a_cancelled_course_would_run(lappia, bengt, monkeypatch):
    """What the lock is good for: the same race without it leaves both acts in the journal."""
    without_locks(monkeypatch)
    offering = begun(lappia, starts_on=today() + DAY, ends_on=None)
    at_once(offering, bengt)

    assert acts_told_of(offering) == 2


def acts_told_of(offering: Offering) -> int:
    verbs = ["offering.cancel", "offering.start"]
    return AuditEvent.objects.filter(target_id=offering.pk, verb__in=verbs).count()


def at_once(offering: Offering, by: User) -> list[Any]:
    """The host cancels while the job says that teaching has started; both read before either writes."""
    meeting, tomorrow = Meeting(2), timezone.now() + DAY

    def act(which: int) -> Any:
        with meeting.before_writing():
            if which == 0:
                return services.cancel(offering_id=offering.pk, reasons={"fi": "Peruttu."}, by=by)
            return services.follow_the_days(now=tomorrow)

    return run_together(2, act)
