"""What repair deleted, kept beside the repaired text, so that both give the raw page again.

A repair only deletes, so the raw page is the repaired text with the deleted runs put back: one
`Deletion` for each place where anything is missing, in order.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.page.alignment import Alignment
from pipeline.schema import Deletion

__all__ = ["deletions", "restore"]


def deletions(raw: str, alignment: Alignment) -> tuple[Deletion, ...]:
    """The runs of the raw text that an alignment leaves out, each with its place in the text."""
    found = []
    end = 0  # of the raw characters that are accounted for
    for at, offset in enumerate(alignment.offsets):
        if offset > end:
            found.append(Deletion(at=at, raw=raw[end:offset]))
        end = offset + 1
    if end < len(raw):
        found.append(Deletion(at=len(alignment.offsets), raw=raw[end:]))
    return tuple(found)


def restore(text: str, deleted: Iterable[Deletion]) -> tuple[str, Alignment]:
    """The raw text, and the alignment of the repaired text to it.

    RAISES ValueError: the places do not increase, or lie outside of the text.
    """
    pieces: list[str] = []
    offsets: list[int] = []
    done, length, last = 0, 0, -1  # characters of the text, and of the raw text, so far
    for deletion in deleted:
        if not last < deletion.at <= len(text):
            raise ValueError(f"deletion at {deletion.at} does not fit {len(text)} characters")
        last = deletion.at
        offsets.extend(range(length, length + last - done))
        pieces += (text[done:last], deletion.raw)
        length += last - done + len(deletion.raw)
        done = last
    offsets.extend(range(length, length + len(text) - done))
    return "".join((*pieces, text[done:])), Alignment(tuple(offsets))
