from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotations.check import check, document_problems
from pipeline.annotations.likeness import Likeness, groups, likenesses
from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.annotations.surfaces import surfaces_of
from pipeline.errors import BadInputError
from pipeline.schema import Label, RelationType

TEXT = "原滨河市委书记李大明同志主持“清风”行动，王小红到会。"


def problems(
    *mentions: tuple[int, int, str], triples: tuple[GoldTriple, ...] = (), **meta: Any
) -> list[str]:
    spans = tuple((s, e, Label(label)) for s, e, label in mentions)
    return list(document_problems(GoldDocument("d", TEXT, spans, triples, meta)))


def test_a_right_document_has_no_problem() -> None:
    held = GoldTriple("李大明", RelationType.HOLDS_POST, "市委书记", {"org": "滨河市委"})
    mentions = [(1, 5, "ORG"), (3, 7, "ROLE"), (7, 10, "PER"), (14, 20, "PROGRAMME")]
    assert problems(*mentions, triples=(held,)) == []


@pytest.mark.parametrize(
    ("mentions", "reason"),
    [
        ([(1, 4, "LOC"), (1, 5, "ORG")], "LOC '滨河市' at [1, 4) lies inside ORG '滨河市委'"),
        ([(1, 5, "ORG"), (4, 8, "PER")], "PER '委书记李' at [4, 8) crosses ORG '滨河市委'"),
        ([(3, 7, "ROLE"), (5, 7, "ROLE")], "ROLE '书记' at [5, 7) lies inside ROLE '市委书记'"),
        ([(7, 10, "PER"), (7, 10, "PER")], "PER '李大明' at [7, 10) is annotated twice"),
        ([(0, 7, "ROLE")], "ROLE '原滨河市委书记' has '原' inside, which stays outside"),
        ([(7, 12, "PER")], "PER '李大明同志' has '同志' inside, which stays outside"),
        ([(10, 12, "ROLE")], "ROLE '同志' is no entity by the guidelines"),
        ([(14, 18, "PROGRAMME")], "PROGRAMME '“清风”' has its quotation marks inside"),
        (
            [(18, 21, "PROGRAMME")],
            "PROGRAMME '行动，' begins or ends with white space or punctuation",
        ),
    ],
)
def test_each_break_of_the_guidelines_has_its_reason(
    mentions: list[tuple[int, int, str]], reason: str
) -> None:
    assert problems(*mentions) == [reason]


@pytest.mark.parametrize(
    ("triple", "reasons"),
    [
        (("李大明", "holds_post", "局长", {}), ["'局长' is no annotated surface"]),
        (("市委书记", "holds_post", "李大明", {}), ["joins ROLE → PER, must join PER → ROLE"]),
        (("李大明", "succeeds", "李大明", {}), ["joins a thing to itself"]),
        (
            ("李大明", "affiliated_with", "滨河市委", {"status": "former"}),
            ["has qualifiers (status), which only holds_post may have"],
        ),
    ],
)
def test_each_bad_triple_has_its_reason(
    triple: tuple[str, str, str, dict[str, str]], reasons: list[str]
) -> None:
    head, relation, tail, qualifiers = triple
    one = GoldTriple(head, RelationType(relation), tail, qualifiers)
    found = problems((1, 5, "ORG"), (3, 7, "ROLE"), (7, 10, "PER"), triples=(one,))
    assert found == [f"triple {head} {relation} {tail}: {reason}" for reason in reasons]
    twice = problems((1, 5, "ORG"), (3, 7, "ROLE"), (7, 10, "PER"), triples=(one, one))
    assert twice[-1] == f"triple {head} {relation} {tail}: annotated twice"


def test_bad_meta_data() -> None:
    assert problems(clean_text="滨河新区") == [
        "meta.clean_text has characters that the raw text has not: repair can only delete"
    ]
    assert list(document_problems(GoldDocument("d", " \n"))) == ["the text is empty"]


def test_files_are_checked_line_by_line_and_against_each_other(tmp_path: Path) -> None:
    long = "滨河市教育局昨天召开会议，部署秋季开学工作，各县区教育局负责同志参加了会议。"
    rows: dict[str, list[Any]] = {
        "train.jsonl": [
            {"id": "a", "text": long},
            {"id": "b", "text": "短", "entities": [[0, 9, "PER"]]},
            {"id": "a", "text": "另一篇文章，说的是另一件事。"},
            {"id": "c", "text": long},
        ],
        "test.jsonl": [{"id": "a", "text": long[:30] + "会议开得很好。"}],
    }
    for name, lines in rows.items():
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        (tmp_path / name).write_text(
            text + "\nno JSON\n" * (name == "test.jsonl"), encoding="utf-8"
        )
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    found = [str(problem) for problem in check([train, test])]
    assert found[:3] == [
        f"{train}:2: PER at [0, 9) is outside the text of 1 characters",
        f"{train}:3: id 'a' is already that of {train}:1",
        f"{test}:2: not JSON: Expecting value, column 1",
    ]
    assert found[3] == f"{train}:4: double: the same text as {train}:1"
    assert [line.partition("% ")[2] for line in found[4:]] == [
        f"of the text of {train}:1",
        f"of the text of {train}:4",
    ]
    assert all(line.startswith(f"{test}:1: leak: ") for line in found[4:])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        list(check([tmp_path / "none.jsonl"]))


def test_likeness_is_by_shared_runs() -> None:
    texts = ["一二三四五六七八九十", "一二三四五六七八九十甲乙丙丁戊己", "甲乙丙丁", "甲乙丙 丁"]
    assert list(likenesses(texts)) == [Likeness(0, 1, 1.0), Likeness(2, 3, 1.0)]
    assert groups(texts) == [[0, 1], [2, 3]]


def test_surfaces_of_a_raw_page_are_the_clean_ones() -> None:
    raw, clean = "滨滨河河日日报报\n记 者李大\n明", "滨河日报\n记者李大明"
    gold = GoldDocument(
        "d",
        raw,
        ((0, 8, Label.ORG), (9, 12, Label.ROLE), (12, 16, Label.PER)),
        meta={"clean_text": clean},
    )
    assert surfaces_of(gold) == ["滨河日报", "记者", "李大明"]
    doubled, once = "好好镇镇镇镇长长", "好镇镇长"
    spans = ((0, 3, Label.LOC), (4, 7, Label.ROLE))
    gold = GoldDocument("d", doubled, spans, meta={"clean_text": once})
    assert surfaces_of(gold) == ["好镇", "镇长"]
