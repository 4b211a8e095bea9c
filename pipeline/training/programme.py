"""Training of the PROGRAMME scorer: a conditional random field over proposed spans.

For every document the gold set of names is one path of the lattice of candidates
(``components/programme/lattice.py``); training maximises its probability, with an L2 penalty, by
full-batch Adam. Everything is NumPy; the result is a table of feature weights.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from confection import Config
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.annotations.native import GoldDocument, read_gold
from pipeline.components.programme import Programme, Scorer
from pipeline.components.programme.candidates import Candidate, Text, find_candidates
from pipeline.components.programme.features import (
    CLASS_FEATURES,
    end_features,
    pair_features,
    start_features,
)
from pipeline.components.programme.lattice import marginals
from pipeline.components.programme.resources import ProgrammeLists, shipped_lists
from pipeline.components.programme.scorer import repeated_spans
from pipeline.errors import BadInputError, ConfigError
from pipeline.schema import Label

__all__ = [
    "ProgrammeConfig",
    "ScorerSettings",
    "candidate_features",
    "read_config",
    "train_programme",
    "train_scorer",
]


class Section(BaseModel):
    """Base of the sections of configs/programme.cfg: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(Section):
    """train: a native gold file, relative to the data folder."""

    train: str


class ScorerSettings(Section):
    """How to fit.

    steps: of Adam; rate: its first rate. l2: penalty of a feature that names a class of words or a
    length; l2_words: of one that names words or characters, which carry over less. smallest: the
    weight below which a feature is dropped.
    """

    steps: int = Field(default=100, gt=0)
    rate: float = Field(default=0.1, gt=0)
    l2: float = Field(default=1.0, ge=0)
    l2_words: float = Field(default=3.0, ge=0)
    smallest: float = Field(default=0.01, ge=0)


class ModelSettings(Section):
    """bias: added to every candidate's weight when names are looked for."""

    bias: float = 0.0


class ProgrammeConfig(Section):
    """What configs/programme.cfg holds."""

    data: DataSettings
    training: ScorerSettings = ScorerSettings()
    model: ModelSettings = ModelSettings()


@dataclass(frozen=True)
class Prepared:
    """One document ready for training: spans by end, gold flags, features as index arrays."""

    spans: list[tuple[int, int]]
    gold: NDArray[np.float64]
    offsets: NDArray[np.int64]
    features: NDArray[np.int32]
    unreachable: int
    weight: float


def read_config(path: Path) -> ProgrammeConfig:
    """Read a config file.

    RAISES BadInputError: it cannot be read. ConfigError: an unknown key or a wrong value.
    """
    try:
        return ProgrammeConfig.model_validate(Config().from_disk(path))
    except OSError as error:
        raise BadInputError(str(path), str(error.strerror)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not a config file") from error


def train_programme(config: Path, data: Path, output: Path) -> Programme:
    """Train the component from a config and write its weights to the file ``output``, whole.

    data: the folder that the paths of the config are relative to.
    RAISES BadInputError, ConfigError: see ``read_config`` and ``read_gold``.
    """
    settings = read_config(config)
    lists = shipped_lists()
    weights = train_scorer(read_gold(data / settings.data.train), lists, settings.training)
    component = Programme(scorer=Scorer(weights, lists, settings.model.bias))
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".partial")
    with partial.open("wb") as out:
        out.write(component.to_bytes())
        out.flush()
        os.fsync(out.fileno())
    partial.replace(output)
    return component


def candidate_features(text: Text, candidate: Candidate, repeated: bool) -> list[str]:
    """Give all features of a candidate; the scorer adds the same ones up group by group."""
    return [
        *start_features(text, candidate.start),
        *end_features(text, candidate.end, candidate.category, candidate.category_end),
        *pair_features(text, candidate, repeated),
    ]


def prepare(
    document: GoldDocument, lists: ProgrammeLists, index: dict[str, int], weight: float = 1.0
) -> Prepared:
    """Turn a gold document into index arrays; new features get the next number of ``index``."""
    text = Text(document.text, lists)
    candidates = find_candidates(text)
    gold = {(s, e) for s, e, label in document.entities if label == Label.PROGRAMME}
    spans = [(c.start, c.end) for c in candidates]
    repeated = repeated_spans(text, candidates)
    rows: list[list[int]] = []
    for c in candidates:
        names = candidate_features(text, c, (c.start, c.end) in repeated)
        rows.append([index.setdefault(name, len(index)) for name in names])
    lengths = [len(row) for row in rows]
    return Prepared(
        spans=spans,
        gold=np.array([span in gold for span in spans], dtype=np.float64),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        features=np.array([i for row in rows for i in row], dtype=np.int32),
        unreachable=len(gold - set(spans)),
        weight=weight,
    )


def train_scorer(
    documents: Iterable[GoldDocument], lists: ProgrammeLists, settings: ScorerSettings
) -> dict[str, float]:
    """Train on documents and give the weights by feature name. The result is deterministic."""
    index: dict[str, int] = {}
    prepared = [prepare(document, lists, index) for document in documents]
    weights = fit(prepared, index, settings)
    return {
        name: round(float(weights[i]), 3)
        for name, i in index.items()
        if abs(weights[i]) >= settings.smallest
    }


def fit(
    prepared: Sequence[Prepared], index: dict[str, int], settings: ScorerSettings
) -> NDArray[np.float64]:
    """Maximise the penalised likelihood; gives one weight a feature."""
    prepared = [p for p in prepared if p.spans]
    features = np.concatenate([p.features for p in prepared])
    counts = np.concatenate([np.diff(p.offsets) for p in prepared])
    offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
    gold = np.concatenate([p.gold for p in prepared])
    scale = np.repeat([p.weight for p in prepared], [len(p.spans) for p in prepared])
    size = len(index)
    general = np.array([name.partition(":")[0] in CLASS_FEATURES for name in index], dtype=bool)
    penalty = np.where(general, settings.l2, settings.l2_words)
    weights = np.zeros(size)
    first, second = np.zeros(size), np.zeros(size)
    for step in range(1, settings.steps + 1):
        scores = np.add.reduceat(weights[features], offsets)
        expected = []
        at = 0
        for p in prepared:
            part = scores[at : at + len(p.spans)].tolist()
            expected.extend(marginals(p.spans, part)[0])
            at += len(p.spans)
        difference = (np.array(expected) - gold) * scale
        slope = np.bincount(features, np.repeat(difference, counts), size)
        gradient: NDArray[np.float64] = slope + penalty * weights
        first += 0.1 * (gradient - first)
        second += 0.01 * (gradient**2 - second)
        rate = settings.rate * (1 - 0.95 * step / settings.steps)
        corrected = np.sqrt(second / (1 - 0.99**step)) + 1e-8
        weights -= rate * (first / (1 - 0.9**step)) / corrected
    return weights
