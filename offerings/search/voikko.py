"""pyvoikko's analyses of Finnish words from its own automaton, kept in arrays: 6 MB instead of 220.

Every process that publishes or searches holds the automaton, so its size counts. The package's file is read
as it stands there (format 0 of kfst), and what is found is read by the package's own code; that of its
``__init__``, which would load the automaton by a library that needs all that memory, is not run.
``tests/offerings/search/test_voikko.py`` compares the two.
"""

from __future__ import annotations

import importlib
import importlib.util
import lzma
import struct
import sys
import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

HEADER: Final = struct.Struct("!4sHHII?")
TRANSITION: Final = np.dtype([("start", ">u4"), ("end", ">u4"), ("reads", ">u2"), ("writes", ">u2")])
NOTHING: Final = "@0@"
REFUSED: Final = -1
READ, WRITTEN = "<", ">"  # before the keys of flags
_lock = threading.RLock()
Flags = frozenset[tuple[str, str]]
Known = dict[tuple[int, int, int], list[str]]  # what is written to the end, by state, letter and flags


class Automaton:
    """A transducer with flags: marks that a path sets and asks for, which read and write nothing."""

    def __init__(self, content: bytes) -> None:
        signature, version, symbols, transitions, finals, is_weighted = HEADER.unpack_from(content)
        if (signature, version, is_weighted) != (b"KFST", 0, False):
            raise ValueError("not an automaton of the known kind")
        *names, packed = content[HEADER.size :].split(b"\0", symbols)
        self._names = [name.decode() for name in names]
        unpacked = lzma.decompress(packed)
        states = np.frombuffer(unpacked, ">u4", finals, transitions * TRANSITION.itemsize)
        self._finals = frozenset(states.tolist())
        self._letters = {name: number for number, name in enumerate(self._names) if len(name) == 1}
        self._flags = {number: _flag(name) for number, name in enumerate(self._names) if _is_flag(name)}
        self._written = ["" if name == NOTHING or _is_flag(name) else name for name in self._names]
        self._lay_out(np.frombuffer(unpacked, TRANSITION, transitions))
        # Sets of flags by number, and which set a flag makes of another.
        self._sets: list[Flags] = [frozenset()]
        self._numbers: dict[Flags, int] = {frozenset(): 0}
        self._followers: dict[tuple[int, int, int], int] = {}

    def _lay_out(self, found: np.ndarray[Any, Any]) -> None:
        """By state: first the transitions that read nothing, then the others by what they read."""
        is_silent = np.array([not written for written in self._written])
        found = found[np.lexsort((found["reads"], ~is_silent[found["reads"]], found["start"]))]
        silent = is_silent[found["reads"]]
        states = np.arange(int(max(found["start"].max(), found["end"].max())) + 2)
        self._first = array("I", np.searchsorted(found["start"], states).astype("u4").tobytes())
        of_silent = np.bincount(found["start"][silent], minlength=len(states)).astype("u4")
        self._first_reading = array("I", (np.array(self._first, "u4") + of_silent).astype("u4").tobytes())
        self._ends = array("I", found["end"].astype("u4").tobytes())
        self._reads = array("H", found["reads"].astype("u2").tobytes())
        self._writes = array("H", found["writes"].astype("u2").tobytes())

    def look_up(self, word: str) -> list[str]:
        """What is written on the paths that read the word and end well; each once."""
        letters = [self._letters.get(letter, REFUSED) for letter in word]
        if REFUSED in letters:
            return []
        return list(dict.fromkeys(self._rest(0, 0, 0, letters, {})))

    def _rest(
        self, state: int, at: int, flags: int, letters: Sequence[int], known: Known
    ) -> list[str]:
        """What is written from here to the end, on every path that gets there."""
        key = (state, at, flags)
        found = known.get(key)
        if found is not None:
            return found
        found = [""] if at == len(letters) and state in self._finals else []
        first, reading, following = self._first[state], self._first_reading[state], self._first[state + 1]
        for one in range(first, reading):
            after = self._after(flags, self._reads[one], self._writes[one])
            if after != REFUSED:
                written = self._written[self._writes[one]]
                rest = self._rest(self._ends[one], at, after, letters, known)
                found += [written + end for end in rest]
        if at < len(letters):
            letter = letters[at]
            one = bisect_left(self._reads, letter, reading, following)
            while one < following and self._reads[one] == letter:
                after = self._after(flags, letter, self._writes[one])
                if after != REFUSED:
                    written = self._written[self._writes[one]]
                    rest = self._rest(self._ends[one], at + 1, after, letters, known)
                    found += [written + end for end in rest]
                one += 1
        known[key] = found
        return found

    def _after(self, flags: int, reads: int, writes: int) -> int:
        """The number of the set of flags after such a transition; REFUSED where they refuse it."""
        if reads not in self._flags and writes not in self._flags:
            return flags
        found = self._followers.get((flags, reads, writes))
        if found is None:
            # What is read and what is written have flags of their own.
            changed = _changed(self._sets[flags], self._flags.get(reads), READ)
            if changed is not None:
                changed = _changed(changed, self._flags.get(writes), WRITTEN)
            with _lock:
                found = self._followers[flags, reads, writes] = self._number(changed)
        return found

    def _number(self, flags: Flags | None) -> int:
        if flags is None:
            return REFUSED
        if flags not in self._numbers:
            self._sets.append(flags)
            self._numbers[flags] = len(self._sets) - 1
        return self._numbers[flags]


def _is_flag(name: str) -> bool:
    return len(name) > 4 and name[0] == name[-1] == "@" and name[2] == "."


def _flag(name: str) -> tuple[str, str, str]:
    """``@R.V_SALLITTU.E@`` as what it does, its key and its value, which may be empty."""
    act, key, *value = name[1:-1].split(".")
    flag = (act, key, "".join(value))
    if act not in "CDPRU" or (act == "D" and value):
        raise ValueError(f"a flag of an unknown kind: {name}")
    return flag


def _changed(flags: Flags, flag: tuple[str, str, str] | None, side: str) -> Flags | None:
    """The flags after this one; None where it refuses them."""
    if flag is None:
        return flags
    act, key, value = flag[0], side + flag[1], flag[2]
    there = dict(flags).get(key)
    if act == "C":
        return flags - {(key, there or "")}
    if act == "D":
        return flags if there is None else None
    if act == "R":
        return flags if there is not None and value in {"", there} else None
    if act == "U" and there not in {None, value}:
        return None
    return flags - {(key, there or "")} | {(key, value)}


def analyse(word: str) -> list[Any]:
    """As ``pyvoikko.analyse``."""
    read = _reader()
    return [read(found) for found in _automaton().look_up(word)]


@cache
def _automaton() -> Automaton:
    with _lock:
        return Automaton((_folder() / "voikko.kfst").read_bytes())


@cache
def _reader() -> Callable[[str], Any]:
    package = ModuleType("pyvoikko_parts")
    package.__path__ = [str(_folder())]
    sys.modules[package.__name__] = package
    reader: Callable[[str], Any] = importlib.import_module(
        "pyvoikko_parts.analysis"
    ).VoikkoAnalysis.from_voikko_analysis
    return reader


def _folder() -> Path:
    found = importlib.util.find_spec("pyvoikko")  # looks the package up without running it
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pyvoikko")
    return Path(found.origin).parent
