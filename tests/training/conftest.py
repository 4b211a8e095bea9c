"""A small invented corpus and configuration that trains in a few seconds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

PERSONS = ["林小满", "周青禾", "赵一舟", "何望舒", "沈砚", "顾长河", "陆明夷", "钟灵秀"]
PLACES = ["海州市", "云岭县", "青川区", "白石镇", "临江市"]
BODIES = ["市委", "县教育局", "区人民政府", "市公安局", "县卫生局"]
TITLES = ["书记", "局长", "主任", "副市长", "科长"]
FRAMES = [
    ("{org}{title}{per}出席会议。", ("org", "title", "per")),
    ("{per}到{loc}调研。", ("per", "loc")),
    ("记者从{org}获悉，{per}任{title}。", ("org", "per", "title")),
    ("{loc}近日下雨。", ("loc",)),
    ("会议由{title}{per}主持。", ("title", "per")),
]
LABEL = {"per": "PER", "loc": "LOC", "org": "ORG", "title": "ROLE"}

CONFIG = """
[training]
seed = 7
threads = 1

[training.corpora]

[training.corpora.own]
path = "train.jsonl"
format = "native"
dialect = "native"
variants = 1
hold_out = 0.1

[training.checks]

[training.checks.dev]
path = "dev.jsonl"
format = "native"
dialect = "native"

[training.lexicon]
general_words = false
pretrained = false

[training.lexicon.sources]
person = [{"path": "persons.txt"}]
division = [{"path": "places.txt"}]
organisation_head = [{"path": "organisation_heads.txt", "package": true}]

[training.encoder]
lac = false
char_width = 24
bigram_width = 8
word_width = 8
hidden = 24
layers = 2
dropout = 0.1

[training.stages]

[training.stages.one]
passes = 6
rate = 0.02
batch_characters = 512

[training.stages.one.shares]
own = 1
"""


def rows(count: int, seed: int) -> list[dict[str, object]]:
    generator = np.random.default_rng(seed)

    def pick(names: list[str]) -> str:
        return names[int(generator.integers(len(names)))]

    result: list[dict[str, object]] = []
    for number in range(count):
        frame, kinds = FRAMES[number % len(FRAMES)]
        names = {"per": pick(PERSONS), "loc": pick(PLACES), "title": pick(TITLES)}
        names["org"] = names["loc"] + pick(BODIES)
        text, entities, place = "", [], 0
        for kind in kinds:
            before, _, rest = frame[place:].partition("{" + kind + "}")
            text += before
            entities.append([len(text), len(text) + len(names[kind]), LABEL[kind]])
            text += names[kind]
            place = len(frame) - len(rest)
        result.append({"text": text + frame[place:], "entities": entities})
    return result


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train.jsonl, dev.jsonl, name lists and train.cfg."""
    folder = tmp_path_factory.mktemp("small")
    for name, count, seed in (("train", 200, 1), ("dev", 40, 2)):
        lines = [json.dumps(row, ensure_ascii=False) for row in rows(count, seed)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "persons.txt").write_text("\n".join(PERSONS[:4]) + "\n", encoding="utf-8")
    (folder / "places.txt").write_text("\n".join(PLACES) + "\n", encoding="utf-8")
    (folder / "train.cfg").write_text(CONFIG, encoding="utf-8")
    return folder
