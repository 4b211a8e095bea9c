"""Corrections are laid over what the machine said, and what stands is gold."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pipeline.annotations.check import document_problems
from pipeline.annotations.native import read_gold
from pipeline.annotations.surfaces import surfaces_of
from pipeline.schema import Meta
from pipeline.server.pages import PageDocument
from pipeline.server.review import Edit, EditError, fold
from pipeline.server.store import NoDocumentError, NothingToUndoError, Opened, Store, gold_of

RAW = "云云岭岭县县\n县委书\n记周明远到好生镇。"
EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)


def entity(number: int, label: str, raw_spans: list[tuple[int, int]], start: int) -> dict:
    text = "".join(RAW[s:e] for s, e in raw_spans)
    return {
        "id": f"e{number}",
        "label": label,
        "text": text,
        "start": start,
        "end": start + len(text),
        "raw_spans": raw_spans,
        "name": text,
        "entity": number,
        "score": 0.9,
        "origin": "ner",
    }


@pytest.fixture
def page() -> PageDocument:
    return PageDocument.model_validate({
        "id": "p",
        "sha256": "0" * 64,
        "source": "p.txt",
        "meta": Meta(home_place="云岭县"),
        "text": "云岭县\n县委书记周明远到好生镇。",
        "deleted": [
            {"at": 1, "raw": "云"},
            {"at": 2, "raw": "岭"},
            {"at": 3, "raw": "县"},
            {"at": 7, "raw": "\n"},
        ],
        "entities": [
            entity(1, "LOC", [(0, 1), (2, 3), (4, 5)], 0),
            entity(2, "ROLE", [(7, 10), (11, 12)], 4),
            entity(3, "PER", [(12, 15)], 8),
        ],
        "triples": [
            {
                "id": "t1",
                "head": "e3",
                "relation": "holds_post",
                "tail": "e2",
                "qualifiers": {"status": "former"},
                "evidence": {"start": 4, "end": 11, "raw_spans": [(7, 10), (11, 15)]},
                "rule": "title-before-name",
                "score": 0.8,
            }
        ],
    })


def edits(*rows: dict) -> list[tuple[int, Edit]]:
    return [(number, EDIT.validate_python(row)) for number, row in enumerate(rows, start=1)]


def gold(page: PageDocument, *rows: dict):
    log = edits(*rows)
    opened = Opened("k", page, fold(page, log), tuple((n, "李", "2020", e) for n, e in log))
    return gold_of(opened)


def test_keeps_what_nobody_rejects(page: PageDocument) -> None:
    document = gold(page)
    assert document.text == RAW
    assert [(s, e, str(label)) for s, e, label in document.entities] == [
        (0, 5, "LOC"),
        (7, 12, "ROLE"),
        (12, 15, "PER"),
    ]
    assert surfaces_of(document) == ["云岭县", "县委书记", "周明远"]
    assert [(t.head, t.tail, t.qualifiers) for t in document.triples] == [
        ("周明远", "县委书记", {"status": "former"})
    ]
    assert list(document_problems(document)) == []


def test_adds_and_changes(page: PageDocument) -> None:
    document = gold(
        page,
        {"op": "add_mention", "start": 7, "end": 9, "label": "ORG"},
        {"op": "add_triple", "head": "e2", "relation": "post_of", "tail": "u1"},
        {
            "op": "change_triple",
            "target": "t1",
            "relation": "holds_post",
            "qualifiers": {"org": "云岭县委", "status": "current"},
        },
        {"op": "change_mention", "target": "e1", "start": 0, "end": 6, "label": "LOC"},
        {"op": "done"},
    )
    assert (7, 9, "ORG") in document.entities
    assert [(t.head, str(t.relation), t.tail) for t in document.triples] == [
        ("周明远", "holds_post", "县委书记"),
        ("县委书记", "post_of", "县委"),
    ]
    assert document.triples[0].qualifiers == {"org": "云岭县委", "status": "current"}
    assert document.entities[0] == (0, 5, "LOC")  # a selection's deleted glyphs do not count
    assert document.meta["review"] == {
        "by": ["李"],
        "at": "2020",
        "checked": True,
        "looked_at": 4,
        "unseen": 2,
    }
    assert list(document_problems(document)) == []


def test_a_rejected_mention_takes_its_facts_along(page: PageDocument) -> None:
    document = gold(page, {"op": "reject", "target": "e3"})
    assert len(document.entities) == 2
    assert document.triples == ()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"op": "accept", "target": "e9"}, "no mention e9"),
        ({"op": "add_mention", "start": 13, "end": 15, "label": "PER"}, "overlaps PER 周明远"),
        ({"op": "add_mention", "start": 5, "end": 6, "label": "PER"}, "marks no character"),
        ({"op": "add_mention", "start": 90, "end": 95, "label": "PER"}, "marks no character"),
        ({"op": "add_triple", "head": "e2", "relation": "part_of", "tail": "e3"}, "joins ORG"),
        ({"op": "add_triple", "head": "e3", "relation": "holds_post", "tail": "e2"}, "already"),
        (
            {"op": "change_mention", "target": "e3", "start": 12, "end": 15, "label": "LOC"},
            "reject that first",
        ),
        (
            {"op": "change_triple", "target": "t9", "relation": "holds_post"},
            "no relation t9",
        ),
    ],
)
def test_refuses_what_the_guidelines_do_not_allow(page: PageDocument, row: dict, why: str) -> None:
    with pytest.raises(EditError, match=why):
        fold(page, edits(row))


def test_the_store_undoes_and_keeps_gold_in_step(page: PageDocument, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    key = store.open(page).key
    path = tmp_path / "store" / "gold" / f"{key}.jsonl"
    assert not path.exists()
    store.add(key, "李", EDIT.validate_python({"op": "reject", "target": "t1"}))
    assert [document.triples for document in read_gold(path)] == [()]
    again = Store(tmp_path / "store")
    assert again.open(page).review.triples["t1"].state == "rejected"
    store.undo(key, "王")
    assert not path.exists()
    assert again.get(key).log == ()
    with pytest.raises(NothingToUndoError):
        store.undo(key, "王")
    assert [row.key for row in store.rows(0, 9)[1]] == [key]
    store.delete(key)
    with pytest.raises(NoDocumentError):
        store.get(key)


def test_the_store_refuses_a_bad_edit_and_logs_nothing(page: PageDocument, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    key = store.open(page).key
    with pytest.raises(EditError):
        store.add(key, "李", EDIT.validate_python({"op": "accept", "target": "e9"}))
    assert store.get(key).log == ()


def test_an_export_has_every_id_once(page: PageDocument, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    row = page.model_dump()
    for more in ([], [{"at": len(page.text), "raw": "\n"}]):
        other = PageDocument.model_validate({**row, "deleted": [*row["deleted"], *more]})
        key = store.open(other).key
        store.add(key, "李", EDIT.validate_python({"op": "done"}))
    assert len({document.id for document in store.gold(done=True)}) == 2
