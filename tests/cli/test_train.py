from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.cli.main import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("train",), "give either a configuration, or --gold"),
        (("train", "none.cfg", "--data", "."), "none.cfg: No such file"),
        (("train", "bad.cfg", "--data", "."), "bad.cfg: colour: unknown key"),
        (("train", "good.cfg"), "no data folder"),
        (("train", "good.cfg", "--data", "nowhere"), "nowhere: no such folder"),
        (("train", "good.cfg", "--data", "."), "train.jsonl: No such file"),
    ],
)
def test_bad_calls_end_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RENZHI_DATA", raising=False)
    good = (
        "[training]\nseed = 0\n\n[training.corpora]\n\n[training.corpora.own]\n"
        'path = "train.jsonl"\nformat = "native"\ndialect = "native"\n\n[training.stages]\n\n'
        '[training.stages.one]\npasses = 1\nrate = 0.01\nshares = {"own": 1}\n'
    )
    Path("good.cfg").write_text(good, encoding="utf-8")
    bad = good.replace("seed = 0", 'seed = 0\ncolour = "red"')
    Path("bad.cfg").write_text(bad, encoding="utf-8")
    assert run(monkeypatch, *arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert reason in lines[0]
    assert not Path("out").exists()
