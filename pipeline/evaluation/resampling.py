"""How sure a score is: bootstrap intervals, and paired tests between two sets of predictions.

Documents are the unit that is drawn, because mentions of one document are not independent. The
test is approximate randomisation (Noreen 1989; Yeh 2000): under the null hypothesis a document's
two predictions may change places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.counts import Counts

__all__ = ["Difference", "compare", "interval"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """F1 of the first minus F1 of the second, its 95 % interval and the test's p-value."""

    f1: float
    low: float
    high: float
    p: float


def interval(
    documents: Sequence[Counts], *, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the F1 of these documents' counts.

    rounds: how often documents are drawn with replacement. Nothing to score gives (0, 0).
    """
    table = _table(documents)
    if not table.sum():
        return 0.0, 0.0
    low, high = np.percentile(_f1(_draws(len(documents), rounds, seed) @ table), [2.5, 97.5])
    return float(low), float(high)


def compare(
    first: Sequence[Counts], second: Sequence[Counts], *, rounds: int = 2000, seed: int = 0
) -> Difference:
    """Compare two sets of predictions of the same documents, in the same order.

    RAISES ValueError: their lengths differ.
    """
    if len(first) != len(second):
        raise ValueError("both sets of counts must be of the same documents")
    one, other = _table(first), _table(second)
    observed = float(_f1(one.sum(axis=0)) - _f1(other.sum(axis=0)))
    if not (one.sum() or other.sum()):
        return Difference(0.0, 0.0, 0.0, 1.0)
    dice = np.random.default_rng(seed)
    swap = dice.random((rounds, len(first))) < 0.5
    moved = swap @ (other - one)
    chance = _f1(one.sum(axis=0) + moved) - _f1(other.sum(axis=0) - moved)
    extreme = int(np.sum(np.abs(chance) >= abs(observed) - 1e-12))
    weights = _draws(len(first), rounds, seed + 1)
    low, high = np.percentile(_f1(weights @ one) - _f1(weights @ other), [2.5, 97.5])
    return Difference(observed, float(low), float(high), (extreme + 1) / (rounds + 1))


def _table(documents: Sequence[Counts]) -> Floats:
    rows = [(c.right, c.invented, c.missed) for c in documents]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _draws(documents: int, rounds: int, seed: int) -> Floats:
    """How often each document is drawn in each round, (rounds, documents)."""
    dice = np.random.default_rng(seed)
    share = np.full(documents, 1 / documents)
    return dice.multinomial(documents, share, size=rounds).astype(np.float64)


def _f1(counts: Floats) -> Floats:
    right, invented, missed = counts[..., 0], counts[..., 1], counts[..., 2]
    total = 2 * right + invented + missed
    return np.divide(2 * right, total, out=np.zeros_like(total), where=total > 0)
