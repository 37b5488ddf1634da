"""Letters of one form differ in what stands in them: the template is rendered once for each form, and kept.

Templates ask only how many paragraphs and points there are, whether there is a link, and the like; what is
said stands in them as it is, escaped in HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import conditional_escape

if TYPE_CHECKING:
    from kopa.letters.services import Content

# Stands where something is going to be said: of Unicode's private characters, which no template touches.
MARK: Final = "\ue000{}\ue001"
MARKED: Final = re.compile("\ue000([0-9]+)\ue001")

Form = tuple[str, str, int, int, bool, bool, bool]
# What is fixed, and between that the numbers of what is said.
_moulds: Final[dict[Form, list[str]]] = {}


def fill(template: str, content: Content, *, language: str, ending: str) -> str:
    """The template with what the letter says, in its language."""
    form = (
        template, language, len(content.paragraphs), len(content.points), bool(content.link),
        bool(content.after), bool(ending),
    )  # fmt: skip
    mould = _moulds.get(form)
    if mould is None:
        mould = _moulds[form] = _made(template, content, language=language, ending=ending)
    said = _said(content, ending)
    write: Callable[[str], str] = conditional_escape if template.endswith(".html") else str
    filled = mould.copy()
    filled[1::2] = [write(said[int(number)]) for number in mould[1::2]]
    return "".join(filled)


def _said(content: Content, ending: str) -> Sequence[str]:
    alone = content.subject, content.link, content.link_label, content.after, ending
    return [*alone, *content.paragraphs, *content.points]


def _made(template: str, content: Content, *, language: str, ending: str) -> list[str]:
    """``content`` shows the form: everything that it says is a mark."""
    marks = iter([MARK.format(number) for number in range(len(_said(content, ending)))])
    subject, link, label, after, end = (next(marks) for _ in range(5))
    marked = replace(
        content,
        subject=subject,
        link=content.link and link,
        link_label=label,
        after=content.after and after,
        paragraphs=[next(marks) for _ in content.paragraphs],
        points=[next(marks) for _ in content.points],
    )
    given = {"content": marked, "language": language, "subject": subject, "ending": ending and end}
    with translation.override(language):
        return MARKED.split(render_to_string(template, given))
