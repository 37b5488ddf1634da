"""Letters in the history of a case: ``{% load told %}``."""

from __future__ import annotations

from django import template

from applications.models import Application
from applications.told import Told, letters_about

register = template.Library()


@register.simple_tag
def letters_to_applicant(application: Application, *, for_home: bool = False) -> list[Told]:
    """``{% letters_to_applicant application as told %}``: one statement."""
    return letters_about(application, for_home=for_home)
