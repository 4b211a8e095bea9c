"""Training the recogniser from a configuration: the function behind ``renzhi train``."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.annotations.datasets import Sample, read_samples
from pipeline.components.recogniser.model import ModelData, Recogniser
from pipeline.errors import BadInputError, MissingExtraError
from pipeline.training.calibration import fit_calibration
from pipeline.training.config import CorpusConfig, StageConfig, TrainingConfig
from pipeline.training.examples import Example, collate, encode, plan_batches
from pipeline.training.scores import LabelScore, score_samples
from pipeline.training.variation import vary
from pipeline.training.vocabulary import Vocabulary, build_vocabulary, name_pool

__all__ = ["Progress", "TrainingResult", "read_corpora", "train_recogniser"]

Report = Callable[["Progress"], None]
CHECKPOINT = "checkpoint.pt"
LATEST = "latest.npz"


@dataclass(frozen=True)
class Progress:
    """Where a run stands: steps done of all, mean loss of the last steps, seconds since start."""

    stage: str
    step: int
    steps: int
    loss: float
    seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """A trained model. scores: check name to label to score. seconds: this run's own."""

    model: ModelData
    scores: Mapping[str, Mapping[str, LabelScore]]
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)


def train_recogniser(
    config: TrainingConfig,
    data: Path,
    folder: Path,
    *,
    report: Report | None = None,
    checkpoint_every: float = 240.0,
    report_every: int = 20,
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
    torch.set_flush_denormal(True)
    started = time.monotonic()
    corpora = read_corpora(config.corpora, data)
    checks = read_corpora(config.checks, data)
    corpora, held_out = _held_out(config, corpora)
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
    watch = _Watch(report, report_every, checkpoint_every)
    run = _Run(config, vocabulary, dialects, folder)
    for name, stage in config.stages.items():
        run.stage(name, stage, examples, watch)
    model = run.model_data()
    if held_out:
        _, judged = score_samples(Recogniser(model, config.dialect), held_out)
        model = model.calibrated(fit_calibration(judged))
    scores = {}
    for name, samples in checks.items():
        scores[name], _ = score_samples(Recogniser(model, config.checks[name].dialect), samples)
    counts = {name: sum(len(e) for e in rows) for name, rows in examples.items()}
    return TrainingResult(model, scores, time.monotonic() - started, counts)


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


def _held_out(
    config: TrainingConfig, corpora: dict[str, list[Sample]]
) -> tuple[dict[str, list[Sample]], list[Sample]]:
    generator = np.random.default_rng(config.seed)
    kept: dict[str, list[Sample]] = {}
    apart: list[Sample] = []
    for name, samples in corpora.items():
        out = generator.random(len(samples)) < config.corpora[name].hold_out
        kept[name] = [sample for sample, away in zip(samples, out, strict=True) if not away]
        apart += [sample for sample, away in zip(samples, out, strict=True) if away]
    return kept, apart


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


@dataclass(frozen=True)
class _Watch:
    """Who is told how often (in steps), and how often the state is saved (in seconds)."""

    report: Report | None
    steps: int
    save_seconds: float


class _Run:
    """The state of one run: network, optimiser, averaged weights, steps done."""

    def __init__(
        self,
        config: TrainingConfig,
        vocabulary: Vocabulary,
        dialects: tuple[str, ...],
        folder: Path,
    ) -> None:
        import torch

        from pipeline.training.network import Sizes, build_network, graft_lac

        torch.manual_seed(config.seed)
        self.config = config
        self.vocabulary = vocabulary
        self.dialects = dialects
        self.path = folder / CHECKPOINT
        encoder = config.encoder.model_dump(exclude={"lac", "word_dropout"})
        sizes = Sizes(
            chars=len(vocabulary.alphabet.codes) + 1,
            words=len(vocabulary.vectors),
            categories=len(vocabulary.categories),
            dialects=len(dialects),
            **encoder,
        )
        self.network = build_network(sizes)
        with torch.no_grad():
            self.network.word.weight.copy_(torch.from_numpy(vocabulary.vectors))
        if config.encoder.lac:
            from pipeline.training.vectors import read_lac

            rows = {chr(code): row + 1 for row, code in enumerate(vocabulary.alphabet.codes)}
            graft_lac(self.network, read_lac(), rows)
        self.average = {
            name: value.detach().clone() for name, value in self.network.named_parameters()
        }
        facts = json.dumps([asdict(sizes), config.model_dump()], sort_keys=True)
        self.key = hashlib.sha256(facts.encode()).hexdigest()
        self.done: dict[str, int] = {}
        self.pending: list[dict[str, Any]] | None = None
        self._resume()

    def stage(
        self,
        name: str,
        stage: StageConfig,
        examples: Mapping[str, Sequence[Example]],
        watch: _Watch,
    ) -> None:
        """Run one stage, or what is left of it."""
        import torch

        plan = _plan(stage, examples, self.config.seed)
        steps = len(plan)
        first = self.done.get(name, 0)
        if first >= steps:
            return
        optimisers = _optimisers(self.network, stage.rate)
        if self.pending is not None and first:
            for optimiser, state in zip(optimisers, self.pending, strict=True):
                optimiser.load_state_dict(state)
        self.pending = None
        schedule = _schedule(steps, stage.warm_up)
        started = saved = time.monotonic()
        losses: list[float] = []
        for step in range(first, steps):
            torch.manual_seed(self.config.seed * 1_000_003 + step)
            for optimiser in optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = stage.rate * schedule(step)
            losses.append(self._step(plan[step], step, optimisers))
            self.done[name] = step + 1
            now = time.monotonic()
            if now - saved > watch.save_seconds or step + 1 == steps:
                self._save(optimisers)
                saved = now
            if watch.report and ((step + 1) % watch.steps == 0 or step + 1 == steps):
                recent = float(np.mean(losses[-20:]))
                watch.report(Progress(name, step + 1, steps, recent, now - started))

    def _step(self, batch: list[Example], step: int, optimisers: Sequence[Any]) -> float:
        import torch

        from pipeline.training.loss import partial_crf_loss

        self.network.train()
        generator = np.random.default_rng([self.config.seed, step])
        forget = self.config.encoder.word_dropout
        tensors = collate(batch, len(self.vocabulary.categories), forget, generator)
        emissions = self.network(tensors)
        scores = (self.network.transitions, self.network.first, self.network.last)
        loss = partial_crf_loss(emissions, tensors.mask, tensors.lengths, scores).sum()
        loss = loss / tensors.lengths.sum()
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        dense = [p for p in self.network.parameters() if p.grad is None or not p.grad.is_sparse]
        torch.nn.utils.clip_grad_norm_(dense, 1.0)
        for optimiser in optimisers:
            optimiser.step()
        with torch.no_grad():
            keep = min(
                self.config.average, sum(self.done.values()) / (sum(self.done.values()) + 10)
            )
            for name, value in self.network.named_parameters():
                self.average[name].lerp_(value, 1 - keep)
        return float(loss.detach())

    def model_data(self) -> ModelData:
        """Give the averaged weights as a model without calibration."""
        from pipeline.training.network import export_weights

        own = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        self.network.load_state_dict(self.average)
        weights = export_weights(self.network)
        self.network.load_state_dict(own)
        return ModelData(
            self.vocabulary.alphabet,
            self.vocabulary.lexicon,
            weights,
            self.vocabulary.categories,
            self.dialects,
            {},
        )

    def _save(self, optimisers: Sequence[Any]) -> None:
        import torch

        self.path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "key": self.key,
            "done": self.done,
            "network": self.network.state_dict(),
            "average": self.average,
            "optimiser": [optimiser.state_dict() for optimiser in optimisers],
        }
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.path)
        # the model so far, to look at while the run goes on
        latest = self.path.with_name(LATEST)
        partial.write_bytes(self.model_data().to_bytes())
        partial.replace(latest)

    def _resume(self) -> None:
        import torch

        if not self.path.exists():
            return
        state = torch.load(self.path, weights_only=True)
        if state["key"] != self.key:
            return
        self.done = state["done"]
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.pending = state["optimiser"]


def _optimisers(network: Any, rate: float) -> tuple[Any, Any]:
    """Adam for the weights; for the vector tables one that only touches the rows of a batch."""
    import torch

    tables = [network.char.weight, network.bigram.weight, network.word.weight]
    own = {id(table) for table in tables}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in own]
    return (
        torch.optim.Adam(rest, lr=rate, betas=(0.9, 0.98)),
        torch.optim.SparseAdam(tables, lr=rate, betas=(0.9, 0.98)),
    )


def _plan(
    stage: StageConfig, examples: Mapping[str, Sequence[Example]], seed: int
) -> list[list[Example]]:
    generator = np.random.default_rng(seed)
    plan = []
    left = stage.passes
    while left > 1e-9:
        part = min(left, 1.0)
        chosen: list[Example] = []
        for name, share in stage.shares.items():
            rows = examples[name]
            wanted = round(share * part * len(rows))
            whole, rest = divmod(wanted, len(rows))
            chosen.extend(list(rows) * whole)
            chosen.extend(rows[n] for n in generator.permutation(len(rows))[:rest].tolist())
        lengths = [len(example) for example in chosen]
        for batch in plan_batches(lengths, stage.batch_characters, generator):
            plan.append([chosen[number] for number in batch])  # noqa: PERF401
        left -= part
    return plan


def _schedule(steps: int, warm_up: float) -> Callable[[int], float]:
    rising = max(1, round(steps * warm_up))

    def rate(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return max(0.02, (steps - step) / max(1, steps - rising))

    return rate
