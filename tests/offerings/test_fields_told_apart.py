"""A broad field of education and a narrow one may have one name: in every list one can tell them apart."""

from __future__ import annotations

import pytest

from kopa.base.names import pick
from kopa.codes.models import FieldOfEducation
from offerings.code_names import code_names
from offerings.forms.choices import field_choices
from offerings.imports.names import allowed
from tests.factories import code, municipality
from tests.offerings.imports.files import a_row, as_csv, checked

pytestmark = [pytest.mark.integration, pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def alike(db):
    """A broad field and a narrow one of the same name."""
    fields = [code(FieldOfEducation, value) for value in ("01", "011")]
    FieldOfEducation.objects.filter(pk__in=["01", "011"]).update(
        name_fi="Kasvatusalat", name_sv="De pedagogiska områdena", name_en="Education"
    )
    return fields


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Kasvatusalat (01)", "01"), ("kasvatusalat (011)", "011"), ("Education (01)", "01"),
        ("De pedagogiska områdena (011)", "011"), ("Kasvatusalat", "011"), ("01", "01"),
    ],
)  # fmt: skip
def test_fields_of_one_name_are_read_as_lists_show_them_and_as_they_are(text, read, lappia, bengt, alike):
    municipality("FI-851")
    row = checked(as_csv([a_row("A1", Koulutusala=text)]), lappia, bengt).rows.get()

    assert row.errors == {}
    assert row.given["field_id"] == read


def test_every_list_tells_fields_of_one_name_apart(alike):
    names = {name for _group, choices in field_choices("FI") for _code, name in choices}

    assert names >= {"Education (01)", "Education (011)"}
    assert {str(pick(code_names()["field", one.pk], "name")) for one in alike} <= names
    assert {"Education (01)", "Education (011)"} <= set(allowed("field_id"))
