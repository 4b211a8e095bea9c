from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotations.datasets import Sample, flat_titles, read_samples
from pipeline.errors import BadInputError, ConfigError


def read_one(folder: Path, row: dict[str, Any], style: str) -> Sample:
    path = folder / "rows.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    (sample,) = read_samples(path, style, "here")
    return sample


def surfaces(sample: Sample) -> list[tuple[str, str]]:
    return [(sample.text[start:end], label) for start, end, label in sample.spans]


def test_native_roles_become_titles(tmp_path: Path) -> None:
    row = {
        "text": "海州市委书记林小满到任。",
        "entities": [[0, 4, "ORG"], [2, 6, "ROLE"], [6, 9, "PER"]],
    }
    sample = read_one(tmp_path, row, "native")
    assert surfaces(sample) == [("海州市委", "ORG"), ("书记", "TITLE"), ("林小满", "PER")]
    assert sample.complete == {"PER", "ORG", "LOC", "TITLE", "PROGRAMME"}


@pytest.mark.parametrize(
    ("entities", "flat"),
    [
        ([(0, 3, "ORG"), (0, 4, "ROLE")], [(0, 3, "ORG"), (3, 4, "TITLE")]),
        ([(2, 5, "ROLE")], [(2, 5, "TITLE")]),
        ([(0, 6, "ORG"), (2, 5, "ROLE")], [(0, 6, "ORG")]),
        ([(0, 2, "LOC"), (2, 4, "ROLE")], [(0, 2, "LOC"), (2, 4, "TITLE")]),
    ],
)
def test_flat_titles(
    entities: list[tuple[int, int, str]], flat: list[tuple[int, int, str]]
) -> None:
    assert flat_titles(entities) == flat


def test_msra_leaves_titles_and_programmes_unknown(tmp_path: Path) -> None:
    sample = read_one(tmp_path, {"text": "林小满来到海州", "entities": [[0, 3, "PER"]]}, "msra")
    assert sample.complete == {"PER", "ORG", "LOC"}
    assert sample.dialect == "here"


def test_cluener_maps_kinds_of_organisation_and_keeps_scenes_loose(tmp_path: Path) -> None:
    row = {
        "text": "海州旅游局局长游白云山",
        "entities": [[0, 5, "government"], [5, 7, "position"], [8, 11, "scene"]],
    }
    sample = read_one(tmp_path, row, "cluener")
    assert surfaces(sample) == [("海州旅游局", "ORG"), ("局长", "TITLE")]
    (region,) = sample.regions
    assert (region.start, region.end, region.labels, region.free) == (8, 11, {"LOC"}, True)


def test_resume_titles_and_bodies(tmp_path: Path) -> None:
    row = {
        "text": "任海州轴承厂厂长，中国国籍",
        "entities": [[1, 6, "ORG"], [6, 8, "TITLE"], [9, 13, "CONT"]],
    }
    sample = read_one(tmp_path, row, "resume")
    assert surfaces(sample) == [("海州轴承厂", "ORG"), ("厂长", "TITLE")]
    assert "LOC" not in sample.complete


def test_peoples_daily_knows_persons_and_word_borders_only(tmp_path: Path) -> None:
    row = {
        "text": "海州教育局的林小满",
        "entities": [[0, 2, "ns"], [6, 9, "PER"]],
        "tokens": [[0, 2, "ns"], [2, 4, "n"], [4, 5, "n"], [5, 6, "u"], [6, 7, "nr"], [7, 9, "nr"]],
    }
    sample = read_one(tmp_path, row, "pd1998")
    assert surfaces(sample) == [("林小满", "PER")]
    assert sample.complete == {"PER"}
    place, particle = sample.regions
    assert place.labels == {"LOC", "ORG", "PROGRAMME"}
    assert not place.free
    assert (particle.start, particle.end) == (5, 6)
    assert particle.free
    assert sample.borders == {0, 2, 4, 5, 6, 7, 9}


def test_percent4_marks_nothing_complete(tmp_path: Path) -> None:
    row = {
        "text": "海州县长林小满和妻子周青",
        "entities": [[0, 2, "S"], [2, 4, "P"], [4, 7, "O"], [8, 10, "P"], [10, 12, "O"]],
    }
    sample = read_one(tmp_path, row, "percent4")
    assert surfaces(sample) == [
        ("海州", "LOC|ORG|PER"),
        ("县长", "TITLE"),
        ("林小满", "PER"),
        ("周青", "PER"),
    ]
    assert sample.complete == frozenset()
    assert [(region.start, region.end) for region in sample.regions] == [(8, 10)]


def test_gzip_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.write('{"text": "海州", "entities": [[0, 2, "LOC"]]}\n')
    assert [sample.spans for sample in read_samples(path, "msra", "m")] == [((0, 2, "LOC"),)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "海州", "entities": [[0, 3, "LOC"]]}', "outside the text of 2 characters"),
        ('{"text": "海州"}', "'entities' is missing"),
        ("{", "not JSON"),
        ("[1]", "not an object"),
        ('{"text": "海州", "entities": [[0, 2, "NAME"]]}', "unknown label 'NAME'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "甲", "entities": []}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=reason) as caught:
        list(read_samples(path, "native", "n"))
    assert str(caught.value).startswith(f"{path}:2: ")
    assert "\n" not in str(caught.value)


def test_missing_file_and_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        list(read_samples(tmp_path / "none.jsonl", "native", "n"))
    with pytest.raises(ConfigError, match="unknown data format 'conl'"):
        list(read_samples(tmp_path / "none.jsonl", "conl", "n"))
