"""Named sets of offerings."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from agreements.terms import agreements_of
from kopa.base.names import LANGUAGES
from offerings import windows
from offerings.states import GIVEN, OfferingStatus
from pilots import membership
from providers.languages import needed_by
from providers.models import JointAuthorityMember, Site
from providers.rules import organisations_published_for

if TYPE_CHECKING:
    from kopa.accounts.models import User
    from offerings.homes import Home
    from offerings.models import ConfirmationRequest, Offering  # noqa: F401


# Texts that exist in three languages; only a title is always needed.
TEXTS: Final = ("title", "description", "entry_requirements", "accessibility_note")


class OfferingQuerySet(models.QuerySet["Offering"]):
    def public(self) -> Self:
        """Published, and cancelled ones that once were published: their page says what happened."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """All that is or was published, and the drafts of the organisations the user publishes for."""
        if not user.is_authenticated:
            return self.public()
        own = organisations_published_for(user, on=on)
        return self.filter(Q(published_at__isnull=False) | Q(provider__in=own))

    def editable_by(self, user: User | AnonymousUser, *, on: dt.date) -> Self:
        """Those of the organisations the user publishes for, whatever their state; ``rules.may_edit`` for
        many.
        """
        return self.filter(provider__in=organisations_published_for(user, on=on))

    def in_search(self, now: dt.datetime) -> Self:
        """The base set of every search, as ``windows.is_in_search`` says for one."""
        still = windows.ahead(now, country="provider__country") & windows.not_closed(now)
        return self.filter(still, status=OfferingStatus.PUBLISHED)

    def to_start(self, now: dt.datetime) -> Self:
        """Published, and teaching starts today or has started."""
        return self.filter(windows.begun(now, country="provider__country"), status=OfferingStatus.PUBLISHED)

    def to_complete(self, now: dt.datetime) -> Self:
        """Running, and the last day of teaching is over."""
        return self.filter(windows.ended(now, country="provider__country"), status=OfferingStatus.RUNNING)

    def to_resume(self, now: dt.datetime) -> Self:
        """Completed, and its last day has been moved ahead since, to today or later, or taken out."""
        ended = windows.ended(now, country="provider__country")
        return self.filter(Q(ends_on__isnull=True) | ~ended, status=OfferingStatus.COMPLETED)

    def open_to_residents_of(self, home: Home, *, on: dt.date) -> Self:
        """Those whose host lets residents of ``home`` apply; who pays is another question.

        Who belongs to a pilot group or is a party to an agreement is asked as of ``on``.
        """
        regions = self.model.open_to_regions.through.objects.filter(
            offering=OuterRef("pk"), region=home.region_id
        )
        municipalities = self.model.open_to_municipalities.through.objects.filter(
            offering=OuterRef("pk"), municipality__in=home.family
        )
        groups = self.model.open_to_pilot_groups.through.objects.filter(
            offering=OuterRef("pk"), pilotgroup__in=membership.groups_of(home.family, on)
        )
        return self.filter(
            Q(open_to="all")
            | Q(agreement__in=agreements_of(home.family, on), open_to="agreement_parties")
            | Q(Exists(groups), open_to="pilot_groups")
            | Q(Exists(regions), open_to="regions")
            | Q(Exists(municipalities), open_to="municipalities")
        )

    def unconfirmed(self, now: dt.datetime) -> Self:
        """In the search with a number of free places that nobody has confirmed for ``windows.FRESH_FOR``."""
        return self.in_search(now).filter(windows.confirmed_long_ago(now))

    def lacking_texts(self, now: dt.datetime) -> Self:
        """In the search without a text in a language that it needs."""
        return self.in_search(now).without_needed_texts(on=timezone.localdate(now))

    def without_needed_texts(self, *, on: dt.date) -> Self:
        """A text is missing in a language that it needs: ``readiness.missing_texts`` for many (R-LANG-2)."""
        taught = self.model.languages.through.objects.filter(offering=OuterRef("pk"))
        lacks = Q()
        for language in ("fi", "sv"):
            needed = Q(Exists(taught.filter(teachinglanguage=language)))
            needed |= needed_by(language, on=on, of="provider__")
            lacks |= needed & Q(*(_lacks(text, language) for text in TEXTS), _connector=Q.OR)
        return self.filter(lacks)

    def with_places(self) -> Self:
        """With ``free``: its free places, and ``free_open``: those reserved for nobody. 0 without places."""
        from offerings.models import PlaceCounter  # noqa: PLC0415 - the models import this module

        counters = PlaceCounter.objects.filter(offering=OuterRef("pk")).order_by().values("offering")
        left = F("seats") - F("held") - F("taken") - F("used") - F("taken_elsewhere")

        def summed(rows: models.QuerySet) -> Coalesce:
            return Coalesce(Subquery(rows.annotate(n=Sum(left)).values("n")), 0)

        return self.annotate(free=summed(counters), free_open=summed(counters.filter(quota__isnull=True)))

    def for_list(self) -> Self:
        """With all that a list says of an offering; four statements however many rows."""
        from offerings.models import PlaceCounter  # noqa: PLC0415 - the models import this module

        counters = PlaceCounter.objects.select_related("quota__municipality").order_by("pk")
        sites = Site.objects.select_related("municipality").order_by("pk")
        return self.select_related(
            "provider__municipality", "provider__parent", "form", "field__parent", "mode", "credit_unit"
        ).prefetch_related("languages", Prefetch("sites", sites), Prefetch("counters", counters))

    def for_desk(self, *, on: dt.date) -> Self:
        """With all that the desk says of an offering; four statements however many rows. Drafts come first,
        then what starts later than ``on``, the next deadline first; what has started and cancelled ones last.
        """
        from offerings.models import PlaceCounter  # noqa: PLC0415 - the models import this module

        counters = PlaceCounter.objects.select_related("quota__municipality").order_by("pk")
        members = JointAuthorityMember.objects.select_related("municipality").order_by("pk")
        part = Case(
            When(status=OfferingStatus.DRAFT, then=0),
            When(status=OfferingStatus.PUBLISHED, starts_on__gt=on, then=1),
            When(status__in=GIVEN, then=2),
            default=3,
        )
        return (
            self.select_related(
                "provider__municipality", "provider__parent__municipality", "places_confirmed_by"
            )
            .prefetch_related(
                "languages",
                Prefetch("counters", counters),
                Prefetch("provider__member_municipalities", members),
            )
            .order_by(part, F("applications_close_at").asc(nulls_last=True), "pk")
        )


class ConfirmationRequestQuerySet(models.QuerySet["ConfirmationRequest"]):
    def asked_since(self, moment: dt.datetime) -> Self:
        """Those whose letter is younger than the moment."""
        return self.filter(asked_at__gt=moment)

    def usable(self, *, at: dt.datetime) -> Self:
        """Those whose link still says something: not too old, and no newer letter has replaced it."""
        return self.filter(Q(ended_at__isnull=True) | Q(confirmed_at__isnull=False), expires_at__gt=at)


def _lacks(text: str, language: str) -> Q:
    """The text is empty in the language; other texts than the title only where another language has them."""
    empty = Q(**{f"{text}_{language}": ""})
    if text == "title":
        return empty
    others = (Q(**{f"{text}_{other}__gt": ""}) for other in LANGUAGES if other != language)
    return empty & Q(*others, _connector=Q.OR)
