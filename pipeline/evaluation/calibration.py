"""Whether a score of 0.9 is right nine times of ten: reliability table and expected error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Bin", "Calibration", "calibrate"]


@dataclass(frozen=True)
class Bin:
    """Answers with a score in [low, high), the last bin closed.

    count: how many; score: their mean score; right: the share of them that is right.
    """

    low: float
    high: float
    count: int
    score: float
    right: float


@dataclass(frozen=True)
class Calibration:
    """bins: of equal width, empty ones left out. ece: expected calibration error (Naeini 2015)."""

    bins: Sequence[Bin]
    ece: float
    count: int


def calibrate(answers: Iterable[tuple[float, bool]], *, bins: int = 10) -> Calibration:
    """Sort (score in [0, 1], whether right) into bins of equal width."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, right in answers:
        groups.setdefault(min(int(score * bins), bins - 1), []).append((score, right))
    total = sum(map(len, groups.values()))
    rows = [
        Bin(
            low=index / bins,
            high=(index + 1) / bins,
            count=len(group),
            score=sum(score for score, _ in group) / len(group),
            right=sum(right for _, right in group) / len(group),
        )
        for index, group in sorted(groups.items())
    ]
    ece = sum(row.count * abs(row.score - row.right) for row in rows) / total if total else 0.0
    return Calibration(rows, ece, total)
