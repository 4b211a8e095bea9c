"""What people say counts: same, not same, by command, terminal and CSV; and it can be replayed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner
from written import Held, document, folder

from pipeline.cli.graph import graph_app
from pipeline.errors import BadInputError
from pipeline.graph.build import build
from pipeline.graph.identity import Judgement
from pipeline.graph.ids import entity_id
from pipeline.graph.judge import export_csv, import_csv, open_pairs, pronounce
from pipeline.graph.questions import person
from pipeline.graph.reading import document_key
from pipeline.graph.state import StorePaths, connect
from pipeline.graph.store import graph_parts


def ids(store: Path, name: str = "林知远") -> list[str]:
    return [identifier for identifier, _, _ in person(store, name)]


@pytest.fixture
def store(tmp_path) -> Path:
    """One person for sure (a, b), and another of whom nobody can be sure (c)."""
    shards = folder(
        tmp_path / "out",
        document("a", Held("林知远", "局长", "滨州市教育局")),
        document("b", Held("林知远", "局长", "滨州市教育局"), date="2014-06-01"),
        document("c", Held("林知远", "院长", "滨州市第一人民医院"), date="2014-05-01"),
    )
    build([shards], tmp_path / "g")
    return tmp_path / "g"


def test_the_machine_says_why_it_is_unsure(store):
    (pair,) = open_pairs(store)
    assert pair.line.judgement is Judgement.UNSURE
    assert "same_place" in pair.line.why
    assert {pair.left.name, pair.right.name} == {"林知远"}
    assert any("第一人民医院" in s for side in (pair.left, pair.right) for s in side.sentences)


def test_same_joins_and_a_later_word_parts_again(store):
    (pair,) = open_pairs(store)
    assert len(ids(store)) == 2
    pronounce(store, pair.line.left, pair.line.right, Judgement.SAME, "li")
    build([], store)
    assert len(ids(store)) == 1
    assert open_pairs(store) == []
    pronounce(store, pair.line.left, pair.line.right, Judgement.NOT_SAME, "wang")
    build([], store)
    assert len(ids(store)) == 2


def test_not_same_parts_what_one_organisation_had_joined(store):
    pairs = open_pairs(store, everything=True)
    assert all(pair.line.by == "machine" for pair in pairs)
    left, right = (f"{document_key(name)}/person/林知远" for name in ("a", "b"))
    pronounce(store, left, right, Judgement.NOT_SAME, "li")
    build([], store)
    assert len(ids(store)) == 3


def test_judgements_replay_on_a_store_built_anew(store, tmp_path):
    (pair,) = open_pairs(store)
    pronounce(store, pair.line.left, pair.line.right, Judgement.SAME, "li")
    (tmp_path / "new").mkdir()
    shutil.copy(store / "judgements.sqlite", tmp_path / "new")
    build([tmp_path / "out"], tmp_path / "new")
    assert len(ids(tmp_path / "new")) == 1


def test_csv_goes_out_and_comes_back(store, tmp_path):
    assert export_csv(store, tmp_path / "open.csv") == 1
    text = (tmp_path / "open.csv").read_text(encoding="utf-8-sig")
    assert import_csv(store, tmp_path / "open.csv", "li") == 0  # nothing changed, nothing said
    (tmp_path / "said.csv").write_text(text.replace("unsure,", "same,", 1), encoding="utf-8")
    assert import_csv(store, tmp_path / "said.csv", "li") == 1
    assert import_csv(store, tmp_path / "said.csv", "li") == 0
    build([], store)
    assert len(ids(store)) == 1


def test_csv_cells_are_no_formulas_and_come_back_exactly(tmp_path):
    title = "=1+1局长"
    shards = folder(
        tmp_path / "out",
        document("=a", Held("=林知远", title, "滨州市教育局")),
        document("c", Held("=林知远", "院长", "滨州市第一人民医院"), date="2014-05-01"),
    )
    build([shards], tmp_path / "g")
    assert export_csv(tmp_path / "g", tmp_path / "open.csv") == 1
    text = (tmp_path / "open.csv").read_text(encoding="utf-8-sig")
    assert "'=林知远" in text
    (tmp_path / "open.csv").write_text(text.replace("unsure,", "same,", 1), encoding="utf-8")
    assert import_csv(tmp_path / "g", tmp_path / "open.csv", "li") == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("left,right\nx,y\n", "column 'judgement' is missing"),
        ("judgement,left,right\nmaybe,x,y\n", ":2: unknown judgement 'maybe'"),
        ("judgement,left,right\nsame,x/person/y,z\n", ":2: x/person/y: is no mention"),
    ],
)
def test_a_wrong_csv_is_named(store, tmp_path, text, reason):
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError, match=reason):
        import_csv(store, tmp_path / "bad.csv", "li")


def test_the_terminal_asks_and_applies(store):
    result = CliRunner().invoke(graph_app, ["judge", str(store), "--by", "li"], input="s\n")
    assert result.exit_code == 0, result.output
    assert "第一人民医院" in result.output
    assert len(ids(store)) == 1


def posts_of(store: Path, *names: str) -> set[str]:
    return {a.post_id for name in names for _, _, found in person(store, name) for a in found}


def replayed(store: Path, out: Path, new: Path) -> Path:
    """The same documents with a copy of the log, in a new store."""
    new.mkdir()
    shutil.copy(store / "judgements.sqlite", new)
    build([out], new)
    return new


def owners(store: Path) -> list[tuple[str, str | None]]:
    """Organisations by the posts that belong to them."""
    ledger = connect(StorePaths(store))
    query = (
        "SELECT post.name, org.id FROM entity AS post LEFT JOIN entity AS org"
        " ON org.id = post.owner WHERE post.kind = 'post' ORDER BY 1, 2"
    )
    found = ledger.execute(query).fetchall()
    ledger.close()
    return found


def test_organisations_are_joined_with_their_posts_and_parted_again(tmp_path):
    shards = folder(
        tmp_path / "out",
        document("a", Held("林知远", "局长", "滨州市教育局")),
        document("b", Held("周望舒", "局长", "滨州市教育和体育局")),
    )
    store = tmp_path / "g"
    build([shards], store)
    pair = [entity_id("organisation", f"滨州市|山东省#{n}") for n in ("教育局", "教育和体育局")]
    apart = owners(store)
    pronounce(store, *pair, Judgement.SAME, "li")
    build([], store)
    assert len(posts_of(store, "林知远", "周望舒")) == 1
    again = replayed(store, shards, tmp_path / "again")
    assert owners(again) == owners(store)
    assert all(owner is not None for _, owner in owners(store))
    pronounce(store, *pair, Judgement.NOT_SAME, "li")
    build([], store)
    assert owners(store) == apart


def test_an_organisation_is_parted_and_its_documents_follow(tmp_path):
    """One name, two companies: each takes the documents of its own paper with it."""
    held = [Held(f"林知{c}", "董事长", "远山集团") for c in "甲乙丙丁戊"]
    shards = folder(
        tmp_path / "out",
        document("a", held[0], home="滨州市"),
        document("b", held[1], home="滨州市"),
        document("c", held[2], home="亳州市"),
        document("d", held[3], home="亳州市"),
        document("e", held[4]),
    )
    store = tmp_path / "g"
    build([shards], store)
    (owner,) = {owner for _, owner in owners(store)}
    mentions = [f"{document_key(name)}/organisation/#远山集团" for name in ("a", "c")]
    pronounce(store, *mentions, Judgement.NOT_SAME, "li")
    build([], store)
    split = owners(store)
    assert len({one for _, one in split}) == 2
    assert owner in {one for _, one in split}
    a, b, c, d = (posts_of(store, f"林知{x}") for x in "甲乙丙丁")
    assert a == b != c == d
    assert owners(replayed(store, shards, tmp_path / "again")) == split
    more = folder(
        tmp_path / "two", document("f", Held("林知己", "董事长", "远山集团"), home="亳州市")
    )
    build([more], store)
    assert posts_of(store, "林知己") == c
    assert set(owners(store)) == set(split)
    pronounce(store, *mentions, Judgement.SAME, "li")
    build([], store)
    assert {one for _, one in owners(store)} == {owner}
    whole = graph_parts(connect(StorePaths(replayed(store, tmp_path / "out", tmp_path / "third"))))
    assert (
        sum("a <http://www.w3.org/ns/org#Post>" in part.replace(TYPE, "a") for part in whole) == 1
    )


TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


@pytest.fixture
def renamed(tmp_path) -> Path:
    """A person under two names, a screen name and a short form, in documents of their own."""
    shards = folder(
        tmp_path / "out",
        document("a", Held("林知远", "局长", "滨州市教育局")),
        document("b", Held("林知行", "局长", "滨州市教育局"), date="2015-01-01"),
        document("c", Held("远山居士", "主席", "滨州市文联"), date="2015-02-01"),
        document("d", "知行", date="2015-03-01"),
        document("e", "林知行", Held("林知行", "市长", "亳州市政府"), date="2015-01-02"),
    )
    build([shards], tmp_path / "g")
    return tmp_path / "g"


def mention(doc: str, name: str) -> str:
    return f"{document_key(doc)}/person/{name}"


def test_people_of_different_names_are_joined_and_parted(renamed, tmp_path):
    before = {name: ids(renamed, name) for name in ("林知远", "林知行", "远山居士", "知行")}
    pairs = [
        ("b", "林知行", "a", "林知远"),
        ("c", "远山居士", "a", "林知远"),
        ("d", "知行", "c", "远山居士"),
    ]
    for one, name, other, called in pairs:
        pronounce(renamed, mention(one, name), mention(other, called), Judgement.SAME, "li")
    build([], renamed)
    (whole,) = ids(renamed, "林知远")
    assert ids(renamed, "远山居士") == ids(renamed, "知行") == [whole]
    assert len(ids(renamed, "林知行")) == 2  # the mayor of 亳州 is somebody else
    assert len(posts_of(renamed, whole)) == 2
    for old in {*before["林知远"], *before["远山居士"], *before["知行"]}:
        assert ids(renamed, old) == [whole]
    again = replayed(renamed, tmp_path / "out", tmp_path / "again")
    assert {n: len(ids(again, n)) for n in before} == {n: len(ids(renamed, n)) for n in before}
    pronounce(renamed, *before["林知远"], *before["远山居士"], Judgement.NOT_SAME, "wang")
    build([], renamed)
    assert ids(renamed, "远山居士") == ids(renamed, "知行") != ids(renamed, "林知远")
    assert ids(renamed, "远山居士")[0] in {*before["远山居士"], *before["知行"]}


def test_apart_and_same_across_names_hold_together(renamed):
    """Two of one name, each called one and the same, or one of them expressly not."""
    mayor = mention("e", "林知行")
    pronounce(renamed, mention("d", "知行"), mention("b", "林知行"), Judgement.SAME, "li")
    pronounce(renamed, mention("d", "知行"), mayor, Judgement.NOT_SAME, "li")
    build([], renamed)
    assert len(ids(renamed, "林知行")) == 2
    pronounce(renamed, mention("d", "知行"), mayor, Judgement.SAME, "li")
    build([], renamed)
    assert len(ids(renamed, "林知行")) == 1
    assert ids(renamed, "知行") == ids(renamed, "林知行")


def test_judgements_on_different_names_go_by_csv(renamed, tmp_path):
    rows = [
        f"same,{mention('b', '林知行')},{mention('a', '林知远')}",
        f"same,{ids(renamed, '远山居士')[0]},{ids(renamed, '林知远')[0]}",
    ]
    path = tmp_path / "said.csv"
    path.write_text("judgement,left,right\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert import_csv(renamed, path, "li") == 2
    assert import_csv(renamed, path, "li") == 0
    build([], renamed)
    assert ids(renamed, "远山居士") == ids(renamed, "林知远")
    assert export_csv(renamed, tmp_path / "log.csv", everything=True) >= 2
    text = (tmp_path / "log.csv").read_text(encoding="utf-8-sig")
    assert import_csv(renamed, tmp_path / "log.csv", "li") == 0
    (tmp_path / "log.csv").write_text(text.replace("same,", "not same,"), encoding="utf-8")
    assert import_csv(renamed, tmp_path / "log.csv", "wang") >= 2
    build([], renamed)
    assert ids(renamed, "远山居士") != ids(renamed, "林知远")


def test_things_of_two_kinds_are_never_one(renamed):
    org = entity_id("organisation", "滨州市|山东省#教育局")
    with pytest.raises(BadInputError, match=r"are a (person and a organi|organisation and a per)"):
        pronounce(renamed, org, ids(renamed, "林知远")[0], Judgement.SAME, "li")
