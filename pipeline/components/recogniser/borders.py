"""Word borders as evidence: a name seldom begins or ends inside a word of the dictionary.

Where a segmenter has set ``doc._.known_words``, each label's tags that begin a name get a weight at
characters that begin no word, and its tags that end one at characters that end none. The weights
are data (rules/words.toml), fitted by pipeline/training/borders.py on text that the network was not
trained on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from pipeline.components.recogniser.labels import LABELS, tag_count, tags_of

__all__ = ["BorderWeights", "border_marks", "border_scores", "shipped_borders"]

Array = NDArray[np.float32]
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class BorderWeights:
    """Log weights by label: of a name that begins, and of one that ends, inside a known word."""

    opens: Mapping[str, float]
    closes: Mapping[str, float]

    def by_tag(self) -> tuple[Array, Array]:
        """The same by tag: begin and single tags open a name, end and single tags close it."""
        opens, closes = np.zeros((2, tag_count()), dtype=np.float32)
        for label in LABELS:
            begin, _, end, single = tags_of(label)
            opens[[begin, single]] = self.opens.get(label, 0.0)
            closes[[end, single]] = self.closes.get(label, 0.0)
        return opens, closes


@cache
def shipped_borders() -> BorderWeights:
    """Read the weights of rules/words.toml; the file is read once."""
    file = resources.files("pipeline.rules").joinpath("words.toml")
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return BorderWeights(table["opens"], table["closes"])


def border_marks(length: int, words: Iterable[Sequence[int]]) -> tuple[Marks, Marks]:
    """Mark the characters of a text that begin no word but lie in one, and that end none."""
    begin_none, end_none = np.zeros((2, length), dtype=bool)
    for start, end in words:
        begin_none[start + 1 : end] = True
        end_none[start : end - 1] = True
    return begin_none, end_none


def border_scores(length: int, words: Iterable[Sequence[int]], weights: BorderWeights) -> Array:
    """Give what words add to the scores (length, tags) of a text's tags."""
    opens, closes = weights.by_tag()
    begin_none, end_none = border_marks(length, words)
    scores = np.zeros((length, tag_count()), dtype=np.float32)
    scores[begin_none] += opens
    scores[end_none] += closes
    return scores
