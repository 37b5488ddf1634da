"""What to loosen when nothing is found, with the number of offerings each step gives."""

from __future__ import annotations

from itertools import combinations

from offerings.search import statements
from offerings.search.conditions import Asked, Condition, conditions
from offerings.search.query import Loosening


def find(asked: Asked) -> tuple[Loosening, ...]:
    """Filters whose dropping gives something, the most first; pairs of them where no single one does.

    One statement, none where there is no filter.
    """
    names = asked.query.filters
    steps = [*((name,) for name in names), *combinations(names, 2)]
    if not steps:
        return ()
    kept = {step: _kept(asked.without(step)) for step in steps}
    columns = {label: condition for labels in kept.values() for label, condition in labels.items()}
    patterns = [
        ({label for label, holds in zip(columns, holding, strict=True) if holds}, count)
        for holding, count in statements.patterns(asked, list(columns.values()))
    ]
    ways = [Loosening(step, sum(n for true, n in patterns if kept[step].keys() <= true)) for step in steps]
    for size in (1, 2):
        useful = [way for way in ways if len(way.drop) == size and way.total]
        if useful:
            return tuple(sorted(useful, key=lambda way: -way.total))
    return ()


def _kept(asked: Asked) -> dict[str, Condition]:
    return {_label(name, asked): condition for name, condition in conditions(asked).items()}


def _label(name: str, asked: Asked) -> str:
    """``reachable`` means another distance once ``within_km`` is dropped: another column."""
    return f"{name}_{asked.query.within_km}" if name == "reachable" else name
