"""Every kind of letter can be looked at, in every language, with values that say that they are invented."""

from __future__ import annotations

import re
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
APPS = ("kopa", "municipalities", "providers", "pilots", "agreements", "offerings", "corrections")
NAMELESS = {
    "application-answer", "application-draft", "application-message", "application-news",
    "application-receipt",
    "factor-all-removed", "factor-codes", "factor-guessing", "sign-in-link", "statements-digest",
}  # fmt: skip
LETTERS = ROOT / "applications" / "letters.py"
INVENTED = {"fi": "keksitty", "sv": "påhittad", "en": "invented"}


def url(name: str, *args: str) -> str:
    with override("en"):
        return reverse(f"portal:{name}", args=args)


def as_(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_every_kind_that_the_code_sends_has_a_sample():
    sent = set(choices.OPTIONAL)
    # Those of applications are written in one place, each with a name of its own.
    sent |= set(re.findall(r'^[A-Z]+: Final = "(application_\w+)"', LETTERS.read_text("utf-8"), re.MULTILINE))
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            sent |= set(re.findall(
                r'(?:letters\.queue\(|tell\(person,)\s*"([\w.]+)"', path.read_text("utf-8")
            ))

    assert len(sent) > 11
    assert sent <= {sample.kind for sample in letter_samples.SAMPLES}


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
