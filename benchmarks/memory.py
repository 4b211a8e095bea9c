"""Memory of a worker over a long run: resident size early and at the end.

python benchmarks/memory.py --documents 200000
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from pathlib import Path

from made_up import write_rows

from pipeline.runner import Job, RunOptions, run
from pipeline.runner.progress import Counts, Watcher


def resident(pid: int) -> float:
    """Resident megabytes of a process."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


class Sampler(Watcher):
    """Notes the size of the workers and of this process after each shard."""

    def __init__(self) -> None:
        self.samples: list[tuple[int, float, float]] = []

    def update(self, counts: Counts) -> None:
        if self.samples and self.samples[-1][0] == counts.documents:
            return
        sizes = [
            resident(child.pid)
            for child in multiprocessing.active_children()
            if child.pid is not None and Path(f"/proc/{child.pid}/status").exists()
        ]
        if sizes:
            own = resident(multiprocessing.current_process().pid or 0)
            self.samples.append((counts.documents, max(sizes), own))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--characters", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    early = max(1, arguments.documents // 100)
    sampler = Sampler()
    with tempfile.TemporaryDirectory() as name:
        rows = write_rows(Path(name) / "rows.jsonl", arguments.documents, arguments.characters)
        options = RunOptions(workers=arguments.workers, shard_documents=min(1000, early))
        run([str(rows)], Path(name) / "out", Job(), options, sampler)
    print("| documents | largest worker (MB) | parent (MB) |")
    print("|---:|---:|---:|")
    after = [sample for sample in sampler.samples if sample[0] >= early]
    if not after:
        raise SystemExit("too few documents to measure")
    shown = [after[len(after) * i // 8] for i in range(8)] + [after[-1]]
    for documents, worker, parent in dict.fromkeys(shown):
        print(f"| {documents:,} | {worker:.1f} | {parent:.1f} |")
    growth = after[-1][1] - after[0][1]
    print(f"\ngrowth of the worker from {after[0][0]:,} to {after[-1][0]:,} documents: ", end="")
    print(
        f"{growth:.1f} MB (goal: below 20 MB); of the parent: {after[-1][2] - after[0][2]:.1f} MB"
    )


if __name__ == "__main__":
    main()
