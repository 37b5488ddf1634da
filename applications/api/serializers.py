"""Applications, statements and numbers as the API gives them."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from applications.api.shown import Shown
from applications.models import HomeStatement
from applications.models.application import HomeSource
from applications.states import ApplicationStatus, StatementOutcome, StatementState, Turn
from kopa.base.api.fields import MomentField, NullWhenEmpty
from kopa.base.api.texts import TextField
from kopa.base.names import LANGUAGES
from municipalities.api import MunicipalityInShortSerializer
from offerings.api.parts import HostTimeField
from offerings.models import Offering
from offerings.payers import Need
from providers.api import OrganisationInShortSerializer

# What ``numbers_by_course`` counts and this gives: all, its groups, and others.
COUNTED: Final = {
    "all": _("All applications: home, ready, admitted, offered, accepted, enrolled and over together."),
    "home": _("Those that wait for the home municipality's statement."),
    "ready": _("Those that wait for the provider's decision, or for it to confirm a move."),
    "admitted": _("Those that the provider has admitted and that wait for a place."),
    "offered": _("Those whose offer waits for an answer."),
    "accepted": _("Those who have accepted their place."),
    "enrolled": _("Those who study."),
    "over": _("Those of which nothing more comes."),
    "live": _("Those of which something may still come."),
    "overdue": _("Of those at home, those whose statement is late."),
    "queue": _("Those in the queue for a place, decided on or not."),
}

# What a statement says of the applicant in words.
WRITTEN: Final = ("question", "answer", "ground", "text", "limits")


class CourseInShortSerializer(serializers.Serializer):
    """A course in short."""

    id = serializers.IntegerField(help_text=_("Its number, for /offerings/."))
    title = TextField(help_text=_("Its name."))


class StatementInShortSerializer(serializers.Serializer):
    """The home municipality's statement in short."""

    id = serializers.IntegerField(help_text=_("Its number, for /statements/."))
    state = serializers.ChoiceField(
        StatementState.values, source="told_state", help_text=_("How far it is.")
    )
    outcome = NullWhenEmpty(source="told_outcome", help_text=_("What it says; null until it is given."))
    appealed_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which an appeal arrived; null without one.")
    )
    upheld_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which an appeal changed nothing; else null.")
    )
    due_on = serializers.DateField(
        help_text=_("Its last day. Nothing follows by itself when it has passed.")
    )


class DecisionSerializer(serializers.Serializer):
    """A named official's decision."""

    is_positive = serializers.BooleanField(help_text=_("Whether it is what the applicant has asked for."))
    ground = NullWhenEmpty(help_text=_("Code of its ground; null where none is needed."))
    text = NullWhenEmpty(help_text=_("Its reasons; null where none are needed."))
    official_name = serializers.CharField(help_text=_("Who has decided."))
    official_title = NullWhenEmpty(help_text=_("The official's title; null where none was given."))
    decided_at = MomentField(help_text=_("When."))


class ApplicationInListSerializer(serializers.Serializer):
    """An application, as the list has it."""

    key = serializers.UUIDField(source="application.key", help_text=_("Its key, for its own address."))
    reference = serializers.CharField(
        source="application.reference", help_text=_("What people read out on the telephone.")
    )
    course = CourseInShortSerializer(source="offering", help_text=_("The course."))
    provider = OrganisationInShortSerializer(source="offering.provider", help_text=_("Who gives it."))
    status = serializers.ChoiceField(
        ApplicationStatus.values, source="application.status", help_text=_("Its state.")
    )
    turn = serializers.ChoiceField(Turn.values, help_text=_("Who must act next."))
    is_own = serializers.BooleanField(help_text=_("Whether you are the applicant."))
    name = serializers.CharField(
        allow_null=True, help_text=_("The applicant's name; null where the identity is protected.")
    )
    is_protected = serializers.BooleanField(help_text=_("Whether the applicant's identity is protected."))
    home_municipality = MunicipalityInShortSerializer(
        source="home", allow_null=True,
        help_text=_("The home municipality on the day of sending; null where the identity is protected."),
    )  # fmt: skip
    moved_to = MunicipalityInShortSerializer(
        allow_null=True,
        help_text=_(
            "Where the applicant has moved since, as told; null where nowhere else, or the identity is"
            " protected."
        ),
    )
    move_told_at = MomentField(
        allow_null=True,
        help_text=_(
            "When the last move was told of, also one back; null where none was, or the identity is"
            " protected."
        ),
    )
    move_confirmed_at = MomentField(
        allow_null=True, help_text=_("When that move was confirmed; null until then.")
    )
    submitted_at = MomentField(source="application.submitted_at", help_text=_("When it was sent."))
    is_late = serializers.BooleanField(
        source="application.is_late", help_text=_("Whether it was sent after the closing time.")
    )
    statement_need = serializers.ChoiceField(
        Need.values, allow_null=True,
        help_text=_(
            "Whether the home municipality's statement is needed; null where the identity is protected."
        ),
    )  # fmt: skip
    statement_reason = NullWhenEmpty(
        help_text=_("Why none is needed; else null, also where the identity is protected.")
    )
    statement = StatementInShortSerializer(
        allow_null=True, help_text=_("The statement in force; null where none was asked for.")
    )
    received = serializers.BooleanField(
        source="case.reception.is_positive", default=None, allow_null=True,
        help_text=_("Whether the provider has received the applicant; null until it has decided."),
    )  # fmt: skip
    admitted = serializers.BooleanField(
        source="case.admission.is_positive", default=None, allow_null=True,
        help_text=_("Whether the provider has admitted the applicant; null until it has decided."),
    )  # fmt: skip
    answer_by = HostTimeField(
        source="application.held_until", allow_null=True,
        help_text=_("Until when the offer can be answered, its whole second included, in the host's time."),
    )  # fmt: skip
    url = serializers.SerializerMethodField(help_text=_("Its page for people."))

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, one: Shown) -> str:
        address: str = self.context["request"].build_absolute_uri(one.address)
        return address


class ApplicationSerializer(ApplicationInListSerializer):
    """An application with what the applicant has said and what was decided."""

    email = serializers.EmailField(
        allow_null=True, help_text=_("The applicant's address; null where the identity is protected.")
    )
    phone = serializers.CharField(
        allow_null=True, help_text=_("Telephone; null where none was given or the identity is protected.")
    )
    birth_on = serializers.DateField(
        allow_null=True, help_text=_("Date of birth; null where the identity is protected.")
    )
    language = serializers.ChoiceField(
        LANGUAGES, source="application.language", help_text=_("The language that the applicant has chosen.")
    )
    home_source = serializers.ChoiceField(
        HomeSource.values, source="application.home_source", help_text=_("Who says where the home is.")
    )
    prior_education = serializers.CharField(
        source="prior_education.code", default=None, allow_null=True,
        help_text=_("Code of the prior education, from /codes/; null where none was given."),
    )  # fmt: skip
    motivation = NullWhenEmpty(
        source="application.motivation", help_text=_("What the applicant says; null for nothing.")
    )
    number_in_queue = serializers.IntegerField(
        allow_null=True, help_text=_("The place in the queue, from 1; null for who does not wait in it.")
    )
    reception = DecisionSerializer(
        source="case.reception", allow_null=True,
        help_text=_("The provider's first decision; null until then."),
    )  # fmt: skip
    admission = DecisionSerializer(
        source="case.admission", allow_null=True,
        help_text=_("The provider's second decision; null until then."),
    )  # fmt: skip
    offered_at = MomentField(
        source="application.offered_at", allow_null=True, help_text=_("When a place was offered; else null.")
    )
    answered_at = MomentField(
        source="application.answered_at", allow_null=True,
        help_text=_("When the applicant answered the offer; else null."),
    )  # fmt: skip
    enrolled_on = serializers.DateField(
        source="application.enrolled_on", allow_null=True, help_text=_("First day of studying; else null.")
    )
    ended_at = MomentField(
        source="application.ended_at", allow_null=True, help_text=_("When it was over; null while it is not.")
    )


class HomeStatementInListSerializer(serializers.Serializer):
    """A statement that the reader's municipality gives, as the list has it."""

    id = serializers.IntegerField(help_text=_("Its number, for its own address."))
    reference = serializers.CharField(
        source="application.reference", help_text=_("Reference of the application.")
    )
    name = serializers.SerializerMethodField(
        help_text=_("The applicant's name; null where the identity is protected.")
    )
    municipality = MunicipalityInShortSerializer(help_text=_("The municipality that is asked."))
    course = CourseInShortSerializer(source="application.offering", help_text=_("The course."))
    provider = OrganisationInShortSerializer(
        source="application.offering.provider", help_text=_("Who gives it.")
    )
    state = serializers.ChoiceField(StatementState.values, help_text=_("How far it is."))
    outcome = serializers.ChoiceField(
        StatementOutcome.values, allow_null=True, help_text=_("What it says; null until it is given.")
    )
    requested_at = MomentField(help_text=_("When it was asked for."))
    due_on = serializers.DateField(
        help_text=_("Its last day. Nothing follows by itself when it has passed.")
    )
    is_overdue = serializers.SerializerMethodField(
        help_text=_("Whether it is waited for and its last day has passed.")
    )
    url = serializers.SerializerMethodField(help_text=_("Its page for people."))

    @extend_schema_field({"type": ["string", "null"]})
    def get_name(self, one: HomeStatement) -> str | None:
        learner = one.application.learner
        return None if learner.is_protected else learner.person.name

    @extend_schema_field(bool)
    def get_is_overdue(self, one: HomeStatement) -> bool:
        return one.is_overdue(self.context["now"])

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, one: HomeStatement) -> str:
        path = reverse("applications:statement", args=[one.pk])
        address: str = self.context["request"].build_absolute_uri(path)
        return address

    def to_representation(self, instance: Any) -> dict[str, Any]:
        given: dict[str, Any] = super().to_representation(instance)
        return given | {"outcome": given["outcome"] or None}


class HomeStatementSerializer(HomeStatementInListSerializer):
    """A statement with its reasons and with what the applicant was asked."""

    starts_on = serializers.DateField(
        source="application.offering.starts_on", allow_null=True, help_text=_("First day of the course.")
    )
    ends_on = serializers.DateField(
        source="application.offering.ends_on", allow_null=True, help_text=_("Last day of the course.")
    )
    question = NullWhenEmpty(
        source="more_asked",
        help_text=_("What the applicant was asked; else null, also where the identity is protected."),
    )
    answer = NullWhenEmpty(
        source="more_given",
        help_text=_("What the applicant has answered; else null, also where the identity is protected."),
    )
    ground = NullWhenEmpty(
        help_text=_("Code of its ground; null where none is needed, or the identity is protected.")
    )
    text = NullWhenEmpty(
        help_text=_("Its reasons; null where none are needed, or the identity is protected.")
    )
    limits = NullWhenEmpty(
        help_text=_(
            "Within which limits the municipality pays; else null, also where the identity is protected."
        )
    )
    official_name = NullWhenEmpty(help_text=_("Who has decided; null until then."))
    official_title = NullWhenEmpty(help_text=_("The official's title; null where none was given."))
    decided_on = serializers.DateField(
        allow_null=True, help_text=_("The day of the decision; null until then.")
    )
    appealed_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which an appeal arrived; null without one.")
    )
    appeal_reference = NullWhenEmpty(
        help_text=_("Number of the appeal where it is decided on; null where none was given.")
    )
    upheld_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which an appeal changed nothing; else null.")
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """R-PRIV-6: what is written about a protected applicant is read on the pages, never by a program."""
        given = super().to_representation(instance)
        return given | dict.fromkeys(WRITTEN) if instance.application.learner.is_protected else given


class CountsSerializer(serializers.Serializer):
    """How many applications stand where; no person."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {name: serializers.IntegerField(min_value=0, help_text=text) for name, text in COUNTED.items()}


class CourseCountsSerializer(serializers.Serializer):
    """A course with the numbers of its applications."""

    id = serializers.IntegerField(help_text=_("Number of the course, for /offerings/."))
    title = TextField(help_text=_("Name of the course."))
    provider = OrganisationInShortSerializer(help_text=_("Who gives it."))
    counts = serializers.SerializerMethodField(help_text=_("How many applications stand where."))

    @extend_schema_field(CountsSerializer)
    def get_counts(self, offering: Offering) -> dict[str, int]:
        numbers: dict[str, int] = self.context["numbers"][offering.pk]
        return {name: numbers[name] for name in COUNTED}
