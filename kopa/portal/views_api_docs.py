"""The API's documentation page: our own, made on the server from the API's description."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from kopa.base.api import paging, problems, throttle
from kopa.base.names import LANGUAGES, reader_language
from kopa.portal import api_docs as documentation
from kopa.portal.api_description import LICENCE_NAME, description_in
from kopa.portal.context import Frame, LanguageLink


class DocsFrame(Frame):
    """The page stands outside the languages' addresses: its switch says ``?lang=``."""

    @property
    def languages(self) -> list[LanguageLink]:
        return [
            LanguageLink(link.code, link.name, f"{reverse('api_docs')}?lang={link.code}", link.is_current)
            for link in super().languages
        ]


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """In the language of ``lang``, else in the one the reader has chosen or the browser asks for."""
    asked = request.GET.get("lang", "")
    with translation.override(asked if asked in LANGUAGES else reader_language()):
        content = _content(reader_language())
        return render(request, "portal/api.html", {"frame": DocsFrame(request), **content})


@cache
def _content(language: str) -> dict[str, Any]:
    description = description_in(language)
    return {
        "language": language,
        "lead": description["info"]["description"],
        "parts": documentation.parts(description),
        "shared": documentation.shared_parameters(description),
        "shapes": documentation.shapes(description),
        "problems": [(code, status, str(title)) for code, (status, title) in problems.PROBLEMS.items()],
        "licence": LICENCE_NAME,
        "page_size": paging.PAGE_SIZE,
        "max_page_size": paging.MAX_PAGE_SIZE,
        "rate": throttle.PROMISED_RATE,
        "burst": throttle.PROMISED_BURST,
    }
