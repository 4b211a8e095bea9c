"""Which headline belongs to which body: by the words they share, then by where they stand.

The text layer of a page often gives headlines apart from their bodies, all at the top or after
their article, so the order alone does not tell. A headline's character pairs, numbers and Latin
words are weighed by how few paragraphs of the page hold them (inverse document frequency).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import log, sqrt
from operator import add

__all__ = ["Cohesion", "best_split", "terms"]

_RUNS = re.compile(r"[一-鿿]+|\d+(?:\.\d+)?|[A-Za-z]+")
_MOST_HEADLINES = 8  # for trying all ways to deal them out
_PLACE = 0.5  # what it counts that a headline stands above the first or below the second article


def terms(text: str) -> frozenset[str]:
    """Character pairs of the Chinese runs of a text, its numbers and its Latin words."""
    found: set[str] = set()
    for run in _RUNS.findall(text):
        if run[0].isascii():
            found.add(run.lower())
        else:
            found.update(map(add, run, run[1:]))
    return frozenset(found)


@dataclass(frozen=True)
class Cohesion:
    """Weighs the terms that headlines share with paragraphs; terms a paragraph."""

    paragraphs: Sequence[frozenset[str]]

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(term for paragraph in self.paragraphs for term in paragraph)

    def weight(self, term: str) -> float:
        return log(1 + (len(self.paragraphs) + 1) / (self._frequency[term] + 0.5))

    def share(self, headline: frozenset[str], body: frozenset[str]) -> float:
        """Share of the headline's weight that the body holds, in [0, 1]."""
        total = sum(map(self.weight, headline))
        return self.shared(headline, body) / total if total else 0.0

    def shared(self, headline: frozenset[str], body: frozenset[str]) -> float:
        """Weight of the terms that headline and body share."""
        return sum(map(self.weight, headline & body))


def best_split(
    cohesion: Cohesion,
    paragraphs: Sequence[frozenset[str]],
    headlines: Sequence[tuple[frozenset[str], bool]],
) -> int | None:
    """Number of the paragraph with which the second of two articles begins.

    headlines: terms, and whether the headline stands after the paragraphs. Tries every border with
    every way to deal out the headlines, both sides getting one, and takes the one where paragraphs
    share most with their own side's headlines; a headline above counts somewhat for the first
    article, one below for the second. None if there are fewer than two paragraphs or headlines.
    """
    headlines = headlines[-_MOST_HEADLINES:]
    best: tuple[float, int] | None = None
    for dealt in product((False, True), repeat=len(headlines)):
        if not any(dealt) or all(dealt):
            continue
        sides = [
            [words for (words, _), second in zip(headlines, dealt, strict=True) if second is side]
            for side in (False, True)
        ]
        gains = [[_fit(cohesion, words, side) for side in sides] for words in paragraphs]
        score = sum(second for _, second in gains)
        score += _PLACE * sum(b is side for (_, b), side in zip(headlines, dealt, strict=True))
        for border, (first, second) in enumerate(gains[:-1], start=1):
            score += first - second
            if best is None or score > best[0]:
                best = (score, border)
    return best[1] if best else None


def _fit(cohesion: Cohesion, paragraph: frozenset[str], headlines: list[frozenset[str]]) -> float:
    """What the paragraph shares with the headline that it shares most with."""
    return max(
        cohesion.shared(words, paragraph) / sqrt(sum(map(cohesion.weight, words)) or 1.0)
        for words in headlines
    )
