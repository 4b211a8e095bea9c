"""kill -9 at random moments over a run, then resume: nothing lost, nothing twice, same bytes.

python benchmarks/kill.py --documents 5000 --kills 50
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from made_up import write_files

COMMAND = [sys.executable, "-m", "pipeline.cli.main", "annotate"]


def start(pages: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [*COMMAND, str(pages), "-o", str(out), "--workers", "2", "--log-json"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)


def lines(out: Path, folder: str) -> list[bytes]:
    parts = sorted((out / folder).glob("part-*"))
    return sorted(line for part in parts for line in part.read_bytes().splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--characters", type=int, default=300)
    parser.add_argument("--longest", type=float, default=30.0, help="seconds until a kill, at most")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    luck = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = write_files(folder / "pages", arguments.documents, arguments.characters)
        calm, out = folder / "calm", folder / "out"
        begin = time.monotonic()
        if start(pages, calm).wait() != 0:
            raise SystemExit("the undisturbed run failed")
        seconds = time.monotonic() - begin
        kills = 0
        while kills < arguments.kills:
            process = start(pages, out)
            try:
                process.wait(luck.uniform(0.1, arguments.longest))
                break  # it was done before it could be killed
            except subprocess.TimeoutExpired:
                whole = luck.random() < 0.5  # the whole group, or only the parent
                if whole:
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                process.wait()
                kills += 1
        if code := start(pages, out).wait():
            raise SystemExit(f"the last run failed with exit code {code}")
        ids = Counter(json.loads(line)["source"] for line in lines(out, "documents"))
        same = all(lines(out, part) == lines(calm, part) for part in ("documents", "triples"))
        manifest = (out / "manifest.jsonl").read_bytes().count(b"\n")
        left = len(list(out.rglob(".*part*")))
    print("| measure | value | goal |")
    print("|---|---:|---|")
    print(f"| undisturbed run of {arguments.documents:,} documents | {seconds:.0f} s | |")
    print(f"| runs killed with -9 | {kills} | {arguments.kills} |")
    print(f"| documents after the last run | {len(ids):,} | {arguments.documents:,} |")
    print(f"| documents that are there twice | {sum(n > 1 for n in ids.values())} | 0 |")
    print(f"| lines of the manifest | {manifest:,} | {arguments.documents:,} |")
    print(f"| left-over temporary files | {left} | 0 |")
    print(f"| equal to the undisturbed run, byte for byte | {'yes' if same else 'NO'} | yes |")


if __name__ == "__main__":
    main()
