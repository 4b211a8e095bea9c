"""The word lists of ``pipeline/rules/programme.toml``, read once and ready to be matched."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import ahocorasick

from pipeline.errors import ConfigError

__all__ = ["ProgrammeLists", "WordFinder", "read_lists", "shipped_lists"]


TABLES = {
    "categories": (
        "undertakings",
        "weak_undertakings",
        "events",
        "weak_events",
        "documents",
        "weak_documents",
    ),
    "not_categories": ("words",),
    "longer": ("words",),
    "before": ("launch", "issue", "host", "relate"),
    "after": ("gathering", "body", "course", "bound", "other"),
    "names": ("policies", "laws"),
    "aims": ("words",),
}


class WordFinder:
    """All occurrences of a fixed set of words in a text, by Aho-Corasick.

    words: non-empty string -> its class; offsets count characters of the searched text.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self.classes = dict(words)
        self._automaton = ahocorasick.Automaton()
        for word in words:
            self._automaton.add_word(word, len(word))
        self._automaton.make_automaton()

    def matches(self, text: str) -> Iterator[tuple[int, int]]:
        """Give (start, end) of every occurrence, also of overlapping ones, by rising end."""
        for last, length in self._automaton.iter(text):
            yield last + 1 - length, last + 1

    def longest_ending(self, text: str) -> dict[int, int]:
        """Give for each end position the smallest start of a word that ends there."""
        starts: dict[int, int] = {}
        for start, end in self.matches(text):
            starts[end] = min(start, starts.get(end, start))
        return starts

    def longest_starting(self, text: str) -> dict[int, int]:
        """Give for each start position the greatest end of a word that starts there."""
        ends: dict[int, int] = {}
        for start, end in self.matches(text):
            ends[start] = max(end, ends.get(start, end))
        return ends


@dataclass(frozen=True)
class ProgrammeLists:
    """Finders for the last words of names, their look-alikes, their surroundings, known names.

    longer: words that begin with a last word and go on, 工程师. aims: words that make a name with
    a place, 健康 in 健康中国.
    """

    categories: WordFinder
    not_categories: WordFinder
    longer: WordFinder
    before: WordFinder
    after: WordFinder
    names: WordFinder
    aims: WordFinder


def read_lists(toml: str) -> ProgrammeLists:
    """Build the lists from the text of a TOML file.

    RAISES ConfigError: the text is no TOML, or a table or list is missing or unknown.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"programme.toml: {error}") from error

    if set(tables) != set(TABLES):
        raise ConfigError(f"programme.toml: expected the tables {', '.join(TABLES)}")
    for table, keys in TABLES.items():
        if set(tables[table]) != set(keys):
            raise ConfigError(f"programme.toml: table '{table}' must hold {', '.join(keys)}")

    def finder(table: str) -> WordFinder:
        return WordFinder({
            word: key for key in TABLES[table] for word in tables[table][key].split()
        })

    return ProgrammeLists(
        categories=finder("categories"),
        not_categories=finder("not_categories"),
        longer=finder("longer"),
        before=finder("before"),
        after=finder("after"),
        names=finder("names"),
        aims=finder("aims"),
    )


@cache
def shipped_lists() -> ProgrammeLists:
    """Give the lists that ship with renzhi."""
    path = files("pipeline") / "rules" / "programme.toml"
    return read_lists(path.read_text(encoding="utf-8"))
