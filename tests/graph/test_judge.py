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
from pipeline.graph.judge import export_csv, import_csv, open_pairs, pronounce
from pipeline.graph.questions import person


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
    from pipeline.graph.reading import document_key

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


def test_organisations_can_be_joined_with_their_posts(tmp_path):
    shards = folder(
        tmp_path / "out",
        document("a", Held("林知远", "局长", "滨州市教育局")),
        document("b", Held("周望舒", "局长", "滨州市教育和体育局")),
    )
    build([shards], tmp_path / "g")
    from pipeline.graph.ids import entity_id

    pair = [entity_id("organisation", f"滨州市|山东省#{n}") for n in ("教育局", "教育和体育局")]
    pronounce(tmp_path / "g", *pair, Judgement.SAME, "li")
    build([], tmp_path / "g")
    posts = {
        a.post_id
        for name in ("林知远", "周望舒")
        for _, _, found in person(tmp_path / "g", name)
        for a in found
    }
    assert len(posts) == 1
    with pytest.raises(BadInputError, match=r"are one mention|only people can be kept apart"):
        pronounce(tmp_path / "g", *pair, Judgement.NOT_SAME, "li")
