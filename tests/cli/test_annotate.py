"""`renzhi annotate` as a user runs it: its outputs, and one clear line for each bad input."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from pipeline.cli.main import main

PAGE = "本报4月24日讯 青石市教育局局长韩立山24日到校。\n韩立山说，要办好学校。\n"


@dataclass(frozen=True)
class Done:
    """How a command ended and what it wrote."""

    code: int
    stdout: bytes
    stderr: str


@pytest.fixture
def renzhi(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., Done]:
    """Run the command line as the installed script does, in this process."""

    def run(*arguments: str, given: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["renzhi", *arguments])
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(given), encoding="utf-8"))
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfdbinary.readouterr()
        return Done(int(end.value.code or 0), out, err.decode())

    return run


@pytest.fixture
def refused(renzhi: Callable[..., Done]) -> Callable[..., str]:
    """Run a command that must end with exit code 2 and one line."""

    def run(*arguments: str) -> str:
        done = renzhi(*arguments)
        assert done.code == 2, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        return done.stderr

    return run


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    path.with_suffix(".meta.json").write_text('{"issue_date": "2014-04-25"}', encoding="utf-8")
    return path


def test_a_pipe_gets_one_document_a_line(page: Path, renzhi: Callable[..., Done]) -> None:
    done = renzhi("annotate", str(page))
    assert done.code == 0, done.stderr
    (line,) = done.stdout.splitlines()
    document = json.loads(line)
    assert document["meta"]["issue_date"] == "2014-04-25"
    entities = {entity["id"]: entity for entity in document["entities"]}
    facts = {
        (entities[t["head"]]["text"], t["relation"], entities[t["tail"]]["text"])
        for t in document["triples"]
    }
    assert ("韩立山", "holds_post", "局长") in facts or (
        "韩立山",
        "holds_post",
        "市教育局局长",
    ) in facts


def test_raw_spans_give_every_entity_back(page: Path, renzhi: Callable[..., Done]) -> None:
    document = json.loads(renzhi("annotate", str(page)).stdout)
    raw = page.read_text(encoding="utf-8")
    assert document["entities"]
    for entity in document["entities"]:
        assert "".join(raw[s:e] for s, e in entity["raw_spans"]) == entity["text"]
        assert document["text"][entity["start"] : entity["end"]] == entity["text"]


def test_standard_input_is_a_document(renzhi: Callable[..., Done]) -> None:
    done = renzhi("annotate", "-", given=PAGE.encode("gb18030"))
    assert json.loads(done.stdout)["text"].startswith("本报4月24日讯")


def test_json_lines_keep_their_id_and_meta(tmp_path: Path, renzhi: Callable[..., Done]) -> None:
    path = tmp_path / "in.jsonl"
    row = {"id": "甲-1", "text": PAGE, "meta": {"home_place": "青石市"}}
    path.write_text(json.dumps(row), encoding="utf-8")
    document = json.loads(renzhi("annotate", str(path)).stdout)
    assert document["id"] == "甲-1"
    assert document["meta"]["home_place"] == "青石市"


def test_html_is_one_file(page: Path, tmp_path: Path, renzhi: Callable[..., Done]) -> None:
    out = tmp_path / "page.html"
    assert renzhi("annotate", str(page), "-o", str(out)).code == 0
    assert "韩立山" in out.read_text(encoding="utf-8")


def test_triples_are_flat_rows(page: Path, tmp_path: Path, renzhi: Callable[..., Done]) -> None:
    out = tmp_path / "triples.jsonl"
    assert renzhi("annotate", str(page), "-o", str(out), "--format", "triples").code == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {"head", "relation", "tail", "org", "sentence", "raw_spans"} <= set(rows[0])


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (bytes(range(256)) * 20, "binary"), (b" \n\t\n", "is empty")],
)
def test_a_file_that_is_no_text_is_refused(
    tmp_path: Path, content: bytes, reason: str, refused: Callable[..., str]
) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    message = refused("annotate", str(path))
    assert "page.txt" in message
    assert reason in message


def test_a_missing_file_is_named(refused: Callable[..., str]) -> None:
    assert "nowhere.txt: no such file" in refused("annotate", "nowhere.txt")


def test_a_folder_without_readable_files_is_refused(
    tmp_path: Path, refused: Callable[..., str]
) -> None:
    assert "no readable file" in refused("annotate", str(tmp_path))


def test_a_missing_model_is_named(page: Path, refused: Callable[..., str]) -> None:
    assert "no-model: no such model" in refused("annotate", str(page), "--model", "no-model")


def test_a_model_that_does_not_say_what_it_is_is_named(
    tmp_path: Path, refused: Callable[..., str]
) -> None:
    (tmp_path / "config.cfg").touch()
    assert "meta.json: cannot be read" in refused("info", "--model", str(tmp_path))


def test_nothing_is_written_when_the_input_is_bad(
    tmp_path: Path, refused: Callable[..., str]
) -> None:
    out = tmp_path / "out.jsonl"
    refused("annotate", str(tmp_path / "nowhere.txt"), "-o", str(out))
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_is_refused_before_the_work(
    page: Path, tmp_path: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: object) -> None:
        pytest.fail("the work has begun")

    monkeypatch.setattr("pipeline.runner.work.make_annotator", work)
    (tmp_path / "taken.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    message = refused("annotate", str(page), "-o", str(tmp_path / "taken.jsonl"))
    assert "taken.jsonl: cannot be written: it is a folder" in message
    message = refused("annotate", str(page), "-o", str(tmp_path / "pipe.jsonl"))
    assert "pipe.jsonl: cannot be written: it is a device or a pipe" in message


def test_corpus_options_need_a_folder(
    page: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    options = (
        "--workers 1 --engine local --ray-address x --timeout 300 --memory-limit 1GiB --force"
        " --retry-rejects --prune --dry-run --log-json"
    )
    for target in ([], ["-o", str(tmp_path / "x.jsonl")]):
        message = refused("annotate", str(page), *target, *options.split())
        names = [word for word in options.split() if word.startswith("--")]
        assert message == (
            f"renzhi: {', '.join(names)}: options of a corpus run, which need a folder"
            " (-o FOLDER)\n"
        )
    assert not (tmp_path / "x.jsonl").exists()


def test_a_table_is_not_written_into_a_file(
    page: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    out = tmp_path / "x.txt"
    message = refused("annotate", str(page), "-o", str(out), "--format", "table")
    assert "x.txt: --format table is for the screen" in message
    assert not out.exists()


def test_files_of_unknown_kinds_are_counted(tmp_path: Path, renzhi: Callable[..., Done]) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.txt").write_text("县长李国强到会。", encoding="utf-8")
    for name in ("b.doc", "README"):
        (folder / name).touch()
    for target in ((), ("-o", str(tmp_path / "results"))):
        done = renzhi("annotate", str(folder), *target)
        assert done.code == 0
        assert "1 without a suffix (README), 1 .doc (b.doc)" in done.stderr


def test_a_page_goes_to_standard_output(page: Path, renzhi: Callable[..., Done]) -> None:
    done = renzhi("annotate", str(page), "--format", "html")
    assert done.code == 0
    assert done.stdout.startswith(b"<!doctype html>")
