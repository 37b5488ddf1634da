"""Fields of the desk's forms: what people write in figures, sums, shares and rows of names."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kopa.base.names import reader_language
from municipalities.cache import gazetteer
from municipalities.lookup import find_municipality
from offerings.deadlines import YEARS
from offerings.models import CoHost
from providers.models import Organisation

Row = tuple[str, ...]
MOST_ROWS: Final = 60
LONGEST_CELL: Final = 300
# A name as the list of organisations writes it where two countries share it.
LABEL: Final = re.compile(r"(?P<name>.+) \((?P<country>FI|SE)\)")
SPACES: Final = str.maketrans("", "", " \u00a0\u202f")


class FiguresInput(forms.TextInput):
    """A text box with the phone's number keys: a number box would hide from people what they typed wrong."""

    def __init__(self, attrs: Mapping[str, Any] | None = None, *, decimals: bool = False) -> None:
        keys = {"inputmode": "decimal" if decimals else "numeric", "autocomplete": "off"}
        super().__init__({**keys, **(attrs or {})})


class DayInput(forms.DateInput):
    """The browser's own calendar; it sends and takes 2027-01-31, whatever it shows."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M:%S")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Seconds are shown only where there are any: the last second of a day in Sweden."""
        context = super().get_context(name, value, attrs)
        if (context["widget"]["value"] or "").count(":") == 2:
            context["widget"]["attrs"]["step"] = "1"
        return context

    def format_value(self, value: Any) -> str | None:
        written = super().format_value(value)
        return written[:5] if written and written.endswith(":00") and len(written) == 8 else written


class DayField(forms.DateField):
    """A day of a year that can be meant."""

    widget = DayInput

    def clean(self, value: Any) -> dt.date | None:
        day: dt.date | None = super().clean(value)
        if day is not None and day.year not in YEARS:
            sentence = _("Write a year from %(first)s to %(last)s.")
            years = {"first": YEARS[0], "last": YEARS[-1]}
            raise ValidationError(sentence % years, code="year_not_meant")
        return day


class WholeNumberField(forms.IntegerField):
    default_error_messages = {"invalid": gettext_lazy("Write a number in figures, for example 12.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": FiguresInput(), "min_value": 0, "max_value": 32_767, **options})

    def to_python(self, value: Any) -> int | None:
        return super().to_python(value.translate(SPACES) if isinstance(value, str) else value)


class NumberField(forms.DecimalField):
    """A number with decimals, with a comma or a point."""

    default_error_messages = {"invalid": gettext_lazy("Write a number in figures, for example 12.5.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": FiguresInput(decimals=True), "min_value": 0, **options})

    def to_python(self, value: Any) -> Any:
        return super().to_python(
            value.translate(SPACES).replace(",", ".") if isinstance(value, str) else value
        )

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        written = f"{value:f}"
        written = written.rstrip("0").rstrip(".") if "." in written else written
        return written if reader_language() == "en" else written.replace(".", ",")


class MoneyField(NumberField):
    """Typed in euros or kronor, given in hundredths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 9, "decimal_places": 2, **options})

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        return None if typed is None else int(typed * 100)

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(Decimal(value) / 100 if isinstance(value, int) else value)


class ShareField(NumberField):
    """Typed in per cents, given as a share of one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_value": 100, "decimal_places": 0, **options})

    def clean(self, value: Any) -> Decimal | None:
        typed = super().clean(value)
        return None if typed is None else typed / 100

    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(value * 100 if isinstance(value, Decimal) else value)


@dataclass(frozen=True, slots=True)
class Column:
    """One part of a row: a text box with suggestions (``names`` is the id of a ``datalist``), a number, a
    choice.
    """

    name: str
    label: Any
    names: str = ""
    is_number: bool = False
    choices: tuple[tuple[str, Any], ...] = ()


class RowsWidget(forms.Widget):
    """Rows of boxes of the same names. One at the end is empty, and a button gives the next one."""

    template_name = "offerings/widgets/rows.html"
    use_fieldset = True

    def __init__(self, columns: Sequence[Column], *, add: Any) -> None:
        super().__init__()
        self.columns, self.add = tuple(columns), add
        self.goes_on = False  # a row has just been added: the next one is typed there

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:  # noqa: ARG002
        typed = [data.getlist(f"{name}_{column.name}") for column in self.columns]
        rows = [tuple(cell.strip() for cell in row) for row in zip_longest(*typed, fillvalue="")]
        return [row for row in rows if self._is_filled(row)]

    def format_value(self, value: Any) -> str:
        """In one line, for comparing."""
        return "; ".join(", ".join(self._said(row)) for row in value or ())

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        here = str((attrs or {}).get("id", name))
        empty = ("",) * len(self.columns)
        context["widget"]["add"] = self.add
        context["widget"]["rows"] = [
            [
                {
                    "column": column,
                    "name": f"{name}_{column.name}",
                    "id": f"{here}_{number}" if at == 0 else f"{here}_{number}_{column.name}",
                    "value": cell,
                    "is_next": self.goes_on and at == 0 and row is empty,
                }
                for at, (column, cell) in enumerate(zip(self.columns, row, strict=True))
            ]
            for number, row in enumerate([*(value or ()), empty])
        ]
        return context

    def _said(self, row: Row) -> list[str]:
        return [
            str(dict(column.choices).get(cell, cell)) for column, cell in zip(self.columns, row, strict=True)
        ]

    def _is_filled(self, row: Row) -> bool:
        return any(cell for column, cell in zip(self.columns, row, strict=True) if not column.choices)


class RowsField(forms.Field):
    """``known``: what stands there now, by its label; it stays what it is even where its name has changed."""

    columns: tuple[Column, ...]
    add: Any

    def __init__(self, *, known: Mapping[str, int] | None = None, **options: Any) -> None:
        self.known = known or {}
        super().__init__(required=False, widget=RowsWidget(self.columns, add=self.add), **options)

    def clean(self, value: list[Row]) -> Any:
        self._refuse_too_much(value)
        wrong: list[ValidationError] = []
        good = []
        for row in value:
            try:
                good.append(self.clean_row(row))
            except ValidationError as refused:
                wrong.append(refused)
        if wrong:
            raise ValidationError(wrong)
        return self.collected(good)

    def _refuse_too_much(self, rows: list[Row]) -> None:
        # Where more are saved already they may stay.
        most = max(MOST_ROWS, len(self.known))
        if len(rows) > most:
            sentence = _("At most %(most)s rows can be given here.")
            raise ValidationError(sentence % {"most": most}, code="too_many")
        if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
            sentence = _("Write at most %(most)s characters in one box.")
            raise ValidationError(sentence % {"most": LONGEST_CELL}, code="too_long")

    def clean_row(self, row: Row) -> Any:
        raise NotImplementedError

    def collected(self, rows: list[Any]) -> Any:
        return rows


MUNICIPALITY: Final = Column("municipality", gettext_lazy("Municipality"), names="municipality-names")


class MunicipalitiesField(RowsField):
    """Names of municipalities, in any language; their ids."""

    columns = (MUNICIPALITY,)
    add = gettext_lazy("Add a municipality")

    def clean_row(self, row: Row) -> int:
        return _municipality(row[0], self.known)


class QuotasField(RowsField):
    """Names of municipalities with reserved places; ``{municipality's id: places}``."""

    columns = (MUNICIPALITY, Column("seats", gettext_lazy("Reserved places"), is_number=True))
    add = gettext_lazy("Add a municipality")

    def clean_row(self, row: Row) -> tuple[int, int]:
        name, typed = row
        if not name:
            raise ValidationError(
                _("Name the municipality that the places are reserved for."), code="no_name"
            )
        municipality = _municipality(name, self.known)
        seats = typed.translate(SPACES)
        if not (seats.isascii() and seats.isdigit() and len(seats) < 6):
            sentence = _("Write in figures how many places are reserved for %(name)s.")
            raise ValidationError(sentence % {"name": name}, code="invalid")
        return municipality, int(seats)

    def collected(self, rows: list[tuple[int, int]]) -> dict[int, int]:
        if len({municipality for municipality, _seats in rows}) < len(rows):
            raise ValidationError(_("The same municipality stands twice."), code="twice")
        return dict(rows)


class CoHostsField(RowsField):
    """Names of organisations, each with its part; ``[(organisation's id, part)]``."""

    columns = (
        Column("organisation", gettext_lazy("Organisation"), names="organisation-names"),
        Column("part", gettext_lazy("Role in the course"), choices=tuple(CoHost.Part.choices)),
    )
    add = gettext_lazy("Add an organisation")

    def clean_row(self, row: Row) -> tuple[int, str]:
        name, part = row
        if part not in CoHost.Part.values:
            raise ValidationError(_("Choose what %(name)s does.") % {"name": name}, code="invalid_choice")
        return self.known.get(name) or organisation_called(name), part

    def collected(self, rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return sorted(set(rows))


def _municipality(name: str, known: Mapping[str, int]) -> int:
    if name in known:
        return known[name]
    found = find_municipality(name)
    if not found:
        raise ValidationError(_("No municipality is called “%(name)s”.") % {"name": name}, code="unknown")
    if len(found) > 1:
        places = gazetteer()
        labels = ", ".join(places.label(place) for place in found[:5])
        sentence = _("“%(name)s” may mean several municipalities: %(labels)s. Write one of these.")
        raise ValidationError(sentence % {"name": name, "labels": labels}, code="ambiguous")
    return found[0].pk


def organisation_called(name: str) -> int:
    """The id of the only one that is called so. Raises ValidationError."""
    labelled = LABEL.fullmatch(name)
    plain, among = name, Organisation.objects.all()
    if labelled:
        plain, among = labelled["name"], among.filter(country=labelled["country"])
    found = list(among.called(plain)[:2]) or list(among.named(plain)[:2])
    if len(found) == 1:
        return found[0].pk
    sentence = (
        _("Several organisations fit “%(name)s”: choose one from the list.")
        if found
        else _("No organisation is called “%(name)s”: choose one from the list.")
    )
    raise ValidationError(sentence % {"name": name}, code="ambiguous" if found else "unknown")
