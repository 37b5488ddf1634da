"""Reading a page as a person does: the words of its main part, without the markup."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

from django.http import HttpResponse

CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def main(response: HttpResponse) -> str:
    """The main part of the page, with its markup."""
    page = response.content.decode()
    return page[page.index("<main") : page.index("</main>")]


def words(markup: str) -> str:
    """Text without tags; white space, no-break spaces too, as one space, and none before a comma."""
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
    return re.sub(r" (?=[,.)])|(?<=\() ", "", text)


def rows(response: HttpResponse) -> list[list[str]]:
    """The cells of the page's table, row by row, without the head."""
    body = re.search(r"<tbody>(.*?)</tbody>", main(response), re.DOTALL)
    if body is None:
        return []
    return [[words(cell) for cell in CELL.findall(row)] for row in body[1].split("<tr>")[1:]]


def heading(response: HttpResponse) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", main(response), re.DOTALL)
    assert found is not None
    return words(found[1])


def facts(response: HttpResponse) -> dict[str, str]:
    """The page's terms and what is said of each."""
    return {
        words(term): words(fact)
        for term, fact in re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", main(response), re.DOTALL)
    }


def table(response: Any) -> list[list[str]]:
    """The lines of a file that was streamed, as a spreadsheet opens it."""
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))
