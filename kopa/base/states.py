"""A state machine as a table: which verb leads from which states to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kopa.base.errors import TransitionNotAllowed


@dataclass(frozen=True, slots=True)
class Step:
    sources: frozenset[str]
    target: str


class Machine:
    """States and the verbs between them. ``target`` says where a verb leads, or refuses."""

    def __init__(self, states: Iterable[str], steps: Mapping[str, tuple[Iterable[str], str]]) -> None:
        self.states = tuple(str(state) for state in states)
        self.steps = {
            verb: Step(frozenset(str(source) for source in sources), str(target))
            for verb, (sources, target) in steps.items()
        }
        named = {state for step in self.steps.values() for state in (*step.sources, step.target)}
        unknown = named - set(self.states)
        if unknown:
            raise ValueError(f"The table names unknown states: {sorted(unknown)}")

    def target(self, verb: str, state: str) -> str:
        """The state after ``verb``. Raises TransitionNotAllowed where the table has no such step."""
        step = self.steps[verb]
        if state not in step.sources:
            raise TransitionNotAllowed(verb=verb, state=state)
        return step.target

    def allows(self, verb: str, state: str) -> bool:
        return state in self.steps[verb].sources
