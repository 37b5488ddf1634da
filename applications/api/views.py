"""Reading applications, statements and their numbers: each reader what the pages show her (R-PRIV-4)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from applications.api.filters import ApplicationFilter
from applications.api.serializers import (
    ApplicationInListSerializer,
    ApplicationSerializer,
    CourseCountsSerializer,
    HomeStatementInListSerializer,
    HomeStatementSerializer,
)
from applications.api.shown import Shown, shown
from applications.cases import queue_numbers
from applications.models import Application, HomeStatement
from applications.models.reading import Where
from applications.querysets import ApplicationQuerySet
from applications.querysets_statements import HomeStatementQuerySet
from applications.services import reading
from applications.statement_filters import StatementFilter
from kopa.base.api.personal import PersonalViewSet
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet
from providers.models import Role
from providers.rules import holds_role, organisations_published_for


class ApplicationViewSet(PersonalViewSet):
    """The reader's own, and those to the courses that she decides on."""

    queryset: ApplicationQuerySet = Application.objects.all()
    filterset_class = ApplicationFilter
    lookup_field = "key"
    lookup_value_regex = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    summaries: ClassVar = {
        "list": pgettext_lazy("sent by students", "Applications"), "retrieve": _("One application")
    }  # fmt: skip
    descriptions: ClassVar = {
        "list": _(
            "Your own applications, and those to the courses that you decide on in the role that you act in."
            " The applicant sees which organisations have read hers."
        ),
    }

    def get_serializer_class(self) -> type:
        return ApplicationInListSerializer if self.action == "list" else ApplicationSerializer

    def get_queryset(self) -> QuerySet:
        return Application.objects.read_by(self.person, on=self.today).with_case()

    def paginate_queryset(self, queryset: Any) -> Any:
        return self._read(super().paginate_queryset(queryset) or [])

    def represented(self, thing: Application) -> Shown:
        number = queue_numbers(thing.offering_id).get(thing.pk)
        return self._read([thing], number)[0]

    def _read(self, rows: list[Application], number: int | None = None) -> list[Shown]:
        """R-PRIV-10: each is noted, but one's own."""
        now = timezone.now()
        found = shown(rows, to=self.person, now=now, number=number)
        others = [one.application for one in found if not one.is_own]
        reading.note_for_host(others, person=self.person, where=Where.API, now=now)
        return found


class StatementViewSet(PersonalViewSet):
    """Those that the reader's municipality gives."""

    queryset: HomeStatementQuerySet = HomeStatement.objects.all()
    filterset_class = StatementFilter
    lookup_field = "pk"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"[0-9]{1,18}"
    summaries: ClassVar = {
        "list": pgettext_lazy("part of the API", "Statements"), "retrieve": _("One statement")
    }  # fmt: skip
    descriptions: ClassVar = {
        "list": _(
            "The statements that your municipality is to give, the first due first; with state=given those"
            " that it has given. The applicant sees that your municipality has read them."
        ),
    }

    def get_serializer_class(self) -> type:
        return HomeStatementInListSerializer if self.action == "list" else HomeStatementSerializer

    def get_queryset(self) -> QuerySet:
        rows = HomeStatement.objects.visible_to(self.person, on=self.today).for_list()
        return rows.first_due_first()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    def paginate_queryset(self, queryset: Any) -> Any:
        rows: list[HomeStatement] = super().paginate_queryset(queryset) or []
        self._note(rows)
        return rows

    def represented(self, thing: HomeStatement) -> HomeStatement:
        self._note([thing])
        return thing

    def _note(self, rows: list[HomeStatement]) -> None:
        reading.note_for_home(rows, person=self.person, where=Where.API, now=timezone.now())


class Counting(BasePermission):
    """R-PRIV-4: coordinators see numbers of all courses, the host's people those of theirs."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return (
            holds_role(request.user, Role.COORDINATOR, on=view.today)
            or organisations_published_for(request.user, on=view.today).exists()
        )


class ApplicationCountsViewSet(PersonalViewSet):
    """Numbers of applications by course; no person is seen here, so no reading is noted."""

    queryset: OfferingQuerySet = Offering.objects.all()
    serializer_class = CourseCountsSerializer
    permission_classes = (IsAuthenticated, Counting)
    lookup_field = "pk"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"[0-9]{1,18}"
    summaries: ClassVar = {
        "list": _("Numbers of applications"), "retrieve": _("Numbers of one course's applications")
    }  # fmt: skip
    descriptions: ClassVar = {
        "list": _(
            "Courses that were applied for in KOPA with the numbers of their applications: all of them for"
            " coordinators, one's own for those who decide on them."
        ),
    }
    shown: tuple[Offering, ...] = ()

    def get_queryset(self) -> QuerySet:
        rows = Offering.objects.filter(Exists(Application.objects.filter(offering=OuterRef("pk"))))
        if not holds_role(self.person, Role.COORDINATOR, on=self.today):
            rows = rows.filter(
                provider__in=organisations_published_for(self.person, on=self.today)
            )
        return rows.select_related("provider").order_by("pk")

    def paginate_queryset(self, queryset: Any) -> Any:
        rows: list[Offering] = super().paginate_queryset(queryset) or []
        self.shown = tuple(rows)
        return rows

    def represented(self, thing: Offering) -> Offering:
        self.shown = (thing,)
        return thing

    def get_serializer_context(self) -> dict[str, Any]:
        applied = Application.objects.filter(offering__in=self.shown)
        numbers = applied.numbers_by_course(now=timezone.now()) if self.shown else {}
        return {**super().get_serializer_context(), "numbers": numbers}
