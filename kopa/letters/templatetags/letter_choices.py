"""``{% load letter_choices %}``: the optional letters of a person, for the profile page."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.utils.functional import Promise

from kopa.letters import choices

register = template.Library()


@dataclass(frozen=True, slots=True)
class OptionalLetters:
    kind: str
    title: str | Promise
    is_wanted: bool


@register.simple_tag
def optional_letters(person_id: int) -> list[OptionalLetters]:
    """Each kind, and whether the person gets it. One statement."""
    unwanted = choices.unwanted_by(person_id)
    return [OptionalLetters(kind, title, kind not in unwanted) for kind, title in choices.OPTIONAL.items()]
