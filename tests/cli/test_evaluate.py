from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pipeline.annotations.native import GoldDocument, GoldTriple, write_gold
from pipeline.cli.main import main
from pipeline.evaluation.predictions import from_gold_mentions
from pipeline.schema import Label, RelationType

TEXT = "滨河市教育局局长李大明到乐安县调研。"
GOLD = GoldDocument(
    "d1",
    TEXT,
    (
        (0, 6, Label.ORG),
        (2, 8, Label.ROLE),
        (8, 11, Label.PER),
        (12, 15, Label.LOC),
    ),
    (GoldTriple("李大明", RelationType.HOLDS_POST, "市教育局局长", {"org": "滨河市教育局"}),),
)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    write_gold([GOLD], tmp_path / "gold.jsonl")
    return tmp_path / "gold.jsonl"


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    [annotation] = from_gold_mentions([GOLD])
    path = tmp_path / "found.jsonl"
    path.write_text(annotation.model_dump_json() + "\n", encoding="utf-8")
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["renzhi", "evaluate", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_predictions_are_scored_and_written_in_three_forms(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gold: Path,
    predictions: Path,
) -> None:
    folder = gold.parent
    outputs = {f"--{kind}": folder / f"out.{kind}" for kind in ("json", "markdown", "html")}
    options = [part for pair in outputs.items() for part in pair]
    options += ["--predictions", predictions, "--against", predictions]
    assert run(monkeypatch, gold, *options, "--fail-under", "holds_post=1") == 0
    shown = capsys.readouterr().out
    assert "holds_post" in shown
    assert "PROGRAMME" not in shown
    report = json.loads(outputs["--json"].read_text(encoding="utf-8"))
    assert report["relations"]["holds_post"]["f1"] == 1.0
    assert report["relations"]["holds_post"]["against"]["p"] == 1.0
    assert "| holds_post | 1.000 |" in outputs["--markdown"].read_text(encoding="utf-8")
    assert outputs["--html"].read_text(encoding="utf-8").startswith("<!doctype html>")


def test_gold_entities_need_no_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path
) -> None:
    assert run(monkeypatch, gold, "--gold-entities", "--fail-under", "holds_post=1") == 0
    assert "gold mentions; 1 documents" in capsys.readouterr().out


def test_a_score_that_is_too_low_exits_with_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gold: Path,
    predictions: Path,
) -> None:
    row = json.loads(predictions.read_text(encoding="utf-8"))
    row["triples"] = []
    predictions.write_text(json.dumps(row), encoding="utf-8")
    options = ["--predictions", predictions, "--fail-under", "holds_post=0.5"]
    assert run(monkeypatch, gold, *options) == 1
    assert "holds_post is 0.0000, under 0.5" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"text": "a", "entities": [[0, 9, "PER"]]}', ":1: PER at [0, 9) is outside the text"),
        ('{"text": "a"}\nno', ":2: not JSON: Expecting value, column 1"),
        ("\n", ": holds no document"),
    ],
)
def test_bad_gold_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: str,
    reason: str,
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content, encoding="utf-8")
    assert run(monkeypatch, path, "--gold-entities", "--json", tmp_path / "out.json") == 2
    captured = capsys.readouterr()
    assert captured.err.strip().splitlines()[-1].startswith(f"renzhi: {path}{reason}")
    assert not (tmp_path / "out.json").exists()


def test_unknown_threshold_and_model_are_named_before_work_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path
) -> None:
    assert run(monkeypatch, gold, "--fail-under", "posts=0.9") == 2
    assert "unknown score 'posts'" in capsys.readouterr().err
    assert run(monkeypatch, gold, "--model", "no-such-model") == 2
    assert "renzhi: no-such-model: no such model" in capsys.readouterr().err
