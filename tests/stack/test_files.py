"""Browser assets, compiled translations and collected files."""

from __future__ import annotations

import gettext
import io
import json
import os
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import reloader

from kopa.portal.management.commands import assets
from kopa.portal.management.commands.compile_texts import compile_if_newer
from kopa.stack import files, npm
from kopa.stack.errors import StackError
from tests.stack.running import ROOT

pytestmark = pytest.mark.integration
PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Place"
msgstr "Paikka"

msgid "%(n)s free place"
msgid_plural "%(n)s free places"
msgstr[0] "%(n)s vapaa paikka"
msgstr[1] "%(n)s vapaata paikkaa"

#, fuzzy
msgid "Guessed"
msgstr "Arvattu"
"""


def run(*words):
    output = io.StringIO()
    call_command(*words, stdout=output)
    return output.getvalue().strip()


def test_assets_are_there_and_current():
    assert run("assets", "--check") == "Browser assets are up to date."


def test_assets_are_the_named_files_and_their_licences_and_nothing_else():
    vendor = django_settings.ASSETS_ROOT / "vendor"
    found = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert found == {*django_settings.ASSETS, "LICENCES.txt"}


def test_what_is_only_for_loading_is_not_served():
    data = django_settings.ASSETS_ROOT / "data"
    assert {path.name for path in data.iterdir()} == {*django_settings.ASSETS_FOR_LOADING}
    served = [Path(one[1] if isinstance(one, tuple) else one) for one in django_settings.STATICFILES_DIRS]
    assert not any(folder == data or folder in data.parents for folder in served)


def test_image_has_what_only_loading_needs():
    """The folder var/ is not copied from the sources: the last stage must take its files from the first."""
    assert "var" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    *_, last_stage = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")
    copied = {
        Path(words[2]).relative_to("/app"): Path(words[3])
        for line in last_stage.splitlines()
        if (words := line.split())[:2] == ["COPY", "--from=files"]
    }
    data = (django_settings.ASSETS_ROOT / "data").relative_to(django_settings.BASE_DIR)
    for name in django_settings.ASSETS_FOR_LOADING:
        above = (data / name).parents
        assert [place for place in copied.items() if place[0] == place[1] and place[0] in above]


def test_licences_name_every_package_whose_files_are_shipped():
    text = (django_settings.ASSETS_ROOT / "vendor" / "LICENCES.txt").read_text(encoding="utf-8")
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for source in django_settings.ASSETS.values():
        name = "/".join(source.split("/")[: 2 if source.startswith("@") else 1])
        package = lock[f"node_modules/{name}"]
        assert f"==== {name} {package['version']} ({package['license']})" in text


def test_changed_list_of_assets_is_noticed(settings):
    settings.ASSETS = django_settings.ASSETS | {"more.css": "some-package/more.css"}
    with pytest.raises(
        CommandError, match=r"missing or older than package-lock\.json: run manage\.py assets"
    ):
        run("assets", "--check")


def test_copied_styles_lose_their_source_maps_and_nothing_else(tmp_path):
    wanted = {"a/style.css": "package/style.css", "a/letter.woff2": "package/letter.woff2"}
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "style.css").write_text("b{}\n/*# sourceMappingURL=style.css.map */\n")
    (tmp_path / "package" / "letter.woff2").write_bytes(b"\0/*# sourceMappingURL=x */")
    assert assets.copy(wanted, tmp_path, tmp_path / "out") == 2
    assert (tmp_path / "out" / "a" / "style.css").read_text() == "b{}\n"
    assert (tmp_path / "out" / "a" / "letter.woff2").read_bytes() == b"\0/*# sourceMappingURL=x */"


def test_asset_that_no_package_has_is_named(tmp_path):
    with pytest.raises(
        CommandError, match=r"the settings name package/style\.css, which is not in the packages"
    ):
        assets.copy({"style.css": "package/style.css"}, tmp_path, tmp_path / "out")


@pytest.mark.nightly  # needs npm's registry
def test_changed_content_of_a_package_is_refused_by_its_hash(tmp_path):
    """npm refuses a package that is not what the lock file says; here it is the lock file that is changed."""
    lock = json.loads((ROOT / "package-lock.json").read_text())
    name = "node_modules/@fontsource-variable/source-sans-3"
    lock["packages"] = {place: package for place, package in lock["packages"].items() if place in {"", name}}
    lock["packages"][""]["dependencies"] = {
        "@fontsource-variable/source-sans-3": lock["packages"][name]["version"]
    }
    lock["packages"][""].pop("devDependencies")
    lock["packages"][name]["integrity"] = "sha512-" + "A" * 86 + "=="
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    (tmp_path / "package.json").write_text(json.dumps(lock["packages"][""]))
    with pytest.raises(StackError, match=r"^npm ci failed in .*Integrity checksum failed"):
        npm.run("ci", "--ignore-scripts", "--no-audit", folder=tmp_path, say=pytest.fail)


def test_translations_are_compiled_without_guesses(tmp_path):
    source = tmp_path / "fi" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, encoding="utf-8")
    assert compile_if_newer(source) is True
    with source.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Place") == "Paikka"
    assert compiled.ngettext("%(n)s free place", "%(n)s free places", 1) == "%(n)s vapaa paikka"
    assert compiled.ngettext("%(n)s free place", "%(n)s free places", 2) == "%(n)s vapaata paikkaa"
    assert compiled.gettext("Guessed") == "Guessed"


def test_whoever_compiles_texts_goes_on_with_them(tmp_path, settings):
    """``up`` compiles and then loads the demonstration, letters and all, in one process."""
    folder = tmp_path / "fi" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO, encoding="utf-8")
    settings.LOCALE_PATHS = [tmp_path]
    reloader.translation_file_changed(None, Path("django.mo"))
    try:
        with translation.override("fi"):
            before = translation.gettext("Place")
            run("compile_texts")
            assert (before, translation.gettext("Place")) == ("Place", "Paikka")
    finally:
        reloader.translation_file_changed(None, Path("django.mo"))


def test_translations_are_compiled_again_when_the_file_changes_in_either_direction(tmp_path):
    source = tmp_path / "fi" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, encoding="utf-8")
    compile_if_newer(source)
    assert compile_if_newer(source) is False
    for seconds in (2_000_000_000, 1_000_000_000):
        os.utime(source, (seconds, seconds))
        assert compile_if_newer(source) is True
        assert compile_if_newer(source) is False


def test_broken_translation_file_is_named(tmp_path):
    source = tmp_path / "sv" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "a"\nmsgid "b"\nnonsense\n', encoding="utf-8")
    with pytest.raises(CommandError, match=r"sv/LC_MESSAGES/django\.po is not a valid translation file"):
        compile_if_newer(source)
    assert not source.with_suffix(".mo").exists()


def test_preparing_again_changes_nothing_and_says_nothing():
    manifest = Path(django_settings.STATIC_ROOT) / "staticfiles.json"
    files.prepare(lambda _line: None)
    before = manifest.stat().st_mtime_ns
    files.prepare(pytest.fail)
    assert manifest.stat().st_mtime_ns == before


def test_changed_static_file_is_collected(settings, tmp_path):
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "note.txt"
    source.write_text("first")
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    said = []
    files.collect(said.append)
    files.collect(said.append)
    source.write_text("second")
    files.collect(said.append)
    assert said == ["collecting and compressing the static files"] * 2
    assert (tmp_path / "collected" / "note.txt").read_text() == "second"


def test_every_collected_file_has_a_name_that_changes_with_its_content():
    address = staticfiles_storage.url("vendor/designsystemet/index.css")
    assert address.startswith("/static/vendor/designsystemet/index.")
    assert address != "/static/vendor/designsystemet/index.css"
