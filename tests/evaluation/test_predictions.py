from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_annotations import annotation_of, gold_of

from pipeline.annotations.native import GoldDocument
from pipeline.errors import BadInputError
from pipeline.evaluation.predictions import from_file, from_gold_mentions, on_gold_prints
from pipeline.evaluation.scorer import PredictedDocument, score
from pipeline.schema import Label, RelationType

TEXT = "滨河市教育局局长李大明到乐安县调研。"
GOLD = gold_of(
    TEXT,
    "ORG:滨河市教育局 ROLE:市教育局局长 PER:李大明 LOC:乐安县",
    ("李大明", "holds_post", "市教育局局长", {"org": "滨河市教育局"}),
)


def test_rules_run_on_the_gold_mentions_without_a_model() -> None:
    [annotation] = from_gold_mentions([GOLD])
    assert {(e.label, e.text) for e in annotation.entities} >= {
        (Label.PER, "李大明"),
        (Label.ORG, "滨河市教育局"),
        (Label.LOC, "乐安县"),
    }
    scores = score([GOLD], [PredictedDocument.from_annotation(annotation)])
    assert scores.relation(RelationType.HOLDS_POST).f1 == 1.0
    assert scores.org.rate == 1.0


def test_gold_mentions_of_a_raw_page_are_moved_and_moved_back() -> None:
    raw = TEXT.replace("大明", "大\n明")
    gold = replace(
        GOLD,
        text=raw,
        entities=tuple((s + (s > 10), e + (e > 10), label) for s, e, label in GOLD.entities),
    )
    assert raw[gold.entities[2][0] : gold.entities[2][1]] == "李大\n明"
    [annotation] = from_gold_mentions([gold])
    scores = score([gold], [PredictedDocument.from_annotation(annotation)])
    assert scores.entity(Label.PER).f1 == 1.0
    assert scores.relation(RelationType.HOLDS_POST).f1 == 1.0


def test_either_print_of_a_doubled_glyph_is_right() -> None:
    clean = "滨河代表团团长李大明来"
    raw = "".join(character * 2 for character in clean)
    spans = ((10, 13, Label.ROLE), (14, 19, Label.PER))
    gold = GoldDocument("d1", raw, spans, meta={"clean_text": clean})
    found = annotation_of(raw, "ROLE:团长 PER:大明", text=clean)
    later = {"raw_spans": ((9, 10), (13, 14))}
    entities = (found.entities[0].model_copy(update=later), found.entities[1])
    found = found.model_copy(update={"entities": entities})
    moved = on_gold_prints(found, gold)
    assert [entity.raw_spans for entity in moved.entities] == [
        ((10, 13),),
        found.entities[1].raw_spans,
    ]
    [annotation] = from_gold_mentions([gold])
    assert [entity.text for entity in annotation.entities] == ["团长", "李大明"]


def test_annotations_of_a_file_are_matched_by_id(tmp_path: Path) -> None:
    first = annotation_of(TEXT, "PER:李大明").model_copy(update={"id": "x"})
    second = annotation_of(TEXT, "LOC:乐安县")
    path = tmp_path / "found.jsonl"
    path.write_text(f"{first.model_dump_json()}\n\n{second.model_dump_json()}\n", encoding="utf-8")
    assert list(from_file(path, [GOLD])) == [second]


def test_bad_annotation_files_give_one_line(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    good = annotation_of(TEXT, "PER:李大明").model_dump_json()
    for content, reason in (
        ("{", ":1: not an annotation: line: Invalid JSON"),
        (good + '\n{"id": 1}', ":2: not an annotation: id: Input should be a valid string"),
        (good.replace('"d1"', '"d2"'), ": has no annotation of gold document 'd1'"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(BadInputError) as caught:
            list(from_file(path, [GOLD]))
        assert str(caught.value).startswith(f"{path}{reason}")
        assert "\n" not in str(caught.value)
    path.write_text(good, encoding="utf-8")
    with pytest.raises(BadInputError, match="annotation 'd1' is of another text"):
        list(from_file(path, [replace(GOLD, text=TEXT + "好")]))
    with pytest.raises(BadInputError, match="No such file"):
        list(from_file(tmp_path / "none.jsonl", [GOLD]))
