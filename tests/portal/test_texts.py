"""The texts a person reads are collected from code and templates and checked for being whole."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kopa.portal import texts

pytestmark = pytest.mark.unit
CODE = """\
from django.utils.translation import gettext, ngettext, pgettext

SEARCH = gettext("Search")
MAY = pgettext("month", "May")


def told(count: int) -> str:
    return ngettext("%(count)s place", "%(count)s places", count) % {"count": count}
"""
TEMPLATE = """\
{% load i18n %}
  <h1>{% translate "Study places" %}</h1>
    {% blocktranslate with name=municipality %}Places in {{ name }}{% endblocktranslate %}
"""
COLLECTED = [
    (None, "%(count)s place"),
    (None, "Places in %(name)s"),
    (None, "Search"),
    (None, "Study places"),
    ("month", "May"),
]


@pytest.fixture
def project(tmp_path, settings) -> Path:
    """A small project in place of KOPA: one module, one template, nothing translated."""
    settings.BASE_DIR = tmp_path
    for folder in (*texts.SOURCES, "offerings/migrations"):
        (tmp_path / folder).mkdir()
    (tmp_path / "offerings" / "words.py").write_text(CODE)
    (tmp_path / "offerings" / "migrations" / "0001_initial.py").write_text('_("In a migration")')
    (tmp_path / "templates" / "home.html").write_text(TEMPLATE)
    return tmp_path


def command(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("texts", *words, stdout=out)
    return out.getvalue().splitlines()


def messages(project: Path, language: str) -> list[tuple[str | None, str]]:
    found = [
        (message.context, message.id[0] if isinstance(message.id, tuple) else message.id)
        for message in texts.read(project, language)
        if message.id
    ]
    return sorted(found, key=lambda one: (one[0] or "", one[1]))


def translate(project: Path, language: str, old: str, new: str) -> None:
    path = texts.catalogue_path(project, language)
    content = path.read_text(encoding="utf-8")
    assert content.count(old) == 1
    path.write_text(content.replace(old, new), encoding="utf-8")


def fill_in(project: Path, language: str) -> None:
    for text in ("Search", "Study places", "May"):
        translate(project, language, f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "x {text}"')
    places = '"Places in %(name)s"\nmsgstr "'
    translate(project, language, f'{places}"', f'{places}x %(name)s"')
    translate(project, language, 'msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "x yksi"\nmsgstr[1] "x %(count)s"')


def test_every_text_is_collected_into_both_languages(project):
    assert command() == [
        f"{language}: 5 texts to translate in {texts.catalogue_path(project, language)}"
        for language in ("fi", "sv")
    ]
    assert messages(project, "fi") == messages(project, "sv") == COLLECTED


def test_what_is_missing_is_told_and_refused(project):
    with pytest.raises(CommandError, match=r"^10 texts need a translator\.$"):
        command("--check")
    command()
    fill_in(project, "fi")

    with pytest.raises(CommandError, match=r"^5 texts need a translator\.$"):
        command("--check")
    assert [str(fault) for fault in texts.faults(project, "sv")][:2] == [
        "sv: missing: 'Search'",
        "sv: missing: 'May'",
    ]


def test_whole_translations_are_accepted_and_outlive_the_next_collection(project):
    command()
    for language in ("fi", "sv"):
        fill_in(project, language)

    assert command("--check") == ["Every text stands in Finnish, Swedish and English."]
    (project / "offerings" / "words.py").write_text(CODE.replace('"Search"', '"Find"'))
    assert [line.split(" in ")[0] for line in command()] == [
        "fi: 1 texts to translate",
        "sv: 1 texts to translate",
    ]
    assert (None, "Search") not in messages(project, "fi")
    assert texts.read(project, "fi").get("Study places").string == "x Study places"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('msgstr "x %(name)s"', 'msgstr "x %(nimi)s"', "fi: other placeholders: 'Places in %(name)s'"),
        ('msgstr[1] "x %(count)s"', 'msgstr[1] "x monta"', "fi: other placeholders: '%(count)s place'"),
        ('msgid "Search"', '#, fuzzy\nmsgid "Search"', "fi: missing: 'Search'"),
        ('msgid "Search"', 'msgid "Seek"\nmsgstr "y"\n\nmsgid "Search"', "fi: not used: 'Seek'"),
    ],
)
def test_fault_of_one_translation_is_named(project, old, new, fault):
    command()
    for language in ("fi", "sv"):
        fill_in(project, language)
    translate(project, "fi", old, new)

    assert [str(found) for found in texts.faults(project, "fi")] == [fault]
    assert texts.faults(project, "sv") == []
