"""The part that every training run shares: steps, averaged weights, checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.components.recogniser.model import ModelData
from pipeline.errors import BadInputError
from pipeline.files import write_whole
from pipeline.training.config import StageConfig
from pipeline.training.examples import Example, collate, plan_batches
from pipeline.training.vocabulary import Vocabulary
from pipeline.training.watch import Progress, Watch

__all__ = ["Settings", "Trainer"]

CHECKPOINT = "checkpoint.pt"
LATEST = "latest.npz"
CLIP = 1.0


@contextmanager
def denormals_as_zero() -> Iterator[None]:
    """Take denormal numbers, which are slow, as zero inside the block and nowhere after it."""
    import torch

    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@dataclass(frozen=True)
class Settings:
    """What a trainer needs beside the network.

    key: names the run; a checkpoint with another key is not resumed. average: decay of the moving
    average of the weights. anchor: strength of the pull towards the weights at the start (L2-SP,
    Li et al., ICML 2018), 0 for none.
    """

    key: str
    seed: int
    average: float = 0.998
    word_dropout: float = 0.0
    anchor: float = 0.0


class Trainer:
    """A network in training; ``folder`` keeps its checkpoint."""

    def __init__(
        self,
        network: Any,
        vocabulary: Vocabulary,
        dialects: tuple[str, ...],
        settings: Settings,
        folder: Path,
    ) -> None:
        self.network = network
        self.vocabulary = vocabulary
        self.dialects = dialects
        self.settings = settings
        self.path = folder / CHECKPOINT
        self.average = _copied(network)
        self.start = _copied(network) if settings.anchor else {}
        self.begin = _copied(network)
        self.begun = time.monotonic()
        self.earlier = 0.0
        self.done: dict[str, int] = {}
        self.pending: list[dict[str, Any]] | None = None
        self._resume()

    @denormals_as_zero()
    def stage(
        self,
        name: str,
        stage: StageConfig,
        examples: Mapping[str, Sequence[Example]],
        watch: Watch,
    ) -> None:
        """Run one stage, or what is left of it; it starts from the averaged weights."""
        if stage.replicas > 1:
            self._replicas(name, stage, examples, watch)
            return
        import torch

        plan = _plan(stage, examples, self.settings.seed)
        steps = max(1, round(stage.part * len(plan)))
        first = self.done.get(name, 0)
        if first >= steps:
            return
        optimisers = self._ready(stage.rate, fresh=not first)
        schedule = _schedule(len(plan), stage.warm_up)
        started = saved = time.monotonic()
        losses: list[float] = []
        for step in range(first, steps):
            torch.manual_seed(self.settings.seed * 1_000_003 + step)
            for optimiser in optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = stage.rate * schedule(step)
            losses.append(self._step(plan[step], step, optimisers))
            self.done[name] = step + 1
            if stage.mean_with_start and step + 1 == steps:
                self.average = _mean([self.begin, self.average])
            now = time.monotonic()
            if now - saved > watch.save_seconds or step + 1 == steps:
                self._save(optimisers)
                saved = now
            if watch.report and ((step + 1) % watch.steps == 0 or step + 1 == steps):
                recent = float(np.mean(losses[-20:]))
                watch.report(Progress(name, step + 1, steps, recent, now - started))

    def _replicas(
        self,
        name: str,
        stage: StageConfig,
        examples: Mapping[str, Sequence[Example]],
        watch: Watch,
    ) -> None:
        """Run a stage several times from here and take the mean of the averaged weights.

        Fine-tuned copies of one model lie in one basin, so that their mean is better than each
        (model soups, Wortsman et al., ICML 2022).
        """
        if self.done.get(name):
            return
        one = stage.model_copy(update={"replicas": 1})
        begin = {key: value.clone() for key, value in self.average.items()}
        ends = []
        for number in range(stage.replicas):
            self.network.load_state_dict(begin)
            settings = replace(
                self.settings,
                key=f"{self.settings.key} {name} {number}",
                seed=self.settings.seed + number,
            )
            folder = self.path.parent / f"{name}-{number}"
            twin = Trainer(self.network, self.vocabulary, self.dialects, settings, folder)
            self.earlier += twin.earlier
            twin.stage(f"{name} {number + 1}/{stage.replicas}", one, examples, watch)
            ends.append(twin.average)
        self.average = _mean(ends)
        self.network.load_state_dict(self.average)
        self.done[name] = 1
        self._save(())

    def seconds(self) -> float:
        """Give the time spent so far, also by the runs that this one goes on from."""
        return self.earlier + time.monotonic() - self.begun

    def model_data(self) -> ModelData:
        """Give the averaged weights as a model without calibration."""
        from pipeline.training.network import export_weights

        own = _copied(self.network)
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

    def _ready(self, rate: float, *, fresh: bool) -> tuple[Any, Any]:
        """Give the optimisers of a stage, in the state that a checkpoint kept if it goes on."""
        optimisers = _optimisers(self.network, rate)
        if fresh:
            self.network.load_state_dict(self.average)
            self.begin = _copied(self.network)
        elif self.pending is not None:
            for optimiser, state in zip(optimisers, self.pending, strict=True):
                optimiser.load_state_dict(state)
        self.pending = None
        return optimisers

    def _step(self, batch: list[Example], step: int, optimisers: Sequence[Any]) -> float:
        import torch

        from pipeline.training.loss import partial_crf_loss

        self.network.train()
        generator = np.random.default_rng([self.settings.seed, step])
        categories = len(self.vocabulary.categories)
        tensors = collate(batch, categories, self.settings.word_dropout, generator)
        emissions = self.network(tensors)
        scores = (self.network.transitions, self.network.first, self.network.last)
        loss = partial_crf_loss(emissions, tensors.mask, tensors.lengths, scores).sum()
        loss = loss / tensors.lengths.sum()
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        dense = [p for p in self.network.parameters() if p.grad is None or not p.grad.is_sparse]
        torch.nn.utils.clip_grad_norm_(dense, CLIP)
        for optimiser in optimisers:
            optimiser.step()
        with torch.no_grad():
            self._pull_back(optimisers[0].param_groups[0]["lr"])
            done = sum(self.done.values())
            keep = min(self.settings.average, done / (done + 10))
            for name, value in self.network.named_parameters():
                self.average[name].lerp_(value, 1 - keep)
        return float(loss.detach())

    def _pull_back(self, rate: float) -> None:
        for name, value in self.network.named_parameters():
            if self.start:
                value.lerp_(self.start[name], min(1.0, rate * self.settings.anchor))

    def _save(self, optimisers: Sequence[Any]) -> None:
        import torch

        state = {
            "key": self.settings.key,
            "seconds": self.seconds(),
            "done": self.done,
            "network": self.network.state_dict(),
            "average": self.average,
            "begin": self.begin,
            "optimiser": [optimiser.state_dict() for optimiser in optimisers],
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with write_whole(self.path) as out:
                torch.save(state, out)
            # the model so far, to look at while the run goes on
            with write_whole(self.path.with_name(LATEST)) as out:
                out.write(self.model_data().to_bytes())
        except OSError as error:
            raise BadInputError(str(self.path), f"cannot be written: {error.strerror}") from error

    def _resume(self) -> None:
        import torch

        if not self.path.exists():
            return
        state = torch.load(self.path, weights_only=True)
        if state["key"] != self.settings.key:
            return
        self.earlier = state.get("seconds", 0.0)
        self.done = state["done"]
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.begin = state["begin"]
        self.pending = state["optimiser"]


def _copied(network: Any) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in network.named_parameters()}


def _mean(many: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: sum(one[name] for one in many) / len(many) for name in many[0]}


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
    plan: list[list[Example]] = []
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
        batches = plan_batches(lengths, stage.batch_characters, generator)
        plan.extend([chosen[number] for number in batch] for batch in batches)
        left -= part
    return plan


def _schedule(steps: int, warm_up: float) -> Callable[[int], float]:
    rising = max(1, round(steps * warm_up))

    def rate(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return max(0.02, (steps - step) / max(1, steps - rising))

    return rate
