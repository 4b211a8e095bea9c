"""The recogniser's network in NumPy: vectors and lexicon words per character, two BiGRU layers.

The same computation as `pipeline.training.network`, which a test holds it to. Word features follow
SoftLexicon (Ma et al., ACL 2020): the vectors of the lexicon words that begin, continue and end at
a character are summed apart; categories of the gazetteers come in by the same door as bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.components.recogniser.features import (
    WORD_LENGTHS,
    Features,
    flag_matrix,
    gazetteer_matrix,
)
from pipeline.components.recogniser.packing import Packing, pack

__all__ = ["Network", "word_sums"]

Array = NDArray[np.float32]
ROWS_AT_ONCE = 4096  # characters in one packed batch; bounds the memory of a run


@dataclass(frozen=True)
class GruLayer:
    """One bidirectional layer, forwards then backwards; gate order r, z, n as in PyTorch.

    inputs: two of (I, 3H), bias: two of (3H,), recurrent: two of (H, 3H), candidate: two of (H,),
    the bias inside the reset gate. Weights of r and z are halved: sigmoid(x) is
    computed as (1 + tanh(x / 2)) / 2, for which NumPy has a vector instruction path.
    """

    inputs: tuple[Array, Array]
    bias: tuple[Array, Array]
    recurrent: tuple[Array, Array]
    candidate: tuple[Array, Array]


class Network:
    """Weights made ready for inference; ``emissions`` is its only use.

    weights: arrays by name, as `pipeline.training.network.export_weights` writes them.
    categories: number of gazetteer categories. dialect: row of the corpus convention to follow.
    """

    def __init__(self, weights: Mapping[str, Array], categories: int, dialect: int) -> None:
        self.categories = categories
        self.bigram = _single(weights["bigram"])
        self.word = _single(weights["word"])
        chars = _single(weights["char"])
        width = chars.shape[1]
        lowest = _layer(weights, 0)
        dialects = _single(weights["dialect"])
        tail = dialects.shape[1]
        # a character always adds the same numbers to the first layer, so they are kept ready
        self.char_tables = [
            chars @ into[:width] + bias + dialects[dialect] @ into[-tail:]
            for into, bias in zip(lowest.inputs, lowest.bias, strict=True)
        ]
        forwards, backwards = (np.ascontiguousarray(into[width:-tail]) for into in lowest.inputs)
        self.lowest = GruLayer(
            (forwards, backwards),
            lowest.bias,
            lowest.recurrent,
            lowest.candidate,
        )
        count = 1
        while f"gru.weight_ih_l{count}" in weights:
            count += 1
        self.upper = [_layer(weights, number) for number in range(1, count)]
        self.output = np.ascontiguousarray(_single(weights["output.weight"]).T)
        self.output_bias = _single(weights["output.bias"]) + _single(weights["tag_bias"])[dialect]

    def emissions(self, pieces: Sequence[Features]) -> list[Array]:
        """Score every tag at every character: one (length, tags) array a piece."""
        results: list[Array] = [np.empty((0, len(self.output_bias)), np.float32)] * len(pieces)
        batch: list[int] = []
        rows = 0
        for number in sorted(range(len(pieces)), key=lambda number: -len(pieces[number])):
            if not len(pieces[number]):
                continue
            batch.append(number)
            rows += len(pieces[number])
            if rows >= ROWS_AT_ONCE:
                self._run(pieces, batch, results)
                batch, rows = [], 0
        if batch:
            self._run(pieces, batch, results)
        return results

    def _run(self, pieces: Sequence[Features], batch: list[int], results: list[Array]) -> None:
        chosen = [pieces[number] for number in batch]
        lengths = [len(piece) for piece in chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
        packing = pack(starts[:-1], lengths)
        states = _run_layer(self.lowest_inputs(chosen, packing), self.lowest, packing.steps)
        for layer in self.upper:
            gates = [
                states @ into + bias for into, bias in zip(layer.inputs, layer.bias, strict=True)
            ]
            states = _run_layer(gates, layer, packing.steps)
        flat = packing.flat(states @ self.output + self.output_bias)
        for number, start, end in zip(batch, starts[:-1], starts[1:], strict=True):
            results[number] = flat[start:end]

    def lowest_inputs(self, chosen: list[Features], packing: Packing) -> list[Array]:
        """Compute the first layer's gates of both directions, in packed order."""
        order = packing.order
        words = np.concatenate([piece.words for piece in chosen])
        parts = [
            self.bigram[np.concatenate([piece.bigrams for piece in chosen])],
            *word_sums(words, self.word),
            gazetteer_matrix(np.concatenate([p.gazetteer for p in chosen]), self.categories),
            flag_matrix(np.concatenate([piece.flags for piece in chosen])),
        ]
        inputs = np.concatenate(parts, axis=1)[order]
        rows = np.concatenate([piece.chars for piece in chosen])[order]
        gates = [inputs @ into for into in self.lowest.inputs]
        for gate, table in zip(gates, self.char_tables, strict=True):
            np.add(gate, table[rows], out=gate)
        return gates


def word_sums(words: NDArray[np.int32], vectors: Array) -> tuple[Array, Array, Array]:
    """Sum the vectors of the words that begin at, pass through and end at each character.

    words: (N, len(WORD_LENGTHS)) rows of the words that start at each character, 0 for none.
    """
    shape = (len(words), vectors.shape[1])
    begin, inside, end = (np.zeros(shape, dtype=np.float32) for _ in range(3))
    for column, length in enumerate(WORD_LENGTHS):
        starts = np.flatnonzero(words[:, column])
        found = vectors[words[starts, column]]
        begin[starts] += found
        end[starts + length - 1] += found
        for step in range(1, length - 1):
            inside[starts + step] += found
    return begin, inside, end


def _run_layer(gates: list[Array], layer: GruLayer, steps: NDArray[np.int64]) -> Array:
    width = layer.recurrent[0].shape[0]
    states = np.empty((len(gates[0]), 2 * width), dtype=np.float32)
    bounds = list(pairwise(steps.tolist()))
    for direction, order in enumerate((bounds, bounds[::-1])):
        target = states[:, direction * width : (direction + 1) * width]
        _run_direction(gates[direction], layer, direction, order, target)
    return states


def _run_direction(
    gates: Array, layer: GruLayer, direction: int, slices: list[tuple[int, int]], target: Array
) -> None:
    recurrent, candidate = layer.recurrent[direction], layer.candidate[direction]
    width = recurrent.shape[0]
    widest = max(end - start for start, end in slices)
    state = np.zeros((widest, width), dtype=np.float32)
    pushed = np.empty((widest, 3 * width), dtype=np.float32)
    for start, end in slices:
        count = end - start
        # forwards the number of live sequences shrinks; backwards it grows from zero states
        h, p, g = state[:count], pushed[:count], gates[start:end]
        np.matmul(h, recurrent, out=p)
        keep = g[:, : 2 * width]
        keep += p[:, : 2 * width]
        np.tanh(keep, out=keep)
        keep *= 0.5
        keep += 0.5
        fresh = p[:, 2 * width :]
        fresh += candidate
        fresh *= keep[:, :width]
        fresh += g[:, 2 * width :]
        np.tanh(fresh, out=fresh)
        h -= fresh
        h *= keep[:, width:]
        h += fresh
        target[start:end] = h


def _layer(weights: Mapping[str, Array], number: int) -> GruLayer:
    inputs, biases, recurrents, candidates = [], [], [], []
    for suffix in ("", "_reverse"):
        name = f"l{number}{suffix}"
        into = _single(weights[f"gru.weight_ih_{name}"]).T.copy()
        back = _single(weights[f"gru.weight_hh_{name}"]).T.copy()
        bias = _single(weights[f"gru.bias_ih_{name}"]).copy()
        inner = _single(weights[f"gru.bias_hh_{name}"])
        width = len(back)
        bias[: 2 * width] += inner[: 2 * width]
        for array in (into.T, back.T, bias):
            array[: 2 * width] *= 0.5
        inputs.append(into)
        biases.append(bias)
        recurrents.append(back)
        candidates.append(inner[2 * width :].copy())
    return GruLayer(
        (np.ascontiguousarray(inputs[0]), np.ascontiguousarray(inputs[1])),
        (biases[0], biases[1]),
        (np.ascontiguousarray(recurrents[0]), np.ascontiguousarray(recurrents[1])),
        (candidates[0], candidates[1]),
    )


def _single(array: Array) -> Array:
    return np.asarray(array, dtype=np.float32)
