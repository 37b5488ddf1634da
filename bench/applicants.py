"""Invented courses, and people with everything that sending an application needs: for ``bench allot``."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils import timezone

from applications import letters
from applications.models import Application, Draft
from applications.sessions import IN_SESSION
from kopa.accounts.models import PersonSession, User
from kopa.accounts.sessions import BEGUN, BROWSER, SEEN, SessionStore
from kopa.codes.models import DeliveryMode, EducationForm, FieldOfEducation, ReferenceLoad
from kopa.letters.models import Letter
from municipalities.models import Municipality, Region
from offerings.models import Offering, PlaceCounter
from offerings.states import OfferingStatus
from providers.models import Organisation, OrganisationKind, Role, RoleAssignment

BORN: Final = dt.date(1995, 5, 17)
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
AT_ONCE: Final = 2_000  # rows of one statement
TABLES: Final = (
    "accounts_user", "accounts_personsession", "applications_draft", "offerings_offering",
    "offerings_placecounter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """What all runs share."""

    home: Municipality
    provider: Organisation


@dataclass(frozen=True, slots=True)
class Attempt:
    """One application that is going to be sent, by somebody who has never applied before."""

    key: str
    offering: int
    person: int
    session: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many attempts at so many courses of as many places each."""

    name: str
    attempts: int
    courses: int
    places: int

    @classmethod
    def hot(cls, attempts: int) -> Scenario:
        return cls("hot", attempts, 1, max(1, min(500, attempts // 20)))

    @classmethod
    def warm_up(cls, connections: int) -> Scenario:
        """Enough for PostgreSQL to keep a plan of every statement on every connection: places and queues."""
        return cls("warm-up", 10 * connections, connections, 5)

    @classmethod
    def spread(cls, attempts: int) -> Scenario:
        return cls("spread", attempts, max(1, min(1_000, attempts // 10)), 5)


def make_world() -> World:
    """Two municipalities of one region, and a provider in one of them with somebody who decides."""
    region = _made(Region, country="FI", code="90", name_fi="Mittala", name_sv="Mittala", name_en="Mittala")
    host, home = (
        _made(Municipality, country="FI", code=code, name_fi=name, name_sv=name, region=region)
        for code, name in (("990", "Mittala"), ("991", "Kotila"))
    )
    provider = _made(
        Organisation, kind=OrganisationKind.JOINT_AUTHORITY, country="FI", name_fi="Mittausopisto",
        home_municipality=host,
    )  # fmt: skip
    decides = _made(User, email="mittaaja@example.org", name="Mittaaja")
    _made(
        RoleAssignment, person=decides, role=Role.PROVIDER_STAFF, organisation=provider,
        valid_from=timezone.localdate(),
    )  # fmt: skip
    broad = _code(FieldOfEducation, "07")
    _code(FieldOfEducation, "071", parent=broad)
    # Basic education: the home municipality is asked, so every application opens a case (R-HOME-3).
    _code(EducationForm, "basic")
    _code(DeliveryMode, "contact")
    # As in every portal: what is kept in memory is kept until the next load.
    _made(ReferenceLoad, fingerprint="bench", defaults={"loaded_at": timezone.now()})
    return World(home, provider)


def _made(table: Any, **facts: object) -> Any:
    return table.objects.get_or_create(**facts)[0]


def _code(table: Any, code: str, **facts: object) -> Any:
    names = {"name_fi": code, "name_sv": code, "name_en": code, "source": "bench"}
    return table.objects.get_or_create(code=code, defaults=names | facts)[0]


def make_attempts(world: World, scenario: Scenario, *, seed: int, with_pages: bool) -> list[Attempt]:
    """New courses and new people, in a random order. ``with_pages``: with the drafts and the sessions too."""
    courses = _make_courses(world, scenario)
    people = _make_people(scenario.attempts)
    chosen = [courses[number % len(courses)] for number in range(scenario.attempts)]
    Random(f"attempts {seed}").shuffle(chosen)  # noqa: S311 - nothing secret
    made = [
        Attempt(str(uuid.uuid4()), course, person.pk, secrets.token_hex(16) if with_pages else "")
        for course, person in zip(chosen, people, strict=True)
    ]
    if with_pages:
        _make_drafts(world, made, people)
        _make_sessions(made, people)
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {', '.join(TABLES)}")
    return made


@transaction.atomic
def _make_courses(world: World, scenario: Scenario) -> list[int]:
    now = timezone.now()
    made = Offering.objects.bulk_create(
        Offering(
            provider=world.provider, status=OfferingStatus.PUBLISHED, title_fi=f"Mittauskurssi {number}",
            form_id="basic", field_id="071", mode_id="contact", currency="EUR", price_basis="none",
            starts_on=timezone.localdate() + dt.timedelta(days=60), capacity=scenario.places,
            applications_open_at=now - dt.timedelta(days=1), takes_applications=True,
            contact_email="opintotoimisto@example.org", created_at=now, updated_at=now, published_at=now,
        )
        for number in range(scenario.courses)
    )  # fmt: skip
    PlaceCounter.objects.bulk_create(PlaceCounter(offering=one, seats=scenario.places) for one in made)
    return [one.pk for one in made]


def _make_people(number: int) -> list[User]:
    word = secrets.token_hex(6)
    rows = (
        User(email=f"{word}.{which}@example.org", name=f"Hakija {which}", password=f"!{word}{which}")
        for which in range(number)
    )
    return User.objects.bulk_create(rows, batch_size=AT_ONCE)


def _make_drafts(world: World, attempts: Sequence[Attempt], people: Sequence[User]) -> None:
    now = timezone.now()
    answers = {
        "birth_on": BORN.isoformat(), "home_municipality": world.home.key, "phone": "",
        "prior_education": "", "motivation": "",
    }  # fmt: skip
    rows = (
        Draft(
            key=attempt.key, offering_id=attempt.offering, email=person.email, language="fi", answers=answers,
            confirmed_at=now, created_at=now, updated_at=now,
        )
        for attempt, person in zip(attempts, people, strict=True)
    )  # fmt: skip
    Draft.objects.bulk_create(rows, batch_size=AT_ONCE)


def _make_sessions(attempts: Sequence[Attempt], people: Sequence[User]) -> None:
    now = timezone.now()
    store = SessionStore()

    def rows() -> Iterator[PersonSession]:
        for attempt, person in zip(attempts, people, strict=True):
            held = {
                SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: BACKEND,
                HASH_SESSION_KEY: person.get_session_auth_hash(),
                BEGUN: now.timestamp(), SEEN: now.timestamp(), BROWSER: "",
                IN_SESSION: True,  # since the draft was begun
            }  # fmt: skip
            yield PersonSession(
                session_key=attempt.session, session_data=store.encode(held), person=person, begun_at=now,
                seen_at=now, expire_date=now + dt.timedelta(hours=12),
            )  # fmt: skip

    PersonSession.objects.bulk_create(rows(), batch_size=AT_ONCE)


def example_letter(world: World) -> Letter:
    """The receipt as everybody gets it, but for its reference and its link."""
    application = Application(
        reference="K-2345-6789", offering=Offering(provider=world.provider), submitted_at=timezone.now(),
        language="fi",
    )  # fmt: skip
    return letters.received(application, User(pk=0, name="Hakija", email="hakija@example.org"))
