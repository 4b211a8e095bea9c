"""The recogniser's network in PyTorch, for training; `components.recogniser.network` runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.components.recogniser.features import BIGRAM_ROWS, FLAGS
from pipeline.components.recogniser.labels import tag_count
from pipeline.components.recogniser.model import ModelData
from pipeline.training.gru import run_layer
from pipeline.training.vectors import LacWeights

if TYPE_CHECKING:
    import torch

__all__ = [
    "Bags",
    "Batch",
    "Sizes",
    "build_network",
    "export_weights",
    "graft_lac",
    "import_weights",
    "sizes_of",
]

Array = NDArray[np.float32]
SHORT_NAMES = {
    "char.weight": "char",
    "bigram.weight": "bigram",
    "word.weight": "word",
    "dialect.weight": "dialect",
    "tag_bias.weight": "tag_bias",
}


@dataclass(frozen=True)
class Sizes:
    """Widths of the network. chars, words: rows of the vector tables; dialects: corpora."""

    chars: int
    words: int
    categories: int
    dialects: int
    char_width: int = 128
    bigram_width: int = 48
    word_width: int = 40
    dialect_width: int = 8
    hidden: int = 160
    layers: int = 2
    dropout: float = 0.4


@dataclass(frozen=True)
class Bags:
    """Several row numbers for each of N characters: ``rows`` and where each character's begin."""

    rows: torch.Tensor
    starts: torch.Tensor


@dataclass(frozen=True)
class Batch:
    """Sentences in packed rows (N of them), and as a padded grid (B, T) for the loss.

    chars, bigrams, dialects: (N,). words: bags of the words that begin, go on and end there.
    extra: (N, 4 * categories + flags). steps: (T + 1,) as in `recogniser.packing.Packing`.
    grid: (N,) place of each packed row in the flattened grid. lengths: (B,), falling.
    mask: (B, T, tags), the tags that are possible.
    """

    chars: torch.Tensor
    bigrams: torch.Tensor
    words: tuple[Bags, Bags, Bags]
    extra: torch.Tensor
    dialects: torch.Tensor
    steps: NDArray[np.int64]
    grid: torch.Tensor
    lengths: torch.Tensor
    mask: torch.Tensor


def build_network(sizes: Sizes) -> Any:
    """Make the torch module; its call gives emissions (B, T, tags) of a `Batch`."""
    import torch
    from torch import nn
    from torch.nn import functional

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            extra = 4 * sizes.categories + len(FLAGS)
            width = sizes.char_width + sizes.bigram_width + 3 * sizes.word_width + extra
            self.sizes = sizes
            self.char = nn.Embedding(sizes.chars, sizes.char_width, sparse=True)
            self.bigram = nn.Embedding(BIGRAM_ROWS, sizes.bigram_width, sparse=True)
            self.word = nn.EmbeddingBag(sizes.words, sizes.word_width, mode="sum", sparse=True)
            self.dialect = nn.Embedding(sizes.dialects, sizes.dialect_width)
            # holds the parameters; `run_layer` runs them
            self.gru = nn.GRU(
                width + sizes.dialect_width,
                sizes.hidden,
                num_layers=sizes.layers,
                bidirectional=True,
            )
            self.output = nn.Linear(2 * sizes.hidden, tag_count())
            self.tag_bias = nn.Embedding(sizes.dialects, tag_count())
            self.transitions = nn.Parameter(torch.zeros(tag_count(), tag_count()))
            self.first = nn.Parameter(torch.zeros(tag_count()))
            self.last = nn.Parameter(torch.zeros(tag_count()))
            for table in (self.bigram, self.dialect):
                nn.init.normal_(table.weight, std=0.3)
            nn.init.zeros_(self.tag_bias.weight)
            self.drop = nn.Dropout(sizes.dropout)

        def forward(self, batch: Batch) -> torch.Tensor:
            words = [self.word(bags.rows, bags.starts) for bags in batch.words]
            inputs = torch.cat([self.char(batch.chars), self.bigram(batch.bigrams), *words], dim=1)
            states = torch.cat(
                [self.drop(inputs), batch.extra, self.dialect(batch.dialects)], dim=1
            )
            for depth in range(sizes.layers):
                if depth:
                    states = self.drop(states)
                states = self._layer(states, depth, batch.steps)
            scores = self.output(self.drop(states)) + self.tag_bias(batch.dialects)
            size, span, tags = batch.mask.shape
            grid = scores.new_zeros(size * span, tags).index_copy(0, batch.grid, scores)
            emissions: torch.Tensor = grid.view(size, span, tags)
            return emissions

        def _layer(
            self, inputs: torch.Tensor, depth: int, steps: NDArray[np.int64]
        ) -> torch.Tensor:
            hidden = sizes.hidden
            gates, recurrent, candidate = [], [], []
            for suffix in ("", "_reverse"):
                into, back, outer, inner = (
                    getattr(self.gru, f"{kind}_l{depth}{suffix}")
                    for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                )
                outside = torch.cat([inner[: 2 * hidden], inner.new_zeros(hidden)])
                gates.append(functional.linear(inputs, into, outer + outside))
                recurrent.append(back)
                candidate.append(inner[2 * hidden :])
            return run_layer(
                (gates[0], gates[1]),
                (recurrent[0], recurrent[1]),
                (candidate[0], candidate[1]),
                steps,
            )

    return Tagger()


def graft_lac(network: Any, lac: LacWeights, chars: dict[str, int]) -> None:
    """Put LAC's character vectors and GRU units into the network, beside units of its own.

    The first units of each direction become LAC's; what the other inputs and units send to them
    starts near zero, so that at first they compute what LAC computes.
    """
    import torch

    with torch.no_grad():
        for char, row in chars.items():
            if char in lac.vectors:
                network.char.weight[row] = torch.from_numpy(lac.vectors[char])
        width = next(iter(lac.gru.values())).shape[0] // 3
        hidden = network.sizes.hidden
        for name, source in lac.gru.items():
            depth = int(name.split("_l")[1][0])
            if depth >= network.sizes.layers:
                continue
            target = getattr(network.gru, name)
            for gate in range(3):
                rows = slice(gate * hidden, gate * hidden + width)
                values = torch.from_numpy(
                    np.ascontiguousarray(source[gate * width : (gate + 1) * width])
                )
                if name.startswith("bias"):
                    target[rows] = values
                    continue
                target[rows] *= 0.1
                if name.startswith("weight_hh") or depth == 0:
                    target[rows, : values.shape[1]] = values
                else:
                    target[rows, :width] = values[:, :width]
                    target[rows, hidden : hidden + width] = values[:, width:]


def sizes_of(model: ModelData, dropout: float = 0.3) -> Sizes:
    """Read the widths of a trained model off its weights."""
    weights = model.weights
    layers = sum(name.startswith("gru.weight_hh_l") for name in weights) // 2
    return Sizes(
        chars=len(weights["char"]),
        words=len(weights["word"]),
        categories=len(model.categories),
        dialects=len(model.dialects),
        char_width=weights["char"].shape[1],
        bigram_width=weights["bigram"].shape[1],
        word_width=weights["word"].shape[1],
        dialect_width=weights["dialect"].shape[1],
        hidden=weights["gru.weight_hh_l0"].shape[1],
        layers=layers,
        dropout=dropout,
    )


def import_weights(network: Any, weights: Mapping[str, Array]) -> None:
    """Put a trained model's weights into a network of the same sizes."""
    import torch

    back = {short: long for long, short in SHORT_NAMES.items()}
    network.load_state_dict({
        back.get(name, name): torch.from_numpy(np.array(value, dtype=np.float32))
        for name, value in weights.items()
    })


def export_weights(network: Any) -> dict[str, Array]:
    """Give all parameters as float32 arrays under the names that inference expects."""
    return {
        SHORT_NAMES.get(name, name): value.detach().numpy().astype(np.float32)
        for name, value in network.state_dict().items()
    }
