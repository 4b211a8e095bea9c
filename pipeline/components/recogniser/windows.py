"""Cutting a text into sentences and bounded windows, so that cost is linear and memory flat."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Window", "sentences", "windows"]

SENTENCE = re.compile(r"[^。！？；!?;\n]*(?:[。！？；!?;]+[”’」』）)]*|\n|$)")
SOFT = "，、,：: 　”）)》"


@dataclass(frozen=True)
class Window:
    """A stretch [start, end) that is read together; what is kept of it is [first, last)."""

    start: int
    end: int
    first: int
    last: int


def sentences(text: str, longest: int) -> list[tuple[int, int]]:
    """Cut at sentence marks and line ends; a longer stretch is cut at its last soft mark.

    The pieces join to the text, and none is longer than ``longest`` characters.
    """
    pieces = []
    for match in SENTENCE.finditer(text):
        start, end = match.span()
        while end - start > longest:
            cut = _soft_cut(text, start, start + longest)
            pieces.append((start, cut))
            start = cut
        if end > start:
            pieces.append((start, end))
    return pieces


def windows(pieces: list[tuple[int, int]], longest: int, context: int) -> list[Window]:
    """Give reading windows for pieces: one each, or overlapping ones for a piece over ``longest``.

    Neighbouring windows of a long piece see ``context`` characters of each other.
    """
    result = []
    for start, end in pieces:
        if end - start <= longest:
            result.append(Window(start, end, start, end))
            continue
        step = longest - 2 * context
        for first in range(start, end, step):
            last = min(first + step, end)
            result.append(
                Window(max(start, first - context), min(end, last + context), first, last)
            )
    return result


def _soft_cut(text: str, start: int, limit: int) -> int:
    best = max(text.rfind(mark, start + (limit - start) // 2, limit) for mark in SOFT)
    return best + 1 if best >= 0 else limit
