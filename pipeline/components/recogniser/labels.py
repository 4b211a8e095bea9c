"""The tag set of the recogniser: O, then B, I, E, S of each label (BIOES)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LABELS", "TagSpan", "legal_transitions", "spans_of_tags", "tag_count", "tags_of"]

LABELS = ("PER", "ORG", "LOC", "TITLE", "PROGRAMME")
TagSpan = tuple[int, int, int]  # start, end, index into LABELS


def tag_count() -> int:
    """Give the number of tags: one outside tag and four a label."""
    return 1 + 4 * len(LABELS)


def tags_of(label: str) -> tuple[int, int, int, int]:
    """Give the numbers of a label's B, I, E and S tags."""
    first = 1 + 4 * LABELS.index(label)
    return first, first + 1, first + 2, first + 3


def legal_transitions() -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Give (from, to) pairs that BIOES allows, the tags that may come first, and last.

    After O, E or S comes O or any B or S; after B or I comes I or E of the same label.
    """
    count = tag_count()
    opens = np.ones(count, dtype=bool)
    closes = np.ones(count, dtype=bool)
    for label in LABELS:
        begin, inside, end, _ = tags_of(label)
        opens[[inside, end]] = False
        closes[[begin, inside]] = False
    pairs = closes[:, None] & opens[None, :]
    for label in LABELS:
        begin, inside, end, _ = tags_of(label)
        pairs[np.ix_([begin, inside], [inside, end])] = True
    return pairs, opens, closes


def spans_of_tags(tags: Sequence[int]) -> list[TagSpan]:
    """Read the spans off one legal tag sequence."""
    spans = []
    start = 0
    for position, tag in enumerate(tags):
        if tag == 0:
            continue
        label, kind = divmod(tag - 1, 4)
        if kind in {0, 3}:
            start = position
        if kind in {2, 3}:
            spans.append((start, position + 1, label))
    return spans
