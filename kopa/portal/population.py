"""A municipality's inhabitants on its page: the line through the years, the profile by age, the file.

All of it is told of the municipality as it is today. A source counts those of a merged one either in its
successor or by itself; where it is by itself, they are added, so that a merger makes no step in the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from kopa.base.charts import Chart, line_chart, profile_chart
from kopa.base.parameters import AsOfForm, WholeNumber
from kopa.base.spreadsheets import download
from kopa.base.writing import number
from municipalities.cache import gazetteer
from municipalities.models import OLDEST, Municipality, PopulationCell


class MunicipalityForm(AsOfForm):
    """The day of the divisions; the year of the ages: the newest where no known one is named."""

    age_year = WholeNumber(required=False)


@dataclass(frozen=True, slots=True)
class Inhabitants:
    """What the page shows. ``totals`` of one year have no line, and nothing counted has no ages."""

    totals: list[tuple[int, int]]
    line: Chart | None
    years: list[int]
    year: int | None
    ages: list[tuple[str, int]]
    profile: Chart | None
    sources: frozenset[str]
    counted_in: Municipality | None  # whose numbers hold those of this one, where no source has a line of it


def inhabitants(municipality: Municipality, label: str, asked: int | None) -> Inhabitants:
    """The charts of a municipality and the tables under them. One query."""
    cells = counted(municipality)
    totals = sorted((year, count) for year, age, count, _source in cells if age is None)
    years = sorted({year for year, age, _count, _source in cells if age is not None})
    year = asked if asked in years else years[-1] if years else None
    found = {age: count for at, age, count, _source in cells if at == year and age is not None}
    successor = gazetteer().today(municipality) if municipality.is_dissolved and not totals else None
    counts = [found.get(age, 0) for age in range(OLDEST + 1)] if found else []
    return Inhabitants(
        totals,
        _line(totals, label) if len(totals) > 1 else None,
        years,
        year,
        [(written_age(age), count) for age, count in enumerate(counts)],
        _profile(counts, label, year) if year else None,
        frozenset(code for *_rest, source in cells for code in source.split()),
        successor if successor is not None and successor.pk != municipality.pk else None,
    )


def counted(municipality: Municipality) -> list[tuple[int, int | None, int, str]]:
    """Year, age (None: all ages), inhabitants and source, with those of the merged ones added. One query."""
    family = [municipality, *gazetteer().absorbed(municipality)]
    cells = PopulationCell.objects.filter(municipality__in=family).order_by("year", "age")
    counts: Counter[tuple[int, int | None]] = Counter()
    sources: dict[tuple[int, int | None], set[str]] = {}
    for year, age, count, source in cells.values_list("year", "age", "count", "source"):
        counts[year, age] += count
        sources.setdefault((year, age), set()).add(source)
    return [(year, age, count, _sorted(sources[year, age])) for (year, age), count in counts.items()]


def _sorted(codes: Iterable[str]) -> str:
    return " ".join(sorted(codes))


def _line(totals: list[tuple[int, int]], label: str) -> Chart:
    (first, then), (last, now) = totals[0], totals[-1]
    words = {"name": label, "first": first, "last": last, "then": number(then), "now": number(now)}
    return line_chart(
        "population",
        totals,
        title=_("Population of %(name)s, %(first)s–%(last)s") % words,
        description=_("Inhabitants at the end of %(first)s: %(then)s, at the end of %(last)s: %(now)s.")
        % words,
    )


def _profile(counts: list[int], label: str, year: int | None) -> Chart:
    most = max(counts)
    words = {"name": label, "year": year, "age": written_age(counts.index(most)), "count": number(most)}
    return profile_chart(
        "ages",
        counts,
        title=_("Inhabitants of %(name)s by age, %(year)s") % words,
        description=_("Most numerous: %(age)s, %(count)s.") % words,
        age=written_age,
    )


def written_age(age: int) -> str:
    """“17 years”; the last is “100 years or older”."""
    if age == OLDEST:
        return _("%(age)s years or older") % {"age": age}
    return ngettext("%(age)s year", "%(age)s years", age) % {"age": age}


@require_safe
def population_csv(_request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """All that is counted in the municipality, a line for each year and age; no age: all ages together."""
    municipality = gazetteer().by_slug(slug)
    if municipality is None:
        raise Http404
    name = str(municipality.name())
    rows = (
        (municipality.key, name, year, pgettext("ages", "all") if age is None else age, count, source)
        for year, age, count, source in counted(municipality)
    )
    headings = [_("Key"), _("Municipality"), _("Year"), _("Age"), _("Population"), _("Source")]
    return download(f"kopa-{municipality.key.lower()}-population", headings, rows)
