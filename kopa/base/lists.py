"""Pages of a list on the web: which page, and the addresses of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest

from kopa.base.parameters import Refused, WholeNumber, is_tracking, refused, takes_many


class PageParameter(forms.Form):
    page = WholeNumber(required=False, validators=[MinValueValidator(1), MaxValueValidator(100_000)])


@dataclass(frozen=True, slots=True)
class PageLink:
    """One page of the list; without a number: a gap."""

    number: int | None
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """A part of a list. ``ignored`` names the parameters of the address that mean nothing here."""

    rows: Page
    links: tuple[PageLink, ...]
    previous_href: str
    next_href: str
    ignored: tuple[Refused, ...]
    query: str  # what narrows the list, as its files take it

    @property
    def total(self) -> int:
        return self.rows.paginator.count

    @property
    def is_one(self) -> bool:
        return self.rows.paginator.num_pages == 1


def without_hints(form: forms.BaseForm) -> forms.BaseForm:
    """The form of a list's filters, for a page: their hints are written for whoever reads the API."""
    for bound in form:
        bound.help_text = ""
    return form


def list_page(
    request: HttpRequest, rows: Sequence[Any] | Any, *, size: int, form: forms.BaseForm | None = None
) -> ListPage:
    """The page that the address asks for; the first where it names none, the last where it goes beyond.

    ``form`` reads the list's own filters; parameters that are neither one nor the page are ``ignored``.
    """
    number = PageParameter(request.GET)
    readers = [number] if form is None else [number, form]
    wrong = tuple(refused(request.GET, readers))
    paginator = Paginator(rows, size)
    page = paginator.get_page(number.cleaned_data.get("page") or 1)
    kept = request.GET.copy()
    for name in list(kept):
        if is_tracking(name) or name == "page" or name in {one.parameter for one in wrong} or not kept[name]:
            del kept[name]
        elif form is not None and name in form.fields and not takes_many(form.fields[name]):
            kept[name] = str(form.fields[name].prepare_value(kept[name]))

    def href(wanted: int) -> str:
        query = kept.copy()
        if wanted > 1:
            query["page"] = str(wanted)
        return f"{request.path}?{query.urlencode()}" if query else request.path

    links = tuple(
        PageLink(one, href(one), one == page.number)
        if isinstance(one, int)
        else PageLink(None, "", is_current=False)
        for one in paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    )
    return ListPage(
        rows=page,
        links=links,
        previous_href=href(page.previous_page_number()) if page.has_previous() else "",
        next_href=href(page.next_page_number()) if page.has_next() else "",
        ignored=wrong,
        query=kept.urlencode(),
    )
