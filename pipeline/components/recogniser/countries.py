"""One-character names of countries, found by the full name elsewhere in the text.

老方, 中老两国: an article that names Laos in full also calls it 老, and no network can
know every such letter. A letter counts only beside words that stand behind countries.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from operator import attrgetter

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS

__all__ = ["with_short_countries"]

LOC, ORG = LABELS.index("LOC"), LABELS.index("ORG")
SURE = 0.9  # what a letter is believed that the words around it prove
HOME = "中"


@dataclass(frozen=True)
class _Countries:
    """What rules/spans.toml says about countries.

    letter_of: usual name to its first character; first: these characters; lengths: of the names.
    relation: what stands behind a pair of letters.
    side: what stands behind one letter. no_side: letters that make another word with it.
    """

    letter_of: dict[str, str]
    first: frozenset[str]
    lengths: tuple[int, ...]
    relation: re.Pattern[str]
    side: re.Pattern[str]
    no_side: str


@cache
def _countries() -> _Countries:
    rules = resources.files("pipeline.rules")
    table = tomllib.loads(rules.joinpath("spans.toml").read_text(encoding="utf-8"))["countries"]
    places = tomllib.loads(rules.joinpath("places.toml").read_text(encoding="utf-8"))
    names = {*places["countries"]["names"].split(), *table["regions"]}
    letter_of = {name: name[0] for name in names if name[0] not in table["never"]}
    return _Countries(
        letter_of=letter_of,
        first=frozenset(letter_of.values()),
        lengths=tuple(sorted({len(name) for name in letter_of})),
        relation=re.compile("|".join(table["relation"])),
        side=re.compile(table["side"]),
        no_side=table["no_side"],
    )


def with_short_countries(text: str, spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Add the letters of countries that the text names in full, and part pairs of them."""
    rules = _countries()
    letters = _letters(text, spans, rules)
    if not letters:
        return list(spans)
    letters.add(HOME)
    found = _parted(text, spans, letters, rules)
    single = {span.start for span in found if span.label == LOC and span.end - span.start == 1}
    taken = bytearray(len(text))
    for span in found:
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    free = {
        at
        for letter in letters
        for at in _occurrences(text, letter)
        if at in single or not taken[at]
    }
    added: set[int] = set()
    for at in free:
        if at + 1 in free:
            if text[at] != text[at + 1] and rules.relation.match(text, at + 2):  # not 南南合作
                added.update((at, at + 1))
        elif text[at] not in rules.no_side and rules.side.match(text, at + 1):
            added.add(at)
    added -= single
    if not added:
        return found
    new = [ScoredSpan(at, at + 1, LOC, SURE) for at in added]
    return sorted([*found, *new], key=attrgetter("start"))


def _parted(
    text: str, spans: Sequence[ScoredSpan], letters: set[str], rules: _Countries
) -> list[ScoredSpan]:
    """Make two places of a place that is two letters: 加|美."""
    parted: list[ScoredSpan] = []
    for span in spans:
        surface = text[span.start : span.end]
        pair = span.label == LOC and len(surface) == 2 and letters.issuperset(surface)
        if pair and surface not in rules.letter_of:
            parted.append(replace(span, end=span.start + 1))
            parted.append(replace(span, start=span.start + 1))
        else:
            parted.append(span)
    return parted


def _letters(text: str, spans: Sequence[ScoredSpan], rules: _Countries) -> set[str]:
    """The letters of the countries that places and organisations of the text begin with."""
    letters = set()
    for span in spans:
        if span.label in {LOC, ORG} and text[span.start] in rules.first:
            for length in rules.lengths:
                name = text[span.start : min(span.start + length, span.end)]
                if name in rules.letter_of:
                    letters.add(name[0])
    return letters


def _occurrences(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)
