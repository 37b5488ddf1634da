"""Named sets of organisations and role assignments."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Now, NullIf, TruncDate

from kopa.base.names import LANGUAGES, reader_language
from kopa.base.words import begins_a_word, words_of
from kopa.codes.loads import kept
from municipalities.lookup import matching_ids
from providers.languages import needed_by

if TYPE_CHECKING:
    from kopa.accounts.models import User
    from providers.models import Institution, Invitation, Organisation, RoleAssignment, Site  # noqa: F401


# The register's own row for "unknown": what it knows no owner of stands under it. There is nobody to verify.
PLACEHOLDER: Final = "1.2.246.562.10.2013120314194853405606"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def providers(self) -> Self:
        """Those with an institution, a licence or a published offering, members of a pilot group that are no
        municipalities, and every municipality of Sweden.

        Sweden's municipalities are responsible bodies (huvudman) by themselves. Organisations that wait for
        verification are left out.
        """
        return self.exclude(status="draft").filter(
            Q(country="SE", kind="municipality")
            | self._with(institutions__isnull=False)
            | self._with(licences__isnull=False)
            | self._with(offerings__published_at__isnull=False)
            | self._with(pilot_memberships__isnull=False)
        )

    def _with(self, *conditions: Q, **facts: Any) -> Q:
        """Those of which something at the other end of a relation is true; each stands once."""
        return Q(pk__in=self.model._default_manager.filter(*conditions, **facts).values("pk"))

    def called(self, *names: str) -> Self:
        """Those with exactly one of the names, in whatever language; capitals do not matter."""
        wanted = Q()
        for name in names:
            for language in LANGUAGES:
                wanted |= Q(**{f"name_{language}__iexact": name})
        return self.filter(wanted)

    def named(self, text: str) -> Self:
        """Those that every word of ``text`` (its first ``MOST_WORDS``) points to, accents or not.

        A word may stand in a name of the organisation, begin a word in a name of one of its institutions,
        or begin a name of its home municipality. An empty text narrows nothing.
        """
        rows = self.annotate(
            _other=Func(
                F("other_names"), Value(" "), function="array_to_string", output_field=models.TextField()
            )
        )
        for word in words_of(text):
            begins = [begins_a_word(f"institutions__name_{language}", word) for language in LANGUAGES]
            rows = rows.filter(
                _in_a_name(word)
                | Q(_other__unaccent__icontains=word)
                | Q(home_municipality__in=matching_ids(word))
                | self._with(reduce(or_, begins))
            )
        return rows

    def lacking_a_name(self, *, on: dt.date) -> Self:
        """Public bodies without a name in a language that they need (``languages.needed_by``).

        A joint authority whose members no source names counts by its home municipality, where that is
        bilingual.
        """
        at_home = Q(kind="joint_authority", home_municipality__language_status__startswith="bi-")
        return self.filter(
            (needed_by("fi", on=on) | at_home) & Q(name_fi="")
            | (needed_by("sv", on=on) | at_home) & Q(name_sv="")
        )

    def waiting_for_verification(self) -> Self:
        """Those that nobody has verified yet: on no list, and without courses of their own. The register's
        placeholder is none of them.
        """
        return self.filter(status="draft").exclude(register_key=PLACEHOLDER)

    def without_a_user(self, *, on: dt.date) -> Self:
        """Those for which nobody who may sign in acts on the day, in whatever role."""
        roles: Any = self.model._meta.get_field("role_assignments").related_model
        return self.exclude(
            pk__in=roles.objects.active(on=on)
            .filter(person__is_active=True, organisation__isnull=False)
            .values("organisation")
        )

    def not_in_the_register(self) -> Self:
        """Of Finland and without a number in the national register; closed ones are left out."""
        return self.filter(country="FI", oid="").exclude(status="closed")

    def gone_from_the_files(self) -> Self:
        """Those that the newest load did not find in the reference data any more and kept."""
        return self.filter(register_key__in=kept("organisations"))

    def by_name(self) -> Self:
        """In the reader's alphabet (å, ä, ö last), by the name the reader sees."""
        first, second = ("sort_sv", "sort_fi") if reader_language() == "sv" else ("sort_fi", "sort_sv")
        return self.order_by(_first_filled(first, second), "id")


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def for_list(self) -> Self:
        """With what a list says of each: type, municipality, organisation, whether it may have closed."""
        return self.select_related("type", "municipality", "organisation").marked()

    def marked(self) -> Self:
        """Each with ``may_have_closed``: whether it is ``perhaps_closed``."""
        itself = self.model._default_manager.filter(pk=OuterRef("pk"))
        return self.annotate(may_have_closed=Exists(itself.perhaps_closed()))

    def lacking_a_name(self) -> Self:
        """Teaching in Finnish or Swedish without a name in that language."""
        return self.filter(
            Q(teaching_languages__contains=["fi"], name_fi="")
            | Q(teaching_languages__contains=["sv"], name_sv="")
        )

    def perhaps_closed(self) -> Self:
        """Whose provider is closed or whose municipality has ended since the register named it, and that
        nothing newer names: no pilot group, and no course published there since.

        No source tells of closures; an old year alone is no sign of one. By the database's day in Finland:
        a municipality works through its last one.
        """
        ended = Q(organisation__status="closed") | Q(
            municipality__valid_to__year__gte=F("register_year"), municipality__valid_to__lt=TruncDate(Now())
        )
        # Each asks of the one institution: lists of every course there is grow with the catalogue.
        itself = self.model._default_manager.filter(pk=OuterRef("pk"))
        since = itself.filter(
            sites__offerings__published_at__year__gt=F("register_year"),
            sites__offerings__status__in=("published", "running", "completed"),
        )
        in_pilots = itself.filter(pilot_memberships__isnull=False)
        return self.filter(ended).exclude(Exists(since)).exclude(Exists(in_pilots))

    def without_municipality(self) -> Self:
        return self.filter(municipality__isnull=True)

    def without_owner(self) -> Self:
        return self.filter(organisation__isnull=True)

    def gone_from_the_files(self) -> Self:
        """Those that the newest load did not find in the reference data any more and kept."""
        return self.filter(code__in=kept("institutions"))

    def by_name(self) -> Self:
        """In the reader's alphabet (å, ä, ö last), by the name the reader sees."""
        first, second = ("name_sv", "name_fi") if reader_language() == "sv" else ("name_fi", "name_sv")
        return self.order_by(Func(_first_filled(first, second), function="kopa_sort_key"), "code")

    def named(self, text: str) -> Self:
        """Those with every word of ``text`` (its first ``MOST_WORDS``) in a name, accents or not."""
        return self.filter(*(_in_a_name(word) for word in words_of(text)))


class SiteQuerySet(models.QuerySet["Site"]):
    def without_point(self) -> Self:
        """On no map and with no distance."""
        return self.filter(latitude__isnull=True)

    def named(self, text: str) -> Self:
        """Those with every word of ``text`` (its first ``MOST_WORDS``) in a name, accents or not."""
        return self.filter(*(_in_a_name(word) for word in words_of(text)))


def _first_filled(first: str, second: str) -> Coalesce:
    """The value of the first field, of the second one where that is empty."""
    return Coalesce(
        NullIf(first, Value(""), output_field=models.TextField()), second, output_field=models.TextField()
    )


def _in_a_name(word: str) -> Q:
    fi, sv, en = (Q(**{f"name_{language}__unaccent__icontains": word}) for language in LANGUAGES)
    return fi | sv | en


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    def active(self, *, on: dt.date) -> Self:
        """In force on the day, first and last day included, and not ended by an act.

        A substitute's is only while the other's is and the other may sign in.
        """
        replaced = Q(
            on_behalf_of__valid_from__lte=on,
            on_behalf_of__ended_at__isnull=True,
            on_behalf_of__person__is_active=True,
        ) & (Q(on_behalf_of__valid_to__isnull=True) | Q(on_behalf_of__valid_to__gte=on))
        return self.filter(valid_from__lte=on, ended_at__isnull=True).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=on), Q(on_behalf_of__isnull=True) | replaced
        )

    def of(self, person: User, *, on: dt.date) -> Self:
        """The person's own, in force on the day, whichever is acted in: to be shown and chosen from."""
        return self.active(on=on).filter(person=person)

    def held_by(self, person: User, *, on: dt.date) -> Self:
        """The person's, in force on the day; only the one that the person has chosen to act in, if so.

        A chosen one that has ended leaves none: nobody gets back other rights unasked.
        """
        own = self.of(person, on=on)
        return own if person.acting_as is None else own.filter(pk=person.acting_as)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, *, at: dt.datetime) -> Self:
        """Those whose link works: neither used nor taken back nor too old."""
        return self.filter(ended_at__isnull=True, expires_at__gt=at)
