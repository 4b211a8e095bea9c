"""Linear-chain CRF decoding in NumPy: best tag path, and the probability of each of its spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.components.recogniser.labels import TagSpan, legal_transitions, spans_of_tags
from pipeline.components.recogniser.packing import Packing, pack

__all__ = ["Crf", "ScoredSpan"]

Array = NDArray[np.float32]
FORBIDDEN = -1e4


@dataclass(frozen=True)
class ScoredSpan:
    """A span of the best path with its probability under the model, in [0, 1]."""

    start: int
    end: int
    label: int
    probability: float


class Crf:
    """Scores of moves (tags, tags), first and last tags (tags,); illegal ones are ruled out."""

    def __init__(self, transitions: Array, first: Array, last: Array) -> None:
        pairs, opens, closes = legal_transitions()
        self.transitions = np.where(pairs, transitions, FORBIDDEN).astype(np.float32)
        self.first = np.where(opens, first, FORBIDDEN).astype(np.float32)
        self.last = np.where(closes, last, FORBIDDEN).astype(np.float32)

    def decode(self, emissions: Sequence[Array]) -> list[list[ScoredSpan]]:
        """Find the best legal path of each sequence and score its spans.

        A span's probability is that of its exact tags, summed over all that may surround them.
        """
        filled = [number for number, scores in enumerate(emissions) if len(scores)]
        results: list[list[ScoredSpan]] = [[] for _ in emissions]
        if not filled:
            return results
        lengths = [len(emissions[number]) for number in filled]
        starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
        packing = pack(starts[:-1], lengths)
        flat = np.concatenate([emissions[number] for number in filled])
        scores = flat[packing.order].astype(np.float32)
        tags = np.empty(len(flat), dtype=np.int64)
        tags[packing.order] = self._best(scores, packing)
        spans = {
            number: spans_of_tags(tags[start:end].tolist())
            for number, start, end in zip(filled, starts[:-1], starts[1:], strict=True)
        }
        if not any(spans.values()):
            return results
        place = np.empty(len(flat), dtype=np.int64)
        place[packing.order] = np.arange(len(flat))
        alpha, beta, path = self._sums(scores, packing, tags[packing.order])
        for number, start in zip(filled, starts[:-1], strict=True):
            results[number] = [
                _scored(span, start, place, (alpha, beta, path)) for span in spans[number]
            ]
        return results

    def _best(self, scores: Array, packing: Packing) -> NDArray[np.int64]:
        steps = list(pairwise(packing.steps.tolist()))
        back = np.zeros(scores.shape, dtype=np.int64)
        final = np.empty(scores.shape, dtype=np.float32)
        start, end = steps[0]
        final[start:end] = self.first + scores[start:end]
        # transposed once: the maximum then runs along contiguous memory
        arriving = np.ascontiguousarray(self.transitions.T)
        for (before, _), (start, end) in pairwise(steps):
            paths = final[before : before + end - start, None, :] + arriving
            paths.argmax(axis=2, out=back[start:end])
            np.add(paths.max(axis=2), scores[start:end], out=final[start:end])
        tags = np.empty(len(scores), dtype=np.int64)
        closing = (final + self.last).argmax(axis=1)
        live = 0
        rows = np.arange(steps[0][1])
        for number in range(len(steps) - 1, -1, -1):
            start, end = steps[number]
            count = end - start
            tags[start + live : end] = closing[start + live : end]
            if live:
                following = slice(steps[number + 1][0], steps[number + 1][0] + live)
                tags[start : start + live] = back[following][rows[:live], tags[following]]
            live = count
        return tags

    def _sums(
        self, scores: Array, packing: Packing, tags: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Give log forward and backward scores of the path's tags, and the path's log steps.

        A sequence's first row has no step, and what stands there is not used.
        Forward values are scaled to sum to one at each step; backward values share the scales.
        """
        steps = list(pairwise(packing.steps.tolist()))
        move = np.exp(self.transitions.astype(np.float64))
        emit = np.exp((scores - scores.max(axis=1, keepdims=True)).astype(np.float64))
        alpha = np.empty(scores.shape, dtype=np.float64)
        beta = np.empty(scores.shape, dtype=np.float64)
        scale = np.empty(len(scores), dtype=np.float64)
        start, end = steps[0]
        alpha[start:end] = np.exp(self.first.astype(np.float64)) * emit[start:end]
        for number, (start, end) in enumerate(steps):
            if number:
                before = steps[number - 1][0]
                alpha[start:end] = (alpha[before : before + end - start] @ move) * emit[start:end]
            scale[start:end] = alpha[start:end].sum(axis=1)
            alpha[start:end] /= scale[start:end, None]
        closing = np.exp(self.last.astype(np.float64))
        live = 0
        for number in range(len(steps) - 1, -1, -1):
            start, end = steps[number]
            if live:
                after = steps[number + 1][0]
                rows = slice(after, after + live)
                beta[start : start + live] = (beta[rows] * emit[rows]) @ move.T
                beta[start : start + live] /= scale[rows, None]
            finished = slice(start + live, end)
            beta[finished] = closing / (alpha[finished] @ closing)[:, None]
            live = end - start
        everywhere = np.arange(len(scores))
        path = (
            self.transitions[tags[packing.before], tags]
            + np.log(emit[everywhere, tags])
            - np.log(scale)
        )
        with np.errstate(divide="ignore"):
            return np.log(alpha[everywhere, tags]), np.log(beta[everywhere, tags]), path


def _scored(
    span: TagSpan,
    offset: int,
    place: NDArray[np.int64],
    sums: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
) -> ScoredSpan:
    alpha, beta, path = sums
    start, end, label = span
    rows = place[offset + start : offset + end]
    log = alpha[rows[0]] + path[rows[1:]].sum() + beta[rows[-1]]
    return ScoredSpan(start, end, label, float(np.exp(min(log, 0.0))))
