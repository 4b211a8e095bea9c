"""Titles that the guidelines decide by what stands beside them, as rules/spans.toml says.

负责人 counts where an organisation or a person is named with it, 农民 where it introduces a named
person, 委员 in 全体委员. The network sees the words, but has too few examples of each.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import zip_longest
from operator import attrgetter

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS

__all__ = ["with_titles"]

PER, ORG, LOC, TITLE = (LABELS.index(label) for label in ("PER", "ORG", "LOC", "TITLE"))
SURE = 0.9  # what a title is believed that the words beside it prove
GAP = 1  # characters between an occupation and the name that it needs
SIDE = 4  # characters beside a word that decide whether it is a title


@dataclass(frozen=True)
class _Titles:
    """What rules/spans.toml says.

    heads: titles that need an organisation or a person; between: label of the name before a head to
    what may stand between the two, at most ``reach`` characters. words: titles by themselves, with
    what must stand before and after. introducing: what is a title right before a person's name.
    only_beside: what is none unless a person or an organisation is named beside it.
    """

    heads: tuple[str, ...]
    between: dict[int, re.Pattern[str]]
    reach: int
    words: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]
    introducing: frozenset[str]
    only_beside: frozenset[str]
    lengths: tuple[int, ...]


@cache
def _titles() -> _Titles:
    path = resources.files("pipeline.rules").joinpath("spans.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))["titles"]
    introducing = frozenset(table["introducing"].split())
    return _Titles(
        heads=tuple(table["heads"]),
        between={LABELS.index(label): re.compile(seen) for label, seen in table["between"].items()},
        reach=table["reach"],
        words=tuple(
            (word, re.compile(f"(?:{before})$"), re.compile(after))
            for word, before, after in table["words"]
        ),
        introducing=introducing,
        only_beside=frozenset(table["only_beside"].split()),
        lengths=tuple(sorted({len(word) for word in introducing}, reverse=True)),
    )


def with_titles(text: str, spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Drop heads of nobody in particular; add titles that the words beside them prove."""
    rules = _titles()
    result = list(spans)
    for head in rules.heads:
        for start in _occurrences(text, head):
            _settle_head(rules, text, result, start, start + len(head))
    for word, before, after in rules.words:
        for start in _occurrences(text, word):
            end = start + len(word)
            if before.search(text[max(0, start - SIDE) : start]) and after.match(text, end):
                _add(result, start, end)
    for person in [span for span in result if span.label == PER]:
        for length in rules.lengths:
            start = person.start - length
            if start >= 0 and text[start : person.start] in rules.introducing:
                _add(result, start, person.start)
                break
    return list(_beside_names(rules, text, result))


def _beside_names(rules: _Titles, text: str, spans: Sequence[ScoredSpan]) -> Iterator[ScoredSpan]:
    """Leave out titles that need a name beside them and have none."""
    before = None
    for span, behind in zip_longest(spans, spans[1:]):
        if not _is_alone(rules, text, span, before, behind):
            yield span
            before = span


def _is_alone(
    rules: _Titles,
    text: str,
    span: ScoredSpan,
    before: ScoredSpan | None,
    behind: ScoredSpan | None,
) -> bool:
    """Say whether a title that needs a name beside it has none."""
    if span.label != TITLE or text[span.start : span.end] not in rules.only_beside:
        return False
    if before is not None and before.label in {PER, ORG, TITLE} and span.start - before.end <= GAP:
        return False
    return behind is None or behind.label != PER or behind.start - span.end > GAP


def _settle_head(rules: _Titles, text: str, spans: list[ScoredSpan], start: int, end: int) -> None:
    """Add or drop the head at (start, end), by the names on both sides of it."""
    at = bisect_left(spans, start, key=attrgetter("start"))
    found = at < len(spans) and spans[at].start < end
    if found and (spans[at].end, spans[at].label) != (end, TITLE):
        return
    behind = at + found
    if behind < len(spans) and spans[behind].start == end and spans[behind].label == PER:
        return
    owner = spans[at - 1] if at else None
    if owner is not None and owner.end > start:
        return  # inside a longer name
    owned = False
    if owner is not None and owner.label in rules.between and start - owner.end <= rules.reach:
        owned = rules.between[owner.label].fullmatch(text, owner.end, start) is not None
    if owned and not found:
        spans.insert(at, ScoredSpan(start, end, TITLE, SURE))
    elif found and not owned and spans[at].start == start:
        del spans[at]


def _add(spans: list[ScoredSpan], start: int, end: int) -> None:
    """Add a title where no span stands."""
    at = bisect_left(spans, start, key=attrgetter("start"))
    before = at and spans[at - 1].end > start
    if not before and (at == len(spans) or spans[at].start >= end):
        spans.insert(at, ScoredSpan(start, end, TITLE, SURE))


def _occurrences(text: str, word: str) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + len(word))
