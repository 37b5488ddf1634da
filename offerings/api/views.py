"""Offerings for anybody to read: the search, a walk along the changes, one by one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, ClassVar, Final

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kopa.base.api.paging import PAGE_SIZE, envelope
from kopa.base.api.views import ChangesParameters, ReadingViewSet
from kopa.base.parameters import Refused
from offerings.api.facets import written
from offerings.api.listed import Writer
from offerings.api.parameters import ALONG_THE_CHANGES, OfferingParameters
from offerings.api.serializers import (
    OfferingAnswerSerializer,
    OfferingInListSerializer,
    OfferingSerializer,
    ReadAsSerializer,
)
from offerings.filters import OfferingFilter
from offerings.homes import Home, find_home
from offerings.models import Offering
from offerings.querysets import OfferingQuerySet
from offerings.search.engine import find
from offerings.search.query import Hit
from offerings.seen import seen_from

# What one offering shows beyond a list's row.
BESIDE: Final = (
    "quotas__municipality", "co_hosts__organisation", "open_to_regions", "open_to_municipalities",
    "open_to_pilot_groups", "agreement", "prior_education",
)  # fmt: skip


class OfferingViewSet(ReadingViewSet):
    """Published offerings; cancelled ones are found by their number and along the changes, and say so."""

    queryset = Offering.objects.public()
    serializer_class = OfferingSerializer
    filterset_class = OfferingFilter
    parameters_form = OfferingParameters
    changed_field = "updated_at"
    lookup_value_regex = r"\d{1,18}"
    summaries: ClassVar = {"list": _("Search study places"), "retrieve": _("One course")}
    descriptions: ClassVar = {
        "list": _(
            "The same search as on the pages: published courses that start ahead and are not closed for"
            " applications. Full ones come last. With updated_since or cursor it is a walk along everything"
            " that has changed instead, cancelled, closed and started courses too; then only lang, home,"
            " page_size, updated_since and cursor may be given."
        ),
        "retrieve": _("Everything published of one course, as long as it exists, cancelled or over too."),
    }
    examples: ClassVar = {
        "list": [
            (
                _("Free places for residents of Pello, the nearest first"),
                "/api/v1/offerings/?home=FI-854&free=1&sort=distance&lang=fi",
            ),
            (_("Courses found by the word hitsaus"), "/api/v1/offerings/?q=hitsaus&lang=fi"),
            (
                _("Distance courses in Swedish, with counts for further filters"),
                "/api/v1/offerings/?mode=distance&language=sv&facets=1&lang=sv",
            ),
            (_("What has changed since a moment"), "/api/v1/offerings/?updated_since=2026-01-01T00:00:00Z"),
        ]
    }

    filters: OfferingFilter

    @cached_property
    def now(self) -> dt.datetime:
        return timezone.now()

    @property
    def home(self) -> Home | None:
        key = self.parameters.get("home")
        return find_home(key) if key else None

    def parameter_forms(self) -> list[type[forms.Form]]:
        if self.action != "list":
            return super().parameter_forms()
        return [ChangesParameters, OfferingFilter().get_form_class()]

    def get_queryset(self) -> OfferingQuerySet:
        offerings = Offering.objects.public().for_list()
        return offerings if self.action == "list" else offerings.prefetch_related(*BESIDE)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": self.now}

    def bound_forms(self, request: Request) -> list[forms.BaseForm]:
        if self.action != "list":
            return super().bound_forms(request)
        self.filters = OfferingFilter(request.query_params, now=self.now)
        return [ChangesParameters(request.query_params), self.filters.form]

    def refused(self, request: Request, bound: list[forms.BaseForm]) -> list[Refused]:
        found = super().refused(request, bound)
        if self.action != "list":
            return found
        given = {name for name in request.query_params if request.query_params[name]}
        if given & {"updated_since", "cursor"}:
            message = str(_("A walk along the changes takes no filters."))
            known = {name for form in bound for name in form.fields} - {"page"}
            unfit = sorted((given & known) - ALONG_THE_CHANGES)
            return found + [Refused(name, "not_along_the_changes", message) for name in unfit]
        return found + [one for one in self.filters.refused if one.code == "needs_home"]

    @extend_schema(responses=OfferingAnswerSerializer)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        if self.parameters.get("updated_since") or self.parameters.get("cursor"):
            return self._along_the_changes()
        page_size = self.parameters.get("page_size") or PAGE_SIZE
        asks_facets = bool(self.parameters.get("facets"))
        query = replace(self.filters.query, page_size=page_size)
        result = find(query, now=self.now, facets=asks_facets)
        rows = Writer(
            result, language=self.language, now=self.now, absolute=request.build_absolute_uri
        ).write()
        answer = envelope(request, rows, count=result.total, page=result.query.page, page_size=page_size)
        answer["free_places"] = result.free_places
        if result.read_as:
            answer["read_as"] = ReadAsSerializer(result.read_as, many=True).data
        if asks_facets:
            answer["facets"] = written(result.facets, language=self.language)
        return Response(answer)

    def _along_the_changes(self) -> Response:
        offerings = self.paginate_queryset(self.get_queryset())
        hits = seen_from(self.home, offerings or [], now=self.now)
        context = self.get_serializer_context()
        return self.get_paginated_response(OfferingInListSerializer(hits, many=True, context=context).data)

    def represented(self, thing: Offering) -> Hit:
        return seen_from(self.home, [thing], now=self.now)[0]
