"""The parameters of the search of study places. Page, API and alerts use this one class."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any, Final

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from kopa.base.names import LANGUAGES
from kopa.base.parameters import Day, Refused, Shared, WholeNumber, YesNo, refused
from municipalities.cache import gazetteer
from municipalities.lookup import find_municipality
from municipalities.models import Municipality
from offerings.code_names import NAMED_BY, code_names
from offerings.models import Offering
from offerings.search.conditions import wrong_with
from offerings.search.engine import matching
from offerings.search.phrases import MAX_WORDS, is_too_long
from offerings.search.query import MAX_PAGE_SIZE, MAX_Q, Payer, SearchQuery, Sort, Window
from pilots.titles import code_of, groups, no_such_group
from providers.models import Organisation

MAX_VALUES: Final = 200
MAX_KM: Final = 2000
MAX_PAGE: Final = 100_000
HOME_KEY: Final = re.compile(r"FI-\d{3}|SE-\d{4}", re.ASCII)
MUNICIPALITIES: Final = ("municipality", "home")
# Parameters whose values must exist.
LISTS: Final = (*NAMED_BY, *MUNICIPALITIES, "provider", "pilot")


class Words(Shared, forms.CharField):
    """Free text: what is too long is cut, not refused."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value))[:MAX_Q].strip()


class Values(Shared, forms.Field):
    """Several values: the parameter repeated, or one with commas, or both. A frozenset, empty when absent."""

    widget = forms.SelectMultiple
    default_error_messages = {
        "invalid": _("“%(value)s” is not a value of this parameter."),
        "too_many": _("Give at most %(number)s values."),
    }

    def __init__(self, *, pattern: str, **options: Any) -> None:
        super().__init__(**options)
        self.pattern = re.compile(pattern, re.ASCII)

    def to_python(self, value: Any) -> frozenset[str]:
        texts = {text.strip() for part in value or () for text in str(part).split(",")} - {""}
        if len(texts) > MAX_VALUES:
            raise ValidationError(self.error_messages["too_many"], "too_many", {"number": MAX_VALUES})
        for text in sorted(texts):
            if not self.pattern.fullmatch(text):
                raise ValidationError(self.error_messages["invalid"], "invalid", {"value": text[:80]})
        return frozenset(texts)


class Choices(Shared, forms.MultipleChoiceField):
    """As ``Values``, of a closed set."""

    def to_python(self, value: Any) -> list[str]:
        texts = {text.strip() for part in value or () for text in str(part).split(",")} - {""}
        return sorted(texts)


class Filter(django_filters.Filter):  # type: ignore[misc]  # the library has no types
    def __deepcopy__(self, memo: dict[int, object]) -> Filter:
        """Each FilterSet gets its own filter; what the filter was made of is only read, and stays shared."""
        return copy(self)


class FlagFilter(Filter):
    field_class = YesNo


class NumberFilter(Filter):
    field_class = WholeNumber


class DayFilter(Filter):
    field_class = Day


class WordsFilter(Filter):
    field_class = Words


class ValuesFilter(Filter):
    field_class = Values


class ChoicesFilter(Filter):
    field_class = Choices


def _number(lowest: int, highest: int, **options: Any) -> NumberFilter:
    return NumberFilter(validators=[MinValueValidator(lowest), MaxValueValidator(highest)], **options)


class SearchForm(forms.Form):
    """Checks that codes, keys and ids exist; a home given as a name becomes its key."""

    home_choices: Sequence[Municipality] = ()

    def clean_home(self) -> str:
        text = str(self.cleaned_data["home"])
        if not text or HOME_KEY.fullmatch(text):
            return text
        found = find_municipality(text)
        if len(found) == 1:
            return str(found[0].key)
        if found:
            self.home_choices = found
            raise ValidationError(_("Several municipalities have such a name: choose one."), "ambiguous")
        raise ValidationError(_("There is no such municipality."), "unknown_municipality")

    def clean_pilot(self) -> frozenset[str]:
        """The codes, also of groups that are named by their number alone."""
        return frozenset(code_of(value) for value in self.cleaned_data["pilot"])

    def clean(self) -> dict[str, Any]:
        for name in LISTS:
            values = self._asked(name)
            missing = sorted(values - _known(name, values)) if values else []
            if missing:
                self.add_error(name, _unknown(name, missing[0][:80]))
        return self.cleaned_data

    def _asked(self, name: str) -> frozenset[str]:
        value = self.cleaned_data.get(name) or ()
        return frozenset({value} if isinstance(value, str) else value)


def _unknown(name: str, value: str) -> ValidationError:
    if name == "home":
        return ValidationError(_("There is no such municipality."), "unknown_municipality")
    if name == "pilot":
        return ValidationError(no_such_group(value), "unknown_value")
    return ValidationError(Values.default_error_messages["invalid"], "unknown_value", {"value": value})


def _known(name: str, values: frozenset[str]) -> set[str]:
    """Those of the values that there are. From memory; one statement for providers."""
    if name == "provider":
        found = Organisation.objects.filter(pk__in=values).values_list("pk", flat=True)
        return {str(pk) for pk in found}
    if name == "pilot":
        return {group.code for group in groups()}
    if name in MUNICIPALITIES:
        return {value for value in values if value in gazetteer().by_key}
    return {value for value in values if (name, value) in code_names()}


class OfferingFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The search of study places as parameters of an address.

    ``query`` holds what was understood, ``refused`` what was not: the page says so, the API answers 400.
    ``home`` takes a name too; where several municipalities bear it, ``home_choices`` holds them. ``lang`` and
    ``facets`` concern the API's answer alone. ``now`` is the instant of ``qs``.
    """

    q = WordsFilter(
        help_text=_(
            "Words that all must be found: in titles, course codes, provider, municipality, or the names of"
            " form, field and way of studying. Of a long text the first 200 characters and 16 words count."
        )
    )
    home = WordsFilter(
        help_text=_(
            "Home municipality, as FI-854. Takes nothing away; it sets distance, free places and who pays."
        )
    )
    within_km = _number(
        0, MAX_KM, help_text=_("Sites at most so many kilometres from home along the great circle.")
    )
    free = FlagFilter(
        help_text=_("Only with a free place: for residents of home, or for anybody without home.")
    )
    open = django_filters.ChoiceFilter(
        choices=[(Window.NOW.value, Window.NOW.value), (Window.SOON.value, Window.SOON.value)],
        help_text=_("1: open for applications now. soon: opens within 30 days."),
    )
    for_me = FlagFilter(help_text=_("Only what residents of home may apply to. Needs home."))
    reachable = FlagFilter(
        help_text=_("Within within_km (50 when not given), or without any day on site. Needs home.")
    )
    form = ValuesFilter(
        pattern=r"[a-z_]{1,40}", help_text=_("Forms of education, code list forms_of_education.")
    )
    field = ValuesFilter(pattern=r"\d{2,3}", help_text=_("Fields of education, broad (07) or narrow (071)."))
    mode = ValuesFilter(pattern=r"[a-z_]{1,40}", help_text=_("Delivery modes: contact, blended, distance."))
    language = ValuesFilter(pattern=r"[a-z]{2,3}", help_text=_("Languages of teaching, ISO 639."))
    municipality = ValuesFilter(
        pattern=HOME_KEY.pattern, help_text=_("Municipalities of the sites, as FI-854.")
    )
    region = ValuesFilter(pattern=r"(FI|SE)-R\d{1,4}", help_text=_("Regions of the sites, as FI-R19."))
    provider = ValuesFilter(
        pattern=r"[1-9]\d{0,17}", help_text=_("Ids of organisations that give the course.")
    )
    pilot = ValuesFilter(
        pattern=r"[A-Za-z0-9-]{1,40}",
        help_text=_(
            "Codes of pilot groups whose members give the course, as kopa-4, or their numbers, as 4;"
            " /pilot-groups/."
        ),
    )
    payer = ChoicesFilter(
        choices=[(payer.value, payer.value) for payer in Payer],
        help_text=_("Who pays for a resident of home, as far as it is known before applying."),
    )
    starts_after = DayFilter(help_text=_("Teaching starts on this day or later."))
    sort = django_filters.ChoiceFilter(
        choices=[(sort.value, sort.value) for sort in Sort],
        help_text=_(
            "Order; full ones always last. Without it: relevance with q, distance with home, deadline."
        ),
    )
    page = _number(1, MAX_PAGE, help_text=_("Number of the page, from 1."))
    page_size = _number(1, MAX_PAGE_SIZE, help_text=_("How many results a page holds, 200 at most."))
    facets = FlagFilter(help_text=_("1: count what each filter would leave."))
    lang = django_filters.ChoiceFilter(
        choices=[(code, code) for code in (*LANGUAGES, "all")], help_text=_("Language of names and texts.")
    )

    class Meta:
        model = Offering
        fields: tuple[str, ...] = ()
        form = SearchForm

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        queryset: QuerySet[Offering] | None = None,
        *,
        request: HttpRequest | None = None,
        prefix: str | None = None,
        now: dt.datetime | None = None,
    ) -> None:
        super().__init__(_as_query(data or {}), queryset, request=request, prefix=prefix)
        self.now = now or timezone.now()

    def get_form_class(self) -> type[forms.Form]:
        """Made once: the fields are the same for every request."""
        return _form_class()

    @cached_property
    def refused(self) -> tuple[Refused, ...]:
        """Unknown, repeated and malformed parameters, then those that cannot be asked without a home."""
        found = refused(self.data, [self.form])
        needs_home = wrong_with(self._read({one.parameter for one in found}))
        return (*found, *(Refused(error.parameter, error.code, str(error.message)) for error in needs_home))

    @property
    def shortened(self) -> tuple[Refused, ...]:
        """What is used without its end: the page says so, the API's description says it beforehand."""
        text = self.data.get("q", "").strip()
        if not is_too_long(text) or any(one.parameter == "q" for one in self.refused):
            return ()
        limits = {"characters": MAX_Q, "words": MAX_WORDS}
        sentence = _("Only the first %(characters)s characters and %(words)s words count.") % limits
        return (Refused("q", "shortened", sentence),)

    @property
    def left_out(self) -> tuple[Refused, ...]:
        """What a page tells its reader: the refused and the shortened."""
        return (*self.refused, *self.shortened)

    @cached_property
    def query(self) -> SearchQuery:
        """What is asked, without what is refused: it can always be searched for."""
        return self._read({one.parameter for one in self.refused})

    @property
    def home_choices(self) -> Sequence[Municipality]:
        return self.form.home_choices if self.form.is_bound and self.form.errors else ()

    @property
    def asks_facets(self) -> bool:
        return bool(self.form.cleaned_data.get("facets")) if self.form.is_valid() else False

    def _read(self, left_out: set[str]) -> SearchQuery:
        self.form.is_valid()
        given = {
            name: value
            for name, value in self.form.cleaned_data.items()
            if name not in left_out | {"facets", "lang"} and value is not None and value is not False
        }
        kinds = {"open": Window, "sort": Sort}
        given |= {name: kind(given[name]) if given.get(name) else None for name, kind in kinds.items()}
        given |= {"payer": frozenset(Payer(value) for value in given.get("payer", ()))}
        given |= {"provider": frozenset(int(value) for value in given.get("provider", ()))}
        return SearchQuery(**given)

    def filter_queryset(self, queryset: QuerySet[Offering]) -> QuerySet[Offering]:
        """The offerings that the query finds, in the queryset's own order."""
        return queryset.filter(pk__in=matching(self.query, now=self.now))


@cache
def _form_class() -> type[forms.Form]:
    made: type[forms.Form] = django_filters.FilterSet.get_form_class(OfferingFilter())
    return made


def _as_query(data: Mapping[str, Any]) -> QueryDict:
    if isinstance(data, QueryDict):
        return data
    query = QueryDict(mutable=True)
    for name, value in data.items():
        query.setlist(name, [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)])
    return query
