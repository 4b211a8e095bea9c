"""What the segmenter's words bring as evidence: scores and speed without and with them.

    python benchmarks/word_evidence.py DATA          tables in Markdown
    python benchmarks/word_evidence.py DATA --fit    rules/words.toml fitted anew (needs PyTorch)

The weights are fitted on what the shipped recogniser was not trained on: the texts that its
configuration holds out, corpus/gold/dev, and the dev parts of msra and resume; no table of scores
has any of these. p is of a paired randomisation test over documents.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.annotations.datasets import Sample, read_samples
from pipeline.annotations.native import read_gold
from pipeline.annotator import Annotator
from pipeline.components.recogniser import LABELS, ModelData, Recogniser
from pipeline.components.segmenter import read_model
from pipeline.components.segmenter.model import WordCutter
from pipeline.evaluation.evaluate import evaluate
from pipeline.evaluation.predictions import Run, from_gold_mentions, from_model, source_of
from pipeline.model import find_model
from pipeline.training.scores import LabelScore, total

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "corpus" / "gold"
ROUNDS = 3
Known = list[list[int]]


class Dictionary:
    """The known words of texts, cut once."""

    def __init__(self) -> None:
        self._cutter = WordCutter(read_model(ROOT / "models" / "pkuseg_news"))
        self._seen: dict[str, Known] = {}

    def words(self, text: str) -> Known:
        if text not in self._seen:
            cut = self._cutter.words(text)
            self._seen[text] = [[s, e] for s, e in cut if self._cutter.knows(text[s:e])]
        return self._seen[text]


def score(
    recogniser: Recogniser, samples: Sequence[Sample], words: list[Known] | None
) -> dict[str, LabelScore]:
    counts = {label: [0, 0, 0] for label in LABELS}
    found = recogniser.find([sample.text for sample in samples], words)
    for sample, scored in zip(samples, found, strict=True):
        gold = {span for span in sample.spans if span[2] in sample.complete}
        own = {(span.start, span.end, LABELS[span.label]) for span in scored}
        own = {span for span in own if span[2] in sample.complete}
        for place, spans in enumerate((gold & own, own, gold)):
            for *_, label in spans:
                counts[label][place] += 1
    return {label: LabelScore(*row) for label, row in counts.items() if row[2]}


def recogniser_table(data: Path, model: ModelData, dictionary: Dictionary) -> None:
    files = (
        ("gov_gold dev", data / "gov_gold" / "dev.jsonl", "native"),
        ("corpus/gold test", GOLD / "test.jsonl", "native"),
        ("msra test", data / "msra" / "test.jsonl", "msra"),
        ("resume test", data / "resume" / "test.jsonl", "resume"),
        ("cluener dev", data / "cluener" / "dev.jsonl", "cluener"),
    )
    print("| recogniser alone, F1 | " + " | ".join(LABELS) + " | all |")
    print("|---" * (len(LABELS) + 2) + "|")
    for name, file, style in files:
        samples = list(read_samples(file, style, style))
        recogniser = Recogniser(model, style)
        known = [dictionary.words(sample.text) for sample in samples]
        for title, words in (("without", None), ("with", known)):
            scores = score(recogniser, samples, words)
            cells = [f"{100 * scores[one].f1:.2f}" if one in scores else "" for one in LABELS]
            cells.append(f"{100 * total(scores).f1:.2f}")
            print(f"| {name}, {title} | " + " | ".join(cells) + " |", flush=True)


def pipeline_table(files: Sequence[tuple[str, Path]]) -> None:
    plain, worded = Annotator.load(), Annotator.load(words=True)
    print("| whole pipeline, F1 | what | without | with | p |\n|---|---|--:|--:|--:|")
    for name, file in files:
        gold = list(read_gold(file))
        runs = {
            "end to end": [Run("", tuple(from_model(one, gold))) for one in (plain, worded)],
            "gold mentions": [
                Run("", tuple(from_gold_mentions(gold, words=words))) for words in (False, True)
            ],
        }
        for mode, (without, with_words) in runs.items():
            report = evaluate(gold, with_words, name=name, against=without, mode=mode)
            before = evaluate(gold, without, name=name, mode=mode)
            pairs = [(before.relations, report.relations)]
            if mode == "end to end":
                pairs.insert(0, (before.entities, report.entities))
            for old, new in pairs:
                for a, b in zip(old, new, strict=True):
                    # What is the same is not printed, but for the totals and the posts.
                    if a.counts != b.counts or a.name in {"entities", "relations", "holds_post"}:
                        p = f"{b.against.p:.2f}" if b.against is not None else ""
                        print(
                            f"| {name}, {mode} | {a.name} | {100 * a.counts.f1:.2f} | "
                            f"{100 * b.counts.f1:.2f} | {p} |",
                            flush=True,
                        )
            status = f"{before.status.right}/{before.status.total}"
            print(
                f"| {name}, {mode} | status right | {status} | "
                f"{report.status.right}/{report.status.total} | |",
                flush=True,
            )


def speed_table(file: Path) -> None:
    sources = [source_of(document) for document in read_gold(file)]
    characters = sum(len(source.text) for source in sources)
    print("| annotate, one core | characters a second of processor time | load, s |\n|---|--:|--:|")
    annotators = {}
    loads = {}
    for words in (False, True):
        begin = time.process_time()
        annotators[words] = Annotator.load(words=words)
        loads[words] = time.process_time() - begin
    best = dict.fromkeys(annotators, 0.0)
    for _ in range(ROUNDS):
        for words, annotator in annotators.items():
            begin = time.process_time()
            for source in sources:
                annotator(source)
            best[words] = max(best[words], characters / (time.process_time() - begin))
    for words, title in ((False, "without"), (True, "with")):
        print(f"| {title} | {best[words]:,.0f} | {loads[words]:.2f} |", flush=True)


def fit(data: Path, model: ModelData, dictionary: Dictionary) -> None:
    import torch

    from pipeline.training.borders import fit_borders

    torch.set_num_threads(1)
    parts = [(Recogniser(model, "native"), list(held_out(data)))]
    parts[0][1].extend(read_samples(GOLD / "dev.jsonl", "native", "native"))
    for style in ("msra", "resume"):
        samples = list(read_samples(data / style / "dev.jsonl", style, style))
        parts.append((Recogniser(model, style), samples))
    result = fit_borders(parts, dictionary.words)
    characters = sum(len(sample.text) for _, samples in parts for sample in samples)
    print(f"# {characters:,} characters; {result.before:.1f} nats without, {result.after:.1f} with")
    for name, weights in (("opens", result.weights.opens), ("closes", result.weights.closes)):
        print(f"\n[{name}]")
        for label, weight in weights.items():
            print(f"{label} = {weight}")


def held_out(data: Path) -> Iterator[Sample]:
    """The texts that the shipped recogniser's configuration keeps out of training."""
    from pipeline.training.config import read_config
    from pipeline.training.recogniser import read_corpora, split_held_out

    config = read_config(ROOT / "configs" / "zh_news_base.cfg")
    yield from split_held_out(config, read_corpora(config.corpora, data))[1]


def shipped() -> ModelData:
    return ModelData.load(find_model() / "recogniser" / "model.npz")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    dictionary = Dictionary()
    if options.fit:
        fit(options.data, shipped(), dictionary)
        return
    recogniser_table(options.data, shipped(), dictionary)
    dev = options.data / "gov_gold" / "dev.jsonl"
    print()
    pipeline_table((("gov_gold dev", dev), ("corpus/gold test", GOLD / "test.jsonl")))
    print()
    speed_table(dev)


if __name__ == "__main__":
    main()
