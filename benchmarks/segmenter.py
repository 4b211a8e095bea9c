"""Score the word segmentation model on a file of words and print a Markdown table.

    python benchmarks/segmenter.py TEST.jsonl [--limit N]

TEST holds ``text`` and ``tokens`` [[start, end, tag], ...] a line. A word is right if both its
borders are. Speed is processor time, one core, beside jieba where that is installed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from pipeline.components.segmenter import read_model
from pipeline.components.segmenter.model import WordCutter

ROOT = Path(__file__).parent.parent
Span = tuple[int, int]
Cut = Callable[[str], Iterable[Span]]


def jieba_cut() -> Cut:
    import jieba

    jieba.initialize()
    return lambda text: ((start, end) for _, start, end in jieba.tokenize(text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test", type=Path)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "pkuseg_news")
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    with options.test.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, options.limit)]
    systems: dict[str, Cut] = {"renzhi segmenter": WordCutter(read_model(options.model)).words}
    if find_spec("jieba"):
        systems["jieba"] = jieba_cut()
    print("| system | precision | recall | F1 | characters a second |\n|---|---|---|---|---|")
    for title, cut in systems.items():
        right = found = gold = 0
        begin = time.process_time()
        cuts = [list(cut(row["text"])) for row in rows]
        seconds = time.process_time() - begin
        for row, words in zip(rows, cuts, strict=True):
            solid = {(s, e) for s, e, *_ in row["tokens"] if row["text"][s:e].strip()}
            made = {(s, e) for s, e in words if row["text"][s:e].strip()}
            right, found, gold = right + len(solid & made), found + len(made), gold + len(solid)
        p, r, f = right / max(1, found), right / max(1, gold), 2 * right / max(1, found + gold)
        speed = sum(len(row["text"]) for row in rows) / seconds
        print(f"| {title} | {100 * p:.2f} | {100 * r:.2f} | {100 * f:.2f} | {speed:,.0f} |")


if __name__ == "__main__":
    main()
