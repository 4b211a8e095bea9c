"""Training the recogniser from a configuration: the function behind ``renzhi train``."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from pipeline.annotations.datasets import Sample, read_samples
from pipeline.components.recogniser.model import ModelData, Recogniser
from pipeline.errors import BadInputError, MissingExtraError
from pipeline.training.calibration import fit_calibration
from pipeline.training.config import SILVER, CorpusConfig, TrainingConfig
from pipeline.training.examples import encode
from pipeline.training.scores import LabelScore, calibration_error, score_samples
from pipeline.training.silver import load_silver, unseen_articles
from pipeline.training.trainer import Settings, Trainer
from pipeline.training.variation import vary
from pipeline.training.vocabulary import Vocabulary, build_vocabulary, name_pool
from pipeline.training.watch import Watch

__all__ = ["TrainingResult", "read_corpora", "split_held_out", "train_recogniser"]

DEFAULT_WATCH = Watch()


@dataclass(frozen=True)
class TrainingResult:
    """A trained model.

    scores, errors: scores by label and calibration error of each check. seconds: with those of the
    runs that it went on from. counts: characters of each corpus, variants left out.
    """

    model: ModelData
    scores: Mapping[str, Mapping[str, LabelScore]]
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, float] = field(default_factory=dict)


def train_recogniser(
    config: TrainingConfig,
    data: Path,
    folder: Path,
    watch: Watch = DEFAULT_WATCH,
) -> TrainingResult:
    """Train a model; an interrupted run in the same folder goes on from its last checkpoint.

    data: the folder that the configuration's paths are below. folder: for the checkpoint.
    RAISES MissingExtraError: torch is not installed. BadInputError: data is missing or malformed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("train", "renzhi train") from error
    torch.set_num_threads(config.threads)
    started = time.monotonic()
    corpora = read_corpora(config.corpora, data)
    counts = {name: sum(len(s.text) for s in samples) for name, samples in corpora.items()}
    checks = read_corpora(config.checks, data)
    corpora, held_out = split_held_out(config, corpora)
    corpora = _with_variants(config, corpora, data)
    texts = (sample.text for samples in corpora.values() for sample in samples)
    vocabulary = build_vocabulary(config.lexicon, data, texts, config.encoder.word_width)
    dialects = tuple(dict.fromkeys(corpus.dialect for corpus in config.corpora.values()))
    examples = {
        name: list(
            encode(
                samples,
                vocabulary.alphabet,
                vocabulary.lexicon,
                dialects.index(config.corpora[name].dialect),
            )
        )
        for name, samples in corpora.items()
    }
    prepared = time.monotonic() - started
    trainer = _trainer(config, vocabulary, dialects, folder)
    for name, stage in config.stages.items():
        if SILVER in stage.shares and SILVER not in examples:
            used = (s.text for part in (corpora, checks) for rows in part.values() for s in rows)
            silver = _silver(config, trainer, data, (*used, *(s.text for s in held_out)), folder)
            row = dialects.index(config.dialect)
            alphabet, lexicon = vocabulary.alphabet, vocabulary.lexicon
            examples[SILVER] = list(encode(silver, alphabet, lexicon, row))
        trainer.stage(name, stage, examples, watch)
    model = trainer.model_data()
    if held_out:
        _, judged = score_samples(Recogniser(model, config.dialect), held_out)
        model = model.calibrated(fit_calibration(judged))
    scores, errors = {}, {}
    for name, samples in checks.items():
        recogniser = Recogniser(model, config.checks[name].dialect)
        scores[name], judged = score_samples(recogniser, samples)
        errors[name] = calibration_error(judged)
    return TrainingResult(model, scores, prepared + trainer.seconds(), counts, errors)


def read_corpora(corpora: Mapping[str, CorpusConfig], data: Path) -> dict[str, list[Sample]]:
    """Read all data files. RAISES BadInputError: a file is missing, malformed or empty."""
    result = {}
    for name, corpus in corpora.items():
        path = data / corpus.path
        texts = data / corpus.texts if corpus.texts is not None else None
        result[name] = list(read_samples(path, corpus.format, corpus.dialect, texts))
        if not result[name]:
            raise BadInputError(str(path), "holds no samples")
    return result


def split_held_out(
    config: TrainingConfig, corpora: dict[str, list[Sample]]
) -> tuple[dict[str, list[Sample]], list[Sample]]:
    """Part what is trained on, by corpus, from what the configuration holds out."""
    generator = np.random.default_rng(config.seed)
    kept: dict[str, list[Sample]] = {}
    apart: list[Sample] = []
    for name, samples in corpora.items():
        out = generator.random(len(samples)) < config.corpora[name].hold_out
        kept[name] = [sample for sample, away in zip(samples, out, strict=True) if not away]
        apart += [sample for sample, away in zip(samples, out, strict=True) if away]
    return kept, apart


def _silver(
    config: TrainingConfig, trainer: Trainer, data: Path, used: Sequence[str], folder: Path
) -> list[Sample]:
    assert config.silver is not None
    texts = unseen_articles(data / config.silver.texts, used)
    recogniser = Recogniser(trainer.model_data(), config.dialect)
    file = folder / "silver.jsonl"
    return load_silver(file, recogniser, texts, config.dialect, config.silver.sure)


def _with_variants(
    config: TrainingConfig, corpora: dict[str, list[Sample]], data: Path
) -> dict[str, list[Sample]]:
    if not any(corpus.variants for corpus in config.corpora.values()):
        return corpora
    pool = name_pool(config.lexicon, data)
    generator = np.random.default_rng(config.seed)
    return {
        name: [
            *samples,
            *(
                vary(sample, pool, generator)
                for _ in range(config.corpora[name].variants)
                for sample in samples
            ),
        ]
        for name, samples in corpora.items()
    }


def _trainer(
    config: TrainingConfig, vocabulary: Vocabulary, dialects: tuple[str, ...], folder: Path
) -> Trainer:
    import torch

    from pipeline.training.network import Sizes, build_network, graft_lac

    torch.manual_seed(config.seed)
    sizes = Sizes(
        chars=len(vocabulary.alphabet.codes) + 1,
        words=len(vocabulary.vectors),
        categories=len(vocabulary.categories),
        dialects=len(dialects),
        **config.encoder.model_dump(exclude={"lac", "word_dropout"}),
    )
    network = build_network(sizes)
    with torch.no_grad():
        network.word.weight.copy_(torch.from_numpy(vocabulary.vectors))
    if config.encoder.lac:
        from pipeline.training.vectors import read_lac

        rows = {chr(code): row + 1 for row, code in enumerate(vocabulary.alphabet.codes)}
        graft_lac(network, read_lac(), rows)
    facts = json.dumps([asdict(sizes), config.model_dump()], sort_keys=True)
    key = hashlib.sha256(facts.encode()).hexdigest()
    settings = Settings(key, config.seed, config.average, config.encoder.word_dropout)
    return Trainer(network, vocabulary, dialects, settings, folder)
