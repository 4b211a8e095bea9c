"""What one process of a corpus run does alone: reading rows of tables, the ledger, the manifest.

    python benchmarks/parent.py --documents 100000

Processor time of one core. The rows of JSON Lines, CSV and Parquet are read by the parent (on Ray
the driver), and it alone keeps the ledger: together they bound the workers that it can feed.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
from made_up import piece, write_rows

from pipeline.runner.fingerprint import Fingerprint
from pipeline.runner.ledger import Ledger, Record
from pipeline.runner.plan import Plan
from pipeline.runner.records import Journal
from pipeline.sources.items import ReadOptions

WORKER = 14_000  # characters a second of processor time that a worker annotates, see docs/scale.md


def tables(folder: Path, rows: Path) -> dict[str, Path]:
    """Write the rows once more in each form."""
    packed, csv, parquet = (folder / f"rows.{end}" for end in ("jsonl.gz", "csv", "parquet"))
    packed.write_bytes(gzip.compress(rows.read_bytes(), 6))
    table = pyarrow.json.read_json(rows).select(["id", "text"])
    pyarrow.csv.write_csv(table, csv)
    pyarrow.parquet.write_table(table, parquet, row_group_size=10_000)
    return {"JSON Lines": rows, "JSON Lines, gzip": packed, "CSV": csv, "Parquet": parquet}


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def walk(path: Path) -> int:
    """Read all rows of a file into batches, as a run does; gives their number."""
    plan = Plan([str(path)], ReadOptions(), None)
    return sum(len(batch.rows) for batch in plan.batches())


def record(number: int) -> Record:
    """A document of a file of its own, with a path and an id of the usual length."""
    path = f"../archive/{number // 200:06d}/page-{number:09d}-2014-04-25.txt"
    return Record(
        path.encode(),
        0,
        path.removeprefix("../"),
        f"{number:064x}",
        f"{number:024x}",
        id=f"{number:032x}",
        shard=number // 1000 + 1,
        position=number % 1000,
        characters=3000,
        entities=150,
        triples=90,
        seconds=0.2,
    )


def reading(folder: Path, documents: int, characters: int) -> None:
    rows = write_rows(folder / "rows.jsonl", documents, characters)
    length = sum(len(piece(number, characters)) for number in range(documents))
    print(f"Reading {documents:,} rows of {length // documents:,} characters into batches\n")
    print("| form | rows a second | characters a second | workers that one reader feeds |")
    print("|---|---:|---:|---:|")
    for form, path in tables(folder, rows).items():
        spent = seconds(lambda path=path: walk(path))  # type: ignore[misc]
        speed = length / spent
        print(f"| {form} | {documents / spent:,.0f} | {speed:,.0f} | {speed / WORKER:,.0f} |")


def keeping(folder: Path, documents: int) -> None:
    hashes = Fingerprint("m" * 16, "r" * 16, "c" * 16)
    records = [record(number) for number in range(documents)]
    ledger = Ledger(folder, hashes)
    journal = Journal(folder, ledger, hashes)

    def add() -> None:
        for begin in range(0, documents, 1000):
            with ledger.transaction():
                ledger.put(records[begin : begin + 1000])
            journal.add(records[begin : begin + 1000], 0)

    spent = {
        "add": seconds(add),
        "look up": seconds(lambda: [ledger.find(one.path, one.part) for one in records]),
        "write the manifest anew": seconds(journal.rewrite),
    }
    ledger.close()
    print(f"\nKeeping {documents:,} documents\n\n| what | a document |\n|---|---:|")
    for what, total in spent.items():
        print(f"| {what} | {1e6 * total / documents:.0f} µs |")
    for name in ("ledger.sqlite", "manifest.jsonl"):
        print(f"| {name} | {(folder / name).stat().st_size / documents:.0f} B |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--characters", type=int, default=3000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        reading(Path(name), arguments.rows, arguments.characters)
        keeping(Path(name), arguments.documents)


if __name__ == "__main__":
    main()
