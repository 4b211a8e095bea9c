"""Where page repair went wrong, in characters of the raw text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.annotations.native import GoldDocument
from pipeline.evaluation.page_repair import slips
from pipeline.page import repair
from pipeline.page.alignment import Alignment
from pipeline.schema import Span

__all__ = ["Damage", "alignment_of"]


@dataclass(frozen=True)
class Damage:
    """Raw spans that repair left wrong, each with the reason.

    Where the gold has no clean text, only what shows inside a mention is known: white space that
    stayed, or other characters that went.
    """

    raw: str
    repaired: str
    alignment: Alignment | None
    known: Sequence[tuple[Span, str]] | None

    @classmethod
    def of(cls, gold: GoldDocument, repaired: str) -> Damage:
        """Compare the repaired text with the clean one, if the gold document has it."""
        alignment = alignment_of(gold.text, repaired)
        known = None
        if gold.clean_text is not None and alignment is not None:
            ends = (*alignment.offsets, len(gold.text))
            known = [
                (
                    (ends[slip.start], ends[max(slip.end - 1, slip.start)] + 1),
                    f"repair left “{slip.repaired}” where “{slip.clean}” is right",
                )
                for slip in slips(repaired, gold.clean_text)
            ]
        return cls(gold.text, repaired, alignment, known)

    def at(self, start: int, end: int) -> str:
        """Return what repair did wrong at this raw span or right beside it, "" for nothing."""
        if self.known is not None:
            touching = (why for (s, e), why in self.known if s <= end and start <= e)
            return next(touching, "").replace("\n", "⏎")
        if self.alignment is None:
            return ""
        first = bisect_left(self.alignment.offsets, start)
        last = bisect_left(self.alignment.offsets, end)
        kept, raw = self.repaired[first:last], self.raw[start:end]
        if any(character.isspace() for character in kept):
            return "repair left white space inside the name"
        if len(kept) < len("".join(raw.split())):
            return f"repair made “{kept}” of “{raw}”".replace("\n", "⏎")
        return ""


def alignment_of(raw: str, repaired: str) -> Alignment | None:
    """Return how a repaired text lies in its raw text, None where it is no part of it.

    This version's repair is asked first; the text of another version is laid in at the first
    place that each character fits.
    """
    ours = repair(raw)
    if ours.text == repaired:
        return ours.alignment
    offsets: list[int] = []
    at = 0
    for character in repaired:
        at = raw.find(character, at)
        if at < 0:
            return None
        offsets.append(at)
        at += 1
    return Alignment(tuple(offsets))
