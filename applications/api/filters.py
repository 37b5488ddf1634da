"""How the API's list of applications is narrowed: as the page of one course, and by the course."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from applications.host_filters import HostFilter
from offerings.filters import NumberFilter


class ApplicationFilter(HostFilter):
    course = NumberFilter(
        field_name="offering", label=_("Course"), help_text=_("Number of the course, from /offerings/.")
    )
