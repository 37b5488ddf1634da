"""An offering as schema.org Course and CourseInstance, for search engines (docs/api.md, open data).

The page carries it as a data block: no browser runs it, the content security policy lets it be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from django.utils.safestring import SafeString

from kopa.base.names import pick
from offerings.models import Offering
from offerings.presenting import web_address
from offerings.states import OfferingStatus
from providers.models import Site

# schema.org has words for these three; Google's guide asks for exactly them.
COURSE_MODES: Final = {"contact": "Onsite", "blended": "Blended", "distance": "Online"}
# JSON stays the same value, HTML sees neither a tag's end nor a comment's beginning.
ESCAPES: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def course(
    offering: Offering, *, free: int, sites: Iterable[Site], address: str, is_open: bool
) -> SafeString:
    """The whole description, safe to stand in a page. ``free`` are the places open to everybody, ``address``
    is the page's own.
    """
    provider = _without_empty(
        {"@type": "Organization", "name": str(offering.provider.name()), "url": offering.provider.website}
    )
    languages = [language.code for language in offering.languages.all()]
    described = _without_empty(
        {
            "@context": "https://schema.org",
            "@type": "Course",
            "@id": f"{address}#course",
            "url": address,
            "name": str(offering.title()),
            "description": str(pick(offering, "description") or offering.title()),
            "inLanguage": languages,
            "courseCode": offering.course_codes,
            "educationalLevel": str(offering.get_level_display()) if offering.level else "",
            "about": str(offering.field or ""),
            "provider": provider,
            "offers": _offer(offering, free=free, address=address, is_open=is_open),
            "hasCourseInstance": _instance(
                offering, free=free, sites=sites, organizer=provider, languages=languages
            ),
        }
    )
    return SafeString(json.dumps(described, ensure_ascii=False).translate(ESCAPES))


def _offer(offering: Offering, *, free: int, address: str, is_open: bool) -> dict[str, Any]:
    fee = offering.learner_fee_cents
    if offering.status == OfferingStatus.CANCELLED:
        available = "Discontinued"
    elif not free:
        available = "SoldOut"
    else:
        available = "InStock" if is_open else "OutOfStock"
    return _without_empty(
        {
            "@type": "Offer",
            "category": "Paid" if fee else "Free",
            "price": f"{fee // 100}.{fee % 100:02d}",
            "priceCurrency": offering.currency,
            "availability": f"https://schema.org/{available}",
            "validFrom": _moment(offering, "applications_open_at"),
            "validThrough": _moment(offering, "applications_close_at"),
            # What is applied for here has its button on its page.
            "url": ("" if offering.takes_applications else web_address(offering.apply_url)) or address,
        }
    )


def _instance(
    offering: Offering, *, free: int, sites: Iterable[Site], organizer: dict[str, Any], languages: list[str]
) -> dict[str, Any]:
    starts = offering.starts_on.isoformat() if offering.starts_on else ""
    ends = offering.ends_on.isoformat() if offering.ends_on else ""
    status = "EventCancelled" if offering.status == OfferingStatus.CANCELLED else "EventScheduled"
    return _without_empty(
        {
            "@type": "CourseInstance",
            "name": str(offering.title()),
            "courseMode": COURSE_MODES.get(offering.mode_id or "", ""),
            "startDate": starts,
            "endDate": ends,
            "courseSchedule": _without_empty(
                {
                    "@type": "Schedule",
                    "startDate": starts,
                    "endDate": ends,
                    "scheduleTimezone": str(offering.zone),
                }
            ),
            "inLanguage": languages,
            "location": [_place(site) for site in sites]
            or _without_empty({"@type": "VirtualLocation", "url": web_address(offering.apply_url)}),
            "organizer": organizer,
            "maximumAttendeeCapacity": offering.capacity,
            "remainingAttendeeCapacity": free,
            "eventStatus": f"https://schema.org/{status}",
        }
    )


def _place(site: Site) -> dict[str, Any]:
    municipality = site.municipality
    return _without_empty(
        {
            "@type": "Place",
            "name": str(site),
            "address": _without_empty(
                {
                    "@type": "PostalAddress",
                    "streetAddress": site.address,
                    "addressLocality": str(municipality) if municipality else "",
                    "addressCountry": municipality.country if municipality else "",
                }
            ),
        }
    )


def _moment(offering: Offering, field: str) -> str:
    moment = getattr(offering, field)
    return moment.astimezone(offering.zone).isoformat() if moment else ""


def _without_empty(facts: dict[str, Any]) -> dict[str, Any]:
    """Unknown facts are left out, never written as an empty text; a zero is a fact."""
    return {name: value for name, value in facts.items() if value not in ("", None, [], {})}
