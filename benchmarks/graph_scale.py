"""How long a graph takes to build from shards, and how much memory: prints a Markdown table.

    python benchmarks/graph_scale.py --triples 100000 --triples 1000000

Each size is made by `graph_world` and built by `renzhi graph build` in a process of its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from graph_world import make_world, write_shards

CODE = """
import sys
from pathlib import Path
from pipeline.graph.build import build
done = build([Path(sys.argv[1])], Path(sys.argv[2]), workers=int(sys.argv[3]))
print(done, file=sys.stderr)
"""


def main(
    triples: Annotated[list[int], typer.Option(help="Size; may be given again.")],
    per_document: Annotated[int, typer.Option(help="Triples of a document, about.")] = 12,
    workers: Annotated[int, typer.Option(help="Processes that read and compare.")] = 2,
    seed: int = 7,
) -> None:
    """Print wall time, processor time, peak memory and size of the store for each size."""
    print(
        "| triples | documents | mentions of people | wall s | CPU s | CPU s per 100,000"
        " | peak MB, largest process | store MB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for size in triples:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            world = make_world(max(200, size // 100), seed, people_a_city=40)
            documents, made = write_shards(folder / "out", world, size, per_document, seed)
            mentions = sum(
                line.count('"PER"')
                for path in (folder / "out" / "documents").iterdir()
                for line in path.open(encoding="utf-8")
            )
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.monotonic()
            subprocess.run(
                [sys.executable, "-c", CODE, folder / "out", folder / "store", str(workers)],
                check=True,
            )
            wall = time.monotonic() - start
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            stored = sum(p.stat().st_size for p in (folder / "store").rglob("*") if p.is_file())
            print(
                f"| {made:,} | {documents:,} | {mentions:,} | {wall:.0f} | {cpu:.0f} |"
                f" {cpu / made * 1e5:.1f} |"
                f" {after.ru_maxrss / 1024:.0f} | {stored / 1e6:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    typer.run(main)
