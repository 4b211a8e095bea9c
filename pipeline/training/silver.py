"""Self-training: articles that nobody annotated, labelled by the model so far where it is sure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.annotations.datasets import FLAT_LABELS, Region, Sample
from pipeline.annotations.standoff import read_articles
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.model import Recogniser

__all__ = ["label_texts", "load_silver", "unseen_articles"]

SHARED = 40  # characters of a paragraph; two texts that share a paragraph this long are one


def unseen_articles(folder: Path, seen: Iterable[str]) -> list[str]:
    """Give the articles of a folder that share no longer paragraph with a text already in use.

    Texts that a check scores are among ``seen``: nothing may be learned from them.
    """
    known = {line for text in seen for line in _paragraphs(text)}
    return [text for _, text in read_articles(folder) if not known.intersection(_paragraphs(text))]


def label_texts(
    recogniser: Recogniser, texts: Sequence[str], dialect: str, sure: float
) -> list[Sample]:
    """Label texts; what the model is less than ``sure`` of stays unknown in training."""
    samples = []
    for text, found in zip(texts, recogniser.find(texts), strict=True):
        spans = [(s.start, s.end, LABELS[s.label]) for s in found if s.probability >= sure]
        doubtful = [Region(s.start, s.end, FLAT_LABELS) for s in found if s.probability < sure]
        samples.append(Sample(text, tuple(spans), FLAT_LABELS, dialect, tuple(doubtful)))
    return samples


def load_silver(
    file: Path, recogniser: Recogniser, texts: Sequence[str], dialect: str, sure: float
) -> list[Sample]:
    """Label texts, or read the labels that an interrupted run has written to ``file``."""
    if not file.exists():
        lines = [
            json.dumps([sample.spans, [(r.start, r.end) for r in sample.regions]])
            for sample in label_texts(recogniser, texts, dialect, sure)
        ]
        partial = file.with_suffix(".partial")
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text("\n".join(lines), encoding="utf-8")
        partial.replace(file)
    samples = []
    rows = file.read_text(encoding="utf-8").split("\n")
    for text, row in zip(texts, rows, strict=True):
        spans, doubtful = json.loads(row)
        samples.append(
            Sample(
                text,
                tuple((start, end, label) for start, end, label in spans),
                FLAT_LABELS,
                dialect,
                tuple(Region(start, end, FLAT_LABELS) for start, end in doubtful),
            )
        )
    return samples


def _paragraphs(text: str) -> set[str]:
    return {line[:SHARED] for line in text.split("\n") if len(line) >= SHARED}
