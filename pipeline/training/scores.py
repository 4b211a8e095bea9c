"""Exact-span scores of a recogniser on samples whose annotation is complete for some labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.annotations.datasets import Sample
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.model import Recogniser

__all__ = ["LabelScore", "calibration_error", "score_samples", "total"]


@dataclass(frozen=True)
class LabelScore:
    """Counts of one label. precision, recall and f1 are in [0, 1]; 0 where nothing was counted."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        both = self.found + self.gold
        return 2 * self.right / both if both else 0.0


def score_samples(
    recogniser: Recogniser, samples: Sequence[Sample]
) -> tuple[dict[str, LabelScore], list[tuple[str, float, bool]]]:
    """Score each label that the samples annotate completely.

    Also gives (label, probability, is right) of every span found, for calibration.
    """
    counts = {label: [0, 0, 0] for label in LABELS}
    judged = []
    found_all = recogniser.find([sample.text for sample in samples])
    for sample, found in zip(samples, found_all, strict=True):
        gold = {span for span in sample.spans if span[2] in sample.complete}
        for span in gold:
            counts[span[2]][2] += 1
        for scored in found:
            label = LABELS[scored.label]
            if label not in sample.complete:
                continue
            right = (scored.start, scored.end, label) in gold
            counts[label][0] += right
            counts[label][1] += 1
            judged.append((label, scored.probability, right))
    kept = {label: LabelScore(*row) for label, row in counts.items() if row[1] or row[2]}
    return kept, judged


def total(scores: Mapping[str, LabelScore]) -> LabelScore:
    """Sum counts over labels (micro average)."""
    return LabelScore(
        sum(score.right for score in scores.values()),
        sum(score.found for score in scores.values()),
        sum(score.gold for score in scores.values()),
    )


def calibration_error(judged: Sequence[tuple[str, float, bool]], bins: int = 10) -> float:
    """Expected calibration error: mean gap of probability and accuracy over equal-width bins."""
    if not judged:
        return 0.0
    probability = np.array([p for _, p, _ in judged])
    right = np.array([r for *_, r in judged], dtype=float)
    place = np.minimum((probability * bins).astype(int), bins - 1)
    gap = 0.0
    for number in range(bins):
        chosen = place == number
        if chosen.any():
            gap += chosen.mean() * abs(probability[chosen].mean() - right[chosen].mean())
    return float(gap)
