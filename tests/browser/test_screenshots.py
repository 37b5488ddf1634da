from __future__ import annotations

import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django.live_server_helper import LiveServer

from tests.browser.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def take(live_server: LiveServer, tmp_path: Path) -> Callable[..., None]:
    """The command, in a thread of its own: this one already has a Playwright."""

    def command(*arguments: str) -> None:
        def run() -> None:
            try:
                call_command("screenshots", "--address", live_server.url, "--out", str(tmp_path), *arguments)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(run).result()

    return command


def size(picture: Path) -> tuple[int, int]:
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_pictures_are_as_wide_as_asked_for(world: World, take: Callable[..., Any], tmp_path: Path) -> None:
    take("--pages", "offering", "about", "--languages", "sv", "--widths", "390", "--schemes", "dark")

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "about-sv-390-dark.png",
        "offering-sv-390-dark.png",
    ]
    for file in tmp_path.iterdir():
        width, height = size(file)
        assert width == 390
        assert height > 844


def test_unknown_page_is_named(world: World, take: Callable[..., Any]) -> None:
    with pytest.raises(CommandError, match=r"^No such page: nowhere\. Pages: home, about, "):
        take("--pages", "nowhere")


def test_desk_is_shown_as_nobody_real_sees_it(world: World, take: Callable[..., Any]) -> None:
    with pytest.raises(CommandError, match="needs a demonstration person"):
        take("--pages", "desk")


def test_desk_is_shown_as_an_invented_person_sees_it(
    world: World, take: Callable[..., Any], tmp_path: Path
) -> None:
    world.bengt.is_demonstration = True
    world.bengt.save(update_fields=["is_demonstration"])

    take("--pages", "desk", "--languages", "fi", "--widths", "1280", "--schemes", "light")

    assert size(tmp_path / "desk-fi-1280-light.png")[0] == 1280
