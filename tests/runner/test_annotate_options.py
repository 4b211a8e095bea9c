"""Options of `renzhi annotate` for corpora, as a user gives them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from pipeline.cli.main import main

PIECE = "本报4月24日讯 青石市教育局局长韩立山24日到校。"


def renzhi(monkeypatch: pytest.MonkeyPatch, *arguments: str, given: bytes = b"") -> int:
    monkeypatch.setattr(sys, "argv", ["renzhi", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_json_lines_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    rows = [{"id": f"n{i}", "text": PIECE} for i in range(3)]
    given = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    code = renzhi(monkeypatch, "annotate", "-", "--stdin-format", "jsonl", given=given)
    documents = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert code == 0
    assert [(row["id"], row["row"], row["text"]) for row in documents] == [
        ("n0", 1, PIECE),
        ("n1", 2, PIECE),
        ("n2", 3, PIECE),
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["-o", "out", "--memory-limit", "lots"], "--memory-limit: 'lots' is no size"),
        (["--prune"], "need a folder"),
        (["-o", "out.jsonl", "--memory-limit", "1GiB"], "need a folder"),
        (["-o", "a.txt"], "cannot be made an output folder"),
    ],
)
def test_options_that_make_no_sense_are_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    options: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(PIECE, encoding="utf-8")
    Path("b.txt").write_text(PIECE, encoding="utf-8")
    assert renzhi(monkeypatch, "annotate", "b.txt", *options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
