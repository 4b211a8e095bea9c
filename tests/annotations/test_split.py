from __future__ import annotations

import random
import re

import pytest

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.annotations.split import parse_ratios, split
from pipeline.annotations.stats import corpus_stats
from pipeline.errors import ConfigError
from pipeline.schema import Label, RelationType

HAN = [chr(code) for code in range(0x4E00, 0x5000)]
DOCUMENTS = [GoldDocument(f"d{i}", "".join(random.Random(i).choices(HAN, k=60))) for i in range(50)]
RATIOS = {"train": 8.0, "dev": 1.0, "test": 1.0}


def test_each_document_lands_in_one_part_by_the_ratio() -> None:
    parts = split(DOCUMENTS, RATIOS, seed=3)
    assert {name: len(part) for name, part in parts.items()} == {"train": 40, "dev": 5, "test": 5}
    assert sorted(d.id for part in parts.values() for d in part) == sorted(d.id for d in DOCUMENTS)


def test_the_seed_decides_and_the_order_does_not() -> None:
    one = split(DOCUMENTS, RATIOS, seed=3)
    other = split(DOCUMENTS[::-1], RATIOS, seed=3)
    assert {d.id for d in one["test"]} == {d.id for d in other["test"]}
    assert {d.id for d in one["test"]} != {d.id for d in split(DOCUMENTS, RATIOS, seed=4)["test"]}


def test_documents_that_are_alike_stay_together() -> None:
    twins = [
        GoldDocument(f"t{i}", "滨河市召开全市教育工作会议，部署明年工作。" + "好" * i)
        for i in range(6)
    ]
    parts = split([*DOCUMENTS[:14], *twins], RATIOS)
    homes = {name for name, part in parts.items() for d in part if d.id.startswith("t")}
    assert len(homes) == 1


@pytest.mark.parametrize("text", ["train", "train=8", "train=x,test=1", "train=0,test=1", "=1,a=2"])
def test_bad_ratios_are_named(text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape("--parts: ")):
        parse_ratios(text)


def test_ratios() -> None:
    assert parse_ratios("train=8, test=2") == {"train": 8.0, "test": 2.0}


def test_stats_count_what_is_there() -> None:
    text = "滨河市委书记李大明和李大明"
    document = GoldDocument(
        "d",
        text,
        ((0, 4, Label.ORG), (2, 6, Label.ROLE), (6, 9, Label.PER), (10, 13, Label.PER)),
        (
            GoldTriple("李大明", RelationType.HOLDS_POST, "市委书记", {"org": "滨河市委"}),
            GoldTriple("李大明", RelationType.AFFILIATED_WITH, "滨河市委"),
        ),
    )
    found = corpus_stats([document, GoldDocument("e", "空", meta={"clean_text": "空"})])
    assert (found.documents, found.characters, found.empty, found.pages) == (2, 14, 1, 1)
    assert (found.mentions["PER"], found.surfaces["PER"], found.overlaps) == (2, 1, 1)
    assert (found.triples["holds_post"], found.triples["part_of"], found.with_org) == (1, 0, 1)
    assert found.statuses == {"current": 1}
