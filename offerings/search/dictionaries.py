"""simplemma's dictionaries of Swedish and English, loaded on first use (half a second each)."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

CACHED: Final = 20_000
_loading = threading.Lock()


@cache
def _lemmatizer() -> Any:
    with _loading:
        simplemma = importlib.import_module("simplemma")
        strategies = importlib.import_module("simplemma.strategies")
        strategy = strategies.DefaultStrategy(dictionary_factory=_factory())
        return simplemma.Lemmatizer(lemmatization_strategy=strategy)


@cache
def _factory() -> Any:
    # A search looks up a few words: a slower dictionary in a tenth of the memory.
    return importlib.import_module("simplemma.strategies.dictionaries").LOW_MEMORY_DICTIONARY_FACTORY


def _dictionary(language: str) -> Mapping[str, str]:
    dictionary: Mapping[str, str] = _factory().get_dictionary(language)
    return dictionary


@lru_cache(maxsize=CACHED)
def lemma(word: str, language: str) -> str | None:
    """The base form of a word that the dictionary has; None for any other."""
    return _dictionary(language).get(word)


def lemmatize(word: str, language: str) -> str:
    """The base form, guessed by its ending where the dictionary lacks the word."""
    lemmatized: str = _lemmatizer().lemmatize(word, lang=language)
    return lemmatized
