"""``manage.py bench NAME``: the measurements of the folder ``bench``, one module each."""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser
from types import ModuleType
from typing import Any

from django.core.management.base import BaseCommand

import bench


class Command(BaseCommand):
    help = "Measures KOPA: what the search finds, how fast it answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = parser.add_subparsers(dest="name", required=True)
        for name, module in measurements().items():
            about = (module.__doc__ or "").strip()
            module.add_arguments(names.add_parser(name, help=about.partition("\n")[0], description=about))

    def handle(self, *_: Any, **options: Any) -> None:
        measurements()[options["name"]].run(options)


def measurements() -> dict[str, ModuleType]:
    """The modules of ``bench`` that can be run by themselves."""
    found = {
        name: importlib.import_module(f"bench.{name}")
        for _, name, _ in pkgutil.iter_modules(bench.__path__)
    }
    return {
        getattr(module, "NAME", name): module
        for name, module in found.items()
        if hasattr(module, "add_arguments")
    }
