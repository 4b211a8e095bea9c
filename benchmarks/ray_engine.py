"""Ray on this machine against the local pool, with the same number of workers.

python benchmarks/ray_engine.py --documents 600
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from made_up import write_rows

from pipeline.runner import Job, RunOptions, run
from pipeline.runner.progress import Counts, Watcher


class Pace(Watcher):
    """Notes when the first shard was done: start-up is not what is compared."""

    def __init__(self) -> None:
        self.first: tuple[float, int] | None = None
        self.last: tuple[float, int] = (0.0, 0)

    def update(self, counts: Counts) -> None:
        if counts.documents and counts.documents != self.last[1]:
            self.last = (time.perf_counter(), counts.documents)
            self.first = self.first or self.last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    shard = max(8, arguments.documents // 40)
    found: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        rows = write_rows(Path(name) / "r.jsonl", arguments.documents, arguments.characters)
        for engine in ("local", "ray"):
            options = RunOptions(
                workers=arguments.workers,
                shard_documents=shard,
                engine="ray" if engine == "ray" else "local",
            )
            pace = Pace()
            begin = time.perf_counter()
            run([str(rows)], Path(name) / engine, Job(), options, pace)
            total = time.perf_counter() - begin
            if pace.first is None:
                raise SystemExit("too few documents to measure")
            (start, before), (end, after) = pace.first, pace.last
            found[engine] = ((after - before) / (end - start), total)
    local, ray = found["local"], found["ray"]
    print(f"{arguments.documents} documents of {arguments.characters} characters, ", end="")
    print(f"{arguments.workers} workers\n")
    print("| engine | documents/s | whole run (s) | ratio | goal |")
    print("|---|---:|---:|---:|---|")
    print(f"| local pool | {local[0]:.1f} | {local[1]:.1f} | | |")
    print(f"| Ray | {ray[0]:.1f} | {ray[1]:.1f} | {ray[0] / local[0]:.2f}× | ≥ 0.8× |")


if __name__ == "__main__":
    main()
