"""Scores of the shipped model on the gold corpus, as the README shows them.

    python benchmarks/evaluate_gold.py [--data DATA] [--model MODEL]

Prints one Markdown table: F1 on the clean test articles, on the same articles set as raw newspaper
pages, and on the clean ones with the gold mentions given (posts, identity and relations alone).
With the data folder (DATA or RENZHI_DATA) the articles of gov_gold/dev are scored as well.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.annotations.native import read_gold
from pipeline.annotator import Annotator
from pipeline.evaluation.evaluate import Report, Row, evaluate
from pipeline.evaluation.predictions import Run, from_gold_mentions, from_model
from pipeline.model import find_model

GOLD = Path(__file__).parent.parent / "corpus" / "gold"


def reports(model: str | None, data: Path | None) -> dict[str, Report]:
    annotator = Annotator.load(model)
    name = find_model(model).name
    files = {"test": GOLD / "test.jsonl", "test as raw pages": GOLD / "noisy_test.jsonl"}
    if data is not None:
        files["gov_gold dev"] = data / "gov_gold" / "dev.jsonl"
    found: dict[str, Report] = {}
    for title, path in files.items():
        gold = list(read_gold(path))
        found[title] = evaluate(gold, Run(name, tuple(from_model(annotator, gold))), name=title)
    gold = list(read_gold(files["test"]))
    run = Run("rules", tuple(from_gold_mentions(gold)))
    found["test, gold mentions given"] = evaluate(gold, run, name="test", mode="gold mentions")
    return found


def table(found: dict[str, Report]) -> list[str]:
    lines = ["| F1 (support) | " + " | ".join(found) + " |", "|---|" + "--:|" * len(found)]
    names = dict.fromkeys(row.name for one in found.values() for row in rows(one))
    lines += [
        f"| {name} | " + " | ".join(cell(one, name) for one in found.values()) + " |"
        for name in names
    ]
    rates = {
        "organisation of right posts": [one.org.rate for one in found.values()],
        "status of right posts": [one.status.rate for one in found.values()],
        "page repair, characters right": [
            one.repair.accuracy if one.repair else None for one in found.values()
        ],
        "calibration error of triples": [one.triple_calibration.ece for one in found.values()],
    }
    for name, values in rates.items():
        cells = ("" if value is None else f"{value:.3f}" for value in values)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def rows(report: Report) -> Sequence[Row]:
    return [*report.entities, *report.relations]


def cell(report: Report, name: str) -> str:
    row = next((row for row in rows(report) if row.name == name), None)
    return f"{row.counts.f1:.3f} ({row.counts.support})" if row else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("RENZHI_DATA"))
    parser.add_argument("--model")
    options = parser.parse_args()
    found = reports(options.model, Path(options.data) if options.data else None)
    sizes = (f"{title}: {one.documents} documents" for title, one in found.items())
    print("; ".join(sizes) + ".\n")
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
