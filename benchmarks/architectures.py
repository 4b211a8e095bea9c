"""Architectures for the recogniser: trained alike, scored on the same text, timed in one run.

    python benchmarks/architectures.py DATA [--minutes 6] [--wait-while PATTERN]

Every network learns from gov_gold/train, corpus/standoff and corpus/gold/train for so many minutes
of one processor, with a learning rate that falls over that time, and is scored by exact spans on
gov_gold/dev; with 0 minutes none is trained. Beside them stand the shipped model, which learned
from more text and for longer, and its weights in eight bits. Prints Markdown; systems take turns
in rounds of timing. Time is processor time, so that other work on the machine changes little. The
BiGRU's scores include what the recogniser does behind its network (repeats, forms of bodies).
--wait-while: before each row wait for processes whose command line matches (pgrep -f) to end.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.annotations.datasets import Sample, read_samples
from pipeline.components.recogniser import LABELS, ModelData, Recogniser
from pipeline.components.recogniser.crf import Crf
from pipeline.components.recogniser.labels import tag_count
from pipeline.components.recogniser.windows import sentences
from pipeline.model import find_model
from pipeline.training.config import CorpusConfig, StageConfig, TrainingConfig, read_config
from pipeline.training.examples import plan_batches
from pipeline.training.masks import tag_mask
from pipeline.training.recogniser import train_recogniser
from pipeline.training.scores import LabelScore, total
from pipeline.training.watch import Progress, Watch

ROOT = Path(__file__).parent.parent
LONGEST = 200  # characters of a sentence that is read at once
ROUNDS = 3
RATE, BATCH = 0.001, 1024  # of the tok2vec networks; a step is so many characters
RATE_BIGRU, BATCH_BIGRU = 0.002, 2048
DROPOUT = 0.2
TOK2VEC = {
    "@architectures": "spacy.HashEmbedCNN.v2",
    "pretrained_vectors": None,
    "width": 96,
    "depth": 4,
    "embed_size": 8000,
    "window_size": 1,
    "maxout_pieces": 3,
    "subword_features": False,  # of a single character they say nothing new
}
Spans = set[tuple[int, int, str]]
Find = Callable[[Sequence[str]], list[Spans]]


@dataclass(frozen=True)
class Row:
    """A system. size: bytes on disk. passes: over the training text. load: seconds, if measured."""

    name: str
    find: Find
    size: int
    passes: float | None = None
    load: float | None = None


def domain_corpora(data: Path) -> dict[str, CorpusConfig]:
    paths = {
        "gov": data / "gov_gold" / "train.jsonl",
        "written": ROOT / "corpus" / "gold" / "train.jsonl",
    }
    paths |= {file.stem: file for file in sorted((ROOT / "corpus" / "standoff").glob("*.jsonl"))}
    return {
        name: CorpusConfig(
            path=str(path.resolve()),
            format="standoff" if path.parent.name == "standoff" else "native",
            dialect="native",
            texts="raw_news" if path.parent.name == "standoff" else None,
        )
        for name, path in paths.items()
    }


def read_all(corpora: dict[str, CorpusConfig], data: Path) -> list[Sample]:
    samples: list[Sample] = []
    for corpus in corpora.values():
        texts = data / corpus.texts if corpus.texts else None
        samples += read_samples(Path(corpus.path), corpus.format, corpus.dialect, texts)
    return samples


def pieces(sample: Sample) -> Iterator[Sample]:
    """Cut a sample into sentences, as at run time but never inside a name."""
    start = 0
    for _, end in sentences(sample.text, LONGEST):
        if any(s < end < e for s, e, _ in sample.spans):
            continue
        inside = [(s - start, e - start, label) for s, e, label in sample.spans if start <= s < end]
        yield replace(sample, text=sample.text[start:end], spans=tuple(inside))
        start = end


def steps(train: Sequence[Sample], minutes: float) -> Iterator[tuple[list[Sample], float]]:
    """Give batches until the time is over, each with the share of the learning rate to use."""
    generator = np.random.default_rng(0)
    lengths = [len(sample.text) for sample in train]
    begin = time.process_time()
    while True:
        for batch in plan_batches(lengths, BATCH, generator):
            done = (time.process_time() - begin) / (60 * minutes)
            if done >= 1:
                return
            yield [train[number] for number in batch], max(0.02, min(done / 0.05, 1 - done))


def passes_of(characters: int, train: Sequence[Sample]) -> float:
    return characters / sum(len(sample.text) for sample in train)


def by_sentence(
    texts: Sequence[str], read: Callable[[list[str]], list[list[tuple[int, int, str]]]]
) -> list[Spans]:
    """Read all sentences of all texts with ``read`` and put the spans back into the texts."""
    places = [(n, s, e) for n, text in enumerate(texts) for s, e in sentences(text, LONGEST)]
    results: list[Spans] = [set() for _ in texts]
    found = read([texts[number][start:end] for number, start, end in places])
    for (number, offset, _), spans in zip(places, found, strict=True):
        results[number] |= {(offset + s, offset + e, label) for s, e, label in spans}
    return results


def transition_ner(train: list[Sample], minutes: float) -> Row:
    """NER of spaCy: tok2vec over characters and a transition-based parser."""
    import spacy
    from spacy.tokens import Doc, Span
    from spacy.training import Example
    from thinc.api import Adam

    nlp = spacy.blank("zh")
    parser = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
        "tok2vec": TOK2VEC,
    }
    nlp.add_pipe("ner", config={"model": parser})

    def doc(text: str) -> Doc:
        return Doc(nlp.vocab, words=list(text), spaces=[False] * len(text))

    def example(sample: Sample) -> Example:
        gold = doc(sample.text)
        gold.set_ents([Span(gold, s, e, label=label) for s, e, label in sample.spans])
        return Example(doc(sample.text), gold)

    nlp.initialize(lambda: [example(sample) for sample in train])
    adam = Adam(RATE)
    seen = 0
    for batch, share in steps(train, minutes):
        adam.learn_rate = RATE * share
        nlp.update([example(sample) for sample in batch], sgd=adam, drop=DROPOUT)
        seen += sum(len(sample.text) for sample in batch)
    with nlp.use_params(adam.averages or {}):
        stored = nlp.to_bytes()
    nlp.from_bytes(stored)

    def read(texts: list[str]) -> list[list[tuple[int, int, str]]]:
        docs = nlp.pipe(map(doc, texts), batch_size=256)
        return [[(e.start, e.end, e.label_) for e in one.ents] for one in docs]

    name = "tok2vec + transition NER (spaCy)"
    return Row(name, partial(by_sentence, read=read), len(stored), passes_of(seen, train))


def crf_ner(train: list[Sample], minutes: float) -> Row:
    """The same tok2vec with a linear-chain CRF: this project's loss and decoder."""
    import spacy
    import torch
    from spacy.tokens import Doc
    from spacy.util import registry
    from thinc.api import Adam, Linear, chain, with_array

    from pipeline.training.loss import partial_crf_loss

    vocab = spacy.blank("zh").vocab
    tok2vec = registry.resolve({"model": TOK2VEC})["model"]
    model: Any = chain(tok2vec, with_array(Linear(nO=tag_count(), nI=96)))

    def doc(text: str) -> Doc:
        return Doc(vocab, words=list(text), spaces=[False] * len(text))

    model.initialize(X=[doc(sample.text) for sample in train[:10]])
    count = tag_count()
    moves = torch.zeros(count, count, requires_grad=True)
    first, last = (torch.zeros(count, requires_grad=True) for _ in range(2))
    scores = (moves, first, last)
    adam, adam_crf = Adam(RATE), torch.optim.Adam(scores, lr=RATE)
    for node in model.walk():
        if "dropout_rate" in node.attrs:
            node.attrs["dropout_rate"] = DROPOUT
    seen = 0
    for batch, share in steps(train, minutes):
        adam.learn_rate = adam_crf.param_groups[0]["lr"] = RATE * share
        batch.sort(key=lambda sample: -len(sample.text))
        sizes = [len(sample.text) for sample in batch]
        outputs, backprop = model.begin_update([doc(sample.text) for sample in batch])
        grid = np.zeros((len(batch), sizes[0], count), dtype=np.float32)
        mask = np.zeros(grid.shape, dtype=bool)
        mask[:, :, 0] = True
        for n, sample in enumerate(batch):
            grid[n, : sizes[n]], mask[n, : sizes[n]] = outputs[n], tag_mask(sample)
        emissions = torch.from_numpy(grid).requires_grad_()
        lengths = torch.tensor(sizes)
        loss = partial_crf_loss(emissions, torch.from_numpy(mask), lengths, scores).sum()
        adam_crf.zero_grad()
        torch.autograd.backward(loss / sum(sizes))
        assert emissions.grad is not None
        slopes = emissions.grad.numpy()
        backprop([np.ascontiguousarray(slopes[n, :size]) for n, size in enumerate(sizes)])
        model.finish_update(adam)
        adam_crf.step()
        seen += sum(sizes)
    with model.use_params(adam.averages):
        stored = model.to_bytes()
    model.from_bytes(stored)
    for node in model.walk():
        if "dropout_rate" in node.attrs:
            node.attrs["dropout_rate"] = 0.0
    crf = Crf(*(score.detach().numpy() for score in scores))

    def read(texts: list[str]) -> list[list[tuple[int, int, str]]]:
        found: list[list[tuple[int, int, str]]] = []
        for start in range(0, len(texts), 256):
            chains = model.predict([doc(text) for text in texts[start : start + 256]])
            found += [[(s.start, s.end, LABELS[s.label]) for s in r] for r in crf.decode(chains)]
        return found

    name = "tok2vec + linear-chain CRF"
    return Row(name, partial(by_sentence, read=read), len(stored), passes_of(seen, train))


def bigru_crf(data: Path, minutes: float, *, graft: bool) -> Row:
    """The shipped architecture: BiGRU-CRF with lexicon features, from random or lent weights."""
    shipped = read_config(ROOT / "configs" / "zh_news_base.cfg")
    corpora = domain_corpora(data)
    config = shipped.model_copy(
        update={
            "corpora": corpora,
            "checks": {},
            "silver": None,
            "threads": 1,
            "encoder": shipped.encoder.model_copy(update={"lac": graft}),
            "lexicon": shipped.lexicon.model_copy(update={"pretrained": graft}),
        }
    )
    # how many passes fit into the time: measured first, by a run that is thrown away
    trial = _trained(config, data, passes=0.1)[1]
    passes = 0.1 * 60 * minutes / trial
    model, _ = _trained(config, data, passes)
    start = "LAC's units, public word vectors" if graft else "random weights"
    return _renzhi(f"BiGRU-CRF with lexicon, from {start}", model, passes=passes)


def _trained(config: TrainingConfig, data: Path, passes: float) -> tuple[ModelData, float]:
    """Train one stage; also gives the processor seconds that its steps took."""
    times: list[float] = []
    stage = StageConfig(
        passes=passes,
        rate=RATE_BIGRU,
        batch_characters=BATCH_BIGRU,
        shares=dict.fromkeys(config.corpora, 1.0),
    )

    def report(_: Progress) -> None:
        times.append(time.process_time())

    with tempfile.TemporaryDirectory() as folder:
        config = config.model_copy(update={"stages": {"only": stage}})
        watch = Watch(report, steps=1, save_seconds=float("inf"))
        model = train_recogniser(config, data, Path(folder), watch).model
    return model, (times[-1] - times[0]) * len(times) / (len(times) - 1)


def _renzhi(name: str, model: ModelData, **facts: Any) -> Row:
    recogniser = Recogniser(model, "native")

    def find(texts: Sequence[str]) -> list[Spans]:
        return [{(s.start, s.end, LABELS[s.label]) for s in r} for r in recogniser.find(texts)]

    return Row(name, find, facts.pop("size", None) or len(model.to_bytes()), **facts)


def shipped_rows(model: Path | None) -> Iterator[Row]:
    """The shipped model with its half-precision weights, and with eight bits a weight."""
    half = (find_model(model) / "recogniser" / "model.npz").read_bytes()
    eight = to_eight_bits(half)
    for name, stored, read in (
        ("shipped model (16-bit weights)", half, partial(ModelData.from_bytes, name="shipped")),
        ("shipped model, int8 weights", eight, from_eight_bits),
    ):
        times = []
        for _ in range(ROUNDS):
            begin = time.process_time()
            data = read(stored)
            Recogniser(data, "native")
            times.append(time.process_time() - begin)
        yield _renzhi(name, data, size=len(stored), load=min(times))


def to_eight_bits(stored: bytes) -> bytes:
    """Write a model file again with int8 matrices, each row with a scale of its own."""
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        result = {name: arrays[name] for name in arrays.files}
    for name, value in list(result.items()):
        if name.startswith("weights/") and value.ndim == 2:
            rows, scale = _eight_bits(value.astype(np.float32))
            result |= {name: rows, f"{name}.scale": scale}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **result)
    return buffer.getvalue()


def _eight_bits(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    scale = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-8) / 127
    return np.rint(rows / scale).astype(np.int8), scale


def from_eight_bits(stored: bytes) -> ModelData:
    data = ModelData.from_bytes(stored, "int8")
    weights = {
        name: value * data.weights.get(f"{name}.scale", np.float32(1))
        for name, value in data.weights.items()
        if not name.endswith(".scale")
    }
    return replace(data, weights=weights)


def product_times(model: Path | None) -> str:
    """Time the largest product of the second layer in float32 and in int8 summed to int32."""
    data = ModelData.load(find_model(model) / "recogniser" / "model.npz")
    weights = np.ascontiguousarray(data.weights["gru.weight_ih_l1"].T)
    inputs = np.random.default_rng(0).normal(size=(1024, len(weights))).astype(np.float32)
    small = _eight_bits(inputs)[0], _eight_bits(weights)[0]
    single = _best(lambda: inputs @ weights)
    eight = _best(lambda: np.matmul(*small, dtype=np.int32))
    shape = f"({len(inputs)} × {len(weights)}) · ({len(weights)} × {weights.shape[1]})"
    return (
        f"NumPy {np.__version__}, {shape}: float32 {single:.2f} ms, int8 to int32 {eight:.2f} ms."
    )


def _best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return 1000 * min(times)


def score(row: Row, dev: Sequence[Sample]) -> dict[str, LabelScore]:
    found = row.find([sample.text for sample in dev])
    counts = {label: np.zeros(3, dtype=int) for label in LABELS}
    for spans, sample in zip(found, dev, strict=True):
        for label, count in counts.items():
            own = {span for span in spans if span[2] == label}
            gold = {span for span in sample.spans if span[2] == label}
            np.add(count, (len(own & gold), len(own), len(gold)), out=count)
    return {label: LabelScore(*count.tolist()) for label, count in counts.items()}


def wait_while(pattern: str | None) -> None:
    """Wait for others to end; a search that cannot be made counts as none."""
    if pattern is None or shutil.which("pgrep") is None:
        return
    search = ["pgrep", "-f", pattern]
    while subprocess.run(search, stdout=subprocess.DEVNULL, check=False).returncode == 0:
        time.sleep(5)


def measure(data: Path, minutes: float, model: Path | None, pattern: str | None) -> None:
    dev = list(read_samples(data / "gov_gold" / "dev.jsonl", "native", "native"))
    train = [piece for s in read_all(domain_corpora(data), data) for piece in pieces(s)]
    makers: list[Callable[[], Row]] = [
        partial(transition_ner, train, minutes),
        partial(crf_ner, train, minutes),
        partial(bigru_crf, data, minutes, graft=False),
        partial(bigru_crf, data, minutes, graft=True),
    ]
    rows: list[Row] = []
    for make in makers if minutes else ():
        wait_while(pattern)
        rows.append(make())
        print(f"{rows[-1].name}: F1 {100 * total(score(rows[-1], dev)).f1:.1f}", file=sys.stderr)
    wait_while(pattern)
    rows += shipped_rows(model)
    texts = [sample.text for sample in dev]
    size = sum(map(len, texts))
    speed = [0.0] * len(rows)
    for _ in range(ROUNDS):
        for number, row in enumerate(rows):
            begin = time.process_time()
            row.find(texts)
            speed[number] = max(speed[number], size / (time.process_time() - begin))
    print(f"| system | passes | all | {' | '.join(LABELS)} | characters a second | MB | load, s |")
    print(f"|---|{'---|' * (len(LABELS) + 5)}")
    for row, rate in zip(rows, speed, strict=True):
        scores = score(row, dev)
        cells = [row.name, f"{row.passes:.1f}" if row.passes else "–"]
        cells += [f"{100 * one.f1:.1f}" for one in (total(scores), *scores.values())]
        cells += [f"{rate:,.0f}", f"{row.size / 1e6:.1f}", f"{row.load:.2f}" if row.load else "–"]
        print(f"| {' | '.join(cells)} |")
    characters = sum(len(sample.text) for sample in train)
    print(
        f"\n{minutes:g} minutes each of one processor, {characters:,} characters of training text."
    )
    print(product_times(model))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--wait-while", metavar="PATTERN")
    options = parser.parse_args()
    # a fresh process: NumPy and PyTorch take their threads from the environment when imported
    os.environ |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    arguments = (options.data, options.minutes, options.model, options.wait_while)
    worker = multiprocessing.get_context("spawn").Process(target=measure, args=arguments)
    worker.start()
    worker.join()
    sys.exit(worker.exitcode)


if __name__ == "__main__":
    main()
