"""Training of the word segmentation model with spacy-pkuseg's own trainer.

The trainer reads text files and keeps its settings in one global object, so its parts run in a
process of their own, which keeps the features of the texts and the state after every pass: a killed
run goes on from there. Here its result is pruned and written as the plain arrays that renzhi reads.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import multiprocessing
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.components.segmenter.model import (
    MODEL_FILE,
    SUM_FILE,
    TAGS,
    WordModel,
    read_model,
    write_model,
)
from pipeline.errors import BadInputError, ConfigError, RenzhiError
from pipeline.training.run import Run, fingerprint, run_folder
from pipeline.training.sections import Section, read_sections
from pipeline.training.watch import Progress, Watch

__all__ = [
    "SegmenterConfig",
    "prune",
    "read_sentences",
    "train_segmenter",
    "train_words",
]

SENTENCE_ENDS = "。！？；"
FEATURES, STATE = "features", "state"
TOLD_EVERY = 0.25  # seconds
DEFAULT_WATCH = Watch()


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


def train_segmenter(
    config: Path, data: Path, output: Path, watch: Watch = DEFAULT_WATCH
) -> WordModel:
    """Train from a config and write model and checksum into the folder ``output``.

    data: the folder that the paths of the config are relative to. The same call goes on after a
    kill, from the state beside ``output``, and does nothing where it has ended.
    RAISES BadInputError, ConfigError: see ``read_sections`` and ``read_sentences``.
    """
    settings = read_sections(config, SegmenterConfig)
    files = [data / settings.data.train, data / settings.data.dev]
    run = Run(run_folder(output), fingerprint(settings.model_dump(), files))
    if run.finished(output):
        watch.say(f"{output} is what this configuration and data give; it was not trained again")
        return read_model(output)
    train, dev = (list(read_sentences(file)) for file in files)
    if run.begin():
        watch.say(f"going on from {run.folder}")
    model = train_words(train, dev, settings.training, run, watch)
    write_model(model, output)
    run.finish(output, [output / MODEL_FILE, output / SUM_FILE])
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
    train: list[list[str]],
    dev: list[list[str]],
    settings: TrainingSettings,
    run: Run,
    watch: Watch = DEFAULT_WATCH,
) -> WordModel:
    """Train on sentences, each a list of words, in a process of its own.

    RAISES ConfigError: the trainer failed, or there is nothing to train or to test on.
    """
    if not train or not dev:
        raise ConfigError("the segmenter needs sentences to train and to test on")
    if len(train) > settings.sentences:
        train = random.Random(settings.seed).sample(train, settings.sentences)
    # beside the state, so that what a killed run leaves goes with it
    with tempfile.TemporaryDirectory(dir=run.folder) as name:
        folder = Path(name)
        for part, sentences in (("train", train), ("dev", dev)):
            lines = "\n".join(" ".join(words) for words in sentences)
            (folder / part).write_text(lines + "\n", encoding="utf-8")
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe(duplex=False)
        arguments = (folder, settings, run, there)
        worker = spawn.Process(target=_run_trainer, args=arguments, daemon=True)
        worker.start()
        there.close()
        try:
            _listen(here, watch)
        except BaseException:
            worker.terminate()
            raise
        finally:
            worker.join()
        if worker.exitcode != 0:
            raise ConfigError(f"spacy-pkuseg's trainer ended with code {worker.exitcode}")
        return _read_trained(folder, settings.smallest)


def _listen(pipe: Connection, watch: Watch) -> None:
    with contextlib.suppress(EOFError):
        while True:
            heard = pipe.recv()
            if isinstance(heard, RenzhiError):
                raise heard
            if isinstance(heard, Progress):
                watch.tell(heard)
            else:
                watch.say(heard)


def _run_trainer(folder: Path, settings: TrainingSettings, run: Run, pipe: Connection) -> None:
    # Ctrl-C reaches the whole group of processes: the parent answers it and ends this one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = str(folder)  # where the trainer puts its files, which are large
    # the trainer's own lines go to a log, not into our output
    with (folder / "log").open("w", encoding="utf-8") as log, contextlib.redirect_stdout(log):
        try:
            _train(folder, settings, run, pipe.send)
        except RenzhiError as error:
            pipe.send(error)
        except BrokenPipeError:
            sys.exit(1)  # the parent was killed


def _train(
    folder: Path, settings: TrainingSettings, run: Run, send: Callable[[Progress | str], None]
) -> None:
    """Do what ``spacy_pkuseg.train`` does, with the state kept after every pass."""
    from spacy_pkuseg.config import config
    from spacy_pkuseg.data import DataSet
    from spacy_pkuseg.trainer import Trainer

    config.featureTrim = settings.rare
    config.modelDir = str(folder / "model")
    config.nThread = 1
    config.init_model = None
    for needed in (config.modelDir, config.outDir):
        Path(needed).mkdir(parents=True, exist_ok=True)
    extractor = _features(folder, run, send)
    train = DataSet.load(config.fFeatureTrain, config.fGoldTrain)
    dev = DataSet.load(config.fFeatureTest, config.fGoldTest)
    config.globalCheck()
    random.seed(settings.seed)
    trainer = Trainer(config, train, extractor)
    first = 0
    if (kept := run.read(STATE)) is not None:
        first = int(kept["passes"])
        trainer.model.w[:] = kept["weights"]
        trainer.optim.decayList[:] = kept["rates"]
        for _ in range(first):
            random.shuffle(list(range(len(train))))  # as each pass that is done drew its order
    with (folder / "scores").open("w", encoding="utf-8") as config.swLog:
        for number in range(first, settings.passes):
            name = f"pass {number + 1}/{settings.passes}"
            trainer.optim._X = _Told(train, name, send)
            trainer.train_epoch()
            state = {"weights": trainer.model.w, "rates": trainer.optim.decayList}
            run.write(STATE, {"passes": np.array(number + 1), **state})
            send(f"{name}: dev F1 {trainer.test(dev, number)[0]:.1f}")
    trainer.model.save()


def _features(folder: Path, run: Run, send: Callable[[Progress | str], None]) -> Any:
    """Turn both texts into numbers of features, in the files that the trainer reads."""
    from spacy_pkuseg.config import config
    from spacy_pkuseg.feature_extractor import FeatureExtractor

    files = {
        "names": Path(config.modelDir, "features.msgpack"),
        "train": Path(config.fFeatureTrain),
        "train_tags": Path(config.fGoldTrain),
        "dev": Path(config.fFeatureTest),
        "dev_tags": Path(config.fGoldTest),
    }
    if (kept := run.read(FEATURES)) is not None:
        for part, path in files.items():
            path.write_bytes(kept[part].tobytes())
        return FeatureExtractor.load(config.modelDir)
    started = time.monotonic()

    def tell(step: int) -> None:
        send(Progress("features of the texts", step, 5, None, time.monotonic() - started))

    extractor = FeatureExtractor()
    tell(0)
    extractor.build(str(folder / "train"))
    extractor.save()
    tell(1)
    extractor.convert_text_file_to_feature_file(
        str(folder / "train"), config.c_train, config.f_train
    )
    tell(2)
    extractor.convert_text_file_to_feature_file(str(folder / "dev"), config.c_test, config.f_test)
    tell(3)
    extractor.convert_feature_file_to_idx_file(
        config.f_train, config.fFeatureTrain, config.fGoldTrain
    )
    tell(4)
    extractor.convert_feature_file_to_idx_file(config.f_test, config.fFeatureTest, config.fGoldTest)
    run.write(
        FEATURES,
        {part: np.frombuffer(path.read_bytes(), dtype=np.uint8) for part, path in files.items()},
    )
    tell(5)
    return extractor


class _Told:
    """Sentences that tell how many of them were visited."""

    def __init__(
        self, rows: Sequence[Any], stage: str, send: Callable[[Progress | str], None]
    ) -> None:
        self.rows, self.stage, self.send = rows, stage, send
        self.visited = 0
        self.started = self.told = time.monotonic()

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> Any:
        self.visited += 1
        now = time.monotonic()
        if now - self.told > TOLD_EVERY or self.visited == len(self.rows):
            self.told = now
            at = (self.visited, len(self.rows))
            self.send(Progress(self.stage, *at, None, now - self.started))
        return self.rows[number]


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
