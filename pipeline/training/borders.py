"""Fitting how much word borders weigh in the recogniser (components/recogniser/borders.py).

Ten weights, on texts that the recogniser was not trained on: where it knows the answer by heart,
words have nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.annotations.datasets import Sample
from pipeline.components.recogniser.borders import BorderWeights, border_marks
from pipeline.components.recogniser.labels import LABELS, tag_count
from pipeline.components.recogniser.model import Recogniser
from pipeline.training.loss import partial_crf_loss
from pipeline.training.masks import is_consistent, tag_mask

if TYPE_CHECKING:
    import torch

__all__ = ["BorderFit", "fit_borders"]

PRIOR = 3.0  # nats that a weight of one costs
ROUNDS = 30
BATCH = 64
Part = tuple[Recogniser, Sequence[Sample]]
Words = Callable[[str], Iterable[Sequence[int]]]


@dataclass(frozen=True)
class BorderFit:
    """Fitted weights, and the negative log probability of the annotation without and with them."""

    weights: BorderWeights
    before: float
    after: float


@dataclass(frozen=True)
class _Sentence:
    """Scores and possible tags (length, tags), and marks (length, 2): begins, ends no word."""

    scores: NDArray[np.float32]
    marks: NDArray[np.float32]
    mask: NDArray[np.bool_]


def fit_borders(parts: Sequence[Part], known_words: Words) -> BorderFit:
    """Fit the weights to annotated texts, each part with the recogniser of its convention.

    All recognisers are dialects of one model. known_words: the dictionary words of a text as
    [start, end].
    """
    import torch

    crf = parts[0][0].crf
    moves = (
        torch.from_numpy(crf.transitions),
        torch.from_numpy(crf.first),
        torch.from_numpy(crf.last),
    )
    sentences = [row for part in parts for row in _sentences(*part, known_words)]
    batches = list(_batches(sentences))
    shape = torch.from_numpy(_shape())
    weights = torch.zeros(2, len(LABELS), requires_grad=True)

    def loss() -> torch.Tensor:
        by_tag = torch.einsum("kl,klt->kt", weights, shape)
        return sum(
            (
                partial_crf_loss(scores + marks @ by_tag, mask, lengths, moves).sum()
                for scores, marks, mask, lengths in batches
            ),
            start=torch.zeros(()),
        )

    def step() -> torch.Tensor:
        search.zero_grad()
        cost = loss() + PRIOR * (weights**2).sum()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    search = torch.optim.LBFGS([weights], max_iter=ROUNDS, line_search_fn="strong_wolfe")
    before = float(loss().detach())
    search.step(step)  # type: ignore[no-untyped-call]
    opens, closes = (
        # plus nothing, so that no weight is -0.0
        {label: round(value, 2) + 0.0 for label, value in zip(LABELS, row, strict=True)}
        for row in weights.detach().tolist()
    )
    return BorderFit(BorderWeights(opens, closes), before, float(loss().detach()))


def _shape() -> NDArray[np.float32]:
    """Which tags each weight counts for: (2, labels, tags)."""
    shape = np.zeros((2, len(LABELS), tag_count()), dtype=np.float32)
    for number, label in enumerate(LABELS):
        shape[0, number] = BorderWeights({label: 1.0}, {}).by_tag()[0]
        shape[1, number] = BorderWeights({}, {label: 1.0}).by_tag()[1]
    return shape


def _sentences(
    recogniser: Recogniser, samples: Sequence[Sample], known_words: Words
) -> Iterator[_Sentence]:
    scored = recogniser.scores([sample.text for sample in samples])
    for sample, rows in zip(samples, scored, strict=True):
        allowed = tag_mask(sample)
        marks = np.stack(border_marks(len(sample.text), known_words(sample.text)), axis=1)
        for (start, end), scores in rows:
            # A sentence that was cut inside a name has no legal path.
            if is_consistent(allowed[start:end]):
                here = marks[start:end].astype(np.float32)
                yield _Sentence(scores.astype(np.float32), here, allowed[start:end])


def _batches(sentences: list[_Sentence]) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Scores, marks, masks and lengths as padded tensors, the longest sentence first."""
    import torch

    ordered = sorted(sentences, key=lambda one: -len(one.scores))
    for first in range(0, len(ordered), BATCH):
        rows = ordered[first : first + BATCH]
        size = (len(rows), len(rows[0].scores))
        scores = np.zeros((*size, tag_count()), dtype=np.float32)
        marks = np.zeros((*size, 2), dtype=np.float32)
        mask = np.ones((*size, tag_count()), dtype=bool)
        for number, row in enumerate(rows):
            length = len(row.scores)
            scores[number, :length] = row.scores
            marks[number, :length] = row.marks
            mask[number, :length] = row.mask
        lengths = [len(row.scores) for row in rows]
        yield (
            torch.from_numpy(scores),
            torch.from_numpy(marks),
            torch.from_numpy(mask),
            torch.tensor(lengths),
        )
