"""The OpenAPI description, made from the same forms and serializers that the API runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import uritemplate
from django import forms
from django.conf import settings
from django.core.validators import BaseValidator, MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiParameter

from kopa.base import parameters
from kopa.base.api import problems

if TYPE_CHECKING:
    from kopa.base.api.views import ReadingViewSet, StrictView

BOUNDS: Final[dict[type[BaseValidator], str]] = {
    MinValueValidator: "minimum",
    MaxValueValidator: "maximum",
    MaxLengthValidator: "maxLength",
}
TEXT: Final = {
    "description": _("A text: an object by language, or with lang one string; null where there is none."),
    "oneOf": [
        {"type": ["string", "null"]},
        {
            "type": "object",
            "properties": {language: {"type": ["string", "null"]} for language in ("fi", "sv", "en")},
            "required": ["fi", "sv", "en"],
            "additionalProperties": False,
        },
    ],
    "examples": [{"fi": "Pello", "sv": "Pello", "en": "Pello"}, "Pello"],
}
REFUSED: Final = {
    "type": "object",
    "required": ["parameter", "code", "detail"],
    "properties": {
        "parameter": {"type": "string", "description": _("Name of the parameter.")},
        "code": {
            "type": "string",
            "pattern": "^[a-z_]+$",
            "description": _("What is wrong with it, for programs; it never changes its meaning."),
        },
        "detail": {"type": "string", "description": _("What is wrong with it, for people.")},
    },
    "additionalProperties": False,
}
PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": _("Where this kind of problem is explained."),
        },
        "title": {"type": "string", "description": _("The kind of problem, for people.")},
        "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599,
            "description": _("The status of the answer."),
        },
        "code": {
            "type": "string",
            "pattern": "^[a-z_]+$",
            "description": _("The kind of problem, for programs; it never changes its meaning."),
        },
        "detail": {"type": "string", "description": _("This very problem, for people.")},
        "errors": {
            "type": "array",
            "items": REFUSED,
            "description": _("With bad_parameters: each parameter that was not understood."),
        },
    },
    "additionalProperties": False,
}


def described(field: forms.Field) -> dict[str, Any]:
    """The JSON Schema of what a query parameter accepts."""
    if parameters.takes_many(field):
        return {"type": "array", "items": _one(field)}
    return _one(field)


def _one(field: forms.Field) -> dict[str, Any]:
    if isinstance(field, parameters.YesNo):
        return {"type": "string", "enum": list(field.values)}
    if isinstance(field, parameters.WholeNumber):
        return {"type": "integer", **_bounds(field)}
    if isinstance(field, parameters.Day):
        return {"type": "string", "format": "date"}
    if isinstance(field, parameters.Instant):
        return {"type": "string", "format": "date-time"}
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        pattern = getattr(field, "pattern", None)
        return {
            "type": "string",
            **_bounds(field),
            **({"pattern": f"^({pattern.pattern})$"} if pattern else {}),
        }
    values = [str(value) for value, _label in cast("list[tuple[Any, Any]]", field.choices)]
    return {"type": "string", "enum": [value for value in values if value]}


def _bounds(field: forms.Field) -> dict[str, Any]:
    return {
        BOUNDS[type(validator)]: validator.limit_value
        for validator in field.validators
        if isinstance(validator, BaseValidator) and type(validator) in BOUNDS
    }


def component(auto_schema: AutoSchema, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A reference to the named part of the description, which is put there the first time."""
    part = ResolvedComponent(  # type: ignore[no-untyped-call]
        name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
    )
    auto_schema.registry.register_on_missing(part)
    return dict(part.ref)


class KopaSchema(AutoSchema):
    """Reads parameters from the view's forms, and adds what every answer of the API may be."""

    def get_override_parameters(self) -> list[Any]:
        fields: dict[str, forms.Field] = {}
        for form in reversed(
            cast("StrictView", self.view).parameter_forms()
        ):  # what an earlier form says of a parameter wins
            fields |= form.base_fields
        found = [
            OpenApiParameter(
                name,
                described(field),
                description=field.help_text,
                required=field.required,
                explode=True if parameters.takes_many(field) else None,
            )
            for name, field in fields.items()
        ]
        found += [self._in_path(name) for name in uritemplate.variables(self.path)]
        etag = OpenApiParameter(
            "ETag", str, OpenApiParameter.HEADER, response=[200], required=True,
            description=_("Send it back as If-None-Match; the answer is 304 while nothing has changed."),
        )  # fmt: skip
        return [*found, etag]

    def _in_path(self, name: str) -> OpenApiParameter:
        """What stands in the address itself: described as the field of the answer that it is."""
        view = cast("ReadingViewSet", self.view)
        fields: dict[str, Any] = getattr(view.get_serializer_class()(), "fields", {})
        field = fields.get(name)
        pattern = {"type": "string", "pattern": f"^({view.lookup_value_regex})$"}
        text = view.lookup_text or (field.help_text if field else "")
        return OpenApiParameter(name, pattern, OpenApiParameter.PATH, description=text, required=True)

    def get_filter_backends(self) -> list[Any]:
        return []

    def get_summary(self) -> Any:
        return getattr(self.view, "summaries", {}).get(getattr(self.view, "action", "get"))

    def get_description(self) -> Any:  # type: ignore[override]  # as drf-spectacular has it
        return getattr(self.view, "descriptions", {}).get(getattr(self.view, "action", "get"), "")

    def get_extensions(self) -> dict[str, Any]:
        examples = getattr(self.view, "examples", {}).get(getattr(self.view, "action", "get"), [])
        return {"x-examples": [{"text": text, "address": address} for text, address in examples]}

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)
        answers["304"] = {"description": _("Nothing has changed since the ETag was given.")}
        codes = {"400": "bad_parameters", "406": "not_acceptable", "429": "too_many_requests"}
        if "{" in self.path or self._is_list_view():
            codes["404"] = "not_found"
        if self.view.authentication_classes:
            codes["403"] = "permission_denied"
        for status_code, code in sorted(codes.items()):
            answers[status_code] = {
                "description": problems.PROBLEMS[code][1],
                "content": {problems.MEDIA_TYPE: {"schema": component(self, "Problem", PROBLEM)}},
            }
        return answers


class SessionExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Who is signed in on the pages is known by their cookie."""

    target_class = "kopa.base.api.personal.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class TextFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """``TextField`` is one component, ``Text``, wherever it stands."""

    target_class = "kopa.base.api.texts.TextField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:  # noqa: ARG002
        return component(auto_schema, "Text", TEXT)
