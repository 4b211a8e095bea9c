"""The service under load: errors, latency, memory, and throughput against the command line.

    python benchmarks/server.py --requests 2000 --clients 8

Starts `renzhi serve` on a free port, sends invented pieces of 1,000 characters from several
clients at once, and annotates the same pieces with `renzhi annotate` in one run. With one worker
the command line's run is one process too, so that the two are compared like with like.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from made_up import piece

COMMAND = "from pipeline.cli.main import main; main()"
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    texts = [piece(n, options.characters) for n in range(options.requests)]
    with tempfile.TemporaryDirectory() as folder:
        served = load(texts, options.clients, options.workers, Path(folder))
        alone = command_line(texts, Path(folder))
    print(
        "| requests | clients | workers | errors | p50 s | p99 s | p99/p50 | documents/s |", end=""
    )
    print(" memory MiB first → last quarter | command line documents/s | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print(
        f"| {len(texts)} | {options.clients} | {options.workers} | {served['errors']} "
        f"| {served['p50']:.3f} | {served['p99']:.3f} | {served['p99'] / served['p50']:.1f} "
        f"| {served['rate']:.1f} | {served['early']:.0f} → {served['late']:.0f} "
        f"| {alone:.1f} | {served['rate'] / alone:.2f} |"
    )


def load(texts: list[str], clients: int, workers: int, folder: Path) -> dict[str, float]:
    """Errors, seconds of a request (p50, p99), documents a second, MiB early and late."""
    arguments = ["serve", "--port", "0", "--workers", str(workers), "--store", str(folder / "s")]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert process.stderr is not None
    url = next(line for line in process.stderr if "open http://" in line).split()[2]
    seconds: list[float] = []
    memory: list[float] = []
    errors = 0
    try:
        with httpx.Client(base_url=url, timeout=120) as client:
            client.post("/v1/annotate", json={"text": texts[0]})  # the worker's first document

            def one(text: str) -> int:
                begin = time.perf_counter()
                status = client.post("/v1/annotate", json={"text": text}).status_code
                seconds.append(time.perf_counter() - begin)
                if len(seconds) % 20 == 0:
                    memory.append(tree_memory(process.pid))
                return status

            memory.append(tree_memory(process.pid))
            begin = time.perf_counter()
            with ThreadPoolExecutor(clients) as threads:
                errors = sum(status != 200 for status in threads.map(one, texts))
            whole = time.perf_counter() - begin
            memory.append(tree_memory(process.pid))
    finally:
        process.terminate()
        process.wait()
    seconds.sort()
    quarter = max(1, len(memory) // 4)
    return {
        "errors": errors,
        "p50": seconds[len(seconds) // 2],
        "p99": seconds[int(len(seconds) * 0.99)],
        "rate": len(texts) / whole,
        "early": max(memory[:quarter], default=0.0),
        "late": max(memory[-quarter:], default=0.0),
    }


def command_line(texts: list[str], folder: Path) -> float:
    """Documents a second of `renzhi annotate`, without the time to load the model."""
    rows, one = folder / "rows.jsonl", folder / "one.jsonl"
    lines = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts]
    rows.write_text("".join(lines), encoding="utf-8")
    one.write_text(lines[0], encoding="utf-8")
    whole, start = (seconds_of(path, folder / "out.jsonl") for path in (rows, one))
    return (len(texts) - 1) / (whole - start)


def seconds_of(path: Path, target: Path) -> float:
    begin = time.perf_counter()
    arguments = ["annotate", str(path), "-o", str(target)]
    subprocess.run([sys.executable, "-c", COMMAND, *arguments], check=True, env=ENVIRONMENT)
    return time.perf_counter() - begin


def tree_memory(root: int) -> float:
    """MiB of resident memory of a process and its children (Linux)."""
    pids = [root]
    for task in Path(f"/proc/{root}/task").iterdir():
        pids += [int(pid) for pid in (task / "children").read_text(encoding="utf-8").split()]
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024


if __name__ == "__main__":
    main()
