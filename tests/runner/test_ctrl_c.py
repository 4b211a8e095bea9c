"""Ctrl-C as a person presses it: the real command, its workers and its model, within 2 s."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

BOUND = 2.0
LOADED = 60_000  # pages of memory; a worker that has its model holds more
PIECE = "青石市教育局局长韩立山24日到校。市水利局副局长何启明介绍了情况。"
COMMAND = [sys.executable, "-m", "pipeline.cli.main", "annotate"]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Documents of which each keeps a worker for seconds."""
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(150):  # more than a fast machine does while a test waits
        (folder / f"x{number}.txt").write_text(f"{number}。{PIECE * 1500}", encoding="utf-8")
    return folder


def start(pages: Path, out: Path, *options: str) -> subprocess.Popen[str]:
    command = [*COMMAND, str(pages), "-o", str(out), "--workers", "2", "--log-json", *options]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def press(process: subprocess.Popen[str]) -> tuple[float, str]:
    """Send Ctrl-C to the whole group, as a terminal does; gives the seconds until the end."""
    begin = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)  # not for its pipes, which Ray's processes hold a little longer
    seconds = time.monotonic() - begin
    return seconds, process.communicate(timeout=60)[1]


def children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_bytes().split()] if path.exists() else []


def resident(pid: int) -> int:
    """Pages of memory that a process holds."""
    path = Path(f"/proc/{pid}/statm")
    return int(path.read_bytes().split()[1]) if path.exists() else 0


def check(process: subprocess.Popen[str], seconds: float, stderr: str) -> None:
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert json.loads(stderr.splitlines()[-1])["stopped"] is True
    assert seconds < BOUND


@pytest.mark.parametrize("wait", [0.0, 1.0, 2.5])
def test_while_workers_load_their_models(pages: Path, tmp_path: Path, wait: float) -> None:
    process = start(pages, tmp_path / "out")
    assert process.stderr is not None
    assert '"start"' in process.stderr.readline()
    time.sleep(wait)
    check(process, *press(process))


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_in_the_middle_of_long_documents(pages: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "out"
    process = start(pages, out, "--format", form)
    end = time.monotonic() + 120
    ids: list[int] = []
    while not any(resident(child) > LOADED for child in ids):
        ids = children(process.pid)
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(3)
    check(process, *press(process))
    assert (out / "manifest.jsonl").exists()
    end = time.monotonic() + 5
    while any(Path(f"/proc/{child}").exists() for child in ids):
        assert time.monotonic() < end, "a worker is left"
        time.sleep(0.1)


@pytest.mark.parametrize("wait", [3.0, 20.0])
def test_on_ray(pages: Path, tmp_path: Path, wait: float) -> None:
    pytest.importorskip("ray", reason="needs the extra 'ray'")
    process = start(pages, tmp_path / "out", "--engine", "ray")
    assert process.stderr is not None
    assert '"start"' in process.stderr.readline()
    time.sleep(wait)
    check(process, *press(process))
