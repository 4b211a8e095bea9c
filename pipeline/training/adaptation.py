"""Further training of a shipped model on one's own gold: learn the new without losing the old."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.annotations.datasets import Sample, read_samples
from pipeline.components.recogniser.model import ModelData, Recogniser
from pipeline.errors import BadInputError, MissingExtraError
from pipeline.training.calibration import fit_calibration
from pipeline.training.config import StageConfig
from pipeline.training.examples import Example, encode
from pipeline.training.run import Run, fingerprint
from pipeline.training.scores import LabelScore, score_samples, total
from pipeline.training.trainer import Settings, Trainer
from pipeline.training.vocabulary import Vocabulary
from pipeline.training.watch import Watch

__all__ = [
    "Adaptation",
    "AdaptationOptions",
    "AdaptationResult",
    "CurvePoint",
    "adapt_recogniser",
    "learning_curve",
]

Scores = Mapping[str, LabelScore]
DEV_SHARE = 0.15
BEST = "best"  # the model of the best pass so far, in the folder of the run
DEFAULT_WATCH = Watch()


@dataclass(frozen=True)
class AdaptationOptions:
    """How to train on.

    passes: at most so many passes over the gold; patience: stop after so many passes without a
    better dev score. anchor: pull towards the model's own weights. rehearsal: repeats of general
    gold per pass, where some is given, as a share of the size of the own gold.
    """

    passes: int = 12
    patience: int = 3
    rate: float = 0.001
    batch_characters: int = 1024
    anchor: float = 2.0
    rehearsal: float = 0.5
    seed: int = 0
    threads: int = 2


@dataclass(frozen=True)
class Adaptation:
    """The samples of a run. general: gold of the old kind, for rehearsal; old: for its score."""

    gold: Sequence[Sample]
    dev: Sequence[Sample]
    general: Sequence[Sample] = ()
    old: Sequence[Sample] = ()

    @classmethod
    def read(
        cls,
        gold: Path,
        dev: Path | None,
        general: Path | None = None,
        old: Path | None = None,
        seed: int = 0,
    ) -> Adaptation:
        """Read native gold files; without a dev file every seventh document or so is set apart.

        RAISES BadInputError: a file is missing, malformed or empty, or too small to set any apart.
        """

        def load(path: Path | None) -> list[Sample]:
            if path is None:
                return []
            samples = list(read_samples(path, "native", "native"))
            if not samples:
                raise BadInputError(str(path), "holds no samples")
            return samples

        train, apart = load(gold), load(dev)
        if not apart:
            if len(train) < 2:
                raise BadInputError(str(gold), "one document is too few without a dev file")
            order = np.random.default_rng(seed).permutation(len(train)).tolist()
            count = max(1, round(DEV_SHARE * len(train)))
            apart = [train[n] for n in order[:count]]
            train = [train[n] for n in order[count:]]
        return cls(train, apart, load(general), load(old))


@dataclass(frozen=True)
class AdaptationResult:
    """The adapted model. before, after: scores on dev; old_before, old_after: on the old kind."""

    model: ModelData
    before: Scores
    after: Scores
    old_before: Scores
    old_after: Scores
    passes: int
    documents: int


@dataclass(frozen=True)
class CurvePoint:
    """Scores on dev after training on so many documents."""

    documents: int
    scores: Scores


def adapt_recogniser(
    start: ModelData,
    samples: Adaptation,
    folder: Path,
    options: AdaptationOptions,
    watch: Watch = DEFAULT_WATCH,
    on_pass: Callable[[int, float], None] | None = None,
) -> AdaptationResult:
    """Train on from a model and keep the best pass by dev F1; a killed run goes on where it was.

    on_pass: told the number of each pass and its dev F1. RAISES MissingExtraError: no torch.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("train", "renzhi train") from error
    torch.set_num_threads(options.threads)
    row = start.dialects.index("native")
    own = _encode(samples.gold, start, row)
    corpora = {"own": own}
    shares = {"own": 1.0}
    if samples.general and options.rehearsal:
        corpora["general"] = _encode(samples.general, start, row)
        shares["general"] = options.rehearsal * len(own) / len(corpora["general"])
    trainer = _trainer(start, samples, folder, options)
    before, _ = score_samples(Recogniser(start, "native"), samples.dev)
    best, best_f1, best_pass = start, total(before).f1, 0
    run = Run(folder, trainer.settings.key)
    passes = 0
    if (kept := run.read(BEST)) is not None:
        best = ModelData.from_bytes(kept["model"].tobytes(), BEST)
        best_f1, best_pass, passes = float(kept["f1"]), int(kept["best"]), int(kept["passes"])
    last = 0
    for number in range(1, options.passes + 1):
        if number - best_pass > options.patience:
            break
        last = number
        rate = options.rate * (1 - (number - 1) / options.passes)
        stage = StageConfig(
            passes=1,
            rate=rate,
            batch_characters=options.batch_characters,
            warm_up=0.3 if number == 1 else 0.0,
            shares=shares,
        )
        if trainer.done.get(f"pass {number}") and number <= passes:
            continue
        trainer.stage(f"pass {number}", stage, corpora, watch)
        model = trainer.model_data()
        scores, _ = score_samples(Recogniser(model, "native"), samples.dev)
        f1 = total(scores).f1
        if f1 > best_f1:
            # as it is stored, so that a run that was cut goes on with the same weights
            best = ModelData.from_bytes(model.to_bytes(), BEST)
            best_f1, best_pass = f1, number
        facts = {"f1": best_f1, "best": best_pass, "passes": number}
        stored = np.frombuffer(best.to_bytes(), dtype=np.uint8)
        run.write(BEST, {"model": stored, **{name: np.array(n) for name, n in facts.items()}})
        if on_pass is not None:
            on_pass(number, f1)
    after, judged = score_samples(Recogniser(best, "native"), samples.dev)
    calibration = fit_calibration(judged) if best_pass else start.calibration
    return AdaptationResult(
        best.calibrated(calibration),
        before,
        after,
        score_samples(Recogniser(start, "native"), samples.old)[0] if samples.old else {},
        score_samples(Recogniser(best, "native"), samples.old)[0] if samples.old else {},
        last,
        len(samples.gold),
    )


def learning_curve(
    start: ModelData,
    samples: Adaptation,
    folder: Path,
    options: AdaptationOptions,
    shares: Sequence[float] = (0.1, 0.25, 0.5, 1.0),
) -> list[CurvePoint]:
    """Train on growing parts of the gold (each holds the one before) and score each on dev."""
    order = np.random.default_rng(options.seed).permutation(len(samples.gold)).tolist()
    points = [CurvePoint(0, score_samples(Recogniser(start, "native"), samples.dev)[0])]
    for share in shares:
        count = max(1, round(share * len(order)))
        if count <= points[-1].documents:
            continue
        part = Adaptation([samples.gold[n] for n in order[:count]], samples.dev, samples.general)
        result = adapt_recogniser(start, part, folder / f"curve-{count}", options)
        points.append(CurvePoint(count, result.after))
    return points


def _encode(samples: Sequence[Sample], start: ModelData, dialect: int) -> list[Example]:
    return list(encode(samples, start.alphabet, start.lexicon, dialect))


def _trainer(
    start: ModelData, samples: Adaptation, folder: Path, options: AdaptationOptions
) -> Trainer:
    from pipeline.training.network import build_network, import_weights, sizes_of

    sizes = sizes_of(start)
    network = build_network(sizes)
    import_weights(network, start.weights)
    weights = hashlib.sha256(start.to_bytes()).hexdigest()
    facts: list[Any] = [asdict(sizes), asdict(options), weights]
    facts += [[[s.text, s.spans] for s in p] for p in (samples.gold, samples.general, samples.dev)]
    key = fingerprint(facts)
    vocabulary = Vocabulary(start.alphabet, start.lexicon, start.categories, start.weights["word"])
    settings = Settings(key, options.seed, average=0.95, word_dropout=0.1, anchor=options.anchor)
    return Trainer(network, vocabulary, start.dialects, settings, folder)
