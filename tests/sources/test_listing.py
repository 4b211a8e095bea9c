from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sources import ReadOptions, read_sources
from pipeline.sources.listing import KINDS, Found, Ignored, Meant, find_files


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("甲乙丙。", encoding="utf-8")


@pytest.mark.parametrize(
    "pattern", ["many/*.txt", "none/**/b.txt", "**/b.txt", "many/**", "m*/[ax].txt", "*/*"]
)
def test_what_a_glob_covers_is_what_it_finds(tmp_path: Path, pattern: str) -> None:
    put(tmp_path, "many/a.txt", "many/sub/x.txt", "none/b.txt", "none/xb.txt", "none/y/z/b.txt")
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    glob = f"{tmp_path}/{pattern}"
    found = {one.path for one in find_files([glob]) if isinstance(one, Found)}
    meant = Meant([glob])
    assert found
    assert {path for path in everything if meant.covers(str(path))} == found


def test_a_relative_glob_covers_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    meant = Meant(["x/../many/*.txt"])
    assert meant.covers(f"{Path.cwd()}/many/gone.txt")
    assert not meant.covers(f"{Path.cwd()}/many/sub/gone.txt")


def ignored_of(argument: Path | str) -> Ignored:
    ignored = Ignored()
    assert list(read_sources([str(argument)], ReadOptions(), ignored))
    return ignored


def test_files_of_kinds_that_are_not_read_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.doc", "c.txt.gz", "README", ".hidden.doc")
    (tmp_path / "a.meta.json").write_text("{}")
    put(tmp_path, *(f"x/{number}.DOC" for number in range(3)))
    ignored = ignored_of(tmp_path)
    assert ignored.files == 6
    assert ignored.text() == (
        "4 .doc (b.doc, x/0.DOC, x/1.DOC, …), 1 without a suffix (README), 1 .txt.gz (c.txt.gz)"
    )


@pytest.mark.parametrize(
    ("pattern", "text"), [("*", "1 .doc (b.doc)"), ("**/*.txt", ""), ("x/**", "1 .doc (c.doc)")]
)
def test_a_glob_ignores_only_what_it_means(tmp_path: Path, pattern: str, text: str) -> None:
    put(tmp_path, "a.txt", "b.doc", "x/c.doc", "x/d.txt")
    assert ignored_of(f"{tmp_path}/{pattern}").text() == text


def test_nothing_ignored_is_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    ignored = ignored_of(tmp_path)
    assert (ignored.files, ignored.text()) == (0, "")


def test_what_is_kept_of_ignored_files_does_not_grow() -> None:
    ignored = Ignored()
    for number in range(5000):
        ignored.add(f"page.{number:04d}")
    assert ignored.files == 5000
    assert f"{5000 - KINDS:,} others (page.0020, page.0021, page.0022, …)" in ignored.text()
    assert len(ignored.text()) < 1000
