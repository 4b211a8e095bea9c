"""Training examples: sentences as arrays, packed into batches of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.annotations.datasets import Sample
from pipeline.components.lexicon import Lexicon
from pipeline.components.recogniser.features import (
    WORD_LENGTHS,
    Alphabet,
    Features,
    extract_all,
    flag_matrix,
    gazetteer_matrix,
)
from pipeline.components.recogniser.labels import tag_count
from pipeline.components.recogniser.packing import pack
from pipeline.components.recogniser.windows import sentences
from pipeline.errors import BadInputError
from pipeline.training.masks import is_consistent, tag_mask

if TYPE_CHECKING:
    import torch

    from pipeline.training.network import Bags, Batch

__all__ = ["Example", "collate", "encode", "plan_batches"]

LONGEST = 200


@dataclass(frozen=True)
class Example:
    """One sentence: features, (length,) uint32 bits of possible tags, row of its dialect."""

    features: Features
    allowed: NDArray[np.uint32]
    dialect: int

    def __len__(self) -> int:
        return len(self.features)


def encode(
    samples: Sequence[Sample], alphabet: Alphabet, lexicon: Lexicon, dialect: int
) -> Iterator[Example]:
    """Turn samples into sentences, cut as at run time but never inside a known span.

    RAISES BadInputError: the labels of a sentence contradict one another.
    """
    shifts = np.arange(tag_count(), dtype=np.uint32)
    extracted = extract_all([sample.text for sample in samples], alphabet, lexicon)
    for sample, features in zip(samples, extracted, strict=True):
        mask = tag_mask(sample)
        bits = (mask.astype(np.uint32) << shifts).sum(axis=1, dtype=np.uint32)
        for start, end in _whole(sentences(sample.text, LONGEST), sample):
            if sample.regions and not is_consistent(mask[start:end]):
                sentence = sample.text[start:end]
                raise BadInputError(sample.dialect, f"contradictory labels in: {sentence}")
            yield Example(features.take(start, end), bits[start:end], dialect)


def collate(
    examples: Sequence[Example],
    categories: int,
    word_dropout: float = 0.0,
    generator: np.random.Generator | None = None,
) -> Batch:
    """Put sentences into a batch of torch tensors.

    word_dropout: chance that a lexicon word's vector is left out, drawn from ``generator``.
    """
    import torch

    from pipeline.training.network import Batch

    ordered = sorted(examples, key=len, reverse=True)
    lengths = np.array([len(example) for example in ordered])
    longest = int(lengths[0])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    packing = pack(starts[:-1].tolist(), lengths.tolist())
    order = packing.order
    row = np.repeat(np.arange(len(ordered)), lengths)
    place = row * longest + np.arange(len(row)) - starts[row]
    joined = [example.features for example in ordered]
    words = np.concatenate([features.words for features in joined])
    if word_dropout and generator is not None:
        words = words * (generator.random(words.shape) >= word_dropout)
    gazetteer = np.concatenate([features.gazetteer for features in joined])
    flags = np.concatenate([features.flags for features in joined])
    extra = np.concatenate([gazetteer_matrix(gazetteer, categories), flag_matrix(flags)], axis=1)
    allowed = np.ones(len(ordered) * longest, dtype=np.uint32)
    allowed[place] = np.concatenate([example.allowed for example in ordered])
    tags = np.arange(tag_count(), dtype=np.uint32)
    mask = ((allowed[:, None] >> tags) & np.uint32(1)).astype(bool)
    return Batch(
        _numbers(np.concatenate([features.chars for features in joined])[order]),
        _numbers(np.concatenate([features.bigrams for features in joined])[order]),
        _bags(words, order),
        torch.from_numpy(extra[order]),
        _numbers(np.array([example.dialect for example in ordered])[row][order]),
        packing.steps,
        _numbers(place[order]),
        _numbers(lengths),
        torch.from_numpy(mask.reshape(len(ordered), longest, -1)),
    )


def _numbers(array: NDArray[Any]) -> torch.Tensor:
    import torch

    return torch.from_numpy(array.astype(np.int64))


def _bags(words: NDArray[np.int32], order: NDArray[np.int64]) -> tuple[Bags, Bags, Bags]:
    """Gather the words that begin at, go on at and end at each character, in packed order."""
    from pipeline.training.network import Bags

    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    places: list[list[NDArray[np.int64]]] = [[], [], []]
    rows: list[list[NDArray[np.int32]]] = [[], [], []]
    for column, length in enumerate(WORD_LENGTHS):
        starts = np.flatnonzero(words[:, column])
        found = words[starts, column]
        for step in range(length):
            kind = 0 if step == 0 else 2 if step == length - 1 else 1
            places[kind].append(rank[starts + step])
            rows[kind].append(found)
    bags = []
    for kind in range(3):
        where, what = np.concatenate(places[kind]), np.concatenate(rows[kind])
        by_place = np.argsort(where, kind="stable")
        counts = np.bincount(where, minlength=len(order))
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        bags.append(Bags(_numbers(what[by_place]), _numbers(first)))
    return bags[0], bags[1], bags[2]


def plan_batches(
    lengths: Sequence[int], characters: int, generator: np.random.Generator
) -> Iterator[list[int]]:
    """Give batches of numbers of similarly long examples, ``characters`` each, in random order."""
    noise = generator.uniform(0.85, 1.15, len(lengths))
    order = np.argsort(np.asarray(lengths) * noise, kind="stable")
    batches: list[list[int]] = [[]]
    filled = 0
    for number in order.tolist():
        if filled + lengths[number] > characters and batches[-1]:
            batches.append([])
            filled = 0
        batches[-1].append(number)
        filled += lengths[number]
    for place in generator.permutation(len(batches)).tolist():
        if batches[place]:
            yield batches[place]


def _whole(pieces: list[tuple[int, int]], sample: Sample) -> list[tuple[int, int]]:
    known = [(start, end) for start, end, _ in sample.spans]
    known += [(region.start, region.end) for region in sample.regions if not region.free]
    inside = {position for start, end in known for position in range(start + 1, end)}
    joined: list[tuple[int, int]] = []
    for start, end in pieces:
        if joined and start in inside:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
