"""Training of the word segmentation model with spacy-pkuseg's own trainer.

The trainer reads text files and keeps its settings in one global object, so it runs in a process
of its own; here its result is pruned and written as the plain arrays that renzhi reads.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import multiprocessing
import random
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.components.segmenter.model import TAGS, WordModel, write_model
from pipeline.errors import BadInputError, ConfigError
from pipeline.training.sections import Section, read_sections

__all__ = [
    "SegmenterConfig",
    "prune",
    "read_sentences",
    "train_segmenter",
    "train_words",
]

SENTENCE_ENDS = "。！？；"


class DataSettings(Section):
    """Files below the data folder: JSON Lines with ``text`` and ``tokens`` [[start, end, tag]]."""

    train: str
    dev: str


class TrainingSettings(Section):
    """passes over the data; a feature must occur more than rare times and weigh smallest at least.

    sentences: how many to train on, drawn at random; all of them where there are no more.
    seed: of that draw and of the order in which sentences are visited.
    """

    passes: int = Field(default=6, gt=0)
    sentences: int = Field(default=1_000_000, gt=0)
    rare: int = Field(default=2, ge=0)
    smallest: float = Field(default=0.05, ge=0)
    seed: int = 1


class SegmenterConfig(Section):
    """What configs/segmenter.cfg holds."""

    data: DataSettings
    training: TrainingSettings = TrainingSettings()


def train_segmenter(config: Path, data: Path, output: Path) -> WordModel:
    """Train from a config and write model and checksum into the folder ``output``.

    data: the folder that the paths of the config are relative to.
    RAISES BadInputError, ConfigError: see ``read_sections`` and ``read_sentences``.
    """
    settings = read_sections(config, SegmenterConfig)
    train = list(read_sentences(data / settings.data.train))
    dev = list(read_sentences(data / settings.data.dev))
    model = train_words(train, dev, settings.training)
    write_model(model, output)
    return model


def read_sentences(path: Path) -> Iterator[list[str]]:
    """Read the words of each sentence of a file, ``.gz`` or plain.

    RAISES BadInputError: it cannot be read or a line is malformed.
    """
    number = 0
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as lines
        ):
            for line in lines:
                number += 1
                row = json.loads(line)
                yield from _sentences(row["text"][s:e] for s, e, *_ in row["tokens"])
    except OSError as error:
        raise BadInputError(str(path), str(error.strerror or error)) from error
    except (ValueError, KeyError, TypeError) as error:
        reason = f"key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise BadInputError(f"{path}:{number}", reason) from error


def _sentences(words: Iterable[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        solid = "".join(word.split())
        if solid:
            sentence.append(solid)
        if solid and solid in SENTENCE_ENDS:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def train_words(
    train: list[list[str]], dev: list[list[str]], settings: TrainingSettings
) -> WordModel:
    """Train on sentences, each a list of words, in a process of its own.

    RAISES ConfigError: the trainer failed, or there is nothing to train or to test on.
    """
    if not train or not dev:
        raise ConfigError("the segmenter needs sentences to train and to test on")
    if len(train) > settings.sentences:
        train = random.Random(settings.seed).sample(train, settings.sentences)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, sentences in (("train", train), ("dev", dev)):
            lines = "\n".join(" ".join(words) for words in sentences)
            (folder / part).write_text(lines + "\n", encoding="utf-8")
        spawn = multiprocessing.get_context("spawn")
        worker = spawn.Process(target=_run_trainer, args=(folder, settings))
        worker.start()
        worker.join()
        if worker.exitcode != 0:
            raise ConfigError(f"spacy-pkuseg's trainer ended with code {worker.exitcode}")
        return _read_trained(folder, settings.smallest)


def _run_trainer(folder: Path, settings: TrainingSettings) -> None:
    import spacy_pkuseg
    from spacy_pkuseg.config import config

    random.seed(settings.seed)
    config.featureTrim = settings.rare
    # its progress goes to a log that a person can follow, not into our output
    with (folder / "log").open("w", encoding="utf-8") as log, contextlib.redirect_stdout(log):
        spacy_pkuseg.train(
            str(folder / "train"),
            str(folder / "dev"),
            str(folder / "model"),
            train_iter=settings.passes,
        )


def _read_trained(folder: Path, smallest: float) -> WordModel:
    from spacy_pkuseg.feature_extractor import FeatureExtractor

    extractor = FeatureExtractor.load(str(folder / "model"))
    if tuple(sorted(extractor.tag_to_idx, key=extractor.tag_to_idx.__getitem__)) != TAGS:
        raise ConfigError("this spacy-pkuseg uses other tags than renzhi knows")
    names = sorted(extractor.feature_to_idx, key=extractor.feature_to_idx.__getitem__)
    with np.load(folder / "model" / "weights.npz") as arrays:
        weights = np.asarray(arrays["w"], dtype=np.float64)
    return prune(tuple(names), tuple(sorted(extractor.unigram)), weights, smallest)


def prune(
    features: tuple[str, ...],
    words: tuple[str, ...],
    weights: NDArray[np.float64],
    smallest: float,
) -> WordModel:
    """Drop features whose weights differ by less than ``smallest`` between tags.

    The first feature stays: the extractor gives its number to every character. Of the dictionary
    stays what some kept word feature names, for no other word can change a tag.
    """
    size = len(TAGS)
    table = weights[: -(size**2)].reshape(len(features), size)
    wanted = np.ptp(table, axis=1) >= smallest
    wanted[0] = True
    kept = [i for i in range(len(features)) if wanted[i]]
    named = {
        part
        for i in kept
        if features[i].startswith("w")
        for part in features[i].rpartition(".")[2].split("*")
    }
    return WordModel(
        features=tuple(features[i] for i in kept),
        words=tuple(word for word in words if word in named),
        weights=np.concatenate([table[kept].ravel(), weights[-(size**2) :]]),
    )
