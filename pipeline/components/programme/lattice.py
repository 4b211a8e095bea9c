"""Choosing the best set of spans that do not overlap, and the probability of each span.

The spans of a text, each with a weight (log-odds scale), make a lattice whose paths are the sets
of non-overlapping spans. A path weighs the sum of its spans; forward and backward sums over all
paths give exact marginal probabilities (the semi-Markov CRF of Sarawagi and Cohen, 2004, over
proposed spans only), and the same recursion with max gives the best set.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["best_set", "marginals"]

Span = tuple[int, int]


def best_set(spans: Sequence[Span], weights: Sequence[float]) -> list[int]:
    """Give the indices of the set of non-overlapping spans with the greatest sum of weights.

    spans: (start, end) ordered by end; weights: one a span. Spans that weigh 0 or less stay out.
    """
    bounds = _bounds(spans)
    best = [0.0] * len(bounds[0])
    chosen: list[tuple[int, int] | None] = [None] * len(best)
    at, ends, starts = 0, bounds[1], bounds[2]
    for position in range(1, len(best)):
        best[position] = best[position - 1]
        while at < len(spans) and ends[at] == position:
            value = best[starts[at]] + weights[at]
            if value > best[position]:
                best[position], chosen[position] = value, (starts[at], at)
            at += 1
    picked = []
    position = len(best) - 1
    while position > 0:
        step = chosen[position]
        if step is None:
            position -= 1
        else:
            picked.append(step[1])
            position = step[0]
    return picked[::-1]


def marginals(spans: Sequence[Span], weights: Sequence[float]) -> tuple[list[float], float]:
    """Give the probability of each span and the logarithm of the sum over all sets.

    spans: (start, end) ordered by end; weights: one a span.
    """
    if not spans:
        return [], 0.0
    positions, ends, starts = _bounds(spans)
    size = len(positions)
    forward = [0.0] * size
    at = 0
    for position in range(1, size):
        total = forward[position - 1]
        while at < len(spans) and ends[at] == position:
            total = _add(total, forward[starts[at]] + weights[at])
            at += 1
        forward[position] = total
    backward = [-math.inf] * size
    backward[-1] = 0.0
    at = len(spans) - 1
    for position in range(size - 1, 0, -1):
        after = backward[position]
        backward[position - 1] = _add(backward[position - 1], after)
        while at >= 0 and ends[at] == position:
            start = starts[at]
            backward[start] = _add(backward[start], after + weights[at])
            at -= 1
    whole = forward[-1]
    probabilities = [
        math.exp(min(0.0, forward[starts[i]] + weights[i] + backward[ends[i]] - whole))
        for i in range(len(spans))
    ]
    return probabilities, whole


def _bounds(spans: Sequence[Span]) -> tuple[list[int], list[int], list[int]]:
    """Number the positions where spans start or end; give ends and starts by these numbers."""
    positions = sorted({position for span in spans for position in span})
    number = {position: index for index, position in enumerate(positions)}
    return positions, [number[end] for _, end in spans], [number[start] for start, _ in spans]


def _add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    return a if b == -math.inf else a + math.log1p(math.exp(b - a))
