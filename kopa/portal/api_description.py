"""The OpenAPI description of the whole API, in each language, and what stands above its single parts."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy
from drf_spectacular.generators import SchemaGenerator

# Of everything the API gives that nobody else owns; the sources of reference data keep theirs (/codes/).
LICENCE: Final = "CC-BY-4.0"
LICENCE_NAME: Final = "Creative Commons Attribution 4.0 International (CC BY 4.0)"
DESCRIPTION: Final = _(
    "Open data of KOPA: courses that municipalities and education providers of Finland and Sweden share"
    " across municipal borders, their free places, and the registers behind them. Reading needs no key."
)
# The parts of the API, in the order a reader meets them.
TAGS: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "offerings": (
        _("Study places"),
        _("Courses with places: the search of the pages, and a walk along everything that has changed."),
    ),
    "municipalities": (
        _("Municipalities"),
        _("Municipalities of Finland and Sweden. The key is country and code: FI-854 is Pello."),
    ),
    "regions": (_("Regions"), _("Regions of Finland and counties of Sweden.")),
    "providers": (
        _("Providers"),
        _("Organisations that give education: joint authorities, municipalities, companies and others."),
    ),
    "institutions": (_("Institutions"), _("Schools and other institutions of Finland, with their types.")),
    "sites": (_("Sites"), _("Sites where teaching is given.")),
    "pilot-groups": (
        _("Pilot groups"),
        _("Pilot groups of the KOPA network project and co-operation areas, with their members."),
    ),
    "applications": (
        pgettext_lazy("sent by students", "Applications"),
        _("For who is signed in on the pages: one's own, and those to the courses that one decides on."),
    ),
    "statements": (
        pgettext_lazy("part of the API", "Statements"),
        _("For a municipality's officers: the statements on where their residents apply."),
    ),
    "application-counts": (
        _("Numbers of applications"),
        _("For coordinators and providers: how many applications stand where; no persons."),
    ),
    "codes": (_("Code lists"), _("What the codes mean, in three languages, with their source.")),
    "sources": (_("Sources"), _("Where the reference data comes from, with licences.")),
    "index": (_("The API itself"), _("What there is, and this description.")),
}

# What each object of the answers is. (The docstrings of the serializers say it to programmers.)
SHAPES: Final[dict[str, str | Promise]] = {
    "Application": _("An application with what the applicant has said and what was decided."),
    "ApplicationInList": _("An application, as the list has it."),
    "Authority": _("A state authority with an area made of municipalities."),
    "Code": _("One code of a code list."),
    "CourseCounts": _("A course with the numbers of its applications."),
    "CourseInShort": _("A course in short."),
    "Counts": _("How many applications stand where. Whoever is counted in one may be in another."),
    "Decision": _("A named official's decision."),
    "CodeList": _("One of the code lists."),
    "CoHost": _("Another organisation that takes part in giving the course."),
    "Contact": _("Where to ask. The name of a contact person stands on the course's page only."),
    "ReadAs": _("A word of the search that no course has, and the word it was taken for."),
    "FacetValue": _("A value of a filter, with how many courses it would leave."),
    "Facets": _("Values in use of each filter that is counted, the most frequent first."),
    "Fee": _("What the student pays."),
    "Statement": _("Whether the home municipality is asked before it pays for a place, and why not."),
    "HomeStatement": _("A statement with its reasons and with what the applicant was asked."),
    "HomeStatementInList": _("A statement that the reader's municipality gives, as the list has it."),
    "StatementInShort": _("The home municipality's statement in short."),
    "HomeShare": _("What the home municipality's share is counted from."),
    "Index": _("Where everything is."),
    "Institution": _("An educational institution of Finland, as the registers of 2016 and 2023 know it."),
    "InstitutionInShort": _("An institution in short."),
    "Link": _("A link that a coordinator has added."),
    "Merged": _("A municipality that was merged into another one."),
    "Municipality": _("A municipality. Country and code say which it is, never its name."),
    "MunicipalityInShort": _("A municipality in short."),
    "Offering": _("A course with all that is published of it."),
    "OfferingAnswer": _("A page of courses."),
    "OfferingInList": _("A course with places, as a search finds it."),
    "OrganisationInShort": _("An organisation in short."),
    "OtherName": _("Another name of a municipality."),
    "PilotContact": _("Where to ask about a group: an office or a role, never a person."),
    "PilotGroup": _("A pilot group of the KOPA network project, or a co-operation area."),
    "PilotMember": _("A member of a pilot group, named as its source writes it."),
    "PilotTotals": _("How many members of each kind a group has, counted from its members."),
    "Places": _("How many places there are, and for whom."),
    "Problem": _("Why there is no answer (RFC 9457)."),
    "Provider": _("An organisation that gives education."),
    "ProviderInShort": _("An organisation that gives education, in short."),
    "Quota": _("Places reserved for the residents of one municipality, free or not."),
    "Region": _("A region of Finland or a county of Sweden."),
    "RegionInShort": _("A region in short."),
    "Reserved": _("Free places that only residents of one municipality can get."),
    "Site": _("A site where teaching is given."),
    "SiteOfOffering": _("A site where the course is given."),
    "Source": _("Where reference data comes from."),
}
PAGE_OF_A_LIST: Final = _("A page of a list.")


@cache
def description_in(language: str) -> dict[str, Any]:
    """The description with its texts in ``fi``, ``sv`` or ``en``. Made once for each."""
    with override(language):
        described: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return described


def complete(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """What drf-spectacular cannot know: title, licence, contact, and what each part is for."""
    result["info"] |= {
        "description": DESCRIPTION,
        "license": {"name": LICENCE_NAME, "identifier": LICENCE},
        "contact": {"name": "KOPA", "email": settings.CONTACT_EMAIL},
    }
    operations = [operation for path in result["paths"].values() for operation in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    result["tags"] = [
        {"name": tag, "x-title": title, "description": text}
        for tag, (title, text) in TAGS.items()
        if tag in used
    ]
    for name, shape in result["components"]["schemas"].items():
        if shape.get("type") == "object":
            shape["description"] = PAGE_OF_A_LIST if name.startswith("Paginated") else SHAPES[name]
    return result
