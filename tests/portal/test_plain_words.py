"""Pages of the register speak to people: what tells programs how to write an address stays in the API."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.test import Client

from kopa.base.forms import explained
from kopa.base.parameters import AsOf
from tests.factories import PilotGroupFactory, municipality, organisation_of
from tests.reading import words

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PAGES = {
    "fi": ["kunnat/", "maakunnat/", "kunnat/fi-854-pello/", "alueet/", "alueet/kopa-4/",
           "jarjestajat/", "rekisteri/", "rekisteri/?q=pello"],
    "sv": ["kommuner/", "landskap-och-lan/", "kommuner/fi-854-pello/", "omraden/", "omraden/kopa-4/",
           "anordnare/", "register/", "register/?q=pello"],
    "en": ["municipalities/", "regions/", "municipalities/fi-854-pello/", "areas/", "areas/kopa-4/",
           "providers/", "register/", "register/?q=pello"],
}  # fmt: skip
# Keys, codes of lists and values of parameters; the two examples of the register search are for people.
FOR_PROGRAMS = re.compile(
    r"FI-854(?! or| tai| eller)|FI-R\d|SE-R\d|pilot_group|co_operation|\bdissolved\b(?! since)|as_of=|ISO \d|"
    r"institution_types|2020-06-15|\bFI or SE\b|\bFI tai SE\b|\bFI eller SE\b|null\b"
)


@pytest.mark.parametrize("language", PAGES)
def test_no_page_explains_itself_to_programs(client: Client, language: str) -> None:
    municipality("FI-854")
    organisation_of("FI-854")
    PilotGroupFactory(number=4, members=["FI-854"])

    for path in PAGES[language]:
        answer = client.get(f"/{language}/{path}")
        assert answer.status_code == 200, path
        page = answer.content.decode()
        said = words(re.sub(r"<script.*?</script>", "", page[page.index("<main") : page.index("</main>")]))
        assert FOR_PROGRAMS.search(said) is None, (path, FOR_PROGRAMS.search(said))


def test_a_form_on_a_page_says_what_the_page_says_and_changes_no_other() -> None:
    class Asked(forms.Form):
        as_of = AsOf()
        key = forms.CharField(help_text="Key, as FI-854.")

    first, second = Asked({}), Asked({})
    explained(first, {"as_of": "Leave it empty for today."})

    assert first.fields["as_of"].help_text == "Leave it empty for today."
    assert first.fields["key"].help_text == ""
    assert "2020-06-15" in str(second.fields["as_of"].help_text)
    assert second.fields["key"].help_text == "Key, as FI-854."
