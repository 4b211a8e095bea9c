from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.annotations.datasets import read_samples
from pipeline.components.recogniser.network import Network
from pipeline.components.recogniser.packing import pack
from pipeline.training.config import read_config
from pipeline.training.examples import collate, encode, plan_batches
from pipeline.training.vocabulary import build_vocabulary

torch = pytest.importorskip("torch")


def test_numpy_inference_equals_the_torch_network(small_data: Path) -> None:
    from pipeline.training.network import Sizes, build_network, export_weights

    config = read_config(small_data / "train.cfg")
    samples = list(read_samples(small_data / "dev.jsonl", "native", "native"))
    texts = [sample.text for sample in samples]
    vocabulary = build_vocabulary(config.lexicon, small_data, texts, 8)
    examples = list(encode(samples, vocabulary.alphabet, vocabulary.lexicon, 1))
    torch.manual_seed(3)
    sizes = Sizes(
        chars=len(vocabulary.alphabet.codes) + 1,
        words=len(vocabulary.vectors),
        categories=len(vocabulary.categories),
        dialects=2,
        char_width=16,
        bigram_width=8,
        word_width=8,
        hidden=12,
    )
    tagger = build_network(sizes).eval()
    for bias in (tagger.gru.bias_hh_l0, tagger.gru.bias_ih_l1_reverse, tagger.tag_bias.weight):
        torch.nn.init.normal_(bias)
    batch = collate(examples, len(vocabulary.categories))
    with torch.no_grad():
        expected = tagger(batch).numpy()
    ordered = sorted(examples, key=len, reverse=True)
    inference = Network(export_weights(tagger), len(vocabulary.categories), dialect=1)
    got = inference.emissions([example.features for example in ordered])
    assert any(example.features.words.any() for example in ordered)
    for row, scores in enumerate(got):
        np.testing.assert_allclose(scores, expected[row, : len(scores)], atol=2e-5)


def test_the_gru_layer_equals_pytorchs_with_its_gradients() -> None:
    from pipeline.training.gru import run_layer

    torch.manual_seed(0)
    width, lengths = 5, [6, 4, 4, 1]
    gru = torch.nn.GRU(7, width, bidirectional=True, batch_first=True)
    inputs = torch.randn(4, 6, 7, requires_grad=True)
    packed = torch.nn.utils.rnn.pack_padded_sequence(inputs, lengths, batch_first=True)
    padded, _ = torch.nn.utils.rnn.pad_packed_sequence(gru(packed)[0], batch_first=True)
    weights = torch.randn_like(padded)
    leaves = [inputs, *gru.parameters()]
    expected = torch.autograd.grad((padded * weights).sum(), leaves)

    packing = pack([0, 6, 12, 18], lengths)
    order = torch.from_numpy(packing.order)
    rows = inputs.reshape(24, 7)[order]
    gates, recurrent, candidate = [], [], []
    for suffix in ("", "_reverse"):
        outer, inner = (getattr(gru, f"bias_{kind}_l0{suffix}") for kind in ("ih", "hh"))
        outside = torch.cat([inner[: 2 * width], torch.zeros(width)])
        gates.append(rows @ getattr(gru, f"weight_ih_l0{suffix}").T + outer + outside)
        recurrent.append(getattr(gru, f"weight_hh_l0{suffix}"))
        candidate.append(inner[2 * width :])
    states = run_layer(tuple(gates), tuple(recurrent), tuple(candidate), packing.steps)
    assert torch.allclose(states, padded.reshape(24, -1)[order], atol=1e-6)
    got = torch.autograd.grad((states * weights.reshape(24, -1)[order]).sum(), leaves)
    for one, other in zip(got, expected, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_batches_hold_every_example_once() -> None:
    generator = np.random.default_rng(0)
    lengths = generator.integers(1, 90, 300).tolist()
    batches = list(plan_batches(lengths, 500, generator))
    assert sorted(number for batch in batches for number in batch) == list(range(300))
    assert all(sum(lengths[n] for n in batch) <= 500 for batch in batches)
