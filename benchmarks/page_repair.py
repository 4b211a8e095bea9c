"""Measure page repair: character accuracy and offset faithfulness, as a Markdown table.

    python benchmarks/page_repair.py [TEXTS.jsonl] [--seeds 2]

Without a file it measures the hand-made clean copies in corpus/gold/pages. With one (an object a
line with a ``text``), it sets every text as noisy pages, repairs them and compares with the truth.
Character accuracy is 1 - edit distance / characters of the clean copy. Faithful are the characters
of the clean text whose raw offset the repair gives exactly.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from pipeline.annotations.noise import add_noise
from pipeline.page import repair

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("texts", nargs="?", type=Path)
    parser.add_argument("--seeds", type=int, default=2, help="noisy pages a text")
    arguments = parser.parse_args()
    print("| pages | characters | character accuracy | faithful offsets | characters a second |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for clean in sorted((ROOT / "corpus/gold/pages").glob("*.txt")):
        raw = (ROOT / "corpus/pages" / clean.name).read_text("utf-8")
        measure(clean.stem, [(raw, clean.read_text("utf-8").rstrip("\n"), None)])
    if arguments.texts:
        measure(
            f"{arguments.texts.name}, noisy", list(noisy_pages(arguments.texts, arguments.seeds))
        )


def noisy_pages(path: Path, seeds: int) -> Iterator[tuple[str, str, set[int] | None]]:
    with path.open(encoding="utf-8") as rows:
        for number, row in enumerate(rows):
            text = "\n".join(filter(None, map(str.strip, json.loads(row)["text"].split("\n"))))
            for seed in range(seeds):
                page = add_noise(text, seed=number * seeds + seed)
                yield page.raw, page.clean, set(page.alignment.offsets)


def measure(name: str, pages: list[tuple[str, str, set[int] | None]]) -> None:
    started = time.perf_counter()
    repaired = [repair(raw) for raw, _, _ in pages]
    seconds = time.perf_counter() - started
    characters = sum(len(clean) for _, clean, _ in pages)
    wrong = sum(
        Levenshtein.distance(clean, result.text)
        for (_, clean, _), result in zip(pages, repaired, strict=True)
    )
    faithful = "–"
    if pages[0][2] is not None:
        right = sum(
            len(truth & set(result.alignment.offsets))
            for (_, _, truth), result in zip(pages, repaired, strict=True)
            if truth is not None
        )
        faithful = f"{right / characters:.4%}"
    speed = sum(len(raw) for raw, _, _ in pages) / seconds
    print(
        f"| {name} ({len(pages)}) | {characters:,} | {1 - wrong / characters:.4%} | {faithful} |"
        f" {speed:,.0f} |"
    )


if __name__ == "__main__":
    main()
