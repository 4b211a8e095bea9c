from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.schema import Source
from pipeline.sources import ReadOptions, Reject, read_sources
from pipeline.sources.encodings import SAMPLE_BYTES

DATED = {"issue_date": "2014-04-25", "home_place": "清河县", "newspaper": "清河日报"}


def read(path: Path, **options: Any) -> list[Source | Reject]:
    return list(read_sources([str(path)], ReadOptions(**options)))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_end_cut_by_a_block_keeps_the_row_numbers(tmp_path: Path, encoding: str) -> None:
    rows = b"".join(b"%d,text of row %05d\r\n" % (number, number) for number in range(1, 5000))
    header = "id,text,文\r\n".encode(encoding)
    rows = header + rows.replace(b"\r\n", b",\r\n")
    end = rows.index(b"\r\n", SAMPLE_BYTES - 40)
    data = rows[:end] + b"x" * (SAMPLE_BYTES - 1 - end) + rows[end:]
    assert data[SAMPLE_BYTES - 1 : SAMPLE_BYTES + 1] == b"\r\n"
    (tmp_path / "t.csv").write_bytes(data)
    sources = read(tmp_path / "t.csv", encoding=encoding)
    assert len(sources) == 4999
    assert all(isinstance(one, Source) and one.id == str(one.row) for one in sources)


def test_lone_carriage_returns_end_lines_also_at_a_block(tmp_path: Path) -> None:
    data = b"id,text\r" + b"".join(b"%06d,a\r" % number for number in range(1, 20_001))
    (tmp_path / "t.csv").write_bytes(data.replace(b"000001,", b"000001," + b"0" * 8, 1))
    rows = [one.row for one in read(tmp_path / "t.csv")]
    assert rows == list(range(1, 20_001))


def test_a_limit_without_bound_is_none(tmp_path: Path) -> None:
    for name, text in (("a.csv", "text\n甲\n"), ("b.jsonl", '{"text": "甲"}\n'), ("c.txt", "甲")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = read(tmp_path, max_row_bytes=10**20, max_file_bytes=10**20, max_characters=10**20)
    assert [one.text for one in found if isinstance(one, Source)] == ["甲"] * 3


def test_readers_with_different_limits_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"text\na\n{'b' * 5000}\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("text\nc\n", encoding="utf-8")
    wide = read_sources([str(tmp_path / "a.csv")], ReadOptions())
    assert isinstance(next(wide), Source)
    assert len(read(tmp_path / "b.csv", max_row_bytes=100)) == 1
    assert isinstance(next(wide), Source)


def test_a_long_row_of_many_cells_is_refused_with_what_follows(tmp_path: Path) -> None:
    data = "text,b,c\na,,\n" + ",".join(["d" * 400] * 3) + "\ne,,\n"
    (tmp_path / "t.csv").write_text(data, encoding="utf-8")
    first, reject = read(tmp_path / "t.csv", max_row_bytes=1000)
    assert isinstance(first, Source)
    assert isinstance(reject, Reject)
    assert "a row is longer than 1000 characters (see --max-row-bytes)" in reject.reason


def test_rows_together_may_be_longer_than_the_limit_of_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text\n" + "a line\n" * 100, encoding="utf-8")
    assert len(read(tmp_path / "t.csv", max_row_bytes=50)) == 100


def write(path: Path, row: dict[str, Any]) -> None:
    match path.suffix:
        case ".jsonl":
            path.write_text(json.dumps(row), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.table({key: [value] for key, value in row.items()}), path)
        case _:
            cells = {k: json.dumps(v) if isinstance(v, dict) else v or "" for k, v in row.items()}
            line = "\t".join(map(str, cells.values()))
            path.write_text("\t".join(cells) + f"\n{line}\n", encoding="utf-8")


KINDS = pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".tsv"])


@KINDS
def test_metadata_in_columns(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"t{suffix}", {"text": "甲", "other": "x", **DATED})
    (source,) = read(tmp_path / f"t{suffix}")
    assert isinstance(source, Source)
    assert source.meta.model_dump() == DATED


@KINDS
def test_nested_metadata_wins_over_columns(tmp_path: Path, suffix: str) -> None:
    row = {"text": "甲", "meta": {"newspaper": "乙报", "issue_date": None, "page": 3}, **DATED}
    if suffix == ".tsv":
        row["meta"] = {"newspaper": "乙报", "page": 3}
    write(tmp_path / f"t{suffix}", row)
    (source,) = read(tmp_path / f"t{suffix}")
    assert isinstance(source, Source)
    assert source.meta.model_dump() == {**DATED, "newspaper": "乙报", "page": 3}


@KINDS
def test_an_empty_column_says_nothing(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"t{suffix}", {"text": "甲", "issue_date": "", "newspaper": None})
    (tmp_path / "t.meta.json").write_text('{"newspaper": "丙报"}', encoding="utf-8")
    (source,) = read(tmp_path / f"t{suffix}")
    assert isinstance(source, Source)
    assert (source.meta.issue_date, source.meta.newspaper) == (None, "丙报")


def test_a_column_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    rows = (
        '{"text": "a", "issue_date": 20140425}\n{"text": "b", "home_place": ["x"]}\n{"text": "c"}'
    )
    (tmp_path / "t.jsonl").write_text(rows, encoding="utf-8")
    first, second, third = read(tmp_path / "t.jsonl")
    assert isinstance(first, Reject)
    assert first.reason.startswith("metadata 'issue_date' is 20140425: a date is written")
    assert isinstance(second, Reject)
    assert second.reason.startswith("metadata 'home_place' is ['x']")
    assert isinstance(third, Source)
