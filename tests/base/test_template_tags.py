from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from django import forms
from django.template import Context, Template
from django.utils.translation import override

from kopa.base.names import Text
from kopa.base.templatetags.kopa import ICONS

pytestmark = pytest.mark.unit


@dataclass
class Course:
    title_fi: str = ""
    title_sv: str = ""
    title_en: str = ""


def drawn(source: str, language: str = "fi", **context: object) -> str:
    with override(language):
        return Template("{% load kopa %}" + source).render(Context(context))


def test_text_in_the_readers_language_stands_plain() -> None:
    assert drawn('{% text course "title" %}', "sv", course=Course("Hitsaaja", "Svetsare")) == "Svetsare"


def test_text_in_another_language_is_marked_and_escaped() -> None:
    """R-LANG-1: the language of a part is said."""
    course = Course(title_fi="Hitsaaja <TIG>")

    assert drawn('{% text course "title" %}', "sv", course=course) == (
        '<span lang="fi">Hitsaaja &lt;TIG&gt;</span>'
    )


def test_plain_text_is_escaped_too() -> None:
    assert drawn("{{ name|text }}", name=Text("A & B", "fi", is_fallback=False)) == "A &amp; B"


@pytest.mark.parametrize(
    ("reader", "written_in", "label"),
    [("fi", "sv", "Vain ruotsiksi"), ("sv", "en", "Endast på engelska"), ("en", "fi", "Only in Finnish")],
)
def test_missing_translation_is_labelled(reader: str, written_in: str, label: str) -> None:
    """R-LANG-3: never silently."""
    text = Text("x", written_in, is_fallback=True)

    assert drawn("{{ text|untranslated }}", reader, text=text) == (
        f'<span class="k-untranslated">{label}</span>'
    )


def test_present_translation_has_no_label() -> None:
    assert drawn("{{ text|untranslated }}", text=Text("x", "fi", is_fallback=False)) == ""


def test_long_text_becomes_paragraphs_with_their_language() -> None:
    text = Text("Rad 1\n\nRad <2>", "sv", is_fallback=True)

    assert drawn("{{ text|paragraphs }}", text=text) == (
        '<div lang="sv"><p>Rad 1</p>\n\n<p>Rad &lt;2&gt;</p></div>'
    )
    assert drawn("{{ text|paragraphs }}", text=Text("", "fi", is_fallback=False)) == ""


def test_deadline_is_told_on_the_hosts_day() -> None:
    closes = dt.datetime(2027, 1, 11, 22, 59, 59, tzinfo=dt.UTC)

    assert drawn('{{ at|moment_day:"SE" }}', at=closes) == "11.1.2027"
    assert drawn('{{ at|moment_day:"FI" }}', at=closes) == "12.1.2027"


@pytest.mark.parametrize(
    "name",
    ["day", "short_day", "weekday", "moment", "moment_day", "clock", "number", "km", "money", "percent"],
)
def test_nothing_is_written_for_nothing(name: str) -> None:
    assert drawn("{{ nothing|" + name + " }}", nothing=None) == ""


def test_icon_is_hidden_from_screen_readers() -> None:
    assert drawn('{% icon "list" %}') == (
        '<svg class="k-icon" viewBox="0 0 20 20" aria-hidden="true"><path d="M3 5h14M3 10h14M3 15h14"/></svg>'
    )
    assert all(path.startswith("M") for path in ICONS.values())


class CourseForm(forms.Form):
    title = forms.CharField(label="Title", help_text="At most 120 characters.")
    mode = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    languages = forms.MultipleChoiceField(
        choices=[("fi", "Finnish")], widget=forms.CheckboxSelectMultiple, help_text="At least one."
    )
    apprenticeship = forms.BooleanField(required=False, help_text="By contract.")
    closes = forms.SplitDateTimeField(required=False)


def test_hint_and_error_are_tied_to_the_field() -> None:
    html = CourseForm({"title": ""})["title"].as_field_group()

    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert '<label class="ds-label" data-weight="medium" for="id_title">' in html


@pytest.mark.parametrize("name", ["mode", "languages"])
def test_choices_stand_in_a_fieldset_tied_to_its_error(name: str) -> None:
    html = CourseForm({})[name].as_field_group()

    hint = f"id_{name}_helptext " if name == "languages" else ""
    assert f'<fieldset class="ds-fieldset" id="id_{name}" aria-describedby="{hint}id_{name}_error">' in html
    assert f'for="id_{name}_0"' in html
    assert f'id="id_{name}_error"' in html
    assert html.count("<legend") == 1


def test_single_checkbox_stands_before_its_label() -> None:
    html = CourseForm()["apprenticeship"].as_field_group()

    assert html.index("<input") < html.index("<label")
    assert 'aria-describedby="id_apprenticeship_helptext"' in html


def test_date_and_time_are_parts_of_one_fieldset() -> None:
    html = CourseForm()["closes"].as_field_group()

    assert '<fieldset class="ds-fieldset" id="id_closes">' in html
    assert 'name="closes_0"' in html
    assert 'name="closes_1"' in html


def test_error_summary_leads_to_the_first_control_of_each_field() -> None:
    html = Template('{% include "kopa/forms/_error_summary.html" %}').render(
        Context({"form": CourseForm({})})
    )

    assert 'role="alert"' in html
    assert 'href="#id_title"' in html
    assert 'href="#id_mode_0"' in html
    assert 'href="#id_languages_0"' in html


def test_form_without_errors_has_no_summary() -> None:
    html = Template('{% include "kopa/forms/_error_summary.html" %}').render(Context({"form": CourseForm()}))

    assert html.strip() == ""
