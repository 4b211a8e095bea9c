"""Building, adding, re-annotating, pruning; ids that stay; damage that is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from written import Held, document, folder

from pipeline.cli.main import main
from pipeline.errors import BadInputError
from pipeline.graph.build import build
from pipeline.graph.query import query_rows
from pipeline.graph.questions import person, who
from pipeline.graph.state import StorePaths, connect, locked
from pipeline.graph.store import graph_parts

LIN = Held("林知远", "市委书记", "滨州市委")
BACK_THEN = Held("林知远", "县委书记", "阳信县委", date="2010-03-01")
NAMESAKE = Held("林知远", "市委书记", "亳州市委")


def ids(store: Path, name: str) -> set[str]:
    return {identifier for identifier, _, _ in person(store, name)}


def test_one_person_of_two_documents_is_one(tmp_path):
    shards = folder(tmp_path / "out", document("a", LIN), document("b", LIN, date="2014-06"))
    build([shards], tmp_path / "g")
    ((_, _, tenures),) = person(tmp_path / "g", "林知远")
    assert [(t.post, t.since, t.until) for t in tenures] == [
        ("滨州市委书记", "~2014-04-25", "~2014-06")
    ]
    assert len(tenures[0].sources) == 2


def test_namesakes_at_one_time_stay_apart(tmp_path):
    shards = folder(tmp_path / "out", document("a", LIN), document("b", NAMESAKE))
    build([shards], tmp_path / "g")
    assert len(ids(tmp_path / "g", "林知远")) == 2


def test_who_answers_for_the_place_and_the_day(tmp_path):
    shards = folder(tmp_path / "out", document("a", LIN), document("b", NAMESAKE))
    build([shards], tmp_path / "g")
    found = who(tmp_path / "g", "市委书记", "滨州市", "2014-04-25")
    assert [(a.person, a.organisation, a.certainty) for a in found] == [
        ("林知远", "滨州市委", "stated")
    ]
    assert found[0].sources[0].sentence == "滨州市委市委书记林知远出席会议。"
    assert who(tmp_path / "g", "市委书记", "滨州市", "1990") == []
    assert who(tmp_path / "g", "市委书记", "山东省", "2014")[0].person == "林知远"


def test_ids_stay_when_documents_are_added(tmp_path):
    first = folder(tmp_path / "one", document("m", LIN), document("n", NAMESAKE))
    build([first], tmp_path / "g")
    before = ids(tmp_path / "g", "林知远")
    more = folder(
        tmp_path / "two", *(document(f"a{i}", LIN, date=f"2015-{i:02}") for i in range(1, 9))
    )
    report = build([first, more], tmp_path / "g")
    assert (report.added, report.unchanged) == (8, 2)
    assert ids(tmp_path / "g", "林知远") == before


def test_a_document_that_joins_two_people_leaves_an_alias(tmp_path):
    shards = folder(tmp_path / "one", document("a", LIN), document("b", BACK_THEN, date="2010-03"))
    build([shards], tmp_path / "g")
    before = ids(tmp_path / "g", "林知远")
    assert len(before) == 2
    bridge = folder(tmp_path / "two", document("c", LIN, BACK_THEN, date="2014-05"))
    build([bridge], tmp_path / "g")
    after = ids(tmp_path / "g", "林知远")
    assert len(after) == 1
    assert after < before
    for identifier in before:  # also the id that is gone leads to the person
        assert ids(tmp_path / "g", identifier) == after


def test_what_is_added_is_the_same_as_all_written_anew(tmp_path):
    first = [document(f"a{i}", Held(f"林知{i}", "局长", "滨州市教育局")) for i in range(9)]
    documents = [
        document("a", LIN),
        document("b", BACK_THEN, date="2010-03"),
        document("c", NAMESAKE, "周望舒"),
    ]
    build([folder(tmp_path / "one", *first, *documents)], tmp_path / "g")
    build([folder(tmp_path / "two", document("d", LIN, "周望舒", date="2014-05"))], tmp_path / "g")
    _, rows = query_rows(tmp_path / "g", "SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
    ledger = connect(StorePaths(tmp_path / "g"))
    anew = ox.Store()
    for part in graph_parts(ledger):
        anew.load(part.encode(), format=ox.RdfFormat.N_TRIPLES)
    assert sorted(rows) == sorted(
        [term.value for term in (quad.subject, quad.predicate, quad.object)] for quad in anew
    )


def test_a_document_annotated_again_replaces_what_it_said(tmp_path):
    shards = folder(tmp_path / "one", document("a", LIN), document("b", "何映雪"))
    build([shards], tmp_path / "g")
    again = folder(
        tmp_path / "two",
        document("a", Held("林知远", "市长", "滨州市政府")),
        document("b", "何映雪"),
    )
    report = build([again], tmp_path / "g")
    assert (report.replaced, report.unchanged, report.documents) == (1, 1, 2)
    assert who(tmp_path / "g", "市委书记") == []
    assert [a.person for a in who(tmp_path / "g", "市长", "滨州市")] == ["林知远"]
    _, rows = query_rows(tmp_path / "g", 'SELECT ?e WHERE { ?e schema:name "滨州市委" }')
    assert list(rows) == []


def test_documents_of_one_id_in_one_build_are_counted_and_named(tmp_path):
    one = folder(tmp_path / "out", *(document(str(n), LIN) for n in range(5)))
    folder(tmp_path / "out", *(document(str(n), NAMESAKE) for n in range(5)), shard=2)
    report = build([one], tmp_path / "g")
    assert (report.added, report.replaced, report.documents) == (5, 0, 5)
    assert report.repeated == 5
    assert report.warning() == (
        "5 documents have the id of another one of this run and replaced it:"
        " '0' of 0.txt, '1' of 1.txt, '2' of 2.txt, …"
    )


def test_a_document_given_twice_is_no_other_document(tmp_path):
    one = folder(tmp_path / "out", document("a", LIN), document("a", LIN))
    assert build([one], tmp_path / "g").warning() is None
    again = folder(tmp_path / "out", document("a", NAMESAKE))
    report = build([again], tmp_path / "g")  # the id of an earlier build
    assert (report.replaced, report.warning()) == (1, None)


def test_pruning_takes_out_what_the_folders_no_longer_hold(tmp_path):
    build([folder(tmp_path / "one", document("a", LIN), document("b", "何映雪"))], tmp_path / "g")
    report = build([folder(tmp_path / "two", document("a", LIN))], tmp_path / "g", prune=True)
    assert (report.removed, report.documents) == (1, 1)
    assert person(tmp_path / "g", "何映雪") == []
    _, rows = query_rows(tmp_path / "g", 'ASK { ?e schema:name "何映雪" }')
    assert list(rows) == [["false"]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not a document"),
        ('{"id": "x"}', "not a document: sha256"),
        ("[1]", "not a document"),
    ],
)
def test_a_malformed_line_is_named_and_changes_nothing(tmp_path, line, reason):
    shards = folder(tmp_path / "out", document("a", LIN))
    build([shards], tmp_path / "g")
    bad = folder(tmp_path / "bad", document("b", NAMESAKE))
    with (bad / "documents" / "part-000001.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(BadInputError, match=rf"part-000001\.jsonl:2: {reason}"):
        build([bad], tmp_path / "g")
    assert len(ids(tmp_path / "g", "林知远")) == 1


def test_a_triple_that_names_no_mention_is_named(tmp_path):
    item = document("a", LIN)
    triple = item.triples[0].model_copy(update={"tail": "e99"})
    shards = folder(tmp_path / "out", item.model_copy(update={"triples": (triple,)}))
    with pytest.raises(BadInputError, match="triple 't1' names no mention: 'e99'"):
        build([shards], tmp_path / "g")


def test_a_folder_without_shards_or_a_strange_store_is_named(tmp_path):
    with pytest.raises(BadInputError, match="no such folder"):
        build([tmp_path / "nothing"], tmp_path / "g")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BadInputError, match="is not empty"):
        build([folder(tmp_path / "out", document("a", LIN))], tmp_path / "full")
    with pytest.raises(BadInputError, match="is no store"):
        who(tmp_path / "nothing", "市长")


@pytest.mark.parametrize("part", ["graph.sqlite", "judgements.sqlite", "rdf"])
@pytest.mark.parametrize("keep", [0, 100, -100])
def test_a_store_file_cut_short_is_named(tmp_path, part, keep):
    people = [Held(f"林知{chr(0x4E00 + i)}", "市委书记", "滨州市委") for i in range(20)]
    build([folder(tmp_path / "out", document("a", *people))], tmp_path / "g")
    path = tmp_path / "g" / part
    if part == "rdf":
        path = max(path.glob("*.sst"), key=lambda file: file.stat().st_size)
    data = path.read_bytes()
    path.write_bytes(data[:keep] if keep >= 0 else data[: len(data) + keep])

    def use() -> None:
        query_rows(tmp_path / "g", "ASK {}")
        build([], tmp_path / "g")
        query_rows(tmp_path / "g", "ASK {}")

    if part == "judgements.sqlite" and keep == 0:
        use()  # an empty log is a new log
        return
    with pytest.raises(BadInputError, match=r"damaged|cut short|was made by"):
        use()


def test_a_lock_left_behind_does_no_harm_and_a_held_one_is_named(tmp_path):
    shards = folder(tmp_path / "out", document("a", LIN))
    build([shards], tmp_path / "g")
    (tmp_path / "g" / "lock").write_text("4711", encoding="ascii")
    build([shards], tmp_path / "g")
    with locked(StorePaths(tmp_path / "g")), pytest.raises(BadInputError, match="is writing to it"):
        build([shards], tmp_path / "g")


def test_a_build_killed_before_the_rdf_is_finished_by_the_next(tmp_path, monkeypatch):
    build([folder(tmp_path / "one", document("a", LIN), document("c", "周望舒"))], tmp_path / "g")
    more = folder(tmp_path / "two", document("b", NAMESAKE))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.graph.build.update", die)
        patch.setattr("pipeline.graph.build.rewrite", die)
        with pytest.raises(KeyboardInterrupt):
            build([more], tmp_path / "g")
    with pytest.raises(BadInputError, match="was interrupted"):
        who(tmp_path / "g", "市委书记")
    build([more], tmp_path / "g")
    assert len(ids(tmp_path / "g", "林知远")) == 2
    _, rows = query_rows(
        tmp_path / "g", 'SELECT ?p WHERE { ?p a schema:Person ; schema:name "林知远" }'
    )
    assert len(list(rows)) == 2


def test_the_command_warns_of_documents_of_one_id(tmp_path, monkeypatch, capsys):
    shards = folder(tmp_path / "out", document("a", LIN), document("a", NAMESAKE))
    command = ["renzhi", "graph", "build", str(shards), "-o", str(tmp_path / "g")]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert capsys.readouterr().err.splitlines()[-1] == (
        "renzhi: 1 document has the id of another one of this run and replaced it: 'a' of a.txt"
    )
