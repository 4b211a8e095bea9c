from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.errors import BadInputError, ConfigError
from pipeline.schema import Source
from pipeline.sources import ReadOptions, Reject, read_sources

LINE = "市水利局局长何启明介绍情况。"


def read(*paths: Path | str, **options: object) -> tuple[list[Source], list[Reject]]:
    found = list(read_sources([str(path) for path in paths], ReadOptions(**options)))  # type: ignore[arg-type]
    return (
        [one for one in found if isinstance(one, Source)],
        [one for one in found if isinstance(one, Reject)],
    )


def test_a_missing_path_says_so() -> None:
    with pytest.raises(BadInputError, match=r"^nowhere\.txt: no such file or folder$"):
        read("nowhere.txt")


def test_an_empty_file_alone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    with pytest.raises(BadInputError, match=r"^a\.txt: is empty$"):
        read(tmp_path / "a.txt")


def test_a_folder_without_readable_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(BadInputError, match="holds no readable file"):
        read(tmp_path)


def test_a_folder_whose_files_all_fail_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b" ")
    with pytest.raises(BadInputError, match="no document could be read"):
        read(tmp_path)


def test_a_folder_gives_its_files_in_order_and_rejects_the_bad_ones(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.txt", "a.txt", "b/d.txt", ".hidden.txt", "a.json"):
        (tmp_path / name).write_text(LINE, encoding="utf-8")
    (tmp_path / "e.txt").write_bytes(b"")
    (tmp_path / "gone.txt").symlink_to("missing")
    (tmp_path / "loop").symlink_to(tmp_path)
    sources, rejects = read(tmp_path)
    assert [source.name for source in sources] == ["a.txt", "b/d.txt", "c.txt"]
    assert [(r.name, r.stage) for r in rejects] == [("e.txt", "read"), ("gone.txt", "find")]


def test_a_glob_crosses_folders(tmp_path: Path) -> None:
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "y" / "a.txt").write_text(LINE, encoding="utf-8")
    sources, _ = read(f"{tmp_path}/**/*.txt")
    assert [source.name for source in sources] == ["x/y/a.txt"]


def test_file_names_in_gbk_bytes_become_text(tmp_path: Path) -> None:
    path = bytes(tmp_path) + "/日报.txt".encode("gbk")
    Path(path.decode("utf-8", "surrogateescape")).write_text(LINE, encoding="utf-8")
    sources, _ = read(tmp_path)
    assert sources[0].name == "日报.txt"


def test_what_is_nearer_to_the_document_wins(tmp_path: Path) -> None:
    page = tmp_path / "沂水日报-2013-05-06.txt"
    page.write_text(LINE, encoding="utf-8")
    (tmp_path / "沂水日报-2013-05-06.meta.json").write_text('{"newspaper": "甲报", "page": 3}')
    (source,), _ = read(tmp_path, meta_pattern="{newspaper}-{issue_date:%Y-%m-%d}")
    assert source.meta.issue_date == "2013-05-06"
    assert source.meta.newspaper == "甲报"
    assert source.meta.model_extra == {"page": 3}


@pytest.mark.parametrize(
    ("pattern", "name", "date"),
    [
        ("{newspaper}{issue_date:%Y%m%d}", "某报20140425", "2014-04-25"),
        ("{issue_date:%Y年%m月%d日}", "2014年4月5日", "2014-04-05"),
        ("{issue_date:%Y-%m}_{page}", "2014-04_A2", "2014-04"),
        ("{newspaper}/{issue_date:%Y}/{page}", "甲报/2014/01", "2014"),
        ("{newspaper}-{issue_date:%Y-%m-%d}", "does not fit", None),
    ],
)
def test_file_name_patterns(tmp_path: Path, pattern: str, name: str, date: str | None) -> None:
    path = tmp_path / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LINE, encoding="utf-8")
    (source,), _ = read(tmp_path, meta_pattern=pattern)
    assert source.meta.issue_date == date


@pytest.mark.parametrize("pattern", ["{a", "{1}", "{d:%H}", "{d:%m}", "{a}{a}"])
def test_a_wrong_pattern_is_a_config_error(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "a.txt").write_text(LINE, encoding="utf-8")
    with pytest.raises(ConfigError, match="--meta-pattern"):
        read(tmp_path, meta_pattern=pattern)


def test_impossible_dates_and_bad_sidecars_are_rejects(tmp_path: Path) -> None:
    (tmp_path / "x-2014-02-30.txt").write_text(LINE, encoding="utf-8")
    (tmp_path / "y.txt").write_text(LINE, encoding="utf-8")
    (tmp_path / "y.meta.json").write_text('{"issue_date": "2014/4/25"}')
    (tmp_path / "z.txt").write_text(LINE, encoding="utf-8")
    (tmp_path / "z.meta.json").write_text("{")
    (tmp_path / "ok.txt").write_text(LINE, encoding="utf-8")
    sources, rejects = read(tmp_path, meta_pattern="{n}-{issue_date:%Y-%m-%d}")
    assert [source.name for source in sources] == ["ok.txt"]
    assert "2014-02-30" in rejects[0].reason
    assert "a date is written 2014-04-25" in rejects[1].reason
    assert "not JSON" in rejects[2].reason


ROWS = [
    {"id": "n1", "text": LINE, "meta": {"issue_date": "2014-04-25"}},
    {"id": 7, "text": "乙\r\n丙"},
    {"text": "丁"},
]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson"])
def test_json_lines_plain_and_packed(tmp_path: Path, suffix: str) -> None:
    data = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
    pack = {".gz": gzip.compress, ".zst": zstandard.compress}.get(suffix[-4:].lstrip("l"), bytes)
    path = tmp_path / f"dump{suffix}"
    path.write_bytes(pack(b"\xef\xbb\xbf" + data))
    sources, rejects = read(path)
    assert not rejects
    assert [(s.id, s.text, s.row) for s in sources] == [
        ("n1", LINE, 1),
        ("7", "乙\r\n丙", 3),
        (None, "丁", 5),
    ]
    assert sources[0].meta.issue_date == "2014-04-25"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "row 2 is not JSON"),
        ("[1]", "row 2 is not a JSON object"),
        ('{"body": "x"}', "row 2 has no 'text'"),
        ('{"text": 3}', "row 2 has no text in its 'text'"),
        ('{"text": " "}', "row 2 has an empty 'text'"),
        ('{"text": "a", "id": [1]}', "row 2 has an id"),
        ('{"text": "a", "meta": []}', "row 2 has a 'meta'"),
        ('{"text": "a", "meta": {"issue_date": 3}}', "metadata 'issue_date' is 3"),
        (r'{"text": "\ud800"}', "row 2 is not JSON"),
        ('{"text": "' + "长" * 400 + '"}', "row 2 is longer than 1000 bytes"),
    ],
)
def test_a_bad_line_is_rejected_and_the_others_go_on(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text(f'{{"text": "a"}}\n{line}\n{{"text": "b"}}\n', encoding="utf-8")
    sources, (reject,) = read(path, max_row_bytes=1000)
    assert [source.text for source in sources] == ["a", "b"]
    assert reject.reason.startswith(reason)
    assert reject.row == 2


def test_a_damaged_gzip_gives_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl.gz"
    lines = b"".join(b'{"text": "%d"}\n' % i for i in range(400_000))
    path.write_bytes(gzip.compress(lines, 1)[:-500])
    sources, rejects = read(path)
    assert sources
    assert "compressed data is damaged" in rejects[-1].reason


def test_csv_with_quotes_encoding_and_metadata_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = f'编号,正文,issue_date\r\n1,"{LINE}\n""乙""",2014-04-25\r\n2,丙\r\n3,丁,\r\n'
    path.write_bytes(rows.encode("gb18030"))
    sources, (reject,) = read(path, text_column="正文", id_column="编号")
    assert [(s.id, s.text, s.meta.issue_date) for s in sources] == [
        ("1", f'{LINE}\n"乙"', "2014-04-25"),
        ("3", "丁", None),
    ]
    assert reject.reason == "row 2 has 2 cells where the header has 3"


def test_a_csv_quote_that_never_closes_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('text\na\n"' + "b\n" * 10_000, encoding="utf-8")
    sources, (reject,) = read(path, max_row_bytes=5000)
    assert [s.text for s in sources] == ["a"]
    assert "a quote that is never closed?" in reject.reason


def test_parquet_columns(tmp_path: Path) -> None:
    import datetime as dt

    table = pa.table({
        "id": [1, 2],
        "text": [LINE, "乙"],
        "issue_date": [dt.date(2014, 4, 25), None],
        "meta": [{"page": 2}, None],
        "unused": [b"\xff", b""],
    })
    pq.write_table(table, tmp_path / "t.parquet")
    sources, rejects = read(tmp_path / "t.parquet")
    assert not rejects
    assert [(s.id, s.text, s.meta.issue_date) for s in sources] == [
        ("1", LINE, "2014-04-25"),
        ("2", "乙", None),
    ]
    assert sources[0].meta.model_extra == {"page": 2}


@pytest.mark.parametrize("data", [b"PAR1 not really", b""])
def test_a_damaged_parquet_file_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "t.parquet").write_bytes(data)
    with pytest.raises(BadInputError, match="no readable Parquet file"):
        read(tmp_path / "t.parquet")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_missing_text_column_lists_those_there(tmp_path: Path, name: str) -> None:
    if name == "t.csv":
        (tmp_path / name).write_text("a,b\n1,2\n")
    else:
        pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / name)
    with pytest.raises(BadInputError, match=r"no column 'text' \(columns: a, b\)"):
        read(tmp_path / name)


def test_stdin_as_text_and_as_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def give(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    give(LINE.encode("gb18030"))
    (source,), _ = read("-")
    assert (source.name, source.text, source.encoding) == ("-", LINE, "gb18030")
    give(b'{"text": "a"}\n{"text": "b"}')
    sources, _ = read("-", format="jsonl")
    assert [source.text for source in sources] == ["a", "b"]


def test_stdin_in_other_formats(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def give(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    (tmp_path / "a.txt").write_text("文件", encoding="utf-8")
    give(b'{"text": "a", "id": "n1"}\n{bad\n{"text": "b"}')
    sources, (reject,) = read("-", tmp_path / "a.txt", stdin_format="jsonl")
    assert [(s.name, s.id, s.row, s.text) for s in sources] == [
        ("-", "n1", 1, "a"),
        ("-", None, 3, "b"),
        ("a.txt", None, None, "文件"),
    ]
    assert reject.row == 2
    give("正文,newspaper\n甲乙丙,某报\n".encode("gb18030"))
    (source,), _ = read("-", stdin_format="csv", text_column="正文")
    assert (source.text, source.meta.newspaper) == ("甲乙丙", "某报")
    give(f"<html><body><p>{LINE * 5}</p></body></html>".encode())
    (source,), _ = read("-", stdin_format="html")
    assert source.text.startswith(LINE)


def test_too_many_characters_are_a_reject(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("字" * 101, encoding="utf-8")
    with pytest.raises(BadInputError, match="has 101 characters, more than 100"):
        read(tmp_path / "a.txt", max_characters=100)
    with pytest.raises(BadInputError, match="is larger than 100 bytes"):
        read(tmp_path / "a.txt", max_file_bytes=100)


def test_the_output_is_not_read_again(tmp_path: Path) -> None:
    for name in ("a.txt", "old.jsonl", "out/documents/part-000001.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"text": "甲乙丙。"}', encoding="utf-8")
    sources, _ = read(tmp_path, exclude=str(tmp_path / "out"))
    assert [source.name for source in sources] == ["a.txt", "old.jsonl"]
    sources, _ = read(f"{tmp_path}/**/*.*", exclude=str(tmp_path / "old.jsonl"))
    assert [source.name for source in sources] == ["a.txt", "out/documents/part-000001.jsonl"]
    with pytest.raises(BadInputError, match="is the output"):
        read(tmp_path / "old.jsonl", exclude=str(tmp_path / "old.jsonl"))


def test_a_pipe_in_a_folder_does_not_stop_the_walk(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_text(LINE, encoding="utf-8")
    sources, (reject,) = read(tmp_path)
    assert [source.name for source in sources] == ["b.txt"]
    assert reject.reason == "is not a file (a pipe, socket or device)"


def test_a_folder_of_very_many_names_is_sorted_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.sources import listing

    monkeypatch.setattr(listing, "SORT_CHUNK", 3)
    names = [f"{number}\n号.txt" if number % 2 else f"{number}.txt" for number in range(20)]
    for name in names:
        (tmp_path / name).write_text(LINE, encoding="utf-8")
    sources, _ = read(tmp_path)
    assert [source.name for source in sources] == sorted(names)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("suffix", ["", ".txt", ".jsonl"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, suffix: str) -> None:
    pipe = tmp_path / f"pipe{suffix}"
    os.mkfifo(pipe)
    with pytest.raises(BadInputError, match=r"is not a file \(a pipe, socket or device\); - reads"):
        read(pipe)
    (tmp_path / "a.md").write_text(LINE, encoding="utf-8")
    sources, (reject,) = read(pipe, tmp_path / "a.md")
    assert [source.name for source in sources] == ["a.md"]
    assert (reject.name, reject.stage) == (str(pipe), "find")


@pytest.mark.timeout(10)
def test_a_device_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"^/dev/zero: is not a file"):
        read("/dev/zero")
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    (tmp_path / "a.txt").write_text(LINE, encoding="utf-8")
    _, (reject,) = read(tmp_path)
    assert reject.reason == "is not a file (a pipe, socket or device)"


@pytest.mark.timeout(10)
def test_a_pipe_beside_a_page_is_no_sidecar_to_wait_for(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LINE, encoding="utf-8")
    os.mkfifo(tmp_path / "a.meta.json")
    with pytest.raises(
        BadInputError, match=r"^a\.txt: its a\.meta\.json cannot be read: it is not"
    ):
        read(tmp_path / "a.txt")


@pytest.mark.timeout(10)
@pytest.mark.parametrize("pattern", ["", "**/*.txt"])
def test_links_of_folders_in_a_loop_end(tmp_path: Path, pattern: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(LINE, encoding="utf-8")
        (tmp_path / name / "up").symlink_to("..")
        (tmp_path / name / "self").symlink_to("self")
    (tmp_path / "a" / "itself.txt").symlink_to("itself.txt")
    sources, (reject,) = read(f"{tmp_path}/{pattern}")
    assert [source.name for source in sources] == ["a/a.txt", "b/b.txt"]
    assert (reject.name, reject.stage) == ("a/itself.txt", "find")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*.txt", ["a.txt", "x/b.txt", "x/y/c.txt"]),
        ("x/**/*.txt", ["b.txt", "y/c.txt"]),
        ("**/y/*.txt", ["x/y/c.txt"]),
        ("x/**", ["b.txt", "y/c.txt"]),
        ("**/[ab].*", ["a.txt", "x/b.txt"]),
    ],
)
def test_two_stars_are_any_number_of_folders(
    tmp_path: Path, pattern: str, names: list[str]
) -> None:
    for name in ("a.txt", "x/b.txt", "x/y/c.txt", "x/.hidden.txt", "x/picture.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(LINE, encoding="utf-8")
    sources, rejects = read(f"{tmp_path}/{pattern}")
    assert [source.name for source in sources] == names
    assert not rejects


def test_a_glob_below_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no readable file"):
        read(f"{tmp_path}/nowhere/**/*.txt")


@pytest.mark.parametrize("name", ["a.txt", "a", "a.pdf", "a.jsonl", "a.parquet"])
def test_a_file_without_permission_is_named_and_the_others_go_on(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LINE, encoding="utf-8")
    (tmp_path / name).chmod(0)
    if os.access(tmp_path / name, os.R_OK):
        pytest.skip("this user may read everything")
    (tmp_path / "b.txt").write_text(LINE, encoding="utf-8")
    with pytest.raises(BadInputError, match=f"^{name}: .*Permission denied") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)
    sources, (reject,) = read(tmp_path / name, tmp_path / "b.txt")
    assert [source.name for source in sources] == ["b.txt"]
    assert "Permission denied" in reject.reason


@pytest.mark.parametrize("by", [1, -1])
def test_a_file_that_is_written_while_it_is_read_is_no_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: int
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(LINE.encode())

    class WrittenFile(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if not self.tell():
                os.truncate(path, len(LINE.encode()) + by)
            return super().read(size) or b""

    monkeypatch.setattr("pipeline.sources.read.open_file", WrittenFile)
    with pytest.raises(BadInputError, match=r"^a\.txt: was changed while it was read$"):
        read(path)
