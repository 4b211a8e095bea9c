"""How the command line ends: Ctrl-C before it has begun, and options that cannot be."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.cli.main import main

# What the installed script does, and a word when Ctrl-C may come.
SCRIPT = "import sys; from pipeline.cli.main import main; print('begun', flush=True); main()"


@pytest.mark.parametrize("wait", [0.03, 0.1, 0.4, 1.5])
def test_ctrl_c_ends_a_command_quietly_however_early(wait: float) -> None:
    # Standard input stays open: the command cannot end by itself, however fast the machine.
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "annotate", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == b""


def test_nothing_heavy_is_imported_before_ctrl_c_is_heeded() -> None:
    script = "import sys, pipeline.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert not {b"pydantic", b"typer", b"numpy", b"spacy"} & set(done.stdout.split())


@pytest.mark.parametrize("option", ["", "-Wdefault"])
def test_warnings_of_libraries_are_shown_on_demand_only(tmp_path: Path, option: str) -> None:
    torch = "import warnings\nwarnings.warn('old', FutureWarning)\nraise ImportError"
    (tmp_path / "torch.py").write_text(torch, encoding="utf-8")  # spaCy looks for it
    page = tmp_path / "page.txt"
    page.write_text("青石市教育局局长韩立山到校。", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, *option.split(), "-m", "pipeline.cli.main", "annotate", str(page)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert (b"FutureWarning: old" in done.stderr) == bool(option)


@pytest.mark.parametrize(
    ("arguments", "reason", "command"),
    [
        ("annotate x --workers 0", "--workers: .*1", "annotate"),
        ("annotate x --timeout soon", "--timeout: .*number", "annotate"),
        (
            "annotate x --format pictures",
            "--format: 'pictures' is not one of .*'html'.*",
            "annotate",
        ),
        ("annotate", "missing argument 'PATH…'", "annotate"),
        ("annotate x --nothing", "no such option: --nothing.*", "annotate"),
        ("serve --workers 0", "--workers: .*1", "serve"),
        ("serve --port 99999", "--port: .*65535", "serve"),
        ("graph build x --workers 0", "--workers: .*1", "graph build"),
        ("graph who", "missing option '--post'", "graph who"),
        ("graph nothing", "no such command 'nothing'", "graph"),
        ("nothing", "no such command 'nothing'", ""),
    ],
)
def test_options_that_cannot_be_are_one_line(
    arguments: str,
    reason: str,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments.split()])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert end.value.code == 2
    assert out == ""
    place = re.escape(f"see renzhi {command} --help".replace("  ", " "))
    assert re.fullmatch(rf"renzhi: {reason} \({place}\)\n", err), err


@pytest.mark.parametrize(
    "arguments",
    [
        "rules calibrate none.jsonl -o taken",
        "evaluate none.jsonl --json taken",
        "evaluate none.jsonl --html taken",
        "report none -o taken",
        "graph show none --around x -o taken",
        "graph judge none --csv-out taken",
        "corpus noise none.jsonl taken",
    ],
)
def test_an_output_that_cannot_be_is_named_before_any_input_is_read(
    arguments: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").mkdir()
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments.split()])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    reason = "taken: cannot be written: it is a folder, not a file"
    assert capsys.readouterr().err == f"renzhi: {reason}\n"


@pytest.mark.parametrize("arguments", [[], ["graph"]])
def test_no_command_shows_the_help(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert end.value.code == 2
    assert "Usage: renzhi" in out
    assert err == ""
