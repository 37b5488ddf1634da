"""What every reading view of the API has in common: strict parameters, the answer's language, pages."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.functional import Promise
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kopa.base.api.paging import MAX_PAGE, MAX_PAGE_SIZE, Pages
from kopa.base.api.problems import BadParameters
from kopa.base.api.schema import KopaSchema
from kopa.base.api.texts import ALL
from kopa.base.names import LANGUAGES
from kopa.base.parameters import Instant, Refused, WholeNumber, refused


class LanguageParameters(forms.Form):
    """What every address of the API takes."""

    lang = forms.ChoiceField(
        required=False,
        choices=[("fi", "fi"), ("sv", "sv"), ("en", "en"), (ALL, ALL)],
        help_text=_(
            "Language of names and texts. With fi, sv or en each is one string; where that language has none,"
            " the first of fi, sv, en that has one. Without lang each is an object of all three."
        ),
    )


class ListParameters(LanguageParameters):
    """What every list takes."""

    page = WholeNumber(
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PAGE)],
        help_text=_("Number of the page, from 1. A page beyond the last one is a 404."),
    )
    page_size = WholeNumber(
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PAGE_SIZE)],
        help_text=_("How many results a page holds: 50 unless you say otherwise, 200 at most."),
    )


class ChangesParameters(ListParameters):
    """What a list takes whose things know when they changed."""

    updated_since = Instant(
        required=False,
        help_text=_(
            "Only what has changed at this moment or later, oldest change first. Follow next to the end: it"
            " carries a cursor, so nothing is missed or given twice while things change."
        ),
    )
    cursor = forms.CharField(
        required=False,
        max_length=200,
        help_text=_("Where to go on in a walk along the changes. Take it from a next link, unchanged."),
    )

    def clean(self) -> dict[str, Any]:
        """The walk has no page numbers. Nothing else here looks at two parameters."""
        given = super().clean() or {}
        if given.get("page") and (given.get("updated_since") or given.get("cursor")):
            self.add_error("page", ValidationError(_("Follow next instead."), code="not_along_the_changes"))
        return given


class StrictView(APIView):
    """A view whose query parameters are all known: anything else is a 400 that names it.

    ``parameters`` holds the cleaned values; ``language`` is ``fi``, ``sv``, ``en`` or ``all``.
    """

    schema = KopaSchema()
    parameters_form: ClassVar[type[forms.Form]] = LanguageParameters
    # For the schema and the documentation page, by action (``get`` for a view without actions).
    summaries: ClassVar[dict[str, str | Promise]] = {}
    descriptions: ClassVar[dict[str, str | Promise]] = {}
    # (what it shows, address), each a link on the documentation page and a request in the tests
    examples: ClassVar[dict[str, list[tuple[str | Promise, str]]]] = {}

    parameters: dict[str, Any]

    @property
    def language(self) -> str:
        return str(self.parameters.get("lang") or ALL)

    def parameter_forms(self) -> list[type[forms.Form]]:
        """The forms that say which parameters the address takes; the schema is made from them too."""
        return [self.parameters_form]

    def bound_forms(self, request: Request) -> list[forms.BaseForm]:
        return [form(request.query_params) for form in self.parameter_forms()]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in the language of ``lang``, English without it; rendered while that language is active."""
        asked = request.GET.get("lang", "")
        language = asked if asked in LANGUAGES else "en"
        with translation.override(language):
            response = super().dispatch(request, *args, **kwargs)
            is_in_one = asked in LANGUAGES or response.status_code >= 400
            response.headers["Content-Language"] = language if is_in_one else ", ".join(LANGUAGES)
            return response.render() if hasattr(response, "render") else response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        bound = self.bound_forms(request)
        wrong = self.refused(request, bound)
        if wrong:
            raise BadParameters(wrong)
        self.parameters = {name: value for form in bound for name, value in form.cleaned_data.items()}

    def refused(self, request: Request, bound: list[forms.BaseForm]) -> list[Refused]:
        """What of the address is not understood; a view adds what only several parameters together say."""
        return refused(request.query_params, bound)


class ReadingViewSet(StrictView, viewsets.ReadOnlyModelViewSet):
    """A list and its things, for anybody to read.

    A subclass sets ``queryset``, ``serializer_class``, ``lookup_field``, ``summaries`` for ``list`` and
    ``retrieve``, and where it has them ``filterset_class`` (fields of ``kopa.base.parameters``, each with a
    ``help_text``) and ``changed_field``, the model's field that says when a row last changed: it gives the
    list ``updated_since``.
    """

    pagination_class = Pages
    filter_backends = ()
    lookup_value_regex = r"[\w-]{1,40}"  # no null character reaches the database
    filterset_class: ClassVar[type[django_filters.FilterSet] | None] = None
    changed_field: ClassVar[str] = ""
    lookup_text: ClassVar[str | Promise] = ""  # where the answer has no field of the name in the address

    def parameter_forms(self) -> list[type[forms.Form]]:
        if self.action != "list":
            return [self.parameters_form]
        own = ChangesParameters if self.changed_field else ListParameters
        filters = [self.filterset_class().get_form_class()] if self.filterset_class else []
        return [own, *filters]

    def bound_forms(self, request: Request) -> list[forms.BaseForm]:
        bound = super().bound_forms(request)
        self.filters = None
        if self.action == "list" and self.filterset_class:
            self.filters = self.filterset_class(
                request.query_params, queryset=self.get_queryset(), request=request
            )
            bound[-1] = self.filters.form
        return bound

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        return self.filters.qs if self.filters is not None else queryset

    def get_serializer_context(self) -> dict[str, Any]:
        asked = getattr(self, "parameters", {}).get("lang")  # the schema is made without a request
        return {**super().get_serializer_context(), "language": asked or ALL}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        thing = self.get_object()
        response = Response(self.get_serializer(self.represented(thing)).data)
        if self.changed_field:
            changed_at: dt.datetime = getattr(thing, self.changed_field)
            response.headers["Last-Modified"] = http_date(changed_at.timestamp())
        return response

    def represented(self, thing: Any) -> Any:
        """What the serializer gets of the thing found."""
        return thing
