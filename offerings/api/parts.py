"""Parts of an offering's answers: times, codes, municipalities, providers, places, money."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kopa.base.api.fields import NullWhenEmpty
from kopa.base.api.texts import TextField
from municipalities.api import MunicipalityInShortSerializer
from municipalities.models import Country
from offerings.models import CoHost
from offerings.search.query import Hit

CURRENCIES: Final = ["EUR", "SEK"]


class HostTimeField(serializers.DateTimeField):
    """A deadline in the time of the host's country, with its offset (R-TIME-1)."""

    def get_attribute(self, instance: Hit) -> dt.datetime | None:
        moment = super().get_attribute(instance)
        return moment.astimezone(instance.offering.zone) if moment else None

    def to_representation(self, value: dt.datetime) -> str:
        return value.isoformat()


class ProviderInShortSerializer(serializers.Serializer):
    """An organisation that gives education, in short."""

    id = serializers.IntegerField(help_text=_("Its number, for /providers/."))
    name = TextField(help_text=_("Its name."))
    country = serializers.ChoiceField(Country.values, help_text=_("Its country: law, money and clock."))


class ReservedSerializer(serializers.Serializer):
    """Free places that only residents of one municipality can get."""

    municipality = MunicipalityInShortSerializer(help_text=_("Whose residents they are reserved for."))
    free = serializers.IntegerField(min_value=1, help_text=_("How many of them are free."))
    until = serializers.DateTimeField(
        allow_null=True,
        help_text=_("When they become everybody's, in the host's time; null when no moment is set."),
    )


class PlacesSerializer(serializers.Serializer):
    """How many places there are, and for whom."""

    capacity = serializers.IntegerField(min_value=0, help_text=_("Places in all."))
    free = serializers.IntegerField(
        min_value=0,
        help_text=_(
            "Free places for a resident of home: the open ones and those reserved for that municipality."
            " Without home the open ones."
        ),
    )
    reserved = serializers.SerializerMethodField(
        help_text=_("Free places kept for municipalities, those of home too.")
    )

    @extend_schema_field(ReservedSerializer(many=True))
    def get_reserved(self, hit: Hit) -> list[dict[str, Any]]:
        if not hit.reserved:
            return []
        counters = hit.offering.counters.all()
        municipalities = {one.quota.municipality_id: one.quota.municipality for one in counters if one.quota}
        return [
            {
                "municipality": MunicipalityInShortSerializer(
                    municipalities[reserved.municipality_id], context=self.context
                ).data,
                "free": reserved.free,
                "until": reserved.until.astimezone(hit.offering.zone).isoformat() if reserved.until else None,
            }
            for reserved in hit.reserved
        ]


class FeeSerializer(serializers.Serializer):
    """What the student pays."""

    cents = serializers.IntegerField(
        min_value=0,
        source="learner_fee_cents",
        help_text=_("In cents or öre; 0 when the course costs nothing."),
    )
    currency = serializers.ChoiceField(CURRENCIES, help_text=_("Currency of the host's country."))


class SiteOfOfferingSerializer(serializers.Serializer):
    """A site where the course is given."""

    id = serializers.IntegerField(help_text=_("Its number, for /sites/."))
    name = TextField(help_text=_("Its name."))
    municipality = MunicipalityInShortSerializer(allow_null=True, help_text=_("Where it is."))
    address = NullWhenEmpty(help_text=_("Street address; null when not known."))
    latitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    longitude = serializers.FloatField(allow_null=True, help_text=_("WGS84 degrees; null when not known."))
    point_basis = serializers.CharField(
        help_text=_("What the point is: an address, or the municipality's centre.")
    )
    step_free = serializers.BooleanField(
        allow_null=True, help_text=_("Reached without steps; null: not known.")
    )


class CoHostSerializer(serializers.Serializer):
    """Another organisation that takes part in giving the course."""

    provider = ProviderInShortSerializer(source="organisation", help_text=_("Which organisation."))
    part = serializers.ChoiceField(CoHost.Part.values, help_text=_("What it does."))


class QuotaSerializer(serializers.Serializer):
    """Places reserved for the residents of one municipality."""

    municipality = MunicipalityInShortSerializer(help_text=_("Whose residents they are reserved for."))
    seats = serializers.IntegerField(min_value=1, help_text=_("How many places are reserved."))


class ContactSerializer(serializers.Serializer):
    """Where to ask. The name of a contact person stands on the course's page only."""

    email = NullWhenEmpty(
        source="contact_email", help_text=_("Address that the provider publishes for this course.")
    )
    phone = NullWhenEmpty(
        source="contact_phone", help_text=_("Telephone that the provider publishes for this course.")
    )


class HomeShareSerializer(serializers.Serializer):
    """What the home municipality's share is counted from."""

    basis = NullWhenEmpty(source="price_basis", help_text=_("What the price is for."))
    cents = serializers.IntegerField(
        allow_null=True,
        min_value=0,
        source="price_cents",
        help_text=_("In cents or öre; null when not said."),
    )
    currency = serializers.ChoiceField(CURRENCIES, help_text=_("Currency of the host's country."))
