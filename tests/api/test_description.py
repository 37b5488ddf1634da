"""The OpenAPI description is whole, and says neither more nor less than the API does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command

from kopa.base.api.problems import PROBLEMS
from kopa.portal.api_description import SHAPES, TAGS, description_in
from tests.api.conftest import address

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

# The parameter with a value that changes the answer, and what stands beside it in both requests.
# A documented parameter without a row fails; a row without a documented parameter too.
EFFECTS: dict[tuple[str, str], tuple[str, str]] = {
    **{("/api/v1/offerings/", name): (value, "") for name, value in {
        "q": "hitsaus", "home": "FI-854", "free": "1", "open": "1", "form": "komvux", "field": "09",
        "mode": "distance", "language": "en", "municipality": "FI-854", "region": "SE-R25",
        "payer": "learner_fee", "starts_after": "2027-03-01", "sort": "places", "facets": "1", "lang": "fi",
        "updated_since": "2020-01-01T00:00:00Z", "page_size": "1", "provider": "{overtornea}",
    }.items()},
    ("/api/v1/offerings/", "page"): ("2", "page_size=1"),
    ("/api/v1/offerings/", "cursor"): ("{cursor}", "updated_since=2020-01-01T00:00:00Z"),
    ("/api/v1/offerings/", "for_me"): ("1", "home=FI-854"),
    ("/api/v1/offerings/", "reachable"): ("1", "home=FI-854"),
    ("/api/v1/offerings/", "within_km"): ("20", "home=FI-854"),
    ("/api/v1/offerings/", "pilot"): ("kopa-4", ""),
    ("/api/v1/offerings/{id}/", "home"): ("FI-854", ""),
    ("/api/v1/municipalities/", "q"): ("Pello", ""),
    ("/api/v1/municipalities/", "country"): ("SE", ""),
    ("/api/v1/municipalities/", "region"): ("FI-R19", ""),
    ("/api/v1/municipalities/", "include"): ("dissolved", ""),
    ("/api/v1/regions/", "country"): ("SE", ""),
    ("/api/v1/providers/", "q"): ("Lappia", ""),
    ("/api/v1/providers/", "country"): ("SE", ""),
    ("/api/v1/providers/", "kind"): ("joint_authority", ""),
    ("/api/v1/providers/", "municipality"): ("FI-851", ""),
    ("/api/v1/institutions/", "q"): ("Lappia", ""),
    ("/api/v1/institutions/", "provider"): ("{lappia}", ""),
    ("/api/v1/institutions/", "municipality"): ("FI-851", ""),
    ("/api/v1/institutions/", "type"): ("21", ""),
    ("/api/v1/pilot-groups/", "q"): ("Pello", ""),
    ("/api/v1/pilot-groups/", "kind"): ("pilot_group", ""),
    ("/api/v1/pilot-groups/", "municipality"): ("FI-854", ""),
    ("/api/v1/sites/", "q"): ("Lappia", ""),
    ("/api/v1/sites/", "country"): ("SE", ""),
    ("/api/v1/sites/", "provider"): ("{lappia}", ""),
    ("/api/v1/sites/", "institution"): ("10069", ""),
    ("/api/v1/sites/", "municipality"): ("FI-851", ""),
}  # fmt: skip
EFFECTS |= {
    ("/api/v1/applications/", "q"): ("Sanna", ""),
    ("/api/v1/applications/", "turn"): ("host", ""),
    ("/api/v1/applications/", "status"): ("waiting", ""),
    ("/api/v1/applications/", "late"): ("yes", ""),
    ("/api/v1/applications/", "sort"): ("name", ""),
    ("/api/v1/applications/", "course"): ("1", ""),
    ("/api/v1/statements/", "q"): ("Sanna", ""),
    ("/api/v1/statements/", "state"): ("given", ""),
}
EVERYWHERE = {
    "lang": ("sv", ""),
    "page": ("2", "page_size=1"),
    "page_size": ("1", ""),
    "updated_since": ("2199-01-01T00:00:00Z", ""),
    "cursor": ("{cursor}", ""),
    "as_of": ("2019-06-15", ""),
}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in description_in("en")["paths"].items():
        assert list(methods) == ["get"]
        yield path, methods["get"]


def in_query(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}


PARAMETERS = [(path, name) for path, operation in operations() for name in in_query(operation)]
LISTS = [path for path, operation in operations() if "page" in in_query(operation)]


@pytest.fixture
def ask(client, world, reader):
    client.force_login(reader)

    def answer(path: str, query: str = "", status: int = 200) -> Any:
        response = client.get(f"{address(path, world)}?{query}")
        assert response.status_code == status, (path, query, response.content[:1000])
        return response

    return answer


def test_the_description_is_made_without_a_warning(capsys, tmp_path):
    call_command("spectacular", file=str(tmp_path / "api.yaml"), fail_on_warn=True, validate=True, lang="en")
    assert capsys.readouterr().err == ""


def test_the_description_is_openapi_3_1(client):
    described = client.get("/api/v1/schema/").json()

    assert described["openapi"] == "3.1.1"
    assert described["info"]["license"] == {
        "name": "Creative Commons Attribution 4.0 International (CC BY 4.0)", "identifier": "CC-BY-4.0",
    }  # fmt: skip
    for shape in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(shape)


def test_the_description_comes_as_yaml_too(client):
    answers = {
        accept: client.get("/api/v1/schema/", headers={"accept": accept})
        for accept in (
            "application/json", "application/vnd.oai.openapi+json", "application/yaml",
            "application/vnd.oai.openapi",
        )
    }  # fmt: skip
    assert {
        accept: answer.headers["Content-Type"].partition(";")[0] for accept, answer in answers.items()
    } == {accept: accept for accept in answers}
    assert answers["application/yaml"].content.startswith(b"openapi: 3.1.1\n")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_everything_is_described(language):
    described = description_in(language)
    missing = [
        f"{path} {parameter['name']}"
        for path, operation in operations()
        for parameter in operation["parameters"]
        if not parameter.get("description")
    ]
    missing += [path for path, operation in operations() if not operation.get("summary")]
    for name, shape in described["components"]["schemas"].items():
        if not shape.get("description"):
            missing.append(name)
        missing += [
            f"{name}.{field}"
            for field, one in shape.get("properties", {}).items()
            if not one.get("description")
        ]
    assert missing == []


def test_every_shape_and_part_that_is_named_is_there():
    described = description_in("en")
    assert {tag["name"] for tag in described["tags"]} == set(TAGS)
    assert set(SHAPES) | {"Text"} == {
        name for name in described["components"]["schemas"] if "Paginated" not in name
    }


def test_every_answer_has_its_problems():
    for path, operation in operations():
        expected = {"200", "304", "400", "406", "429"} | ({"404"} if "{" in path or path in LISTS else set())
        expected |= {"403"} if any(operation.get("security", ())) else set()
        assert set(operation["responses"]) == expected, path
        for status in expected - {"200", "304"}:
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    assert {status for status, _title in PROBLEMS.values()} >= {400, 404, 405, 406, 409, 429, 500}


def test_every_answer_is_as_described(ask):
    described = json.loads(json.dumps(description_in("en")))
    for path, operation in described["paths"].items():
        content = operation["get"]["responses"]["200"]["content"]
        validator = jsonschema.Draft202012Validator(
            {**next(iter(content.values()))["schema"], "components": described["components"]},
            format_checker=jsonschema.FormatChecker(),
        )
        for query in ("", "lang=fi"):
            answer = ask(path, query).json()
            assert (path, [error.message for error in validator.iter_errors(answer)]) == (path, [])


def test_every_documented_parameter_does_something(ask, world):
    without_effect = []
    for path, name in PARAMETERS:
        value, beside = EFFECTS.get((path, name)) or EVERYWHERE[name]
        if value == "{cursor}":
            following = ask(path, "updated_since=2000-01-01T00:00:00Z&page_size=1").json()["next"]
            value = following.rpartition("cursor=")[2]
        without = ask(path, beside)
        given = ask(path, f"{beside}&{name}={value.format(**world)}")
        if (given.content, given["Content-Language"]) == (without.content, without["Content-Language"]):
            without_effect.append((path, name))

    assert without_effect == []


def test_every_effect_belongs_to_a_documented_parameter():
    assert sorted(set(EFFECTS) - set(PARAMETERS)) == []


def test_undocumented_parameters_are_refused(ask):
    everywhere = {name for _, name in PARAMETERS} | {"format", "limit", "offset", "ordering", "search"}
    for path, operation in operations():
        others = sorted(everywhere - set(in_query(operation)))
        problem = ask(path, "&".join(f"{name}=1" for name in others), status=400).json()
        assert (path, sorted((one["parameter"], one["code"]) for one in problem["errors"])) == (
            path,
            [(name, "unknown_parameter") for name in others],
        )


def test_documented_limits_are_the_limits(client, ask, world):  # ``ask`` signs in
    def refused(path: str, name: str, value: object) -> bool:
        response = client.get(f"{address(path, world)}?{name}={value}")
        errors = response.json().get("errors", ()) if response.status_code == 400 else ()
        return any(one["parameter"] == name and one["code"] != "needs_home" for one in errors)

    for path, operation in operations():
        for name, parameter in in_query(operation).items():
            good, bad = at_the_limits(parameter["schema"])
            assert (path, name, [value for value in good if refused(path, name, value)]) == (path, name, [])
            assert (path, name, [value for value in bad if not refused(path, name, value)]) == (
                path,
                name,
                [],
            )


def at_the_limits(schema: dict[str, Any]) -> tuple[list[object], list[object]]:
    """Values that the description allows, and values just outside."""
    schema = schema.get("items", schema)
    limits = [limit for limit in ("minimum", "maximum") if limit in schema]
    closed = schema["type"] == "integer" or any(schema.get(key) for key in ("enum", "format", "pattern"))
    bad: list[object] = ["Surely not!"] if closed else []
    bad += [schema[limit] + (1 if limit == "maximum" else -1) for limit in limits]
    bad += ["x" * (schema["maxLength"] + 1)] if "maxLength" in schema else []
    return [*schema.get("enum", ()), *(schema[limit] for limit in limits)], bad
