"""The model that ships: invented sentences, its size, its card."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

import pipeline.components.tokenizer  # noqa: F401
from pipeline.components.recogniser import ModelData
from pipeline.errors import ModelError
from pipeline.model import find_model


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load(find_model())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "云岭县委书记沈怀远到白石镇调研。",
            {("云岭县委", "ORG"), ("书记", "TITLE"), ("沈怀远", "PER"), ("白石镇", "LOC")},
        ),
        (
            "会议由省教育厅副厅长周青禾主持。",
            {("省教育厅", "ORG"), ("副厅长", "TITLE"), ("周青禾", "PER")},
        ),
        (
            "本报讯（记者 林小满 通讯员 赵一舟）",
            {("记者", "TITLE"), ("林小满", "PER"), ("通讯员", "TITLE"), ("赵一舟", "PER")},
        ),
        (
            "雲嶺縣人民政府縣長沈懷遠出席。",
            {("雲嶺縣人民政府", "ORG"), ("縣長", "TITLE"), ("沈懷遠", "PER")},
        ),
    ],
)
def test_names_of_invented_sentences_are_found(
    nlp: Language, text: str, expected: set[tuple[str, str]]
) -> None:
    assert {(ent.text, ent.label_) for ent in nlp(text).ents} == expected


def test_the_whole_text_is_read_however_long(nlp: Language) -> None:
    text = "白石镇镇长沈怀远说，" * 1500
    doc = nlp(text)
    assert doc.text == text
    persons = [ent for ent in doc.ents if ent.label_ == "PER"]
    assert len(persons) > 1450
    assert persons[-1].end_char > len(text) - 20


def test_the_model_is_small_and_has_a_card() -> None:
    folder = find_model()
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 40_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "gov_gold" in card


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes((find_model() / "recogniser" / "model.npz").read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"model\.npz: damaged"):
        ModelData.load(path)
    with pytest.raises(ModelError, match=r"none\.npz: No such file"):
        ModelData.load(tmp_path / "none.npz")
