"""Names of a code list as lists to choose from show them: no two alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """What each code is called in a list: its name, and where another code of the list has the same name,
    the code in brackets: ``Kasvatusalat (01)``, ``Kasvatusalat (011)``. ``names``: of one language, by code.
    """
    bearers = Counter(name.casefold() for name in names.values())
    return {
        code: f"{name} ({code})" if bearers[name.casefold()] > 1 else name for code, name in names.items()
    }
