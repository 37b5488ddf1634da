"""The texts a person reads: found in code and templates, kept in ``locale``, checked for being whole.

Pure Python (Babel), so a machine without GNU gettext can do it too. The English text is the message's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

TRANSLATED: Final = ("fi", "sv")
KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SOURCES: Final = (
    "kopa", "municipalities", "providers", "pilots", "agreements", "offerings", "applications", "corrections",
    "templates",
)  # fmt: skip
# Only what the readers of the file need: no dates and names that would change with every run.
HEADER: Final = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
PLACEHOLDER: Final = re.compile(r"%\([a-z_]+\)[a-z]|\{[a-z_]*\}")


@dataclass(frozen=True, slots=True)
class Fault:
    language: str
    msgid: str
    what: str

    def __str__(self) -> str:
        return f"{self.language}: {self.what}: {self.msgid!r}"


def catalogue_path(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def collect(root: Path) -> Catalog:
    """Every text of the project's code and templates, with the files that use it."""
    found = Catalog(project="KOPA", charset="utf-8")
    for path in _files(root):
        where = path.relative_to(root).as_posix()
        for function, messages, context in _extract(path):
            _add(found, function, messages, context, where)
    return found


def read(root: Path, language: str) -> Catalog:
    path = catalogue_path(root, language)
    if not path.exists():
        return Catalog(locale=language, project="KOPA", charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def update(root: Path, language: str) -> int:
    """Bring the language's file up to date with the code; translations stay. Returns how many are missing."""
    template, catalogue = collect(root), read(root, language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    write(root, language, catalogue)
    return sum(1 for message in catalogue if message.id and not _is_translated(message))


def write(root: Path, language: str, catalogue: Catalog) -> None:
    path = catalogue_path(root, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(HEADER.format(language=language).encode())
        write_po(
            stream,
            catalogue,
            sort_output=True,
            no_location=True,
            ignore_obsolete=True,
            width=110,
            omit_header=True,
        )


def faults(root: Path, language: str) -> list[Fault]:
    """What keeps the language from being whole: texts missing or unused, placeholders that differ."""
    template, catalogue = collect(root), read(root, language)
    found = []
    for message in template:
        if not message.id:
            continue
        translation = catalogue.get(message.id, message.context)
        name = _as_tuple(message.id)[0]
        if translation is None or not _is_translated(translation):
            found.append(Fault(language, name, "missing"))
        elif not _placeholders_agree(translation):
            found.append(Fault(language, name, "other placeholders"))
    unused = [m for m in catalogue if m.id and template.get(m.id, m.context) is None]
    found += [Fault(language, _as_tuple(m.id)[0], "not used") for m in unused]
    return found


def _files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        for path in sorted((root / source).rglob("*")):
            if path.suffix in {".py", ".html", ".txt", ".xml"} and "migrations" not in path.parts:
                yield path


def _extract(path: Path) -> Iterator[tuple[str, tuple[str, ...], str | None]]:
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What templatize leaves is a row of Python calls; its indentation means nothing.
        content = "\n".join(line.strip() for line in templatize(content, origin=str(path)).splitlines())
    found = extract_python(BytesIO(content.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    for _line, function, messages, _comments in found:
        # One argument comes as itself, several as a tuple, whatever Babel's annotation says.
        texts = _as_tuple(cast("Any", messages))
        context = None
        if "pgettext" in function:
            context, texts = texts[0], texts[1:]
        if texts and texts[0]:
            yield str(function), texts, context


def _add(
    catalogue: Catalog, function: str, texts: tuple[str, ...], context: str | None, where: str
) -> None:
    plural = "n" in function.removesuffix("_lazy").replace("gettext", "") and len(texts) > 1
    msgid: str | tuple[str, str] = (texts[0], texts[1]) if plural else texts[0]
    catalogue.add(msgid, context=context, locations=[(where, 0)])


def _as_tuple(texts: Any) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, (tuple, list)) else (texts,)


def _is_translated(message: Message) -> bool:
    return "fuzzy" not in message.flags and all(_as_tuple(message.string))


def _placeholders_agree(message: Message) -> bool:
    wanted = {name for text in _as_tuple(message.id) for name in PLACEHOLDER.findall(text)}
    named = [set(PLACEHOLDER.findall(text)) for text in _as_tuple(message.string)]
    # A singular may spell the number out ("one place"), so only the last form has to name everything.
    return named[-1] == wanted and all(names <= wanted for names in named)
