"""What a person chooses from when describing an offering."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class StudyForm(models.TextChoices):
    FULL_TIME = "full_time", _("full-time")
    PART_TIME = "part_time", _("part-time")
    EVENING = "evening", _("evenings")
    SELF_PACED = "self_paced", _("at your own pace")


class Level(models.TextChoices):
    """Levels of ISCED 2011, as far as they are of use to a student who searches."""

    BASIC = "basic", _("basic level")
    UPPER_SECONDARY = "upper_secondary", _("upper secondary level")
    FURTHER = "further", _("further and specialist vocational level")
    BACHELOR = "bachelor", _("bachelor level")
    MASTER = "master", _("master level")
    NONE = "none", _("no level")


class OpenTo(models.TextChoices):
    """Whose residents may apply."""

    ALL = "all", _("everybody")
    REGIONS = "regions", _("residents of named regions")
    MUNICIPALITIES = "municipalities", _("residents of named municipalities")
    PILOT_GROUPS = "pilot_groups", _("residents of the municipalities of pilot groups")
    AGREEMENT_PARTIES = "agreement_parties", _("residents of the parties of an agreement")


class PriceBasis(models.TextChoices):
    """What the home municipality's share is counted from (R-COMP-1)."""

    PER_PLACE = "per_place", _("per place")
    PER_CREDIT = "per_credit", _("per credit")
    PER_YEAR = "per_year", _("per year")
    PER_STUDENT_DAY = "per_student_day", _("per student day")
    ACTUAL_COST = "actual_cost", _("actual cost")
    KOTIKUNTAKORVAUS = "kotikuntakorvaus", _("home-municipality compensation (settled by the state)")
    NONE = "none", _("no share for the home municipality")


class SelectionRule(models.TextChoices):
    REGISTRATION_ORDER = "registration_order", _("order of registration")
    SCORE = "score", _("selection score")
    LOTTERY = "lottery", _("lottery")
    NEED = "need", _("greatest need of the education")


class Precedence(models.TextChoices):
    """R-CAP-7: which places a resident of a municipality with reserved places uses first."""

    RESERVED_FIRST = "reserved_first", _("reserved places first")
    OPEN_FIRST = "open_first", _("open places first")
