"""What may be written about an offering, and putting it there. Anything else is not written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypedDict, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from offerings.models import CoHost, Offering
from providers.models import Organisation, OrganisationKind, Site


class OfferingInput(TypedDict, total=False):
    """What a person may say of an offering. What is left out stays as it is."""

    own_reference: str
    title_fi: str
    title_sv: str
    title_en: str
    description_fi: str
    description_sv: str
    description_en: str
    form_id: str | None
    field_id: str | None
    level: str
    course_codes: list[str]
    credits: Decimal | None
    credit_unit_id: str | None
    mode_id: str | None
    contact_share: Decimal | None
    contact_days: int | None
    is_apprenticeship: bool
    study_form: str
    pace_percent: int | None
    accessibility_note_fi: str
    accessibility_note_sv: str
    accessibility_note_en: str
    starts_on: dt.date | None
    ends_on: dt.date | None
    applications_open_at: dt.datetime | None
    applications_close_at: dt.datetime | None
    quota_release_at: dt.datetime | None
    start_decision_at: dt.datetime | None
    open_to: str
    agreement_id: int | None
    entry_requirements_fi: str
    entry_requirements_sv: str
    entry_requirements_en: str
    selection_rule: str
    precedence: str
    takes_applications: bool
    apply_url: str
    apply_contact: str
    is_national_joint_application: bool
    contact_name: str
    contact_email: str
    contact_phone: str
    licence_reason: str
    capacity: int | None
    min_group: int | None
    max_group: int | None
    learner_fee_cents: int
    price_basis: str
    price_cents: int | None
    # What is chosen from lists, by code or id.
    languages: Collection[str]
    sites: Collection[int]
    open_to_regions: Collection[int]
    open_to_municipalities: Collection[int]
    open_to_pilot_groups: Collection[int]
    prior_education: Collection[str]
    # Municipalities' ids: teaching is given there, in premises not known yet.
    elsewhere: Collection[int]
    # Municipality's id → reserved places.
    quotas: Mapping[int, int]
    # The other organisation's id and its part.
    co_hosts: Collection[tuple[int, str]]


LISTS: Final = (
    "languages", "sites", "open_to_regions", "open_to_municipalities", "open_to_pilot_groups",
    "prior_education",
)  # fmt: skip
APART: Final = frozenset({*LISTS, "elsewhere", "quotas", "co_hosts"})
PLAIN: Final = frozenset(OfferingInput.__annotations__) - APART


def write_plain(offering: Offering, given: OfferingInput) -> dict[str, list[Any]]:
    """Put the offering's own columns in place, unsaved. What changed, as ``{"capacity": [16, 18]}``.

    Raises TypeError for a name that is none of ``OfferingInput``'s.
    """
    unknown = set(given) - PLAIN - APART
    if unknown:
        raise TypeError(f"An offering has no such input: {sorted(unknown)}")
    changes: dict[str, list[Any]] = {}
    for name in sorted(PLAIN & set(given)):
        before, after = getattr(offering, name), cast("dict[str, Any]", given)[name]
        if before != after:
            setattr(offering, name, after)
            changes[name.removesuffix("_id")] = [_plain(before), _plain(after)]
    return changes


def write_lists(offering: Offering, given: OfferingInput) -> dict[str, list[Any]]:
    """Replace the lists that are given; the offering is saved already. What changed."""
    changes: dict[str, list[Any]] = {}
    for name in LISTS:
        if name in given:
            wanted = set(cast("dict[str, Any]", given)[name])
            related = getattr(offering, name)
            before = set(related.values_list("pk", flat=True))
            if wanted != before:
                refuse_unknown(related.model.objects.all(), wanted - before, name)
                related.set(wanted)
                changes[name] = [sorted(before), sorted(wanted)]
    if "co_hosts" in given:
        changes |= _write_co_hosts(offering, set(given["co_hosts"]))
    if "sites" in changes or "co_hosts" in changes:
        refuse_sites_of_others(offering)
    return changes


def _write_co_hosts(offering: Offering, wanted: set[tuple[int, str]]) -> dict[str, list[Any]]:
    before = set(offering.co_hosts.values_list("organisation_id", "part"))
    if wanted == before:
        return {}
    refuse_unknown(Organisation.objects.all(), {organisation for organisation, _part in wanted}, "co_hosts")
    refuse_own_host(offering, wanted)
    for organisation, part in before - wanted:
        offering.co_hosts.filter(organisation=organisation, part=part).delete()
    CoHost.objects.bulk_create(
        CoHost(offering=offering, organisation_id=organisation, part=part)
        for organisation, part in sorted(wanted - before)
    )
    return {"co_hosts": [sorted(map(list, before)), sorted(map(list, wanted))]}


def refuse_own_host(offering: Offering, co_hosts: Iterable[tuple[int, str]]) -> None:
    if any(organisation == offering.provider_id for organisation, _part in co_hosts):
        raise ValidationError(
            {"co_hosts": ValidationError(_("The host itself is no co-host."), code="own_host")}
        )


def refuse_unknown(known: models.QuerySet, wanted: Iterable[Any], field: str) -> None:
    # Without this the foreign key would refuse only at the end of the transaction, without a field.
    keys = set(wanted)
    refuse_missing(set(known.filter(pk__in=keys).values_list("pk", flat=True)), keys, field)


def refuse_missing(known: Collection[Any], wanted: Iterable[Any], field: str) -> None:
    """``known`` are keys that there are."""
    if any(key not in known for key in wanted):
        raise ValidationError({field: ValidationError(_("Choose from the list."), code="unknown")})


def refuse_sites_of_others(offering: Offering) -> None:
    hosts = {offering.provider_id, *offering.co_hosts.values_list("organisation_id", flat=True)}
    refuse_foreign(offering.sites.select_related("organisation", "institution"), hosts)


def refuse_foreign(sites: Iterable[Site], hosts: Collection[int]) -> None:
    """Teaching is given at the host's own sites, a co-host's, or a municipality's."""
    if any(is_foreign(site, hosts) for site in sites):
        message = _("A site belongs to another organisation: add it as a co-host, or choose another site.")
        raise ValidationError({"sites": ValidationError(message, code="site_of_others")})


def is_foreign(site: Site, hosts: Collection[int]) -> bool:
    owner, institution = site.organisation, site.institution
    of_a_host = site.organisation_id in hosts or (
        institution is not None and institution.organisation_id in hosts
    )
    return not of_a_host and (owner is None or owner.kind != OrganisationKind.MUNICIPALITY)


def _plain(value: object) -> object:
    """As JSON keeps it in the journal."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
