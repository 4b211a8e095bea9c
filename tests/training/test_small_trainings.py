"""The trainings of the PROGRAMME scorer and the segmenter: cut in the middle, and gone on with."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.annotations.native import GoldDocument, write_gold
from pipeline.cli.main import main
from pipeline.cli.train import Bars
from pipeline.schema import Label
from pipeline.training.programme import train_programme
from pipeline.training.segmenter import train_segmenter
from pipeline.training.watch import Progress, Watch

LINES = (
    ("县里启动青苗护航行动。", "青苗护航行动"),
    ("县文化馆举办春风书画展，展出作品百余幅。", "春风书画展"),
    ("镇上实施绿色家园计划，种树万株。", "绿色家园计划"),
    ("工作人员的活动范围很大。", ""),
)
SENTENCES = ("清晨 ， 渔民 驾 船 出海 。", "渔民 在 码头 晾晒 渔网 。", "孩子 们 在 码头 画画 。")


class StopRunError(Exception):
    """Raised in the middle of a run, as a kill would end it."""


def programme_data(folder: Path, steps: int = 30) -> Path:
    documents = []
    for number, (text, name) in enumerate(LINES):
        start = text.find(name)
        entities = ((start, start + len(name), Label.PROGRAMME),) if name else ()
        documents.append(GoldDocument(id=str(number), text=text, entities=entities))
    write_gold(documents, folder / "gold.jsonl")
    config = folder / "programme.cfg"
    config.write_text(f'[data]\ntrain = "gold.jsonl"\n\n[training]\nsteps = {steps}\n', "utf-8")
    return config


def segmenter_data(folder: Path) -> Path:
    rows = []
    for sentence in SENTENCES * 8:
        tokens, at = [], 0
        for word in sentence.split():
            tokens.append([at, at + len(word), "n"])
            at += len(word)
        text = "".join(sentence.split())
        rows.append(json.dumps({"text": text, "tokens": tokens}, ensure_ascii=False))
    (folder / "words.jsonl").write_text("\n".join(rows), encoding="utf-8")
    config = folder / "segmenter.cfg"
    config.write_text(
        '[data]\ntrain = "words.jsonl"\ndev = "words.jsonl"\n\n'
        "[training]\npasses = 4\nrare = 0\nsmallest = 0.01\n",
        encoding="utf-8",
    )
    return config


def test_a_cut_programme_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    config = programme_data(tmp_path)
    whole, cut = (tmp_path / name / "scorer.json" for name in ("whole", "cut"))
    train_programme(config, tmp_path, whole)

    def stop(at: Progress) -> None:
        if at.step == 12:
            raise StopRunError

    with pytest.raises(StopRunError):
        train_programme(config, tmp_path, cut, Watch(stop, save_seconds=0.0))
    assert not cut.parent.exists()
    seen: list[Progress] = []
    train_programme(config, tmp_path, cut, Watch(seen.append))
    assert [at.step for at in seen] == list(range(13, 31))
    assert seen[0].loss is not None
    assert seen[-1].loss is not None
    assert seen[-1].loss < seen[0].loss
    assert cut.read_bytes() == whole.read_bytes()

    seen.clear()
    lines: list[str] = []
    train_programme(config, tmp_path, cut, Watch(seen.append, note=lines.append))
    assert not seen
    assert "not trained again" in lines[0]
    programme_data(tmp_path, steps=31)
    train_programme(config, tmp_path, cut, Watch(seen.append))
    assert len(seen) == 31


def test_without_a_terminal_a_stage_ends_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = programme_data(tmp_path)
    arguments = ["train", str(config), "--component", "programme", "--data", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments, "--output", str(tmp_path / "model")])
    for expected in ("programme: step 30 of 30, loss ", "not trained again"):
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        out, errors = capsys.readouterr()
        assert out == f"{tmp_path / 'model'} is ready\n"
        [line] = errors.splitlines()
        assert expected in line


def test_on_a_terminal_each_stage_has_a_bar() -> None:
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, width=100))
    with bars:
        bars.report(Progress("features", 5, 5, None, 1.0))
        bars.report(Progress("pass 1/2", 10, 40, 0.5, 2.0))
        bars.note("pass 1/2: dev F1 90.0")
    last = screen.getvalue().split("features")[-1]
    assert "100%" in last
    assert "pass 1/2 (loss 0.5000)" in last
    assert "25%" in last
    assert "reading" not in last
    assert "pass 1/2: dev F1 90.0" in screen.getvalue()


@pytest.mark.slow
def test_a_cut_segmenter_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    config = segmenter_data(tmp_path)
    train_segmenter(config, tmp_path, tmp_path / "whole")

    def stop(line: str) -> None:
        if line.startswith("pass 2/4"):
            raise StopRunError

    with pytest.raises(StopRunError):
        train_segmenter(config, tmp_path, tmp_path / "cut", Watch(note=stop))
    assert not (tmp_path / "cut").exists()
    seen: list[Progress] = []
    lines: list[str] = []
    train_segmenter(config, tmp_path, tmp_path / "cut", Watch(seen.append, note=lines.append))
    assert {at.stage for at in seen} <= {"pass 3/4", "pass 4/4"}
    assert lines[-1].startswith("pass 4/4: ")
    for name in ("segmenter.npz", "segmenter.npz.sha256"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert [path.name for path in (tmp_path / "cut.training").iterdir()] == ["run.json"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_command_leaves_no_model(tmp_path: Path, number: signal.Signals) -> None:
    config = programme_data(tmp_path, steps=10_000_000)
    output = tmp_path / "model"
    code = "from pipeline.cli.main import main; main()"
    command = [sys.executable, "-c", code, "train", str(config), "--component", "programme"]
    command += ["--data", str(tmp_path), "--output", str(output)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=dict(os.environ)) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "model.training" / "run.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert not output.exists()
    if number == signal.SIGINT:
        assert process.returncode == 130
        [line] = errors.decode().splitlines()
        assert line == f"stopped; the same command goes on from {tmp_path / 'model.training'}"
