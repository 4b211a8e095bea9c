"""What does not depend on the order of documents, on increments, or on the number of processes.

Whatever is said here is what docs/vocabulary.md promises under "Identity".
"""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest
from written import Held, document, folder

import pipeline.graph.build as building
from pipeline.graph.build import build
from pipeline.graph.questions import person
from pipeline.graph.state import StorePaths, connect
from pipeline.graph.store import graph_parts
from pipeline.schema import Annotation

NAMES = ("林知远", "周望舒", "何映雪", "陈怀瑾")
UNITS = ("教育局", "财政局", "委", "第一人民医院")
TITLES = ("局长", "副局长", "书记", "院长")


def world(seed: int, count: int = 24) -> list[Annotation]:
    """Documents of a few names in a few places, so that nearly everything is a namesake."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        facts: list[Held | str] = []
        home = chance.choice(("滨州市", "亳州市", None))
        for name in chance.sample(NAMES, chance.randint(1, 3)):
            if chance.random() < 0.25:
                facts.append(name)
                continue
            where = home or chance.choice(("滨州市", "亳州市"))
            at = chance.randrange(len(UNITS))
            facts.append(Held(name, TITLES[at], where + UNITS[at]))
        date = f"{chance.randint(2008, 2016)}-{chance.randint(1, 12):02}-15"
        made.append(document(f"d{seed}-{number}", *facts, date=date, home=home))
    return made


def rdf(store: Path) -> set[str]:
    """The whole graph, line by line."""
    ledger = connect(StorePaths(store))
    lines = {line for part in graph_parts(ledger) for line in part.split("\n")}
    ledger.close()
    return lines


def people(store: Path) -> dict[str, str]:
    """Mention → id of the person."""
    ledger = connect(StorePaths(store))
    query = (
        "SELECT document.key || '/' || local, entity FROM unit JOIN document USING (doc)"
        " WHERE kind = 'person'"
    )
    found = dict(ledger.execute(query).fetchall())
    ledger.close()
    return found


def groups(found: dict[str, str]) -> set[frozenset[str]]:
    together = defaultdict(set)
    for mention, identifier in found.items():
        together[identifier].add(mention)
    return {frozenset(mentions) for mentions in together.values()}


def others(store: Path) -> set[tuple[str, str]]:
    """(key, id) of everything that is no person."""
    ledger = connect(StorePaths(store))
    query = "SELECT DISTINCT kind || key, entity FROM unit WHERE kind <> 'person'"
    found = set(ledger.execute(query).fetchall())
    ledger.close()
    return found


@pytest.mark.parametrize("seed", range(2))
def test_one_build_is_the_same_in_any_order(tmp_path, seed):
    documents = world(seed)
    build([folder(tmp_path / "out", *documents)], tmp_path / "g")
    chance = random.Random(seed)
    chance.shuffle(documents)
    half = len(documents) // 2
    shards = folder(tmp_path / "again", *documents[half:], shard=1)
    folder(shards, *documents[:half], shard=2)
    build([shards], tmp_path / "h")
    assert people(tmp_path / "g") == people(tmp_path / "h")
    assert rdf(tmp_path / "g") == rdf(tmp_path / "h")


@pytest.mark.parametrize("seed", range(2))
def test_increments_find_the_same_people_and_keep_their_ids(tmp_path, seed):
    """Who is who does not depend on history; ids only grow old, and the fresh id leads there."""
    documents = world(seed)
    build([folder(tmp_path / "all", *documents)], tmp_path / "g")
    chance = random.Random(seed)
    chance.shuffle(documents)
    store = tmp_path / "h"
    before: dict[str, str] = {}
    for number in range(3):
        build([folder(tmp_path / f"out{number}", *documents[number * 8 : number * 8 + 8])], store)
        now = people(store)
        for group in groups(before):  # an id stays with its people, or leads to them
            (identifier,) = {before[mention] for mention in group}
            if len(where := {now[mention] for mention in group}) == 1:
                assert {found for found, _, _ in person(store, identifier)} == where
        before = now
    whole, parts = people(tmp_path / "g"), people(store)
    assert groups(whole) == groups(parts)
    assert others(tmp_path / "g") == others(store)
    for mention, identifier in whole.items():
        if identifier not in parts.values():
            assert [found for found, _, _ in person(store, identifier)] == [parts[mention]]


@pytest.mark.slow
def test_any_number_of_processes_makes_the_same_store(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "LARGE", 0)
    monkeypatch.setattr(building, "CHUNK", 2000)
    shards = folder(tmp_path / "out", *world(9))
    build([shards], tmp_path / "g")
    build([shards], tmp_path / "h", workers=2)
    tables = [StorePaths(tmp_path / name) for name in "gh"]
    dumps = [list(connect(paths).iterdump()) for paths in tables]
    assert dumps[0] == dumps[1]
    assert rdf(tmp_path / "g") == rdf(tmp_path / "h")
