"""Code lists and sources of reference data, for anybody to read."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from kopa.base.api.fields import MomentField, NullWhenEmpty, SourcesField
from kopa.base.api.paging import PAGE_SIZE, envelope
from kopa.base.api.texts import TextField
from kopa.base.api.views import ChangesParameters, ListParameters, ReadingViewSet
from kopa.codes.models import DataSource, FieldOfEducation
from kopa.codes.reference import LISTS

LIST_NAMES = {
    "forms_of_education": _("Forms of education"),
    "fields": _("Fields of education"),
    "teaching_languages": _("Teaching languages"),
    "delivery_modes": _("Delivery modes"),
    "credit_units": _("Credit units"),
    "institution_types": _("Types of institution"),
    "prior_education": _("Prior education"),
}


class CodeListSerializer(serializers.Serializer):
    """One of the code lists."""

    list = serializers.ChoiceField(list(LISTS), help_text=_("Name of the list, for /codes/."))
    title = serializers.CharField(help_text=_("What the list holds."))
    count = serializers.IntegerField(min_value=0, help_text=_("How many codes it has."))
    url = serializers.URLField(help_text=_("Address of the list."))


class CodeSerializer(serializers.Serializer):
    """One code of a list."""

    code = serializers.CharField(help_text=_("The code; it never changes its meaning."))
    name = TextField(help_text=_("Its name; Swedish as Finland says it."))
    name_in_sweden = NullWhenEmpty(
        source="name_sv_se", help_text=_("As Sweden's Swedish says it, where that differs; else null.")
    )
    short_name = TextField("short", help_text=_("As written after a number; only units of credits have one."))
    parent = serializers.CharField(  # type: ignore[assignment]  # of the answer, not the serializer's own
        source="parent_id",
        default=None,
        allow_null=True,
        help_text=_("The broader field of a narrow one; else null."),
    )
    national_codes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text=_("The same thing in national registers: register and codes."),
    )
    sources = SourcesField(help_text=_("Codes of its sources, for /sources/."))
    updated_at = MomentField(help_text=_("When the entry last changed."))


class SourceSerializer(serializers.Serializer):
    """Where reference data comes from."""

    code = serializers.CharField(help_text=_("Code of the source, as other answers name it."))
    publisher = serializers.CharField(help_text=_("Who published the data."))
    name = TextField(help_text=_("Name of the data."))
    year = serializers.IntegerField(help_text=_("Year the data is of."))
    licence = serializers.CharField(help_text=_("Licence of the data."))
    obtained_from = serializers.CharField(help_text=_("Where this copy was obtained."))
    updated_at = MomentField(help_text=_("When the entry last changed."))


class CodeListViewSet(ReadingViewSet):
    """The lists, and the codes of one list."""

    lookup_field = "list"
    lookup_value_regex = "[a-z_]+"
    lookup_text = _("Name of the list, as /codes/ gives it.")
    queryset = FieldOfEducation.objects.none()  # each list has a model of its own: see retrieve
    serializer_class = CodeSerializer
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("All code lists"), "retrieve": _("The codes of a list")}
    descriptions: ClassVar = {
        "retrieve": _("In the order in which pages show them; broad fields before their narrow ones."),
    }
    examples: ClassVar = {
        "list": [(_("All code lists"), "/api/v1/codes/")],
        "retrieve": [(_("Forms of education"), "/api/v1/codes/forms_of_education/?lang=sv")],
    }

    def parameter_forms(self) -> list[type[forms.Form]]:
        return [ChangesParameters if self.action == "retrieve" else ListParameters]

    @extend_schema(operation_id="codes_index", responses=CodeListSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        lists = [
            {
                "list": name,
                "title": str(LIST_NAMES[name]),
                "count": model._default_manager.count(),
                "url": reverse("api_code_list-detail", args=[name], request=request),
            }
            for name, model in LISTS.items()
        ]
        size = self.parameters.get("page_size") or PAGE_SIZE
        page = self.parameters.get("page") or 1
        return Response(
            envelope(
                request, lists[(page - 1) * size : page * size], count=len(lists), page=page, page_size=size
            )
        )

    @extend_schema(operation_id="codes_list", responses=CodeSerializer(many=True))
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        model = LISTS.get(kwargs["list"])
        if model is None:
            raise Http404
        page = self.paginate_queryset(model._default_manager.all())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class SourceViewSet(ReadingViewSet):
    """Where the reference data comes from, with its licences."""

    queryset = DataSource.objects.all()
    serializer_class = SourceSerializer
    lookup_field = "code"
    lookup_value_regex = "[a-z0-9-]+"
    changed_field = "updated_at"
    summaries: ClassVar = {"list": _("Sources of reference data"), "retrieve": _("One source")}
