"""How near a repaired page is to the page as a person would retype it."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

__all__ = ["RepairScore", "Slip", "score_repair", "slips"]


@dataclass(frozen=True)
class RepairScore:
    """Edits (inserted, deleted, changed characters) to the clean text; scores add up."""

    edits: int = 0
    characters: int = 0

    def __add__(self, other: RepairScore) -> RepairScore:
        return RepairScore(self.edits + other.edits, self.characters + other.characters)

    @property
    def accuracy(self) -> float:
        """Share of the clean text's characters that are right, never below 0."""
        return max(0.0, 1 - self.edits / self.characters) if self.characters else 0.0


@dataclass(frozen=True)
class Slip:
    """One place where the texts differ: [start, end) of the repaired one, and both readings."""

    start: int
    end: int
    repaired: str
    clean: str


def score_repair(repaired: str, clean: str) -> RepairScore:
    """Score one page by the Levenshtein distance of its characters."""
    return RepairScore(Levenshtein.distance(repaired, clean), len(clean))


def slips(repaired: str, clean: str) -> list[Slip]:
    """Return the places where the texts differ, in order."""
    return [
        Slip(
            op.src_start,
            op.src_end,
            repaired[op.src_start : op.src_end],
            clean[op.dest_start : op.dest_end],
        )
        for op in Levenshtein.opcodes(repaired, clean)
        if op.tag != "equal"
    ]
