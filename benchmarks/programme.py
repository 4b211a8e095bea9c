"""Score the PROGRAMME component on a gold file and print a Markdown table.

    python benchmarks/programme.py GOLD.jsonl [--train TRAIN.jsonl] [--segmenter FOLDER]

PER, ORG and LOC come from the gold file, so that the component is scored alone. Names that occur in
TRAIN are left out of the row for unseen names. Speed is processor time, one core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.annotations.native import GoldDocument, read_gold
from pipeline.components.programme import Programme, Scorer
from pipeline.components.segmenter import read_model
from pipeline.components.segmenter.model import WordCutter
from pipeline.schema import Label

ROOT = Path(__file__).parent.parent
Span = tuple[int, int]
Counts = tuple[int, int, int]


def spans(document: GoldDocument, *labels: Label) -> set[Span]:
    return {(start, end) for start, end, label in document.entities if label in labels}


def score(
    scorer: Scorer,
    documents: list[GoldDocument],
    counts: Callable[[str], bool] = bool,
    words: list[list[Span]] | None = None,
) -> Counts:
    """Count the right names, the found ones and those in the gold file.

    counts: tells of a name whether it is counted. words: the known words of each document.
    """
    right = found = gold = 0
    for number, document in enumerate(documents):
        text, cut = document.text, words[number] if words else []
        others = spans(document, Label.PER, Label.ORG, Label.LOC)
        names = {s for s in spans(document, Label.PROGRAMME) if counts(text[s[0] : s[1]])}
        made = {(n.start, n.end) for n in scorer.find(text, others, words=cut)}
        made = {s for s in made if counts(text[s[0] : s[1]])}
        right, found, gold = right + len(names & made), found + len(made), gold + len(names)
    return right, found, gold


def line(name: str, counts: Counts) -> str:
    """Give the row of a table: precision, recall and F1 in per cent, and the names to find."""
    right, found, gold = counts
    figures = (right / max(1, found), right / max(1, gold), 2 * right / max(1, found + gold))
    return f"| {name} | {' | '.join(f'{100 * figure:.1f}' for figure in figures)} | {gold} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "programme")
    parser.add_argument(
        "--segmenter", type=Path, help="folder of a model: report with its words too"
    )
    options = parser.parse_args()
    documents = list(read_gold(options.gold))
    seen = {
        d.text[start:end]
        for d in (read_gold(options.train) if options.train else ())
        for start, end in spans(d, Label.PROGRAMME)
    }
    scorer = Programme().from_disk(options.model).scorer
    no_echo = Scorer(scorer.weights, scorer.lists, replace(scorer.evidence, echo=0.0))
    words: list[list[Span]] | None = None
    if options.segmenter:
        cutter = WordCutter(read_model(options.segmenter))
        words = [list(cutter.words(d.text)) for d in documents]
    print("| names | precision | recall | F1 | support |\n|---|---|---|---|---|")
    rows: list[tuple[str, Scorer, Callable[[str], bool]]] = [
        ("all", scorer, lambda _: True),
        ("all, without echo of found names", no_echo, lambda _: True),
        ("unseen in training", scorer, lambda name: name not in seen),
    ]
    for penalty in (-1.0, -2.0) if options.segmenter else ():
        strict = Scorer(scorer.weights, scorer.lists, replace(scorer.evidence, cut_word=penalty))
        rows.append((f"all, {penalty} for each end inside a word", strict, lambda _: True))
    for title, variant, counts in rows:
        print(line(title, score(variant, documents, counts, words)))
    begin = time.process_time()
    for document in documents:
        scorer.find(document.text)
    characters = sum(len(d.text) for d in documents)
    print(f"\nSpeed: {characters / (time.process_time() - begin):,.0f} characters a second.")


if __name__ == "__main__":
    main()
