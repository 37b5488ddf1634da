"""Pilot groups and co-operation areas, for anybody to read."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kopa.base.api.fields import MomentField, NullWhenEmpty, SourcesField
from kopa.base.api.texts import TextField
from kopa.base.api.views import ReadingViewSet
from kopa.base.names import LANGUAGES
from kopa.base.parameters import AsOfForm
from municipalities.api import MunicipalityInShortSerializer
from municipalities.cache import gazetteer
from municipalities.models import Country
from pilots.filters import PilotGroupFilter
from pilots.models import GroupKind, MemberKind, MembershipKind, Phase, PilotGroup, PilotMembership
from pilots.querysets import PilotGroupQuerySet
from pilots.titles import code_of
from pilots.totals import totals_of
from providers.api import InstitutionInShortSerializer, OrganisationInShortSerializer
from providers.models import Organisation


class PilotMemberSerializer(serializers.Serializer):
    """A member of a pilot group, named as its source writes it."""

    position = serializers.IntegerField(help_text=_("Its place in the source's list, from 1."))
    name = TextField(
        help_text=_(
            "Its name as the source writes it; null in a language the source lacks. Of kind implied: the word"
            " with which the source speaks of it, for it has no name there."
        )
    )
    kind = serializers.ChoiceField(MembershipKind.values, help_text=_("How it takes part."))
    member_kind = serializers.ChoiceField(MemberKind.values, help_text=_("What the member is."))
    municipality = MunicipalityInShortSerializer(
        allow_null=True, help_text=_("The municipality that the source names; null when it is none.")
    )
    municipality_on_day = serializers.SerializerMethodField(
        help_text=_("Key of the municipality that stands in its place on the day asked for.")
    )
    provider = serializers.SerializerMethodField(
        help_text=_("The organisation, or who runs the institution; null for a municipality.")
    )
    institution = InstitutionInShortSerializer(
        allow_null=True, help_text=_("The institution that the source names; null when it is none.")
    )
    via = OrganisationInShortSerializer(
        source="via_organisation",
        allow_null=True,
        help_text=_("The joint authority through which it takes part; else null."),
    )
    implied_by = serializers.SerializerMethodField(
        help_text=_("Of kind implied: keys of the municipalities that take part through it; else empty.")
    )
    first_day = serializers.DateField(
        source="valid_from", allow_null=True, help_text=_("Its first day; null when no source says it.")
    )
    last_day = serializers.DateField(
        source="valid_to", allow_null=True, help_text=_("Its last day; null when no source says it.")
    )
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))

    @extend_schema_field({"type": ["string", "null"]})
    def get_municipality_on_day(self, member: PilotMembership) -> str | None:
        if member.municipality is None:
            return None
        return str(gazetteer().on_day(member.municipality, self.context["on"]).key)

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_implied_by(self, member: PilotMembership) -> list[str]:
        rows: list[PilotMembership] = self.context["members"]
        return [one.municipality.key for one in rows if one.implies(member) and one.municipality]

    @extend_schema_field(OrganisationInShortSerializer(allow_null=True))
    def get_provider(self, member: PilotMembership) -> dict[str, Any] | None:
        provider: Organisation | None = member.organisation
        if member.institution is not None:
            provider = member.institution.organisation
        return OrganisationInShortSerializer(provider, context=self.context).data if provider else None


class PilotTotalsSerializer(serializers.Serializer):
    """How many members of each kind a group has, counted from its members."""

    municipalities = serializers.IntegerField(
        source="distinct_all", help_text=_("Municipalities, named and via a joint authority.")
    )
    municipalities_direct = serializers.IntegerField(
        source="distinct_direct", help_text=_("Municipalities that are named as members.")
    )
    municipalities_via = serializers.IntegerField(
        source="only_via", help_text=_("Municipalities that take part via a joint authority only.")
    )
    joint_authorities = serializers.IntegerField(
        source="joint_authorities_named", help_text=_("Joint authorities that are named.")
    )
    joint_authorities_implied = serializers.IntegerField(
        help_text=_("Joint authorities that are spoken of, not named.")
    )
    institutions = serializers.IntegerField(help_text=_("Institutions named instead of their owner."))
    companies = serializers.IntegerField(help_text=_("Limited companies."))
    universities_of_applied_sciences = serializers.IntegerField(
        help_text=_("Universities of applied sciences.")
    )
    municipal_enterprises = serializers.IntegerField(help_text=_("Municipal enterprises."))


class PilotContactSerializer(serializers.Serializer):
    """Where to ask about a group: an office or a role, never a person."""

    name = TextField("contact", help_text=_("The office or the role."))
    email = NullWhenEmpty(source="contact_email", help_text=_("Its shared e-mail address."))
    phone = NullWhenEmpty(source="contact_phone", help_text=_("Its telephone number."))


class LinkSerializer(serializers.Serializer):
    """A link that a coordinator has added."""

    url = serializers.URLField(help_text=_("Where it leads."))
    text = serializers.CharField(source="label", help_text=_("What it says."))
    language = serializers.ChoiceField(LANGUAGES, help_text=_("Language of the page there."))


class PilotGroupSerializer(serializers.Serializer):
    """A pilot group of the KOPA network project, or a co-operation area."""

    code = serializers.CharField(
        help_text=_("Its code; it never changes. In addresses the number alone stands for it too.")
    )
    kind = serializers.ChoiceField(GroupKind.values, help_text=_("What kind of group it is."))
    number = serializers.IntegerField(
        allow_null=True, help_text=_("Its place in the source's list; null for a co-operation area.")
    )
    country = serializers.ChoiceField(Country.values, help_text=_("Its country."))
    name = TextField(help_text=_("The name that a coordinator has entered; null until then."))
    called = TextField(help_text=_("What the source calls it or its area; mostly null."))
    summary = TextField(help_text=_("What the group does, told by a coordinator."))
    first_day = serializers.DateField(
        source="valid_from", allow_null=True, help_text=_("Its first day; null when no source says it.")
    )
    last_day = serializers.DateField(
        source="valid_to", allow_null=True, help_text=_("Its last day; null when no source says it.")
    )
    phase = serializers.SerializerMethodField(help_text=_("Where it stands on the day asked for."))
    members = serializers.SerializerMethodField(help_text=_("Its members on the day asked for."))
    totals = serializers.SerializerMethodField(help_text=_("How many members of each kind it has then."))
    contact = PilotContactSerializer(source="*", help_text=_("Where to ask about it."))
    links = LinkSerializer(many=True, help_text=_("More about it elsewhere."))
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))
    url = serializers.SerializerMethodField(help_text=_("Its page for people."))
    updated_at = MomentField(help_text=_("When the entry last changed."))

    @extend_schema_field(serializers.ChoiceField(Phase.values))
    def get_phase(self, group: PilotGroup) -> str:
        return group.phase(self.context["on"]).value

    @extend_schema_field(PilotMemberSerializer(many=True))
    def get_members(self, group: PilotGroup) -> list[Any]:
        members = self._members(group)
        context = {**self.context, "members": members}
        return list(PilotMemberSerializer(members, many=True, context=context).data)

    @extend_schema_field(PilotTotalsSerializer)
    def get_totals(self, group: PilotGroup) -> dict[str, Any]:
        return PilotTotalsSerializer(totals_of(self._members(group))).data

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, group: PilotGroup) -> str:
        address: str = self.context["request"].build_absolute_uri(group.get_absolute_url())
        return address

    def _members(self, group: PilotGroup) -> list[PilotMembership]:
        """From the prefetched ones: no query for each group."""
        return group.members_on(self.context["on"])


class PilotGroupViewSet(ReadingViewSet):
    """Pilot groups of the KOPA network project and co-operation areas, with their members."""

    queryset: PilotGroupQuerySet = PilotGroup.objects.all()
    serializer_class = PilotGroupSerializer
    filterset_class = PilotGroupFilter
    lookup_field = "code"
    lookup_value_regex = r"[A-Za-z0-9-]{1,40}"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Pilot groups"), "retrieve": _("One pilot group")}
    descriptions: ClassVar = {
        "list": _(
            "The pilot groups of the KOPA network project and co-operation areas. Members are named as the"
            " sources name them; counts are computed from the members."
        ),
    }
    examples: ClassVar = {
        "list": [
            (_("Groups in which Pello takes part"), "/api/v1/pilot-groups/?municipality=FI-854&lang=fi"),
            (_("Co-operation areas"), "/api/v1/pilot-groups/?kind=co_operation_area"),
        ],
        "retrieve": [
            (_("Pilot group 4 as it was in 2020"), "/api/v1/pilot-groups/kopa-4/?as_of=2020-06-01&lang=sv")
        ],
    }

    def parameter_forms(self) -> list[type[forms.Form]]:
        return [*super().parameter_forms(), *([AsOfForm] if self.action == "retrieve" else [])]

    def get_queryset(self) -> QuerySet:
        return self.queryset.with_members()

    def get_object(self) -> PilotGroup:
        """By its code or, where it has one, by its number alone."""
        self.kwargs["code"] = code_of(self.kwargs["code"])
        found: PilotGroup = super().get_object()
        return found

    def get_serializer_context(self) -> dict[str, Any]:
        day: dt.date | None = getattr(self, "parameters", {}).get("as_of")
        return {**super().get_serializer_context(), "on": day or timezone.localdate()}
