"""The style sheets: the theme is that of its configuration, and speaks no Norwegian."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from kopa.portal.management.commands.theme import CONFIGURATION, signature

pytestmark = pytest.mark.unit
BASE = Path(settings.BASE_DIR)
KOPA_CSS = (BASE / "static" / "kopa" / "kopa.css").read_text(encoding="utf-8")
THEME_CSS = (BASE / "static" / "kopa" / "theme.css").read_text(encoding="utf-8")
SAID = re.compile(r"(--dsc-[\w-]+)\s*:\s*(\"[^\"]*\"|'[^']*')")
FALLBACK = re.compile(r"var\((--dsc-[\w-]+),\s*(\"[^\"]*\"|'[^']*')\)")
# In custom properties a text says something when it holds a letter; "…" does not.
LETTER = re.compile(r"[^\W\d_]")


def said_by_the_package() -> set[str]:
    sheet = Path(settings.ASSETS_ROOT) / "vendor" / "designsystemet" / "index.css"
    css = sheet.read_text(encoding="utf-8")
    found = SAID.findall(css) + FALLBACK.findall(css)
    return {name for name, text in found if LETTER.search(re.sub(r"\\[0-9a-fA-F]+", "", text))}


def said_by_us(language: str) -> dict[str, str]:
    rule = re.search(r":lang\(" + language + r"\) \{(.*?)\n\}", KOPA_CSS, re.DOTALL)
    assert rule is not None
    return {name: text[1:-1] for name, text in SAID.findall(rule.group(1))}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_text_of_the_design_system_is_said_in_the_language(language: str) -> None:
    assert said_by_the_package() - set(said_by_us(language)) == set()


def test_the_design_system_still_says_what_we_translate() -> None:
    assert set(said_by_us("fi")) == said_by_the_package()


def test_languages_differ() -> None:
    for name, finnish in said_by_us("fi").items():
        assert finnish != said_by_us("en")[name]


def test_removing_a_chip_is_said_in_each_language() -> None:
    name = "--dsc-chip-removable-label"

    assert {language: said_by_us(language)[name] for language in ("fi", "sv", "en")} == {
        "fi": "Poista painamalla",
        "sv": "Tryck för att ta bort",
        "en": "Press to remove",
    }


def test_theme_is_built_from_its_configuration() -> None:
    assert signature(BASE).strip() in THEME_CSS, "designsystemet.config.json has changed: run manage.py theme"


def test_chosen_colours_are_in_the_theme() -> None:
    themes = json.loads((BASE / CONFIGURATION).read_text(encoding="utf-8"))["themes"]
    for colour, tokens in themes["kopa"]["overrides"]["colors"].items():
        for token, values in tokens.items():
            for value in values.values():
                assert f"--ds-color-{colour}-{token}: {value};" in THEME_CSS


def colours(scheme: str) -> dict[str, str]:
    start = {"light": ':root, [data-color-scheme="light"] {', "dark": '\n[data-color-scheme="dark"] {'}[
        scheme
    ]
    block = THEME_CSS[THEME_CSS.index(start) :].partition("}")[0]
    return dict(re.findall(r"--ds-color-([\w-]+): (#[0-9a-fA-F]{6})", block))


def contrast(first: str, second: str) -> float:
    """WCAG 2: 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("colour", ["accent", "neutral", "sky", "cloudberry", "warning", "danger", "success"])
def test_texts_and_borders_stand_out(scheme: str, colour: str) -> None:
    of = colours(scheme)
    grounds = ["background-default", "background-tinted", "surface-default", "surface-tinted"]
    for ground in grounds:
        for text in ("text-subtle", "text-default"):
            assert contrast(of[f"{colour}-{text}"], of[f"{colour}-{ground}"]) >= 4.5
        assert contrast(of["neutral-text-subtle"], of[f"{colour}-{ground}"]) >= 4.5
    for ground in grounds[:3]:
        assert contrast(of[f"{colour}-border-default"], of[f"{colour}-{ground}"]) >= 3
    for base in ("base-default", "base-hover", "base-active"):
        assert contrast(of[f"{colour}-base-contrast-default"], of[f"{colour}-{base}"]) >= 4.5


def test_own_layout_stays_small() -> None:
    assert len(KOPA_CSS) < 30_000


def test_no_style_sheet_calls_elsewhere() -> None:
    for sheet in (BASE / "static" / "kopa").glob("*.css"):
        addresses = re.findall(r"url\(\"?([^)\"]+)", sheet.read_text(encoding="utf-8"))
        assert [
            address for address in addresses if not address.startswith(("../vendor/font/", "data:"))
        ] == []
