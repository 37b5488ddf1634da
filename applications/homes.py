"""Which municipality pays for an applicant."""

from __future__ import annotations

from applications.models import Application
from municipalities.cache import gazetteer
from municipalities.models import Municipality


def paying_municipality(application: Application) -> Municipality:
    """The home municipality on the day on which the course starts: where she has moved to before it
    (R-HOME-1), and the successor of one that is merged by then (R-HOME-8). No query but for the application's
    own municipality.
    """
    home = application.moved_to or application.home_municipality
    starts_on = application.offering.starts_on
    return home if starts_on is None else gazetteer().on_day(home, starts_on)
