"""Score the PROGRAMME scorer by cross-validation over annotated documents; prints Markdown.

    python benchmarks/programme_folds.py DATA [--config configs/programme.cfg] [--folds 4]

DATA: the data folder that the paths of the configuration are relative to. Every fold is left out of
training in turn: of the gold file, and of the stand-off articles; the written articles are trained
on in every fold. PER, ORG and LOC are the annotated ones, so that the scorer is scored alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from programme import Counts, line, score

from pipeline.annotations.native import GoldDocument, read_gold
from pipeline.components.programme import Scorer
from pipeline.components.programme.resources import shipped_lists
from pipeline.components.programme.scorer import Evidence
from pipeline.training.programme import (
    ProgrammeConfig,
    mark_lines,
    read_articles,
    train_scorer,
)
from pipeline.training.sections import read_sections

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "programme.cfg")
    parser.add_argument("--folds", type=int, default=4)
    options = parser.parse_args()
    settings = read_sections(options.config, ProgrammeConfig)
    sources, lists = settings.data, shipped_lists()
    here = options.config.parent
    parts = {"gold": list(read_gold(options.data / sources.train))}
    if sources.articles and sources.texts:
        articles = read_articles(here / sources.articles, options.data / sources.texts)
        parts["articles"] = list(articles)
    written = list(read_gold(here / sources.written)) if sources.written else []
    held_out = list(read_gold(options.data / sources.held_out)) if sources.held_out else []
    raw = sorted(options.data.glob(sources.raw)) if sources.raw else []
    evidence = Evidence(**settings.model.model_dump())
    sums: dict[str, Counts] = dict.fromkeys(parts, (0, 0, 0))
    for fold in range(options.folds):
        tested = {name: rows[fold :: options.folds] for name, rows in parts.items()}
        learned = [d for rows in parts.values() for d in without(rows, fold, options.folds)]
        learned += written
        apart = [*held_out, *(d for rows in tested.values() for d in rows)]
        marked = list(mark_lines(raw, learned, apart))
        scorer = Scorer(train_scorer(learned, lists, settings.training, marked), lists, evidence)
        for name, rows in tested.items():
            sums[name] = added(sums[name], score(scorer, rows))
    print("| documents | precision | recall | F1 | names |\n|---|---|---|---|---|")
    whole = (0, 0, 0)
    for name, counts in sums.items():
        print(line(name, counts))
        whole = added(whole, counts)
    print(line("all", whole))


def without(rows: list[GoldDocument], fold: int, folds: int) -> list[GoldDocument]:
    return [row for number, row in enumerate(rows) if number % folds != fold]


def added(one: Counts, other: Counts) -> Counts:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


if __name__ == "__main__":
    main()
