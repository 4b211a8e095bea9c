from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from pipeline.errors import BadInputError, ConfigError
from pipeline.training.config import read_config
from pipeline.training.recogniser import train_recogniser
from pipeline.training.silver import unseen_articles

LONG = (
    "白石镇镇长沈砚到云岭县教育局调研，随后前往青川区人民政府，"
    "与赵一舟等同志座谈交流工作情况并听取汇报。"
)
OTHER = (
    "海州市公安局局长林小满主持会议，周青禾、何望舒等同志参加，"
    "会议要求各单位认真落实有关工作，确保平安。"
)


def write_articles(folder: Path) -> None:
    folder.mkdir()
    with gzip.open(folder / "raw.txt.gz", "wt", encoding="utf-8") as out:
        out.write(f"## a#1\n题目\n{LONG}\n\n## a#2\n{OTHER}\n")


def test_articles_that_share_a_paragraph_are_left_out(tmp_path: Path) -> None:
    write_articles(tmp_path / "raw")
    assert len(unseen_articles(tmp_path / "raw", [])) == 2
    assert unseen_articles(tmp_path / "raw", [f"另一标题\n{LONG}"]) == [OTHER]


def test_a_stage_learns_from_its_own_sure_labels(small_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    write_articles(small_data / "raw")
    text = (small_data / "train.cfg").read_text(encoding="utf-8")
    text += "silver = 2\n"
    (tmp_path / "none.cfg").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="no corpus 'silver'"):
        read_config(tmp_path / "none.cfg")
    text = text.replace(
        "[training.lexicon]", '[training.silver]\ntexts = "raw"\n\n[training.lexicon]'
    )
    (tmp_path / "silver.cfg").write_text(text, encoding="utf-8")
    config = read_config(tmp_path / "silver.cfg")
    stage = config.stages["one"]
    plain = stage.model_copy(update={"shares": {"own": 1.0}})
    config = config.model_copy(update={"stages": {"one": plain, "two": stage}})
    result = train_recogniser(config, small_data, tmp_path / "run")
    assert result.scores["dev"]["PER"].f1 > 0.9
    rows = (tmp_path / "run" / "silver.jsonl").read_text(encoding="utf-8").split("\n")
    assert len(rows) == 2
    assert any('"PER"' in row for row in rows)


def test_a_damaged_file_of_texts_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(b"no gzip")
    with pytest.raises(BadInputError, match=r"a\.txt\.gz: "):
        unseen_articles(tmp_path, [])
