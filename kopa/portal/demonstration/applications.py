"""Invented applications to the demonstration's courses: Sami's in several states, and other people's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from django.utils import timezone

from applications import services
from applications.models import Application, Draft, Learner
from applications.prospects import Outlook, prospect
from applications.services import Submission
from applications.services.deciding import Official, Refusal
from kopa.accounts.models import User
from kopa.accounts.services import person_of
from kopa.audit import journal
from kopa.letters.models import Letter
from kopa.portal.demonstration.people import DOMAIN
from municipalities.models import Municipality
from offerings import windows
from offerings.homes import Home, find_home
from offerings.models import Offering, SelectionRule
from offerings.payers import Need, statement_rule
from providers.models import Role

SAMIS_HOME: Final = "FI-854"
# Where the other applicants live; none of them is anybody.
HOMES: Final = ("FI-854", "FI-976", "FI-851", "FI-240", "FI-273", "SE-2583")
BORN: Final = dt.date(1996, 4, 12)
SAID: Final = {"fi": "Keksitty hakemus esittelyä varten.", "sv": "Påhittad ansökan för visning."}
TARGET: Final = "applications.application"


def remove(offering_ids: Iterable[int]) -> None:
    """Applications to these courses are gone, with what was said of them, and whoever applied to no other."""
    rows = Application.objects.filter(offering__in=offering_ids)
    ids = list(rows.values_list("pk", flat=True))
    journal.erase(TARGET, ids)
    Letter.objects.filter(target=TARGET, target_id__in=ids).delete()
    rows.update(transferred_from=None)
    rows.delete()
    Learner.objects.filter(applications__isnull=True).delete()
    services.forget_stray_attachments()


def load(offering_ids: Iterable[int], people: dict[str, User], *, by: User) -> None:
    """``by`` decides on them. Courses are looked for among these; what finds no course is left out."""
    now = timezone.now()
    rows = Offering.objects.filter(pk__in=offering_ids, takes_applications=True).for_list()
    open_ones = [one for one in rows.order_by("own_reference") if windows.is_open(one, now)]
    by_order = [one for one in open_ones if one.selection_rule == SelectionRule.REGISTRATION_ORDER]
    home = _home(SAMIS_HOME)
    full = [one for one in by_order if prospect(one, home, now=now).outlook == Outlook.QUEUE]
    free = [one for one in by_order if prospect(one, home, now=now).outlook == Outlook.PLACE]
    _others(full[:2] + free[:3] + [one for one in open_ones if one not in by_order][:1], now)
    asked = [one for one in (*free, *open_ones) if one not in full and _asks_home(one, home)]
    for offering in asked[:1]:
        _apply(offering, people["Sami"], SAMIS_HOME)
    _samis(people["Sami"], full, [one for one in free if one not in asked], by)
    Application.objects.filter(offering__in=offering_ids).update(is_demonstration=True)
    Learner.objects.filter(applications__is_demonstration=True).update(is_demonstration=True)


def _samis(sami: User, full: list[Offering], free: list[Offering], by: User) -> None:
    """One in the queue, one sent, one offered, one refused, one withdrawn, and one not sent yet."""
    for offering in full[:1]:
        _apply(offering, sami, SAMIS_HOME)
    for offering, act in zip(free, ("send", "offer", "refuse", "withdraw", "begin"), strict=False):
        if act == "begin":
            answers = {"birth_on": BORN.isoformat(), "home_municipality": SAMIS_HOME, "motivation": ""}
            Draft.objects.filter(email=sami.email).delete()
            services.save_draft(
                key=uuid.uuid4(), offering_id=offering.pk, answers=answers, language=sami.language, by=sami
            )
            continue
        application = _apply(offering, sami, SAMIS_HOME)
        official = Official(by, Role.PROVIDER_STAFF, offering.provider_id, title="opintopäällikkö")
        if act == "offer":
            services.receive(application_id=application.pk, by=official)
            services.admit(application_id=application.pk, by=official)
        elif act == "refuse":
            services.refuse(application_id=application.pk, by=official, refusal=REFUSAL)
        elif act == "withdraw":
            services.withdraw(application_id=application.pk, by=sami)


REFUSAL: Final = Refusal(
    ground="prerequisites",
    text="Koulutukseen vaaditaan soveltuva aiempi tutkinto. (Keksitty päätös esittelyä varten.)",
    appeal="Päätökseen voi pyytää oikaisua 14 päivän kuluessa. (Keksitty ohje esittelyä varten.)",
)


def _others(offerings: Iterable[Offering], now: dt.datetime) -> None:
    applicants = list(_applicants())
    for number, offering in enumerate(offerings):
        for person, key in applicants[number % 3 : number % 3 + 3]:
            if prospect(offering, _home(key), now=now).outlook != Outlook.NOTHING:
                _apply(offering, person, key)


def _applicants() -> Iterator[tuple[User, str]]:
    for number, key in enumerate(HOMES, start=1):
        person = person_of(
            f"hakija{number}@{DOMAIN}",
            name=f"Keksitty Hakija {number}",
            language="sv" if key.startswith("SE") else "fi",
        )
        User.objects.filter(pk=person.pk).update(is_demonstration=True)
        yield person, key


def _apply(offering: Offering, person: User, home: str) -> Application:
    return services.submit(
        Submission(
            key=uuid.uuid4(),
            offering_id=offering.pk,
            person=person,
            home=_home(home),
            birth_on=BORN,
            language=person.language,
            motivation=SAID[person.language],
        )
    )


def _asks_home(offering: Offering, home: Home) -> bool:
    return statement_rule(offering, home, on=timezone.localdate()).need == Need.REQUIRED


def _home(key: str) -> Home:
    home = find_home(key)
    if home is None:
        raise Municipality.DoesNotExist(key)
    return home
