import datetime as dt
import json

import pytest

from offerings.schema_org import course
from tests.factories import OfferingFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
PAGE = "https://kopa.example.org/fi/paikat/12-hitsaaja/"


def described(offering, **facts):
    block = course(
        offering,
        **({"free": 5, "sites": list(offering.sites.all()), "address": PAGE, "is_open": True} | facts),
    )
    return json.loads(block)


def test_a_course_and_its_instance():
    offering = OfferingFactory(
        provider=OrganisationFactory(name_fi="Lappia"),
        title_fi="Hitsaaja",
        description_fi="Opit hitsaamaan.",
        starts_on=dt.date(2027, 1, 11),
        ends_on=dt.date(2027, 6, 4),
        applications_open_at=dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC),
        applications_close_at=dt.datetime(2026, 12, 4, 13, tzinfo=dt.UTC),
        learner_fee_cents=12050,
    )

    said = described(offering)

    assert said["@type"] == "Course"
    assert said["name"] == "Hitsaaja"
    assert said["description"] == "Opit hitsaamaan."
    assert said["provider"] == {"@type": "Organization", "name": "Lappia"}
    assert said["inLanguage"] == ["fi"]
    assert said["offers"] == {
        "@type": "Offer",
        "category": "Paid",
        "price": "120.50",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/InStock",
        "validFrom": "2026-11-01T08:00:00+02:00",
        "validThrough": "2026-12-04T15:00:00+02:00",
        "url": "https://hakeminen.example.org/hitsaus",
    }
    instance = said["hasCourseInstance"]
    assert instance["@type"] == "CourseInstance"
    assert instance["courseMode"] == "Onsite"
    assert (instance["startDate"], instance["endDate"]) == ("2027-01-11", "2027-06-04")
    assert (instance["maximumAttendeeCapacity"], instance["remainingAttendeeCapacity"]) == (20, 5)
    assert instance["eventStatus"] == "https://schema.org/EventScheduled"
    assert instance["location"] == [
        {
            "@type": "Place",
            "name": "Tornion toimipiste",
            "address": {"@type": "PostalAddress", "addressLocality": "Tornio", "addressCountry": "FI"},
        }
    ]


@pytest.mark.parametrize(
    ("status", "free", "is_open", "available"),
    [
        ("published", 3, True, "InStock"),
        ("published", 3, False, "OutOfStock"),
        ("published", 0, True, "SoldOut"),
        ("cancelled", 3, False, "Discontinued"),
    ],
)
def test_availability_follows_places_window_and_state(status, free, is_open, available):
    said = described(OfferingFactory(status=status), free=free, is_open=is_open)

    assert said["offers"]["availability"] == f"https://schema.org/{available}"


def test_a_full_course_says_that_no_place_remains():
    assert described(OfferingFactory(), free=0)["hasCourseInstance"]["remainingAttendeeCapacity"] == 0


def test_distance_teaching_has_a_virtual_place():
    said = described(OfferingFactory(mode="distance", sites=[]))

    assert said["hasCourseInstance"]["courseMode"] == "Online"
    assert said["hasCourseInstance"]["location"]["@type"] == "VirtualLocation"


def test_no_text_can_end_the_data_block():
    offering = OfferingFactory(title_fi="</script><!--\u2028 & <b>", description_fi="")

    block = course(offering, free=1, sites=[], address=PAGE, is_open=True)

    assert [letter for letter in "<>&\u2028" if letter in block] == []
    assert json.loads(block)["name"] == "</script><!--\u2028 & <b>"
