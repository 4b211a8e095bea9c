from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from pipeline.components.recogniser.crf import Crf
from pipeline.components.recogniser.labels import (
    LABELS,
    legal_transitions,
    spans_of_tags,
    tag_count,
    tags_of,
)
from pipeline.components.recogniser.packing import pack


def all_paths(length: int) -> list[tuple[int, ...]]:
    pairs, opens, closes = legal_transitions()
    return [
        path
        for path in product(range(tag_count()), repeat=length)
        if opens[path[0]] and closes[path[-1]] and all(pairs[a, b] for a, b in pairwise(path))
    ]


def test_best_path_and_span_probabilities_equal_enumeration() -> None:
    generator = np.random.default_rng(5)
    count = tag_count()
    move, first, last = (generator.normal(size=s) for s in ((count, count), count, count))
    crf = Crf(move.astype("f"), first.astype("f"), last.astype("f"))
    emissions = [(2 * generator.normal(size=(n, count))).astype("f") for n in (3, 1, 2, 3)]
    for scores, decoded in zip(emissions, crf.decode(emissions), strict=True):
        paths = all_paths(len(scores))
        weights = np.array([
            first[path[0]]
            + last[path[-1]]
            + sum(scores[t, tag] for t, tag in enumerate(path))
            + sum(move[a, b] for a, b in pairwise(path))
            for path in paths
        ])
        chances = np.exp(weights - weights.max())
        chances /= chances.sum()
        best = spans_of_tags(paths[int(weights.argmax())])
        assert [(span.start, span.end, span.label) for span in decoded] == best
        for span in decoded:
            expected = sum(
                chance
                for path, chance in zip(paths, chances, strict=True)
                if (span.start, span.end, span.label) in spans_of_tags(path)
            )
            assert span.probability == pytest.approx(expected, abs=1e-4)


def test_every_label_has_legal_spans_of_any_length() -> None:
    pairs, opens, closes = legal_transitions()
    for label in LABELS:
        begin, inside, end, single = tags_of(label)
        assert opens[single]
        assert closes[single]
        assert opens[begin]
        assert closes[end]
        assert pairs[begin, inside]
        assert pairs[inside, inside]
        assert pairs[inside, end]
        assert not pairs[begin, single]
        assert not pairs[end, inside]
        assert not closes[begin]
        assert not opens[inside]


def test_packing_puts_the_steps_of_all_sequences_together() -> None:
    packing = pack([0, 2, 5], [2, 3, 1])
    assert packing.steps.tolist() == [0, 3, 5, 6]
    assert packing.order.tolist() == [2, 0, 5, 3, 1, 4]
    rows = np.arange(6, dtype=np.float32)
    assert packing.flat(rows[packing.order]).tolist() == rows.tolist()
