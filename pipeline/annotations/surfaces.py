"""What each annotated mention says, as a reader would write it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from pipeline.annotations.native import GoldDocument

__all__ = ["lay_in", "plain", "surfaces_of"]


def surfaces_of(document: GoldDocument) -> list[str]:
    """Return the surface of each entity, in their order, without white space.

    On a raw page whose clean text is known it is the clean surface: doubled glyphs are single.
    """
    offsets = lay_in(document.clean_text, document.text) if document.clean_text else None
    if offsets is None or document.clean_text is None:
        return [plain(document.text[start:end]) for start, end, _ in document.entities]
    clean = document.clean_text
    found = []
    for start, end, _ in document.entities:
        first = bisect_left(offsets, start)
        at = bisect_right(offsets, start) - 1  # of 镇镇镇镇长长 the second 镇 lies one too early
        if 0 <= at < first and clean[at] == document.text[start]:
            first = at
        found.append(plain(clean[first : bisect_left(offsets, end)]))
    return found


def lay_in(clean: str, raw: str) -> list[int] | None:
    """Return the first raw offset that each clean character can have, None where one has none."""
    offsets: list[int] = []
    at = 0
    for character in clean:
        at = raw.find(character, at)
        if at < 0:
            return None
        offsets.append(at)
        at += 1
    return offsets


def plain(text: str) -> str:
    """Return a surface without white space, which a page break may have put into it."""
    return "".join(text.split())
