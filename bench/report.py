"""The figures of the search's measurement as a table, with the goals that they meet or miss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final

OPTIONS: Final = (
    "seed", "catalogue_seed", "requests", "plain_requests", "compared", "connections", "seconds",
)  # fmt: skip
SLOWER: Final = 2.0  # at most so many times the yardstick's mean of the classes' medians
SHARE: Final = 0.5  # at least this share of the yardstick's requests per second
FASTER: Final = 15.0  # at least so many times the plain version's requests per second


@dataclass(frozen=True, slots=True)
class Goal:
    text: str
    figure: float
    met: bool

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'}  {self.text}: {self.figure:.2f}"


def goals(measured: Mapping[str, Any]) -> list[Goal]:
    """What is asked of the search, with what it does."""
    together = {name: one["per_second"] for name, one in measured["together"].items()}
    slower = mean_of_medians(measured, "KOPA") / mean_of_medians(measured, "yardstick")
    share = together["KOPA"] / together["yardstick"]
    connections = measured["options"]["connections"]
    found = [
        Goal(f"1 connection: mean of medians, at most {SLOWER:g} × yardstick", slower, slower <= SLOWER),
        Goal(f"{connections} connections: requests/s, at least {SHARE:g} × yardstick", share, share >= SHARE),
    ]
    if "plain" in together:
        faster = together["KOPA"] / together["plain"]
        text = f"{connections} connections: requests/s, at least {FASTER:g} × plain"
        found.append(Goal(text, faster, faster >= FASTER))
    return found


def mean_of_medians(measured: Mapping[str, Any], server: str) -> float:
    return mean(float(one[server]["p50"]) for one in measured["classes"].values())


def table(measured: Mapping[str, Any]) -> str:
    """Everything on one screen."""
    return "\n".join(_lines(measured))


def _lines(measured: Mapping[str, Any]) -> Iterator[str]:
    servers = list(measured["together"])
    options, catalogue, environment = (measured[name] for name in ("options", "catalogue", "environment"))
    yield (
        f"{catalogue['offerings']} offerings, {catalogue['in_search']} in the search; seed {options['seed']};"
        f" PostgreSQL {environment['postgresql']}, Python {environment['python']},"
        f" {environment['cpus']} processors, load {environment['load']:.1f}; {environment['at']}"
    )
    yield f"milliseconds on one connection, p50 / p95 of {options['requests']} requests of each class"
    yield f"{'':9}{'hits':>8}" + "".join(f"{name:>18}" for name in servers) + f"{'KOPA/yardstick':>16}"
    for kind, one in measured["classes"].items():
        figures = "".join(f"{one[name]['p50']:9.2f} /{one[name]['p95']:7.2f}" for name in servers)
        ratio = one["KOPA"]["p50"] / one["yardstick"]["p50"]
        yield f"{kind:9}{one['hits']['mean']:8.0f}{figures}{ratio:16.2f}"
    means = "".join(f"{mean_of_medians(measured, name):9.2f}{'':9}" for name in servers)
    yield f"{'mean':9}{'':8}{means}"
    yield f"requests per second on {options['connections']} connections, all classes in turn (p50 / p95 ms)"
    for name, one in measured["together"].items():
        yield f"{name:12}{one['per_second']:9.1f}  ({one['p50']:.1f} / {one['p95']:.1f})"
    yield f"{'empty':12}{measured['ceiling']:9.1f}  (this client and a handler that does nothing)"
    yield f"answers of the yardstick and of KOPA compared: {options['compared']} of each class, all alike"
    yield from map(str, goals(measured))
