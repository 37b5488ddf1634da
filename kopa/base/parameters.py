"""Query parameters, read strictly: what a parameter accepts is said once, for pages, the API and its schema.

A page tells the reader which parameters it left out; the API answers 400 with the same list (``refused``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

# Added to links by newsletters, search engines and social media; dropped without a word.
TRACKING: Final = frozenset(
    {
        "fbclid",
        "gclid",
        "gbraid",
        "wbraid",
        "dclid",
        "msclkid",
        "yclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "pk_campaign",
        "pk_kwd",
        "pk_keyword",
        "pk_source",
        "pk_medium",
        "pk_content",
        "pk_cid",
    }
)
TRACKING_PREFIXES: Final = ("utm_", "mtm_", "hsa_")
# Said on pages at a box for a day.
EMPTY_IS_TODAY: Final = _("Leave it empty for today.")
DIGITS: Final = re.compile(r"\d{1,18}", re.ASCII)
INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})")


def is_tracking(name: str) -> bool:
    """The parameter follows people around and means nothing here."""
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


class Shared:
    """Mixin for a field that keeps nothing of what it reads: every form of a class has the same one.

    Django gives each form copies of its fields, which for a search cost as much as reading the address.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


@dataclass(frozen=True, slots=True)
class Refused:
    """A query parameter that was not understood. ``code`` is stable, ``detail`` is for a person."""

    parameter: str
    code: str
    detail: str
    label: str = ""  # what pages call the parameter; empty where they have no box for it


def whole_number(text: str) -> int | None:
    """What hidden fields and addresses carry: up to 18 ASCII digits, which every column holds; else None."""
    return int(text) if DIGITS.fullmatch(text) else None


def version_of(data: Mapping[str, str], name: str = "version") -> int:
    """Of a thing, as the form that was sent had shown it; one that no thing ever has where none is said."""
    version = whole_number(data.get(name, ""))
    return -1 if version is None else version


class YesNo(Shared, forms.Field):
    """``1`` or ``true`` is yes, ``0`` or ``false`` is no; None when absent or empty."""

    default_error_messages = {"invalid": _("Give 1 or 0.")}
    values: Final = {"1": True, "true": True, "0": False, "false": False}

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if str(value) not in self.values:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return self.values[str(value)]


class WholeNumber(Shared, forms.IntegerField):
    """A whole number in ASCII digits: no sign, no space, no leading zero, no decimals."""

    default_error_messages = {"invalid": _("Give a whole number.")}
    digits: Final = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if not self.digits.fullmatch(str(value)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(value)


class Day(Shared, forms.Field):
    """A calendar day as ISO 8601 writes it: ``2027-01-31``. Years 1900 to 2199."""

    default_error_messages = {"invalid": _("Give a day as 2027-01-31.")}
    pattern: Final = re.compile(r"(19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)

    def to_python(self, value: Any) -> dt.date | None:
        if value in self.empty_values:
            return None
        try:
            if self.pattern.fullmatch(str(value)):
                return dt.date.fromisoformat(str(value))
        except ValueError:
            pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class AsOf(Day):
    """``as_of``, the same everywhere: the day for which a page, a file or an answer is told.

    Read as people write it too: ``15.6.2020``. Addresses that KOPA writes have ``2020-06-15``.
    """

    default_error_messages = {"invalid": _("Give a day as 15.6.2020 or 2020-06-15.")}
    written: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {
            "required": False,
            "label": _("As of"),
            "widget": forms.DateInput(attrs={"type": "date"}),
            "help_text": _("The day for which the answer is told, as 2020-06-15; without it today."),
        }
        super().__init__(**(given | options))

    def to_python(self, value: Any) -> dt.date | None:
        return super().to_python(self.prepare_value(value))

    def prepare_value(self, value: Any) -> Any:
        """What a person wrote, as the box for a day and addresses have it; all else as it is."""
        found = self.written.fullmatch(value) if isinstance(value, str) else None
        return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else value


class AsOfForm(forms.Form):
    """What the address of one thing takes that is told for a day."""

    as_of = AsOf()


class Instant(Shared, forms.Field):
    """A moment with its offset from UTC, RFC 3339: ``2027-01-31T12:00:00Z``. Years 1900 to 2199."""

    default_error_messages = {"invalid": _("Give a moment with its zone, as 2027-01-31T12:00:00Z.")}

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in self.empty_values:
            return None
        # A plus sign that nobody percent-encoded arrives as a space.
        text = str(value).replace(" ", "+")
        try:
            if INSTANT.fullmatch(text) and 1900 <= int(text[:4]) < 2200:
                # PostgreSQL refuses offsets that Python accepts: ±16 hours and more.
                return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
        except ValueError:
            pass
        raise ValidationError(self.error_messages["invalid"], code="invalid")


def takes_many(field: forms.Field) -> bool:
    """The parameter may stand several times; its values are alternatives."""
    return bool(getattr(field.widget, "allow_multiple_selected", False))


def refused(data: QueryDict, readers: Iterable[forms.BaseForm]) -> list[Refused]:
    """The parameters of ``data`` that no form of ``readers`` knows, that stand twice, or that are malformed.

    Every form must be bound to ``data``. Tracking parameters are passed over; empty values count as absent.
    Ordered as in the address.
    """
    fields = {name: field for reader in readers for name, field in reader.fields.items()}
    wrong = {name: errors for reader in readers for name, errors in reader.errors.as_data().items()}
    found: list[Refused] = []
    for name in data:
        if name not in fields:
            if not is_tracking(name):
                found.append(Refused(name[:80], "unknown_parameter", str(_("There is no such parameter."))))
        elif len(data.getlist(name)) > 1 and not takes_many(fields[name]):
            found.append(Refused(name, "repeated", str(_("Give this parameter once."))))
        elif name in wrong:
            found += [
                Refused(
                    name,
                    error.code or "invalid",
                    " ".join(str(message) for message in error.messages),
                    str(fields[name].label or ""),
                )
                for error in wrong[name]
            ]
    beside = [name for name in wrong if name not in data]
    found += [
        Refused(
            "" if name == "__all__" else name, error.code or "invalid", " ".join(map(str, error.messages))
        )
        for name in beside
        for error in wrong[name]
    ]
    return found
