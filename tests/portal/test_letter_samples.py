"""Every kind of letter can be looked at, in every language, with values that say that they are invented."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from kopa.letters import choices
from kopa.letters.models import Letter
from kopa.portal import letter_samples
from kopa.portal.demonstration import presence
from tests.factories import OfferingFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
ROOT = Path(__file__).parents[2]
APPS = (
    "kopa", "municipalities", "providers", "pilots", "agreements", "offerings", "corrections", "applications",
)
# What writes a letter's row, and the functions that hand a kind on to it, with the place of the kind.
WRITERS = {"queue": 0, "queue_once": 0, "prepare": 0}
PASSED_ON = {("kopa.accounts.factors", "tell"): 1, ("providers.invitations", "_tell"): 1,
             ("applications.letters", "_queue"): 0}  # fmt: skip
NAMELESS = {
    "application-answer", "application-draft", "application-message", "application-news",
    "application-receipt", "applications-digest",
    "factor-all-removed", "factor-codes", "factor-guessing", "sign-in-link", "statements-digest",
    "statements-reminder",
}  # fmt: skip
INVENTED = {"fi": "keksitty", "sv": "påhittad", "en": "invented"}


def url(name: str, *args: str) -> str:
    with override("en"):
        return reverse(f"portal:{name}", args=args)


def as_(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call, str]]:
    """Name of what is called, the call, and the function that it stands in."""
    for function in [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]:
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
                yield name, node, function.name


def kinds_written() -> set[str]:
    """The kinds of all letters, read from every call that writes one."""
    found = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            said = path.read_text("utf-8")
            if "letters" not in said and "factors.tell(" not in said:
                continue
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for name, call, inside in calls(ast.parse(said)):
                at = WRITERS.get(name) if "letters" in ast.unparse(call.func) else None
                at = PASSED_ON.get((module, name)) if at is None else at
                at = 1 if ast.unparse(call.func) == "factors.tell" else at
                if at is not None and (module, inside) not in PASSED_ON:
                    found.add(value(module, call.args[at]))
    return found


def value(module: str, argument: ast.expr) -> str:
    """A text, or a constant that the module names; anything else fails: nobody knows its sample."""
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    assert isinstance(argument, ast.Name), f"{module}: {ast.unparse(argument)}"
    return str(getattr(import_module(module), argument.id))


def test_every_kind_that_the_code_writes_has_a_sample_and_nothing_else_has():
    """Read from the calls themselves: a new letter, wherever it is written, needs its page."""
    assert all(hasattr(import_module(module), name) for module, name in PASSED_ON)
    written = kinds_written()

    assert {"application_answer", "sign_in.link", "substitute.named", "factor.codes"} <= written
    assert set(choices.OPTIONAL) <= written
    assert written == {sample.kind for sample in letter_samples.SAMPLES}


def test_a_letter_whose_kind_nobody_can_read_fails():
    with pytest.raises(AssertionError, match="kind_of"):
        value("kopa.letters.services", ast.parse("kind_of(it)", mode="eval").body)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("code", letter_samples.BY_CODE)
def test_each_sample_is_shown_in_each_language(code, language, kaisa):
    page = as_(kaisa).get(url("letter_sample", code, language))
    bare = as_(kaisa).get(f"{url('letter_sample', code, language)}?as=html")

    written = letter_samples.written(letter_samples.BY_CODE[code], language)
    assert page.status_code == bare.status_code == 200
    assert f'<html lang="{language}">' in bare.content.decode()
    assert written.subject
    assert "%(" not in written.text
    if not code.startswith("password") and code not in NAMELESS:
        assert INVENTED[language] in written.text
    assert Letter.objects.count() == 0


def test_a_sample_ends_nobody_s_letters(client):
    written = letter_samples.written(letter_samples.BY_CODE["places-confirm"], "en")
    for link in re.findall(r"http://localhost:8000(/\S+)", written.text):
        assert client.get(link).status_code == 404


@pytest.mark.parametrize("path", [("nothing", "fi"), ("invitation", "de")])
def test_there_are_no_others(path, kaisa):
    assert as_(kaisa).get(url("letter_sample", *path)).status_code == 404


def test_the_mailbox_leads_to_the_samples_for_those_who_see_them(settings, kaisa, bengt):
    settings.EMBEDDED = True
    OfferingFactory(is_demonstration=True)
    presence.forget()

    link = f'href="{url("letter_kinds")}"'
    assert link in as_(kaisa).get(url("mailbox")).content.decode()
    assert link not in as_(bengt).get(url("mailbox")).content.decode()
    assert f'href="{url("mailbox")}"' in as_(kaisa).get(url("letter_kinds")).content.decode()
