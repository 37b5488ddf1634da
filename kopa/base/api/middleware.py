"""What holds for every answer under ``/api/``, whoever made it: problems, ETags, open to every web page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import get_conditional_response

from kopa.base.api import problems

READING: Final = frozenset({"GET", "HEAD"})
PREFIX: Final = "/api/"


class ApiMiddleware:
    """What is public under ``/api/`` is read without signing in: any web page may (CORS), never with cookies.
    What is personal says so in its ``Cache-Control``: it is for our own pages alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.method == "OPTIONS":
            return _preflight()
        response = self.get_response(request)
        if not isinstance(response, HttpResponse):
            return response
        if response.status_code >= 400:
            _answer_with_a_problem(response)
        if _is_page(response):
            return response
        if request.method in READING and response.status_code == 200:
            response = _answer_what_is_new(request, response)
        # ``lang`` says the language: no other header changes the answer, but who is signed in may.
        # An address that is none says nothing of anybody, whoever asks.
        is_known = request.resolver_match is not None
        is_personal = is_known and "private" in response.headers.get("Cache-Control", "")
        response.headers["Vary"] = "Accept, Cookie" if is_personal else "Accept"
        if request.method in READING and not is_personal:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Retry-After"
        return response


def _preflight() -> HttpResponse:
    response = HttpResponse(status=204)
    response.headers["Allow"] = "GET, HEAD, OPTIONS"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "Accept, If-None-Match, If-Modified-Since"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _is_page(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _answer_with_a_problem(response: HttpResponse) -> None:
    """A page that the site's own error views made becomes a problem document; what is one already stays."""
    if response.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE):
        return
    with translation.override("en"):
        response.content = orjson.dumps(problems.of_status(response.status_code))
    response.headers["Content-Type"] = problems.MEDIA_TYPE
    response.headers["Content-Length"] = str(len(response.content))  # CommonMiddleware counted the page
    response.headers["Content-Language"] = "en"


def _answer_what_is_new(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the answer its ETag, the hash of its bytes; 304 when the reader has it already."""
    etag = '"' + hashlib.blake2b(response.content, digest_size=16).hexdigest() + '"'
    response.headers["ETag"] = etag
    response.headers.setdefault("Cache-Control", "no-cache")
    answer = get_conditional_response(request, etag=etag, response=response)
    return answer if isinstance(answer, HttpResponse) else response
