"""Texts that are the same or nearly so: their shared runs of characters tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.annotations.surfaces import plain

__all__ = ["Likeness", "groups", "likenesses"]

_RUN = 8
_COMMON = 50
"""A run in more documents than this is a set phrase and tells nothing."""


@dataclass(frozen=True)
class Likeness:
    """Two texts by their index. share: of the shorter one's runs that the longer one has too."""

    first: int
    second: int
    share: float


def likenesses(texts: Sequence[str], *, least: float = 0.5) -> Iterator[Likeness]:
    """Yield the pairs of texts that share much, white space apart, in order.

    A run is 8 characters. Texts shorter than that are alike only when they are equal. Cost is
    linear in the characters, plus the pairs that share a run.
    """
    shapes = [plain(text) for text in texts]
    runs = [{s[i : i + _RUN] for i in range(max(1, len(s) - _RUN + 1))} for s in shapes]
    places: dict[str, list[int]] = {}
    for index, shingles in enumerate(runs):
        for shingle in shingles:
            places.setdefault(shingle, []).append(index)
    shared: Counter[tuple[int, int]] = Counter()
    for indices in places.values():
        if len(indices) <= _COMMON:
            for at, second in enumerate(indices):
                for first in indices[:at]:
                    shared[first, second] += 1
    for (first, second), count in sorted(shared.items()):
        share = count / min(len(runs[first]), len(runs[second]))
        if share >= least:
            yield Likeness(first, second, share)


def groups(texts: Sequence[str], *, least: float = 0.5) -> list[list[int]]:
    """Return the indices of all texts, those that are alike in one group, in order."""
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for pair in likenesses(texts, least=least):
        parent[root(pair.second)] = root(pair.first)
    found: dict[int, list[int]] = {}
    for index in range(len(texts)):
        found.setdefault(root(index), []).append(index)
    return list(found.values())
