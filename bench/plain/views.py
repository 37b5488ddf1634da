"""A view set, a filter set and model serializers, each value of a facet counted by a ``GROUP BY``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import django_filters
from django.db.models import (
    Case,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import pagination, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from kopa.codes.models import DeliveryMode, EducationForm, TeachingLanguage
from municipalities.models import Municipality, Region
from offerings.models import Offering, PlaceCounter
from offerings.payers import STATE_FUNDED
from providers.models import Organisation, Site

SEARCHED: Final = (
    "title_fi", "title_sv", "title_en", "description_fi", "description_sv", "description_en",
    "provider__name_fi", "provider__name_sv", "field__name_fi", "field__name_sv",
)  # fmt: skip
# What is counted, by parameter.
COUNTED: Final = {
    "form": "form",
    "field": "field",
    "mode": "mode",
    "language": "languages",
    "region": "sites__municipality__region__key",
    "payer": "payer",
}


class OrganisationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Organisation
        fields = ["id", "name_fi", "name_sv", "name_en"]


class OfferingSerializer(serializers.ModelSerializer):
    provider = OrganisationSerializer()
    free = serializers.IntegerField()
    km = serializers.FloatField()
    places = serializers.SerializerMethodField()

    class Meta:
        model = Offering
        fields = [
            "id", "title_fi", "title_sv", "title_en", "provider", "capacity", "free", "km", "mode",
            "languages", "starts_on", "applications_close_at", "places",
        ]  # fmt: skip

    def get_places(self, offering: Offering) -> list[str]:
        return [site.municipality.name_fi for site in offering.sites.all() if site.municipality]


class OfferingFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(method="with_words")
    within_km = django_filters.NumberFilter(field_name="km", lookup_expr="lte")
    form = django_filters.ModelMultipleChoiceFilter(queryset=EducationForm.objects.all())
    field = django_filters.CharFilter(method="in_field")
    mode = django_filters.ModelMultipleChoiceFilter(queryset=DeliveryMode.objects.all())
    language = django_filters.ModelMultipleChoiceFilter(
        field_name="languages", queryset=TeachingLanguage.objects.all()
    )
    region = django_filters.ModelMultipleChoiceFilter(
        field_name="sites__municipality__region__key",
        to_field_name="key",
        queryset=Region.objects.all(),
    )

    class Meta:
        model = Offering
        fields: tuple[str, ...] = ()

    def with_words(self, rows: QuerySet[Offering], _name: str, value: str) -> QuerySet[Offering]:
        for word in value.split():
            rows = rows.filter(
                Q(*((f"{column}__icontains", word) for column in SEARCHED), _connector=Q.OR)
                | Q(sites__municipality__name_fi__icontains=word)
                | Q(sites__municipality__name_sv__icontains=word)
            )
        return rows.distinct()

    def in_field(self, rows: QuerySet[Offering], _name: str, value: str) -> QuerySet[Offering]:
        return rows.filter(Q(field=value) | Q(field__parent=value))


class Pages(pagination.PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 200


class OfferingViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Offering.objects.all()
    serializer_class = OfferingSerializer
    pagination_class = Pages
    filterset_class = OfferingFilter
    filter_backends = [DjangoFilterBackend]

    def get_queryset(self) -> QuerySet[Any]:
        home = Municipality.objects.filter(key=self.request.query_params.get("home", "")).first()
        now = timezone.now()
        rows = Offering.objects.filter(
            Q(applications_close_at__isnull=True) | Q(applications_close_at__gte=now.replace(microsecond=0)),
            status="published",
            starts_on__gt=timezone.localdate(now),
        )
        return rows.annotate(free=_free(home, now), km=_km(home), payer=_payer(home))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().list(request, *args, **kwargs)
        found = self.filter_queryset(self.get_queryset()).order_by()
        answer.data["free_places"] = found.aggregate(number=Sum("free"))["number"]
        answer.data["facets"] = dict(self._facets(request))
        return answer

    def paginate_queryset(self, queryset: Any) -> Any:
        given = self.request.query_params
        default = "distance" if given.get("home") and not given.get("q") else "deadline"
        full_last = Case(When(free__gt=0, then=Value(0)), default=Value(1))
        key = {
            "distance": F("km").asc(nulls_last=True),
            "deadline": F("applications_close_at").asc(nulls_last=True),
        }[given.get("sort", default)]
        ordered = queryset.order_by(full_last, key, "starts_on", "pk").select_related("provider")
        return super().paginate_queryset(ordered.prefetch_related("languages", "sites__municipality"))

    def _facets(self, request: Request) -> Iterator[tuple[str, dict[str, int]]]:
        """Each leaves its own choice out."""
        for parameter, column in COUNTED.items():
            given = request.query_params.copy()
            given.pop(parameter, None)
            rows = OfferingFilter(given, queryset=self.get_queryset()).qs
            counted = rows.order_by().values_list(column).annotate(number=Count("pk", distinct=True))
            yield parameter, {value: number for value, number in counted if value is not None}


def _free(home: Municipality | None, now: Any) -> Coalesce:
    counts = Q(quota__isnull=True) | Q(offering__quota_release_at__lte=now)
    if home:
        counts |= Q(quota__municipality=home)
    left = F("seats") - F("held") - F("taken") - F("used") - F("taken_elsewhere")
    sums = PlaceCounter.objects.filter(counts, offering=OuterRef("pk")).order_by().values("offering")
    return Coalesce(Subquery(sums.annotate(left=Sum(left)).values("left")), 0, output_field=IntegerField())


def _km(home: Municipality | None) -> Subquery | ExpressionWrapper:
    if home is None:
        return ExpressionWrapper(Value(None), output_field=FloatField())
    km = Func(
        F("latitude"), F("longitude"), Value(home.latitude), Value(home.longitude),
        function="kopa_great_circle_km", output_field=FloatField(),
    )  # fmt: skip
    sites = Site.objects.filter(offerings=OuterRef("pk"), latitude__isnull=False).annotate(km=km)
    return Subquery(sites.order_by("km").values("km")[:1])


def _payer(home: Municipality | None) -> Case:
    if home is None:
        return Case(default=Value("depends"), output_field=CharField())
    state = Q(provider__country="FI", form__in=STATE_FUNDED)
    return Case(
        When(provider__municipality=home, then=Value("own_municipality")),
        When(~Q(provider__country=home.country), then=Value("no_agreement")),
        When(state, then=Value("state")),
        default=Value("home_decides"),
        output_field=CharField(),
    )
