"""Offerings as the API gives them. What is read is a ``Hit``: an offering as seen from a home municipality.

The context brings ``language`` (of ``lang=``), ``now`` and ``request``.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from agreements.terms import agreements
from kopa.base.api.fields import MomentField, NullWhenEmpty
from kopa.base.api.texts import ALL, TextField
from kopa.base.names import LANGUAGES, pick
from municipalities.api import MunicipalityInShortSerializer, RegionInShortSerializer
from offerings import presenting, windows
from offerings.api.parts import (
    CoHostSerializer,
    ContactSerializer,
    FeeSerializer,
    HomeShareSerializer,
    HostTimeField,
    PlacesSerializer,
    ProviderInShortSerializer,
    QuotaSerializer,
    SiteOfOfferingSerializer,
)
from offerings.models import OpenTo, Precedence, SelectionRule
from offerings.payers import Ground, Need, StatementRule
from offerings.search.query import FACETS, Hit, Payer
from offerings.states import OfferingStatus

STATUSES: Final = [one.value for one in OfferingStatus if one is not OfferingStatus.DRAFT]


class OfferingInListSerializer(serializers.Serializer):
    """A course with places, as a search finds it."""

    id = serializers.IntegerField(
        source="offering.pk", help_text=_("Number of the course; it never changes.")
    )
    status = serializers.ChoiceField(
        STATUSES,
        source="offering.status",
        help_text=_(
            "Searches find published ones; running, completed and cancelled ones come with updated_since and"
            " by their number."
        ),
    )
    title = TextField(of="offering", help_text=_("Name of the course."))
    other_language = serializers.SerializerMethodField(
        help_text=_("With lang: the texts that are in another language, and in which. Empty without lang.")
    )
    provider = ProviderInShortSerializer(source="offering.provider", help_text=_("Who gives the course."))
    municipality = serializers.SerializerMethodField(
        help_text=_("Where: of the site nearest to home, else of the first. Null when there is no site.")
    )
    distance_km = serializers.SerializerMethodField(
        help_text=_("Kilometres along the great circle from home to that site. Null without home or site.")
    )
    places = PlacesSerializer(source="*", help_text=_("How many places there are, and for whom."))
    form = serializers.CharField(
        source="offering.form_id", help_text=_("Form of education, code list forms_of_education.")
    )
    field = serializers.CharField(
        source="offering.field_id", help_text=_("Field of education, code list fields.")
    )
    level = NullWhenEmpty(source="offering.level", help_text=_("Level of education; null when not said."))
    mode = serializers.CharField(
        source="offering.mode_id", help_text=_("Delivery mode, code list delivery_modes.")
    )
    contact_days = serializers.IntegerField(
        allow_null=True, source="offering.contact_days", help_text=_("Days on site; null when not said.")
    )
    languages = serializers.SerializerMethodField(help_text=_("Languages of teaching, ISO 639."))
    credits = serializers.FloatField(
        allow_null=True, source="offering.credits", help_text=_("Extent of the course; null when not said.")
    )
    credit_unit = NullWhenEmpty(
        source="offering.credit_unit_id", help_text=_("What credits are counted in, code list credit_units.")
    )
    starts_on = serializers.DateField(source="offering.starts_on", help_text=_("First day of teaching."))
    ends_on = serializers.DateField(
        allow_null=True, source="offering.ends_on", help_text=_("Last day of teaching; null when not said.")
    )
    applications_open_at = HostTimeField(
        source="offering.applications_open_at", help_text=_("From when one may apply, in the host's time.")
    )
    applications_close_at = HostTimeField(
        allow_null=True,
        source="offering.applications_close_at",
        help_text=_("Until when one may apply, its whole second included. Null: continuous until the start."),
    )
    continuous = serializers.SerializerMethodField(
        help_text=_("Whether one may apply until the course starts.")
    )
    application_state = serializers.SerializerMethodField(
        help_text=_("Where the application window stands at the moment of the answer.")
    )
    payers = serializers.ListField(
        child=serializers.ChoiceField([payer.value for payer in Payer]),
        help_text=_(
            "Who pays for a resident of home, as far as it is known before applying; depends: without home."
        ),
    )
    open_to_home = serializers.BooleanField(
        allow_null=True, help_text=_("Whether residents of home may apply. Null without home.")
    )
    learner_fee = FeeSerializer(source="offering", help_text=_("What the student pays."))
    url = serializers.SerializerMethodField(help_text=_("The course's page, in the language of lang."))
    updated_at = MomentField(source="offering.updated_at", help_text=_("When the course last changed, UTC."))
    confirmed_at = MomentField(
        allow_null=True,
        source="offering.places_confirmed_at",
        help_text=_("When the provider last said that the number of places is right; null: never."),
    )
    is_confirmed_lately = serializers.SerializerMethodField(
        help_text=_("Whether that was at most 60 days ago; if not, ask the provider about the places.")
    )
    is_demonstration = serializers.BooleanField(
        source="offering.is_demonstration",
        help_text=_("Invented, for showing the service. Not a real course."),
    )

    texts: ClassVar[tuple[str, ...]] = ("title",)

    @extend_schema_field(serializers.DictField(child=serializers.ChoiceField(LANGUAGES)))
    def get_other_language(self, hit: Hit) -> dict[str, str]:
        language = self.context["language"]
        if language == ALL:
            return {}
        shown = {stem: pick(hit.offering, stem, language) for stem in self.texts}
        return {stem: text.language for stem, text in shown.items() if text.is_fallback}

    @extend_schema_field(MunicipalityInShortSerializer(allow_null=True))
    def get_municipality(self, hit: Hit) -> dict[str, Any] | None:
        if hit.site is None or hit.site.municipality is None:
            return None
        return dict(MunicipalityInShortSerializer(hit.site.municipality, context=self.context).data)

    @extend_schema_field({"type": ["number", "null"], "minimum": 0})
    def get_distance_km(self, hit: Hit) -> float | None:
        return None if hit.distance_km is None else round(hit.distance_km, 1)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_languages(self, hit: Hit) -> list[str]:
        return sorted(language.pk for language in hit.offering.languages.all())

    def get_continuous(self, hit: Hit) -> bool:
        return hit.offering.applications_close_at is None

    @extend_schema_field(serializers.ChoiceField(["opening", "open", "closed"]))
    def get_application_state(self, hit: Hit) -> str:
        return windows.state(hit.offering, self.context["now"])

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, hit: Hit) -> str:
        return str(self.context["request"].build_absolute_uri(presenting.address(hit.offering)))

    def get_is_confirmed_lately(self, hit: Hit) -> bool:
        return windows.is_confirmed_lately(hit.offering, self.context["now"])


class StatementSerializer(serializers.Serializer):
    """Whether the home municipality is asked before it pays for a place, and why not."""

    need = serializers.ChoiceField(
        Need.values, help_text=_("not_required, required, or no_agreement: ask the provider who pays.")
    )
    reason = serializers.ChoiceField(
        Ground.values, allow_null=True, help_text=_("Why it is not asked; null where it may be.")
    )
    agreement = serializers.SerializerMethodField(
        help_text=_("Code of the agreement that says so; null where none does.")
    )

    def get_agreement(self, rule: StatementRule) -> str | None:
        return next((terms.code for terms in agreements() if terms.id == rule.agreement_id), None)


class OfferingSerializer(OfferingInListSerializer):
    """A course with all that is published of it."""

    description = TextField(of="offering", help_text=_("What the course is."))
    course_codes = serializers.ListField(
        child=serializers.CharField(), source="offering.course_codes", help_text=_("Codes in curricula.")
    )
    study_form = NullWhenEmpty(
        source="offering.study_form", help_text=_("Pace in words; null when not said.")
    )
    pace_percent = serializers.IntegerField(
        allow_null=True, source="offering.pace_percent", help_text=_("Pace, per cent of full time.")
    )
    contact_share = serializers.FloatField(
        allow_null=True, source="offering.contact_share", help_text=_("Share of teaching on site, 0 to 1.")
    )
    is_apprenticeship = serializers.BooleanField(
        source="offering.is_apprenticeship", help_text=_("Given as an apprenticeship.")
    )
    sites = SiteOfOfferingSerializer(many=True, source="offering.sites", help_text=_("Where it is given."))
    co_hosts = CoHostSerializer(many=True, source="offering.co_hosts", help_text=_("Who else carries it."))
    accessibility_note = TextField(of="offering", help_text=_("What to know with a disability."))
    quota_release_at = HostTimeField(
        allow_null=True,
        source="offering.quota_release_at",
        help_text=_("When reserved places become everybody's; null when there are none."),
    )
    start_decision_at = HostTimeField(
        allow_null=True,
        source="offering.start_decision_at",
        help_text=_("When it is decided whether the course starts; null when not said."),
    )
    open_to = serializers.ChoiceField(
        OpenTo.values, source="offering.open_to", help_text=_("Whose residents may apply.")
    )
    open_to_regions = RegionInShortSerializer(
        many=True, source="offering.open_to_regions", help_text=_("With open_to regions: which.")
    )
    open_to_municipalities = MunicipalityInShortSerializer(
        many=True,
        source="offering.open_to_municipalities",
        help_text=_("With open_to municipalities: which."),
    )
    open_to_pilot_groups = serializers.SerializerMethodField(
        help_text=_("With open_to pilot_groups: their codes, for /pilot-groups/.")
    )
    statement = StatementSerializer(
        allow_null=True,
        source="rule",
        help_text=_("With home: whether that municipality is asked for a statement; else null."),
    )
    agreement = serializers.CharField(
        allow_null=True,
        source="offering.agreement.code",
        default=None,
        help_text=_("With open_to agreement_parties: the code of the agreement."),
    )
    prior_education = serializers.SerializerMethodField(
        help_text=_("What one must have completed, code list prior_education.")
    )
    entry_requirements = TextField(of="offering", help_text=_("What else is required."))
    selection_rule = serializers.ChoiceField(
        SelectionRule.values, source="offering.selection_rule", help_text=_("How students are chosen.")
    )
    precedence = serializers.ChoiceField(
        Precedence.values,
        source="offering.precedence",
        help_text=_("Which places a resident of a municipality with reserved places uses first."),
    )
    takes_applications = serializers.BooleanField(
        source="offering.takes_applications", help_text=_("One applies in KOPA, on the course's page.")
    )
    apply_url = NullWhenEmpty(
        source="offering.apply_url", help_text=_("Where to apply; null when not on the web.")
    )
    apply_contact = NullWhenEmpty(
        source="offering.apply_contact", help_text=_("How to apply, if not on the web.")
    )
    is_national_joint_application = serializers.BooleanField(
        source="offering.is_national_joint_application",
        help_text=_("One applies in the national joint application, at apply_url."),
    )
    contact = ContactSerializer(source="offering", help_text=_("Where to ask."))
    min_group = serializers.IntegerField(
        allow_null=True, source="offering.min_group", help_text=_("With fewer students it does not start.")
    )
    max_group = serializers.IntegerField(
        allow_null=True, source="offering.max_group", help_text=_("The largest group.")
    )
    quotas = QuotaSerializer(
        many=True, source="offering.quotas", help_text=_("Places reserved for municipalities, free or not.")
    )
    home_share = HomeShareSerializer(
        source="offering", help_text=_("What the home municipality's share is counted from.")
    )
    published_at = MomentField(source="offering.published_at", help_text=_("When it was published, UTC."))
    cancelled_at = MomentField(
        allow_null=True, source="offering.cancelled_at", help_text=_("When it was cancelled, UTC; else null.")
    )
    cancel_reason = TextField(of="offering", help_text=_("Why it was cancelled; else null."))

    texts: ClassVar = ("title", "description", "accessibility_note", "entry_requirements", "cancel_reason")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_open_to_pilot_groups(self, hit: Hit) -> list[str]:
        return [group.code for group in hit.offering.open_to_pilot_groups.all()]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_prior_education(self, hit: Hit) -> list[str]:
        return sorted(one.pk for one in hit.offering.prior_education.all())


class FacetValueSerializer(serializers.Serializer):
    """A value of a filter, with how many courses it would leave."""

    value = serializers.CharField(help_text=_("What to give the parameter."))
    label = TextField(  # type: ignore[assignment]  # a field may be named as Field's own attributes
        "name", help_text=_("What it is called.")
    )
    count = serializers.IntegerField(
        min_value=0, help_text=_("Courses with this value, when the filter's own choice is left out.")
    )
    chosen = serializers.BooleanField(help_text=_("Whether the request asks for it."))
    parent = NullWhenEmpty(  # type: ignore[assignment]
        help_text=_("The broader field it belongs to; null for all others.")
    )


class FacetsSerializer(serializers.Serializer):
    """Values in use of each filter that is counted, the most frequent first."""

    def get_fields(self) -> dict[str, serializers.Field]:
        text = _("Values of the parameter of this name.")
        return {name: FacetValueSerializer(many=True, help_text=text) for name in FACETS}


class ReadAsSerializer(serializers.Serializer):
    """A word of the search that no course has, and the word it was taken for."""

    typed = serializers.CharField(help_text=_("The word as it was asked for."))
    word = serializers.CharField(help_text=_("The word that was searched for instead."))


@extend_schema_serializer(many=False)
class OfferingAnswerSerializer(serializers.Serializer):
    """A page of courses."""

    count = serializers.IntegerField(
        min_value=0, help_text=_("How many there are in all, on every page together.")
    )
    next = serializers.URLField(
        allow_null=True, help_text=_("Address of the next page; null on the last one.")
    )
    previous = serializers.URLField(
        allow_null=True, help_text=_("Address of the page before; null on the first one.")
    )
    free_places = serializers.IntegerField(
        min_value=0,
        required=False,
        help_text=_("Free places of all courses found, for residents of home. Not along the changes."),
    )
    results = OfferingInListSerializer(many=True, help_text=_("The courses of this page."))
    read_as = ReadAsSerializer(
        many=True, required=False, help_text=_("Words taken for others, where there are any: mistyped ones.")
    )
    facets = FacetsSerializer(required=False, help_text=_("With facets=1: counts for further filters."))
