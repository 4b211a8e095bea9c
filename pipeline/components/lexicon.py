"""A large lexicon as hash tables: every dictionary word of a text, found for all positions at once.

Aho-Corasick over several hundred thousand words costs a Python step per match and most of a second
to load. Here each word is one 64-bit number (a polynomial hash of its characters, computed for
all positions of a text by a few array operations), looked up in one sorted array. Two of a
million words share a number with probability below 1e-7, so a hit is taken as a match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Lexicon", "Matches", "build_lexicon", "code_points", "window_hashes"]

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
FILTER_BITS = 22


@dataclass(frozen=True)
class Matches:
    """All words of one length: ``starts`` (N,) positions and ``entries`` (N,) lexicon rows."""

    length: int
    starts: NDArray[np.int64]
    entries: NDArray[np.int64]


@dataclass(frozen=True)
class Lexicon:
    """Words as sorted hashes with two facts each.

    hashes: (W,) uint64, ascending. vectors: (W,) int32, row of the word's vector, 0 for none.
    categories: (W,) uint32, one bit a category. lengths: the word lengths that occur.
    """

    hashes: NDArray[np.uint64]
    vectors: NDArray[np.int32]
    categories: NDArray[np.uint32]
    lengths: tuple[int, ...]

    @cached_property
    def _filter(self) -> NDArray[np.bool_]:
        # one look-up in a small table turns most windows away before the binary search
        seen = np.zeros(1 << FILTER_BITS, dtype=bool)
        seen[self.hashes >> np.uint64(64 - FILTER_BITS)] = True
        return seen

    def find(self, codes: NDArray[np.uint32]) -> Iterator[Matches]:
        """Give the matches in a text of code points, one object a word length."""
        if not len(self.hashes):
            return
        for length, hashes in window_hashes(codes, self.lengths):
            maybe = np.flatnonzero(self._filter[hashes >> np.uint64(64 - FILTER_BITS)])
            wanted = hashes[maybe]
            rows = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
            hit = self.hashes[rows] == wanted
            yield Matches(length, maybe[hit], rows[hit])


def code_points(text: str) -> NDArray[np.uint32]:
    """Give the text's characters as numbers, one a character."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def window_hashes(
    codes: NDArray[np.uint32], lengths: Iterable[int]
) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """Hash every window of each length; item i of an array is the window that starts at i."""
    wanted = sorted(set(lengths))
    wide = (codes.astype(np.uint64) + np.uint64(1)) * MULTIPLIER
    hashes = np.zeros(len(codes) + 1, dtype=np.uint64)
    for length in range(1, min(wanted[-1], len(codes)) + 1 if wanted else 1):
        hashes = _mix(hashes[:-1] * MULTIPLIER + wide[length - 1 :])
        if length in wanted:
            yield length, hashes


def build_lexicon(words: Mapping[str, tuple[int, int]]) -> Lexicon:
    """Make a lexicon from folded words with (vector row, category bits) each."""
    by_length: dict[int, list[str]] = {}
    for word in words:
        by_length.setdefault(len(word), []).append(word)
    rows: dict[int, tuple[int, int]] = {}
    for length, group in by_length.items():
        codes = code_points("".join(group)).reshape(len(group), length)
        state = np.zeros(len(group), dtype=np.uint64)
        for column in range(length):
            wide = (codes[:, column].astype(np.uint64) + np.uint64(1)) * MULTIPLIER
            state = _mix(state * MULTIPLIER + wide)
        for word, number in zip(group, state.tolist(), strict=True):
            rows[number] = words[word]
    hashes = np.array(sorted(rows), dtype=np.uint64)
    facts = [rows[number] for number in hashes.tolist()]
    return Lexicon(
        hashes,
        np.array([vector for vector, _ in facts], dtype=np.int32),
        np.array([bits for _, bits in facts], dtype=np.uint32),
        tuple(sorted(by_length)),
    )


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return values ^ (values >> np.uint64(29))
