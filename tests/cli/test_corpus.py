from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pipeline.annotations.native import GoldDocument, GoldTriple, read_gold, write_gold
from pipeline.annotations.surfaces import surfaces_of
from pipeline.cli.main import main
from pipeline.schema import Label, RelationType

DOCUMENTS = [
    GoldDocument(
        f"d{number}",
        f"{title}\n{name}到会。本报讯 {name}任{title[:3]}局长，共有1{number}2人到会，开得很好。",
        meta={"issue_date": "2016-05-03"},
    )
    for number, (title, name) in enumerate([
        ("滨河市教育工作会议召开", "李大明"),
        ("乐安县秋粮入库完成", "王小红"),
        ("云岭区新医院开诊", "赵一鸣"),
    ])
]


def marked(document: GoldDocument) -> GoldDocument:
    start = document.text.index("局长")
    name = document.text.index("\n") + 1
    mentions = ((name, name + 3, Label.PER), (start, start + 2, Label.ROLE))
    held = GoldTriple(document.text[name : name + 3], RelationType.HOLDS_POST, "局长")
    return GoldDocument(document.id, document.text, mentions, (held,), document.meta)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    write_gold(map(marked, DOCUMENTS), tmp_path / "gold.jsonl")
    return tmp_path / "gold.jsonl"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["renzhi", "corpus", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_convert_there_and_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path, tmp_path: Path
) -> None:
    there, back = tmp_path / "doccano.jsonl", tmp_path / "back.jsonl"
    assert run(monkeypatch, "convert", gold, there, "--to", "doccano") == 0
    assert run(monkeypatch, "convert", there, back, "--from", "doccano") == 0
    assert list(read_gold(back)) == list(read_gold(gold))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"{path}: 3 documents, 6 mentions, 3 triples" for path in (there, back)]


def test_convert_says_what_the_target_cannot_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path, tmp_path: Path
) -> None:
    assert run(monkeypatch, "convert", gold, tmp_path / "out", "--to", "cluener") == 0
    assert capsys.readouterr().err.splitlines()[1:] == [
        f"{tmp_path / 'out'}: left out: 'meta' of documents: 3",
        f"{tmp_path / 'out'}: left out: triples: 3",
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--to", "xml"), "unknown format 'xml'; known: native"),
        (("--name", "人物"), "--name: '人物' must be like 人物=PER"),
        (("--name", "人物=MAN"), "--name: 'MAN' is no label or relation of ours"),
    ],
)
def test_bad_options_of_convert(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    gold: Path,
    options: tuple[str, str],
    reason: str,
) -> None:
    assert run(monkeypatch, "convert", gold, gold.parent / "out", *options) == 2
    assert capsys.readouterr().err.startswith(f"renzhi: {reason}")
    assert not (gold.parent / "out").exists()


def test_check_prints_one_line_a_problem_and_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path
) -> None:
    assert run(monkeypatch, "check", gold) == 0
    assert capsys.readouterr().out == ""
    with gold.open("a", encoding="utf-8") as out:
        out.write('{"text": "原局长来了", "entities": [[0, 3, "ROLE"]]}\n')
    assert run(monkeypatch, "check", gold) == 1
    captured = capsys.readouterr()
    assert captured.out == f"{gold}:4: ROLE '原局长' has '原' inside, which stays outside\n"
    assert captured.err == "1 problems\n"
    assert run(monkeypatch, "check", gold.parent / "none.jsonl") == 2


def test_split_writes_a_file_a_part(
    monkeypatch: pytest.MonkeyPatch, gold: Path, tmp_path: Path
) -> None:
    parts = tmp_path / "parts"
    assert run(monkeypatch, "split", gold, parts, "--parts", "train=2,test=1") == 0
    found = {path.stem: {d.id for d in read_gold(path)} for path in parts.iterdir()}
    assert {name: len(ids) for name, ids in found.items()} == {"train": 2, "test": 1}
    assert found["train"] | found["test"] == {"d0", "d1", "d2"}


def test_stats_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path
) -> None:
    assert run(monkeypatch, "stats", gold, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["documents"], found["mentions"]["PER"], found["triples"]["holds_post"]) == (
        3,
        3,
        3,
    )
    assert run(monkeypatch, "stats", gold) == 0
    assert "3 documents" in capsys.readouterr().out


def test_noise_makes_raw_pages_whose_clean_text_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gold: Path, tmp_path: Path
) -> None:
    one, again, other = (tmp_path / name for name in ("one", "again", "other"))
    for path, seed in ((one, "1"), (again, "1"), (other, "2")):
        assert run(monkeypatch, "noise", gold, path, "--seed", seed) == 0
    assert one.read_bytes() == again.read_bytes() != other.read_bytes()
    for page, document in zip(read_gold(one), read_gold(gold), strict=True):
        assert page.clean_text is not None
        assert document.text in page.clean_text
        assert len(page.text) > len(document.text)
        given, found = surfaces_of(document), surfaces_of(page)
        assert found[: len(given)] == given
        assert found[len(given) :][:1] in ([], ["责任编辑"])  # only the page's editor may follow
        assert len(found) - len(given) in (0, 2)
    assert run(monkeypatch, "check", one) == 0
    capsys.readouterr()
    assert run(monkeypatch, "noise", one, other) == 2
    assert capsys.readouterr().err == "renzhi: gold document 'd0': is a raw page already\n"


def test_a_file_is_no_folder_for_the_parts(
    gold: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["renzhi", "corpus", "split", str(gold), str(gold)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert capsys.readouterr().err == f"renzhi: {gold}: cannot be written: File exists\n"
