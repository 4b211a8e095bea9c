"""Speed of the corpus runner: one worker against a bare loop, two workers against one.

    python benchmarks/runner.py --documents 600

Each way runs in a fresh process with one numeric thread, model loading left out, in turns, so that
a busy machine is the same for all; the table gives the best of the turns.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_up import write_rows

from pipeline.runner import Job, RunOptions, run
from pipeline.runner.progress import Counts, Watcher

BARE = """
import sys, time
from pathlib import Path
import pipeline
from pipeline.output.triples import flat_triples
from pipeline.sources import read_sources
annotate = pipeline.load()
annotate(next(iter(read_sources([sys.argv[1]]))))
begin = time.perf_counter()
with open(sys.argv[2], "wb") as out:
    for source in read_sources([sys.argv[1]]):
        annotation = annotate(source)
        out.write(annotation.model_dump_json().encode() + b"\\n")
        for row in flat_triples(annotation):
            out.write(str(row).encode())
print(time.perf_counter() - begin)
"""


class FirstDocument(Watcher):
    """Notes when the first batch of documents was done, and how many those were."""

    def __init__(self) -> None:
        self.first: tuple[float, int] | None = None
        self.last: tuple[float, int] = (0.0, 0)

    def update(self, counts: Counts) -> None:
        if counts.documents and (self.first is None or counts.documents != self.last[1]):
            now = (time.perf_counter(), counts.documents)
            self.first = self.first or now
            self.last = now


def bare_loop(rows: Path, folder: Path, documents: int) -> float:
    """Documents a second of a loop over the annotator."""
    command = [sys.executable, "-c", BARE, str(rows), str(folder / "bare.jsonl")]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return documents / float(result.stdout)


def runner(rows: Path, folder: Path, workers: int, shard: int) -> float:
    """Documents a second of a corpus run, counted from the end of its first shard."""
    watcher = FirstDocument()
    options = RunOptions(workers=workers, shard_documents=shard, force=True)
    run([str(rows)], folder / f"out{workers}", Job(), options, watcher)
    if watcher.first is None:
        raise SystemExit("too few documents to measure")
    (begin, before), (end, after) = watcher.first, watcher.last
    return (after - before) / (end - begin)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"):
        os.environ[name] = "1"
    shard = max(8, arguments.documents // 40)
    best = {"bare loop": 0.0, "runner, 1 worker": 0.0, "runner, 2 workers": 0.0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = write_rows(folder / "rows.jsonl", arguments.documents, arguments.characters)
        for _ in range(arguments.turns):
            speeds = (
                bare_loop(rows, folder, arguments.documents),
                runner(rows, folder, 1, shard),
                runner(rows, folder, 2, shard),
            )
            for way, speed in zip(best, speeds, strict=True):
                best[way] = max(best[way], speed)
    bare, one, two = best.values()
    print(f"{arguments.documents} documents of {arguments.characters} characters, ", end="")
    print(f"best of {arguments.turns} turns, {os.cpu_count()} cores\n")
    print("| way | documents/s | characters/s | ratio | goal |")
    print("|---|---:|---:|---:|---|")
    size = arguments.characters
    print(f"| bare loop over the annotator | {bare:.1f} | {bare * size:,.0f} | | |")
    print(f"| runner, 1 worker | {one:.1f} | {one * size:,.0f} | {one / bare:.2f}× | ≥ 0.95× |")
    print(f"| runner, 2 workers | {two:.1f} | {two * size:,.0f} | {two / one:.2f}× | ≥ 1.8× |")


if __name__ == "__main__":
    main()
