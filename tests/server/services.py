"""Starting the real command as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

COMMAND = "from pipeline.cli.main import main; main()"


@dataclass(frozen=True)
class Service:
    url: str
    store: Path
    process: subprocess.Popen[str]


def start(*options: str, store: Path, results: Path | None = None) -> Service:
    """Start `renzhi serve` on a free port and wait until it says where it is."""
    extra = ["--results", str(results)] if results else []
    arguments = ["serve", "--port", "0", "--workers", "1", "--store", str(store)]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments, *extra, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "open http://" in line:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return Service(line.split()[2].rstrip("/"), store, process)
    raise AssertionError("".join(said))
