"""The API's description made ready for people: what ``templates/portal/api.html`` shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext, pgettext

# Parameters that nearly every address takes: the page explains them once.
SHARED: Final = ("lang", "page", "page_size", "updated_since", "cursor")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is, in words; ``part`` names the part of the description that says more."""

    words: str
    part: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter, or one field of an answer."""

    name: str
    kind: Kind
    text: str
    limits: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[Row, ...]
    shared: tuple[str, ...]  # names of parameters that are explained once for all
    answer: Kind
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A resource with its operations."""

    name: str
    title: str
    text: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A named object of the answers, field by field."""

    name: str
    text: str
    rows: tuple[Row, ...]


def parts(description: Mapping[str, Any]) -> list[Part]:
    """The resources in the order of the description's tags."""
    return [
        Part(tag["name"], tag["x-title"], tag["description"], tuple(_operations(description, tag["name"])))
        for tag in description["tags"]
    ]


def shapes(description: Mapping[str, Any]) -> list[Shape]:
    """The objects that answers are made of; the envelope of the lists is explained once, in words."""
    return [
        Shape(name, schema.get("description", ""), tuple(_fields(schema)))
        for name, schema in sorted(description["components"]["schemas"].items())
        if schema.get("properties") and not name.startswith("Paginated")
    ]


def shared_parameters(description: Mapping[str, Any]) -> list[Row]:
    """Those of ``SHARED``, as the municipalities' list describes them."""
    operation = description["paths"]["/api/v1/municipalities/"]["get"]
    by_name = {one["name"]: _parameter(one) for one in operation["parameters"]}
    return [by_name[name] for name in SHARED]


def _operations(description: Mapping[str, Any], tag: str) -> Iterator[Operation]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                parameters = operation.get("parameters", ())
                yield Operation(
                    anchor=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=operation.get("summary", ""),
                    text=operation.get("description", ""),
                    parameters=tuple(_parameter(one) for one in parameters if one["name"] not in SHARED),
                    shared=tuple(name for name in SHARED if name in {one["name"] for one in parameters}),
                    answer=_answer(description, operation),
                    examples=tuple(Example(**one) for one in operation.get("x-examples", ())),
                )


def _answer(description: Mapping[str, Any], operation: Mapping[str, Any]) -> Kind:
    schema = next(iter(operation["responses"]["200"]["content"].values()))["schema"]
    name = _part_name(schema)
    if name.startswith("Paginated"):
        results = description["components"]["schemas"][name]["properties"]["results"]
        return _kind(results)
    return _kind(schema)


def _parameter(parameter: Mapping[str, Any]) -> Row:
    schema = parameter["schema"]
    kind = _kind(schema.get("items", schema))
    if "items" in schema:
        kind = replace(
            kind, words=pgettext("kind of value", "%(kind)s, may be repeated") % {"kind": kind.words}
        )
    return Row(
        name=parameter["name"],
        kind=kind,
        text=parameter.get("description", ""),
        limits=_limits(schema),
        required=parameter.get("required", False),
    )


def _fields(schema: Mapping[str, Any]) -> Iterator[Row]:
    for name, field in schema["properties"].items():
        yield Row(name, _kind(field), field.get("description", ""), _limits(field))


def _limits(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return pgettext("limits of a number", "%(low)s to %(high)s") % {"low": low, "high": high}
    longest = schema.get("maxLength")
    return gettext("at most %(count)s characters") % {"count": longest} if longest else ""


def _part_name(schema: Mapping[str, Any]) -> str:
    references = [one.get("$ref", "") for one in (schema, *schema.get("allOf", ()))]
    return str(max(references)).rpartition("/")[2]


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "oneOf" in schema:
        return _one_of(schema["oneOf"])
    name = _part_name(schema)
    if name:
        return (
            Kind(pgettext("kind of value", "text in three languages")) if name == "Text" else Kind(name, name)
        )
    types = schema.get("type", "object")
    types = [types] if isinstance(types, str) else types
    if "array" in types:
        items = _kind(schema["items"])
        return Kind(
            pgettext("kind of value", "list: %(items)s") % {"items": items.words}, items.part, items.values
        )
    values = tuple(str(value) for value in schema.get("enum", ()) if value is not None)
    words = _words(types, schema.get("format", ""))
    if values:
        words = pgettext("kind of value", "one of these")
    return Kind(
        pgettext("kind of value", "%(kind)s or null") % {"kind": words} if "null" in types else words,
        "",
        values,
    )


def _one_of(choices: list[Mapping[str, Any]]) -> Kind:
    kinds = [_kind(choice) for choice in choices if choice.get("type") != "null"]
    main = kinds[0]
    if len(kinds) < len(choices):
        return Kind(
            pgettext("kind of value", "%(kind)s or null") % {"kind": main.words}, main.part, main.values
        )
    return main


def _words(types: list[str], form: str) -> str:
    by_format = {
        "date": pgettext("kind of value", "day"),
        "date-time": pgettext("kind of value", "moment"),
        "uri": pgettext("kind of value", "address"),
        "email": pgettext("kind of value", "e-mail address"),
    }
    by_type = {
        "string": pgettext("kind of value", "text"),
        "integer": pgettext("kind of value", "whole number"),
        "number": pgettext("kind of value", "number"),
        "boolean": pgettext("kind of value", "true or false"),
        "object": pgettext("kind of value", "object"),
        "null": "null",
    }
    return by_format.get(form) or by_type[next(iter(types))]
