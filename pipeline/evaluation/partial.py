"""Scores that give credit for a mention found with a wrong border or a wrong label.

The four ways of SemEval 2013 task 9.1 (MUC counts): ``strict`` wants border and label, ``exact``
the border alone, ``partial`` gives half for an overlap, ``type`` wants the label and any overlap.
ROLE, which alone may overlap other labels, is compared with ROLE only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.schema import Label

__all__ = ["PartialCounts", "Schemes", "overlap_counts", "schemes"]

Mention = tuple[int, int, Label]


@dataclass(frozen=True)
class PartialCounts:
    """MUC counts: each predicted mention is correct, partial, incorrect or invented (spurious)."""

    correct: int = 0
    partial: int = 0
    incorrect: int = 0
    missed: int = 0
    invented: int = 0

    def __add__(self, other: PartialCounts) -> PartialCounts:
        return PartialCounts(
            self.correct + other.correct,
            self.partial + other.partial,
            self.incorrect + other.incorrect,
            self.missed + other.missed,
            self.invented + other.invented,
        )

    @property
    def precision(self) -> float:
        actual = self.correct + self.partial + self.incorrect + self.invented
        return (self.correct + self.partial / 2) / actual if actual else 0.0

    @property
    def recall(self) -> float:
        possible = self.correct + self.partial + self.incorrect + self.missed
        return (self.correct + self.partial / 2) / possible if possible else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class Schemes:
    """The four ways to count, over all labels of a document or a corpus."""

    strict: PartialCounts = PartialCounts()
    exact: PartialCounts = PartialCounts()
    partial: PartialCounts = PartialCounts()
    type: PartialCounts = PartialCounts()

    def __add__(self, other: Schemes) -> Schemes:
        return Schemes(
            self.strict + other.strict,
            self.exact + other.exact,
            self.partial + other.partial,
            self.type + other.type,
        )


def schemes(gold: Iterable[Mention], found: Iterable[Mention]) -> Schemes:
    """Count one document in the four ways."""
    wanted, given = sorted(set(gold)), sorted(set(found))
    total = Schemes()
    for role in (False, True):
        one = [m for m in wanted if (m[2] is Label.ROLE) == role]
        other = [m for m in given if (m[2] is Label.ROLE) == role]
        total += Schemes(
            strict=_greedy(one, other, _same, _overlap),
            exact=_greedy(one, other, _same_border, _overlap),
            partial=overlap_counts(one, other),
            type=_greedy(one, other, _same_label_overlap, _overlap),
        )
    return total


def overlap_counts(gold: Sequence[Mention], found: Sequence[Mention]) -> PartialCounts:
    """Count mentions, of one label or label-blind, with half the credit for an overlap."""
    counts = _greedy(gold, found, _same_border, _overlap)
    return PartialCounts(counts.correct, counts.incorrect, 0, counts.missed, counts.invented)


_Test = Callable[[Mention, Mention], bool]


def _greedy(
    gold: Sequence[Mention], found: Sequence[Mention], right: _Test, near: _Test
) -> PartialCounts:
    """Match left to right: each found mention takes a right gold one, else the first near one."""
    left = list(gold)
    correct = incorrect = invented = 0
    for mention in found:
        match = min(
            (other for other in left if right(mention, other)),
            key=lambda other: abs(other[0] - mention[0]) + abs(other[1] - mention[1]),
            default=None,
        )
        if match is not None:
            correct += 1
        else:
            match = next((other for other in left if near(mention, other)), None)
            if match is None:
                invented += 1
                continue
            incorrect += 1
        left.remove(match)
    return PartialCounts(correct, 0, incorrect, len(left), invented)


def _same(one: Mention, other: Mention) -> bool:
    return one == other


def _same_border(one: Mention, other: Mention) -> bool:
    return one[:2] == other[:2]


def _overlap(one: Mention, other: Mention) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _same_label_overlap(one: Mention, other: Mention) -> bool:
    return one[2] == other[2] and _overlap(one, other)
