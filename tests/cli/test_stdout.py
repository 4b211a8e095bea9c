"""Standard output that is full, closed or a file; what starting costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
COMMAND = [sys.executable, "-m", "pipeline.cli.main"]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text("青石市教育局局长韩立山到校。", encoding="utf-8")
    return path


def run_into(output: int, command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    arguments = [*COMMAND, *command.split()]
    return subprocess.run(arguments, stdout=output, stderr=subprocess.PIPE, cwd=folder, check=False)


@pytest.mark.skipif(not FULL.is_char_device(), reason="there is no such device here")
@pytest.mark.parametrize("command", ["annotate page.txt", "schema", "rules list", "info"])
def test_a_full_disk_is_one_line(page: Path, command: str) -> None:
    handle = os.open(FULL, os.O_WRONLY)  # opened to write to, as a shell does with >
    try:
        done = run_into(handle, command, page.parent)
    finally:
        os.close(handle)
    assert done.returncode == 2
    line = b"renzhi: standard output: cannot be written: No space left on device\n"
    assert done.stderr == line


@pytest.mark.parametrize("command", ["annotate page.txt", "schema", "info"])
def test_a_reader_that_has_gone_ends_a_command_quietly(page: Path, command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run_into(writer, command, page.parent)
    finally:
        os.close(writer)
    assert done.returncode == 1
    assert done.stderr == b""


def test_what_was_printed_before_an_error_is_written(tmp_path: Path) -> None:
    script = (
        "from pipeline.cli.stdout import checked_stdout\n"
        "with checked_stdout():\n"
        "    print('青石市')\n"
        "    raise SystemExit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (3, "青石市\n", b"")


def test_a_closed_standard_output_is_no_error_of_ours(page: Path) -> None:
    out = page.with_suffix(".jsonl")
    script = 'exec "$@" >&-'
    done = subprocess.run(
        ["sh", "-c", script, "-", *COMMAND, "annotate", str(page), "-o", str(out)],
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert out.stat().st_size > 0


def test_the_help_costs_no_heavy_import() -> None:
    script = "import sys, pipeline.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    heavy = {b"pyarrow", b"numpy", b"pydantic", b"jinja2", b"spacy", b"pyoxigraph", b"orjson"}
    assert not heavy & set(done.stdout.split())
