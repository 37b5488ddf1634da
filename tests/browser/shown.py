"""One page as the browser tests visit it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.world import World


@dataclass(frozen=True)
class Shown:
    name: str
    path: Callable[[World], str]  # called in the language of the visit
    person: str = ""  # who is signed in; "" nobody
    key: bool = False
    status: int = 200
    then: Callable[[Page], object] | None = None  # what is filled in and pressed before it is looked at

    def __str__(self) -> str:
        return self.name
