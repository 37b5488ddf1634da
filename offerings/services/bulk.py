"""Many offerings at once, under the same rules as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ForeignKey, ManyToManyField, Model, QuerySet
from django.utils import timezone

from kopa.accounts.models import User
from kopa.audit import journal
from kopa.base.db import refusing
from municipalities.models import Municipality
from offerings.errors import NotReady
from offerings.models import CoHost, Offering, PlaceCounter, Quota
from offerings.readiness import Facts, default_release, reasons_against
from offerings.search import projection
from offerings.services import acts
from offerings.services.inputs import (
    LISTS,
    OfferingInput,
    refuse_sites_of_others,
    refuse_unknown,
    write_plain,
)
from offerings.services.places import refuse_too_many
from offerings.services.writing import CURRENCY, with_places_elsewhere
from providers.models import Organisation, Site
from providers.rules import publishing_roles

CODE_LISTS: Final = ("form", "field", "credit_unit", "mode")


@dataclass(frozen=True, slots=True)
class NewOffering:
    """What one of many is to be. ``taken`` says how many places are given outside KOPA: the id of a quota's
    municipality, or None for the open places, → number; what it leaves out is 0.
    """

    provider_id: int
    given: OfferingInput
    by: User
    taken: Mapping[int | None, int] = field(default_factory=dict)


@transaction.atomic
def publish_many(news: Sequence[NewOffering]) -> list[Offering]:
    """All of them are new, public and found by the search, in a few statements; or none of them.

    They are as ``publish_new`` and ``set_taken_elsewhere`` would have made them one by one, with one entry
    each in the journal. Raises what those raise; contradictions within a row are refused by the database.
    """
    providers = _providers({new.provider_id for new in news})
    with refusing(Offering, Quota, CoHost, PlaceCounter):
        givens = _known(news)
        offerings = [
            _ready(new, given, providers[new.provider_id]) for new, given in zip(news, givens, strict=True)
        ]
        Offering.objects.bulk_create(offerings)
        _write_lists(offerings, givens)
        _count_places(offerings, givens, news)
        for offering in offerings:
            refuse_sites_of_others(offering)
        _tell(offerings, news)
    return offerings


def _providers(ids: Iterable[int]) -> dict[int, Organisation]:
    loaded = Organisation.objects.select_related("municipality", "parent__municipality").prefetch_related(
        "licences__municipalities", "member_municipalities__municipality"
    )
    return loaded.in_bulk(set(ids))


def _known(news: Sequence[NewOffering]) -> list[OfferingInput]:
    """What is given, after every code and id in it has been found to exist."""
    for name in CODE_LISTS:
        wanted = {new.given.get(f"{name}_id") for new in news} - {None}
        refuse_unknown(_related(name), wanted, name)
    for name in LISTS:
        refuse_unknown(_related(name), {key for new in news for key in _listed(new.given, name)}, name)
    hosts = {host for new in news for host, _part in new.given.get("co_hosts", ())}
    refuse_unknown(Organisation.objects.all(), hosts, "co_hosts")
    reserved = {key for new in news for key in new.given.get("quotas", {})}
    refuse_unknown(Municipality.objects.current(), reserved, "quotas")
    return [with_places_elsewhere(Offering(provider_id=new.provider_id), new.given) for new in news]


def _ready(new: NewOffering, given: OfferingInput, provider: Organisation) -> Offering:
    """The offering as a published one, not saved yet. Raises what stands against it."""
    now = timezone.now()
    offering = Offering(
        provider=provider, currency=CURRENCY[provider.country], created_at=now, updated_at=now
    )
    write_plain(offering, given)
    try:
        keys = [field.name for field in Offering._meta.fields if field.is_relation]
        offering.full_clean(exclude=keys, validate_unique=False, validate_constraints=False)
    except ValidationError as wrong:
        raise acts.at_their_fields(wrong) from wrong
    quotas = given.get("quotas", {})
    refuse_too_many(offering, quotas)
    facts = _facts(offering, given)
    reasons = reasons_against(facts, anew=True)
    if reasons:
        raise NotReady(reasons)
    offering.quota_release_at = default_release(offering, has_quotas=facts.has_quotas)
    acts.move(offering, "publish", published_at=now, places_confirmed_at=now, places_confirmed_by=new.by)
    return offering


def _facts(offering: Offering, given: OfferingInput) -> Facts:
    sites = Site.objects.filter(pk__in=_listed(given, "sites"), municipality__isnull=False)
    return Facts(
        offering=offering,
        languages=frozenset(_listed(given, "languages")),
        has_site=bool(_listed(given, "sites")),
        site_municipalities=frozenset(sites.values_list("municipality_id", flat=True)),
        has_quotas=bool(given.get("quotas")),
        has_regions=bool(_listed(given, "open_to_regions")),
        has_municipalities=bool(_listed(given, "open_to_municipalities")),
        has_pilot_groups=bool(_listed(given, "open_to_pilot_groups")),
    )


def _write_lists(offerings: Sequence[Offering], givens: Sequence[OfferingInput]) -> None:
    for name in LISTS:
        many = cast("ManyToManyField[Any, Any]", Offering._meta.get_field(name))
        own, other = f"{many.m2m_field_name()}_id", f"{many.m2m_reverse_field_name()}_id"
        through = cast("type[Model]", many.remote_field.through)
        through._default_manager.bulk_create(
            through(**{own: offering.pk, other: key})
            for offering, given in zip(offerings, givens, strict=True)
            for key in sorted(_listed(given, name))
        )
    CoHost.objects.bulk_create(
        CoHost(offering=offering, organisation_id=organisation, part=part)
        for offering, given in zip(offerings, givens, strict=True)
        for organisation, part in sorted(given.get("co_hosts", ()))
    )


def _count_places(
    offerings: Sequence[Offering], givens: Sequence[OfferingInput], news: Sequence[NewOffering]
) -> None:
    """Quotas and counters; the database refuses more given places than there are."""
    quotas = Quota.objects.bulk_create(
        Quota(offering=offering, municipality_id=municipality, seats=seats)
        for offering, given in zip(offerings, givens, strict=True)
        for municipality, seats in sorted(given.get("quotas", {}).items())
    )
    taken = {offering.pk: new.taken for offering, new in zip(offerings, news, strict=True)}
    reserved = dict.fromkeys(taken, 0)
    counters = []
    for quota in quotas:
        reserved[quota.offering_id] += quota.seats
        given_away = taken[quota.offering_id].get(quota.municipality_id, 0)
        counters.append(
            PlaceCounter(
                offering_id=quota.offering_id, quota=quota, seats=quota.seats, taken_elsewhere=given_away
            )
        )
    still_open = [
        PlaceCounter(
            offering=offering,
            seats=(offering.capacity or 0) - reserved[offering.pk],
            taken_elsewhere=taken[offering.pk].get(None, 0),
        )
        for offering in offerings
    ]
    PlaceCounter.objects.bulk_create([*still_open, *counters])


def _tell(offerings: Sequence[Offering], news: Sequence[NewOffering]) -> None:
    today = timezone.localdate()
    roles: dict[tuple[int, int | None], str] = {}
    for person in {new.by.pk: new.by for new in news}.values():
        roles |= {(person.pk, held.organisation_id): held.role for held in publishing_roles(person, on=today)}
    journal.record_many(
        journal.entry(
            "offering.publish",
            on=offering,
            by=new.by,
            role=roles.get((new.by.pk, offering.provider_id), ""),
            organisation_id=offering.provider_id,
            from_state="draft",
            to_state=offering.status,
        )
        for offering, new in zip(offerings, news, strict=True)
    )
    projection.refresh([offering.pk for offering in offerings])


def _listed(given: OfferingInput, name: str) -> set[Any]:
    return set(cast("dict[str, Any]", given).get(name) or ())


def _related(name: str) -> QuerySet:
    related = cast(
        "ForeignKey[Any, Any] | ManyToManyField[Any, Any]", Offering._meta.get_field(name)
    ).related_model
    return related._default_manager.all()
