"""Documents that are written from the code and its tables, so that they cannot lie."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from applications.states import APPLICATION, SEAT, STATEMENT
from corrections.states import REPORT
from kopa.base.states import Machine
from offerings.states import OFFERING
from providers.states import ORGANISATION

MACHINES: Final[dict[str, Machine]] = {
    "Offering": OFFERING,
    "Application": APPLICATION,
    "Seat": SEAT,
    "HomeStatement": STATEMENT,
    "ErrorReport": REPORT,
    "Organisation": ORGANISATION,
}


def glossary(root: Path) -> str:
    """The words of the field in four languages; source: ``docs/terms.csv``."""
    with (root / "docs" / "terms.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lines = [
        "# Glossary",
        "",
        "Written by `python3 manage.py write_docs` from `terms.csv`. The name is what code and API call the"
        " thing. Finland's Swedish and Sweden's Swedish are two columns: a record is named in the Swedish of"
        " its country.",
        "",
        "| name | fi | sv, Finland | sv, Sweden | en |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{row['name']}` | {row['fi']} | {row['sv_fi']} | {row['sv_se']} | {row['en']} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def states(_root: Path) -> str:
    """Every state machine: states, and which verb leads from where to where."""
    lines = [
        "# States",
        "",
        "Written by `python3 manage.py write_docs` from the tables in each app's `states.py`."
        " What follows from the clock alone (open for applications, closed) is read from the dates and stands"
        " in no table.",
    ]
    for thing, machine in MACHINES.items():
        names = ", ".join(f"`{state}`" for state in machine.states)
        lines += ["", f"## {thing}", "", f"States: {names}.", ""]
        lines += ["| verb | from | to |", "| --- | --- | --- |"]
        for verb, step in machine.steps.items():
            sources = ", ".join(f"`{state}`" for state in machine.states if state in step.sources)
            lines.append(f"| `{verb}` | {sources} | `{step.target}` |")
    return "\n".join(lines) + "\n"


DOCUMENTS: Final[dict[str, Callable[[Path], str]]] = {
    "docs/glossary.md": glossary,
    "docs/states.md": states,
}
