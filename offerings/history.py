"""Everything that was done to one course, from the journal, in words: who, when, what, from what to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from agreements.models import Agreement
from kopa.audit.models import AuditEvent
from kopa.base import writing
from kopa.base.names import pick
from kopa.codes.models import CreditUnit, PriorEducation
from municipalities.cache import gazetteer
from municipalities.models import Region
from offerings.code_names import code_names
from offerings.models import CoHost, Offering
from offerings.services.batch_writing import BROUGHT, TAKEN_BACK
from offerings.services.writing import BY_DEFAULT
from pilots.models import PilotGroup
from providers.models import Organisation, Role, Site

TARGET: Final = "offerings.offering"
NOTHING: Final = "–"
LONG: Final = 120  # characters

VERBS: Final = {
    "offering.create_draft": gettext_lazy("wrote the draft"),
    "offering.autosave": gettext_lazy("went on writing the draft"),
    "offering.save": gettext_lazy("saved changes"),
    "offering.publish": gettext_lazy("published the course"),
    "offering.cancel": gettext_lazy("cancelled the course"),
    "offering.start": gettext_lazy("noted that teaching has started"),
    "offering.complete": gettext_lazy("noted that teaching has ended"),
    "offering.resume": gettext_lazy("noted that teaching goes on"),
    "offering.set_taken_elsewhere": gettext_lazy("counted the places"),
    "offering.confirm_places": gettext_lazy("confirmed the places"),
    "offering.copy_to_next_term": gettext_lazy("copied it from another course"),
}
# What has no field of its own that names it.
LABELS: Final = {
    "quotas": gettext_lazy("reserved places"),
    "co_hosts": gettext_lazy("co-hosts"),
    "elsewhere": gettext_lazy("taught in"),
    "copied_from": gettext_lazy("copied from"),
    BY_DEFAULT: gettext_lazy("reserved places are released, set by KOPA because nobody gave a day"),
    BROUGHT: gettext_lazy("from the file"),
    TAKEN_BACK: gettext_lazy("undoing the file"),
}


ORDER: Final = {
    field.name: place
    for place, field in enumerate([*Offering._meta.fields, *Offering._meta.many_to_many])
}


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str

    @property
    def had_nothing(self) -> bool:
        return self.before == NOTHING

    @property
    def is_long(self) -> bool:
        return max(len(self.before), len(self.after)) > LONG


@dataclass(frozen=True, slots=True)
class Entry:
    event: AuditEvent
    what: str
    role: str
    changes: list[Change]


def events_of(offering: Offering) -> models.QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(target=TARGET, target_id=offering.pk).select_related("actor")


def entries(events: Sequence[AuditEvent], offering: Offering) -> list[Entry]:
    words = Words(events, offering)
    return [
        Entry(event, _what(event), str(Role(event.role).label) if event.role in Role.values else "",
              [words.change(name, *event.changes[name]) for name in sorted(event.changes, key=_place)])
        for event in events
    ]  # fmt: skip


def _place(name: str) -> tuple[int, str]:
    """In the order of the form; the journal keeps none. The file that changes came from stands first."""
    if name in {BROUGHT, TAKEN_BACK}:
        return -1, name
    return ORDER.get(name.partition(" ")[0], len(ORDER)), name


def _what(event: AuditEvent) -> str:
    said = VERBS.get(event.verb)
    return str(said) if said else _("changed the course")


class HasChanges(Protocol):
    """As the journal has them: {"starts_on": ["2027-01-11", "2027-01-18"]}."""

    changes: Any


class Words:
    """The values of a page of entries in the reader's words; what must be looked up is looked up once."""

    def __init__(self, events: Sequence[HasChanges], offering: Offering) -> None:
        self.offering = offering
        self._given: dict[str, list[Any]] = {}
        for event in events:
            for name, pair in event.changes.items():
                self._given.setdefault(name, []).extend(pair)

    def change(self, name: str, before: Any, after: Any) -> Change:
        return Change(self._label(name), self._value(name, before), self._value(name, after))

    def _label(self, name: str) -> str:
        if name.startswith("taken_elsewhere "):
            source = name.removeprefix("taken_elsewhere ")
            if source == "open":
                return _("Places given outside KOPA")
            sentence = _("Places given outside KOPA to residents of %(whose)s")
            return sentence % {"whose": self._place(source, whose=True)}
        if name in LABELS:
            label = str(LABELS[name])
        else:
            try:
                label = str(Offering._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            except FieldDoesNotExist:
                label = name
        return label[:1].upper() + label[1:]

    def _value(self, name: str, value: Any) -> str:
        if value in (None, "", [], {}):
            return NOTHING
        write = self._writers.get(name)
        if write is not None:
            return write(value)
        choices = self._choices(name)
        if choices:
            return str(choices.get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, str):
            return self._moment(name, value)
        return "; ".join(map(str, value)) if isinstance(value, list) else str(value)

    @cached_property
    def _writers(self) -> dict[str, Callable[[Any], str]]:
        def money(cents: int) -> str:
            return writing.money(cents, self.offering.currency)

        return {
            "form": lambda code: self._code("form", code),
            "field": lambda code: self._code("field", code),
            "mode": lambda code: self._code("mode", code),
            "languages": lambda codes: ", ".join(self._code("language", code) for code in codes),
            "credit_unit": lambda code: self._named(CreditUnit, "credit_unit", [code]),
            "prior_education": lambda codes: self._named(PriorEducation, "prior_education", codes),
            "sites": lambda ids: self._named(Site, "sites", ids),
            "open_to_regions": lambda ids: self._named(Region, "open_to_regions", ids),
            "open_to_pilot_groups": lambda ids: self._named(PilotGroup, "open_to_pilot_groups", ids),
            "open_to_municipalities": self._municipalities,
            "agreement": lambda pk: self._named(Agreement, "agreement", [pk]),
            "quotas": self._quotas,
            "co_hosts": self._co_hosts,
            "copied_from": self._course,
            "learner_fee_cents": money,
            "price_cents": money,
            BY_DEFAULT: lambda moment: self._moment("quota_release_at", moment),
            "contact_share": lambda share: writing.percent(float(share)),
        }

    def _choices(self, name: str) -> Mapping[Any, Any]:
        try:
            field = Offering._meta.get_field(name)
        except FieldDoesNotExist:
            return {}
        return dict(getattr(field, "choices", None) or ())

    def _moment(self, name: str, value: str) -> str:
        """Days and moments are kept as ISO 8601 writes them."""
        if name.endswith("_on"):
            return writing.day(dt.date.fromisoformat(value))
        if name.endswith("_at"):
            return writing.moment(dt.datetime.fromisoformat(value), country=self.offering.country)
        return value

    def _code(self, parameter: str, code: str) -> str:
        names = code_names().get((parameter, code))
        return str(pick(names, "name")) if names else code

    def _named(self, model: type[models.Model], name: str, keys: Iterable[Any]) -> str:
        known = self._looked_up(model, name)
        gone = pgettext("a thing that is not there any more", "removed")
        return ", ".join(str(known[key]) if key in known else gone for key in keys)

    def _looked_up(self, model: type[models.Model], name: str) -> dict[Any, Any]:
        found = self.__dict__.get(f"of {name}")
        if found is None:
            values = (one if isinstance(one, list) else [one] for one in self._given.get(name, ()))
            keys = {key for many in values for key in many if key is not None}
            found = self.__dict__[f"of {name}"] = model._default_manager.in_bulk(keys)
        return found

    @cached_property
    def _organisations(self) -> dict[int, Organisation]:
        ids = {pair[0] for value in self._given.get("co_hosts", ()) for pair in value or ()}
        return Organisation.objects.in_bulk(ids)

    def _co_hosts(self, pairs: Iterable[Sequence[Any]]) -> str:
        parts = dict(CoHost.Part.choices)
        return ", ".join(
            f"{self._organisations.get(pk) or NOTHING} ({parts.get(part, part)})" for pk, part in pairs
        )

    def _municipalities(self, ids: Iterable[int]) -> str:
        places = gazetteer()
        return ", ".join(places.label(places.by_id[pk]) for pk in ids if pk in places.by_id)

    def _quotas(self, quotas: Mapping[str, int]) -> str:
        return ", ".join(f"{self._place(key)}: {seats}" for key, seats in quotas.items())

    def _place(self, key: str, *, whose: bool = False) -> str:
        places = gazetteer()
        found = places.by_key.get(key)
        if found is None:
            return key
        return places.whose(found) if whose else places.label(found)

    def _course(self, pk: int) -> str:
        return str(self._looked_up(Offering, "copied_from").get(pk) or NOTHING)
