"""Joining stand-off annotations with published texts."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from pipeline.annotations.standoff import attach
from pipeline.errors import BadInputError

TEXT = "青石市教育局局长韩立山到校。\n他走访了师生。"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    with gzip.open(tmp_path / "news.txt.gz", "wt", encoding="utf-8") as out:
        out.write("## a#1\n不相干的一篇。\n\n## a#2\n" + TEXT + "\n")
    return tmp_path


def write(folder: Path, text: str, source: str = "a#2") -> Path:
    path = folder / "standoff.jsonl"
    digest = hashlib.sha256(text.encode()).hexdigest()
    row = {"source": source, "sha256": digest, "entities": [[8, 11, "PER"]]}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    return path


def test_spans_meet_their_text(texts: Path) -> None:
    (row,) = attach(write(texts, TEXT), texts)
    ((start, end, label),) = row["entities"]
    assert (row["text"][start:end], label) == ("韩立山", "PER")
    assert row["text"] == TEXT


def test_a_changed_text_is_refused(texts: Path) -> None:
    with pytest.raises(BadInputError, match=r"standoff\.jsonl:1: .*not the annotated"):
        list(attach(write(texts, TEXT + "！"), texts))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "must be a JSON object"),
        ('{"sha256": "x", "entities": []}', "'source' must be a text"),
        ('{"source": ["a#2"], "sha256": "x", "entities": []}', "'source' must be a text"),
        ('{"source": "a#2", "entities": []}', "'sha256' must be a text"),
        ('{"source": "a#2", "sha256": "x"}', "'entities' must be a list"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_a_malformed_line_is_named(texts: Path, line: str, reason: str) -> None:
    path = write(texts, TEXT)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(BadInputError, match=rf"standoff\.jsonl:2: .*{reason}"):
        list(attach(path, texts))


def test_a_file_that_cannot_be_read_is_named(texts: Path) -> None:
    with pytest.raises(BadInputError, match=r"none\.jsonl: No such file"):
        list(attach(texts / "none.jsonl", texts))
    (texts / "bytes.jsonl").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadInputError, match=r"bytes\.jsonl: not UTF-8"):
        list(attach(texts / "bytes.jsonl", texts))


def test_a_missing_article_is_named(texts: Path) -> None:
    with pytest.raises(BadInputError, match="no article 'a#9'"):
        list(attach(write(texts, TEXT, "a#9"), texts))
