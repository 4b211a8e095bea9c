"""What the recogniser sees of a text: numbers per character, computed for whole texts at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.components.folding import fold
from pipeline.components.lexicon import Lexicon, code_points, window_hashes

__all__ = [
    "BIGRAM_ROWS",
    "FLAGS",
    "WORD_LENGTHS",
    "Alphabet",
    "Features",
    "extract",
    "extract_all",
    "flag_matrix",
    "gazetteer_matrix",
]

BIGRAM_ROWS = 1 << 16
WORD_LENGTHS = (2, 3, 4, 5, 6)  # words with a vector of their own; longer ones have categories only
FLAGS = ("han", "digit", "latin", "space", "quoted", "titled", "bracketed", "line start")
PAIRS = (("“", "”", 4), ("《", "》", 5), ("（", "）", 6))
CHARACTERS_AT_ONCE = 100_000
PAIR_REACH = 60  # a mark left open does not colour the rest of a page


@dataclass(frozen=True)
class Alphabet:
    """Characters with a vector of their own, ascending; row 0 is any other character."""

    codes: NDArray[np.uint32]

    def rows(self, codes: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Give each character's row: its place here plus one, or 0."""
        if not len(self.codes):
            return np.zeros(len(codes), dtype=np.int32)
        place = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[place] == codes, place + 1, 0).astype(np.int32)


@dataclass(frozen=True)
class Features:
    """Numbers for N characters.

    chars, bigrams: (N,) int32 rows; bigram i is the pair (i, i + 1).
    words: (N, len(WORD_LENGTHS)) int32, vector row of the word of that length that starts here.
    gazetteer: (N, 4) uint32, category bits of words that begin, continue, end or stand alone here.
    flags: (N,) uint16, one bit for each of FLAGS.
    """

    chars: NDArray[np.int32]
    bigrams: NDArray[np.int32]
    words: NDArray[np.int32]
    gazetteer: NDArray[np.uint32]
    flags: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.chars)

    def take(self, start: int, end: int) -> Features:
        """Cut out a stretch; words that end beyond it are left out as if the text ended there."""
        words = self.words[start:end].copy()
        for column, length in enumerate(WORD_LENGTHS):
            words[max(0, end - start - length + 1) :, column] = 0
        return Features(
            self.chars[start:end],
            self.bigrams[start:end],
            words,
            self.gazetteer[start:end],
            self.flags[start:end],
        )


def extract_all(texts: Sequence[str], alphabet: Alphabet, lexicon: Lexicon) -> Iterator[Features]:
    """Compute the features of many texts, short ones together: each as if it stood alone."""
    group: list[str] = []
    size = 0
    for text in texts:
        if group and size + len(text) > CHARACTERS_AT_ONCE:
            yield from _extract_group(group, alphabet, lexicon)
            group, size = [], 0
        group.append(text)
        size += len(text) + 1
    yield from _extract_group(group, alphabet, lexicon)


def extract(text: str, alphabet: Alphabet, lexicon: Lexicon) -> Features:
    """Compute the features of a text; its variants are folded first, position by position."""
    return next(_extract_group([text], alphabet, lexicon))


def _extract_group(texts: list[str], alphabet: Alphabet, lexicon: Lexicon) -> Iterator[Features]:
    # no lexicon word and no pair of marks reaches over the line ends between the texts
    together = _extract("".join(f"{text}\n" for text in texts), alphabet, lexicon)
    start = 0
    for text in texts:
        yield together.take(start, start + len(text))
        start += len(text) + 1


def _extract(text: str, alphabet: Alphabet, lexicon: Lexicon) -> Features:
    folded = fold(text)
    codes = code_points(folded)
    size = len(codes)
    bigrams = np.zeros(size, dtype=np.int32)
    for _, hashes in window_hashes(codes, (2,)):
        bigrams[: size - 1] = (hashes >> np.uint64(20)) % np.uint64(BIGRAM_ROWS - 1) + np.uint64(1)
    words = np.zeros((size, len(WORD_LENGTHS)), dtype=np.int32)
    gazetteer = np.zeros((size, 4), dtype=np.uint32)
    for match in lexicon.find(codes):
        if match.length in WORD_LENGTHS:
            words[match.starts, WORD_LENGTHS.index(match.length)] = lexicon.vectors[match.entries]
        bits = lexicon.categories[match.entries]
        known = bits > 0
        starts, bits = match.starts[known], bits[known]
        if match.length == 1:
            gazetteer[starts, 3] |= bits
            continue
        gazetteer[starts, 0] |= bits
        gazetteer[starts + match.length - 1, 2] |= bits
        for step in range(1, match.length - 1):
            gazetteer[starts + step, 1] |= bits
    return Features(alphabet.rows(codes), bigrams, words, gazetteer, _flags(folded, codes))


def gazetteer_matrix(bits: NDArray[np.uint32], categories: int) -> NDArray[np.float32]:
    """Spread (N, 4) category bits to (N, 4 * categories) zeros and ones."""
    shifts = np.arange(categories, dtype=np.uint32)
    spread = (bits[:, :, None] >> shifts) & np.uint32(1)
    return spread.reshape(len(bits), 4 * categories).astype(np.float32)


def flag_matrix(flags: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Spread (N,) flags to (N, len(FLAGS)) zeros and ones."""
    shifts = np.arange(len(FLAGS), dtype=np.uint16)
    return ((flags[:, None] >> shifts) & np.uint16(1)).astype(np.float32)


def _flags(folded: str, codes: NDArray[np.uint32]) -> NDArray[np.uint16]:
    han = (codes >= 0x3400) & (codes < 0xA000)
    digit = (codes >= 48) & (codes < 58)
    latin = (codes >= 97) & (codes < 123)
    space = (codes == 32) | (codes == 10) | (codes == 9) | (codes == 13)
    flags = np.zeros(len(codes), dtype=np.uint16)
    for bit, kind in enumerate((han, digit, latin, space)):
        flags |= kind.astype(np.uint16) << np.uint16(bit)
    for opening, closing, bit in PAIRS:
        flags |= _inside(folded, opening, closing, len(codes)).astype(np.uint16) << np.uint16(bit)
    if len(flags):
        flags[0] |= np.uint16(1 << 7)
        flags[1:][codes[:-1] == 10] |= np.uint16(1 << 7)
    return flags


def _inside(text: str, opening: str, closing: str, size: int) -> NDArray[np.bool_]:
    inside = np.zeros(size, dtype=bool)
    start = text.find(opening)
    while start >= 0:
        end = text.find(closing, start + 1, start + PAIR_REACH)
        if end > start and "\n" not in text[start:end]:
            inside[start + 1 : end] = True
            start = text.find(opening, end)
        else:
            start = text.find(opening, start + 1)
    return inside
