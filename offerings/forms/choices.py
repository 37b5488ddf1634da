"""What the form of an offering lets people choose from, and what stands in it at first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agreements.models import Agreement, Where
from kopa.codes.labels import told_apart
from kopa.codes.models import CodeListEntry, FieldOfEducation
from municipalities.cache import gazetteer
from municipalities.models import Country, Region
from offerings.deadlines import day_and_time
from offerings.forms.fields import Row
from offerings.models import Offering, Quota
from offerings.services.inputs import LISTS, PLAIN
from pilots.titles import groups, title
from providers.models import Organisation, Site

Choices = list[tuple[Any, Any]]
OPENS: Final = "applications_open_at"
MOMENTS: Final = (OPENS, "applications_close_at", "quota_release_at", "start_decision_at")


def time_of(moment: str) -> str:
    """Name of the box for the time of day beside that of the day."""
    return f"{moment.removesuffix('_at')}_time"


def first_empty(choices: Iterable[Any]) -> Choices:
    """With an empty choice before the others."""
    return [("", _("Not chosen")), *((value, label) for value, label in choices if value != "")]


def code_choices(model: type[CodeListEntry], country: str) -> Choices:
    return [(entry.pk, str(entry.name(country=country))) for entry in model._default_manager.all()]


def field_choices(country: str) -> Choices:
    """Broad fields as groups; the broad one itself is the first of its group."""
    groups: dict[str, Choices] = {}
    fields = list(FieldOfEducation.objects.select_related("parent").order_by("code"))
    names = {field.pk: str(field.name(country=country)) for field in fields}
    labels = told_apart(names)
    for field in fields:
        broad = field.parent or field
        groups.setdefault(broad.pk, []).append((field.pk, labels[field.pk]))
    return [(names[broad], narrow) for broad, narrow in groups.items()]


def site_choices(offering: Offering) -> Choices:
    """The host's own sites and those that the offering has already."""
    host = offering.provider_id
    own = Q(organisation=host) | Q(institution__organisation=host)
    if offering.pk:
        own |= Q(pk__in=offering.sites.values("pk"))
    sites = Site.objects.filter(own).select_related("municipality")
    return sorted(((site.pk, _site_label(site)) for site in sites), key=lambda choice: choice[1].casefold())


def region_choices() -> Choices:
    """Countries as groups."""
    regions = list(Region.objects.all())
    return [
        (str(country.label), [(one.pk, str(one.name())) for one in regions if one.country == country])
        for country in Country
    ]


def pilot_group_choices() -> Choices:
    """Pilot groups and co-operation areas with their titles, in the groups' order. From memory."""
    return [(group.pk, title(group)) for group in groups()]


def agreement_choices(offering: Offering) -> Choices:
    """Agreements of the host's country that are not over, and the one that the offering has already."""
    there = Agreement.objects.filter(country__in=[offering.country, Where.BOTH])
    found = there.not_over(timezone.localdate())
    if offering.agreement_id is not None:
        found |= Agreement.objects.filter(pk=offering.agreement_id)
    return [(one.pk, str(one.title())) for one in found]


def known_quotas(offering: Offering) -> list[Quota]:
    return list(offering.quotas.select_related("municipality")) if offering.pk else []


def municipality_names() -> list[str]:
    """What the boxes for municipalities suggest: today's names in the reader's alphabet."""
    places = gazetteer()
    return [places.label(place) for place in places.in_alphabet()]


def organisation_names() -> list[str]:
    """What the boxes for organisations suggest: those that give education."""
    return [str(one) for one in Organisation.objects.providers().by_name()]


def initial_of(offering: Offering) -> dict[str, Any]:
    """The offering as the form shows it."""
    initial = {name.removesuffix("_id"): getattr(offering, name) for name in PLAIN - set(MOMENTS)}
    for name in MOMENTS:
        moment = getattr(offering, name)
        day, at = day_and_time(moment, offering.country) if moment else (None, None)
        initial |= {name: day, time_of(name): at}
    initial["learner_fee_cents"] = offering.learner_fee_cents or None
    if offering.pk:
        initial |= {name: list(getattr(offering, name).values_list("pk", flat=True)) for name in LISTS}
        initial |= _rows_of(offering)
    return initial


def _rows_of(offering: Offering) -> dict[str, list[Row]]:
    places = gazetteer()
    return {
        "quotas": [(places.label(one.municipality), str(one.seats)) for one in known_quotas(offering)],
        "open_to_municipalities": [
            (label,) for label in sorted(places.label(one) for one in offering.open_to_municipalities.all())
        ],
        "co_hosts": [
            (str(one.organisation), one.part) for one in offering.co_hosts.select_related("organisation")
        ],
    }


def _site_label(site: Site) -> str:
    name, place = str(site.name()), str(site.municipality or "")
    return name if not place or place in name else f"{name}, {place}"
