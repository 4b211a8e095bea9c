"""Counts that add up over documents, and the rates they give."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Accuracy", "Counts"]


@dataclass(frozen=True)
class Counts:
    """Right, invented and missed answers; a rate over nothing is 0.

    right: predicted and in the gold; invented: predicted only; missed: in the gold only.
    """

    right: int = 0
    invented: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.right + other.right,
            self.invented + other.invented,
            self.missed + other.missed,
        )

    @property
    def support(self) -> int:
        """How many answers the gold has."""
        return self.right + self.missed

    @property
    def predicted(self) -> int:
        """How many answers were given."""
        return self.right + self.invented

    @property
    def precision(self) -> float:
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        total = self.predicted + self.support
        return 2 * self.right / total if total else 0.0


@dataclass(frozen=True)
class Accuracy:
    """So many of so many are right; the rate over nothing is 0."""

    right: int = 0
    total: int = 0

    def __add__(self, other: Accuracy) -> Accuracy:
        return Accuracy(self.right + other.right, self.total + other.total)

    @property
    def rate(self) -> float:
        return self.right / self.total if self.total else 0.0
