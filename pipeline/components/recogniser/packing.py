"""Sequences of different lengths as one array without padding, step after step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Packing", "pack"]


@dataclass(frozen=True)
class Packing:
    """Order in which N rows of several sequences stand in packed arrays.

    order: (N,) flat row of each packed row. steps: (T + 1,) where each step starts. At step t the
    rows of all sequences longer than t stand together, longest sequence first, so that row k of
    a step continues row k of the step before. before: (N,) packed row that each row continues;
    its own for the first of a sequence.
    """

    order: NDArray[np.int64]
    steps: NDArray[np.int64]
    before: NDArray[np.int64]

    def flat(self, packed: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put packed rows back into the order of the flat array."""
        result = np.empty_like(packed)
        result[self.order] = packed
        return result


def pack(starts: Sequence[int], lengths: Sequence[int]) -> Packing:
    """Pack sequences that lie in a flat array at ``starts`` with ``lengths`` (all positive)."""
    size = np.asarray(lengths, dtype=np.int64)
    ranking = np.argsort(-size, kind="stable")
    first = np.asarray(starts, dtype=np.int64)[ranking]
    size = size[ranking]
    longest = int(size[0]) if len(size) else 0
    alive = len(size) - np.searchsorted(size[::-1], np.arange(longest), side="right")
    steps = np.concatenate([[0], np.cumsum(alive)]).astype(np.int64)
    step_of = np.repeat(np.arange(longest), alive)
    rank = np.arange(int(steps[-1])) - steps[step_of]
    before = steps[np.maximum(step_of - 1, 0)] + rank
    return Packing(first[rank] + step_of, steps, before)
