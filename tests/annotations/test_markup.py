from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.annotations.markup import (
    MarkedArticle,
    build,
    parse_article,
    print_article,
    read_articles,
)
from pipeline.annotations.native import GoldDocument, GoldTriple, read_gold
from pipeline.errors import BadInputError
from pipeline.schema import Label, RelationType

GOLD = Path(__file__).parents[2] / "corpus" / "gold"
HEAD = "id: a\nkind: city\nsplit: train\n"


def parse(body: str, triples: str = "", head: str = HEAD) -> MarkedArticle:
    return parse_article(f"{head}---\n{body}\n---\n{triples}".removesuffix("\n") + "\n", "a.txt")


def test_a_role_may_cross_an_organisation() -> None:
    document = parse("[云州{市委|ORG]书记}[柏梁|PER]到任。").document
    assert document.text == "云州市委书记柏梁到任。"
    assert document.entities == ((0, 4, Label.ORG), (2, 6, Label.ROLE), (6, 8, Label.PER))


def test_a_role_may_hold_an_organisation() -> None:
    document = parse("{[商务部|ORG]长}[柏梁|PER]").document
    assert set(document.entities) == {(0, 3, Label.ORG), (0, 4, Label.ROLE), (4, 6, Label.PER)}


def test_header_becomes_meta_kind_and_split() -> None:
    head = HEAD + "issue_date: 2014-04-25\nhome_place: 云州市\nnewspaper: 云州日报\n"
    article = parse("无事。", head=head)
    assert article.split == "train"
    assert article.document.source == "city"
    assert article.document.meta == {
        "issue_date": "2014-04-25",
        "home_place": "云州市",
        "newspaper": "云州日报",
    }


def test_triples_are_read_with_their_qualifiers() -> None:
    article = parse(
        "{市长}[柏梁|PER]", "柏梁 | holds_post | 市长 | org=云州市 | status=acting | date=2014-04"
    )
    assert article.document.triples == (
        GoldTriple(
            "柏梁",
            RelationType.HOLDS_POST,
            "市长",
            {"org": "云州市", "status": "acting", "date": "2014-04"},
        ),
    )


def test_escapes_stand_for_themselves() -> None:
    assert parse(r"a\[b\]\{c\}\|\\").document.text == "a[b]{c}|\\"


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("id: a\n---\nx\n", "a.txt: needs two lines '---' between its parts, has 1"),
        ("id: a\nkind: b\n---\nx\n---\n", "a.txt: header 'split' is missing"),
        ("id a\n---\nx\n---\n", "a.txt:1: a header line is 'key: value'"),
        ("id: a\nid: b\n---\nx\n---\n", "a.txt:2: header 'id' comes twice"),
        (HEAD + "colour: red\n---\nx\n---\n", "a.txt:4: unknown header 'colour'"),
        (HEAD.replace("train", "trial") + "---\nx\n---\n", "a.txt: split 'trial' is none of"),
        (HEAD + "issue_date: 4月\n---\nx\n---\n", "a.txt: issue_date '4月' is not YYYY-MM-DD"),
        (HEAD + "---\n \n---\n", "a.txt: the article has no text"),
        (HEAD + "---\nx\n[柏梁|PER\n---\n", "a.txt:6: a stray '|'"),
        (HEAD + "---\nx\n[柏梁\n---\n", "a.txt:6: '[' is never closed"),
        (HEAD + "---\n[[柏|PER]\n---\n", "a.txt:5: '[' inside an open '['"),
        (HEAD + "---\n柏|PER]\n---\n", "a.txt:5: the end of a PER that was never begun"),
        (HEAD + "---\n[柏|PERSON]\n---\n", "a.txt:5: unknown label 'PERSON'"),
        (HEAD + "---\n[书记|ROLE]\n---\n", "a.txt:5: unknown label 'ROLE'"),
        (HEAD + "---\n[|PER]x\n---\n", "a.txt:5: an empty PER"),
        (HEAD + "---\nx\n[ 柏|PER]\n---\n", "a.txt:6: PER ' 柏' begins or ends in white space"),
        (HEAD + "---\nx\n{[柏|PER]书记}\n---\n", "a.txt:6: ROLE '柏书记' overlaps a PER"),
        (HEAD + "---\n\\x\n---\n", "a.txt:5: a backslash before 'x'"),
        (HEAD + "---\n[柏|PER]\n---\n柏 | holds_post\n", "a.txt:7: a triple is"),
        (HEAD + "---\n[柏|PER]\n---\n柏 | rules | 柏\n", "a.txt:7: unknown relation 'rules'"),
        (HEAD + "---\n[柏|PER]\n---\n柏 | succeeds | 梁\n", "a.txt:7: '梁' is not marked"),
        (HEAD + "---\n[柏|PER]\n---\n柏 | part_of | 柏\n", "a.txt:7: part_of joins ORG → ORG"),
        (
            HEAD + "---\n[柏|PER][梁|PER]\n---\n柏 | succeeds | 梁\n柏 | succeeds | 梁\n",
            "a.txt:8: this triple stands above already",
        ),
        (
            HEAD + "---\n[柏|PER]{书记}\n---\n柏 | holds_post | 书记 | status=dead\n",
            "a.txt:7: unknown status 'dead'",
        ),
        (
            HEAD + "---\n[柏|PER]{书记}\n---\n柏 | holds_post | 书记 | since=1999\n",
            "a.txt:7: 'since=1999' is no key=value",
        ),
        (
            HEAD + "---\n[柏|PER][梁|PER]\n---\n柏 | succeeds | 梁 | date=1999\n",
            "a.txt:7: succeeds has no qualifiers",
        ),
    ],
)
def test_bad_sources_are_refused_with_file_and_line(marked: str, message: str) -> None:
    with pytest.raises(BadInputError) as caught:
        parse_article(marked, "a.txt")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@st.composite
def documents(draw: st.DrawFn) -> GoldDocument:
    text = draw(st.text("市委书记张三[]{}|\\-\n ", min_size=1, max_size=30).filter(str.strip))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    flat = [Label.PER, Label.ORG, Label.LOC, Label.PROGRAMME]
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    entities = [(s, e, draw(st.sampled_from(flat))) for s, e in pairs]
    role_cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
    for start, end in zip(role_cuts[::2], role_cuts[1::2], strict=False):
        clear = all(e <= start or end <= s or x is Label.ORG for s, e, x in entities)
        entities += [(start, end, Label.ROLE)] if clear else []
    kept = tuple(sorted(x for x in entities if text[x[0] : x[1]].strip() == text[x[0] : x[1]]))
    people = sorted({text[s:e] for s, e, x in kept if x is Label.PER})
    posts = sorted({text[s:e] for s, e, x in kept if x is Label.ROLE})
    org = draw(st.text("甲乙|\\", min_size=1, max_size=3))
    triples = tuple(
        GoldTriple(p, RelationType.HOLDS_POST, r, {"org": org}) for p in people for r in posts
    )
    return GoldDocument(id="a", text=text, entities=kept, triples=triples, source="city")


@given(documents())
def test_what_is_printed_reads_back_the_same(document: GoldDocument) -> None:
    article = MarkedArticle(document, "dev")
    assert parse_article(print_article(article), "a.txt") == article


def test_what_the_markup_cannot_hold_is_refused() -> None:
    two = ((0, 2, Label.PER), (1, 3, Label.LOC))
    with pytest.raises(BadInputError, match="LOC '乙丙' overlaps its like at 1"):
        print_article(MarkedArticle(GoldDocument("a", "甲乙丙", two, source="city"), "dev"))
    document = GoldDocument("a", "甲", meta={"colour": "red"}, source="city")
    with pytest.raises(BadInputError, match="no header 'colour'"):
        print_article(MarkedArticle(document, "dev"))


def test_one_bad_source_leaves_nothing_behind(tmp_path: Path) -> None:
    sources, out = tmp_path / "source", tmp_path / "out"
    sources.mkdir()
    out.mkdir()
    (sources / "a.txt").write_text(HEAD + "---\n甲\n---\n", encoding="utf-8")
    (sources / "b.txt").write_text(HEAD + "---\n乙\n---\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"b\.txt: id 'a' is taken by .*a\.txt"):
        build(sources, out)
    assert list(out.iterdir()) == []


def test_no_sources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no \*\.txt files in it"):
        build(tmp_path, tmp_path)


def test_committed_gold_is_what_the_sources_say(tmp_path: Path) -> None:
    counts = build(GOLD / "source", tmp_path)
    assert set(counts) == {"train", "dev", "test", "page", "noisy_dev", "noisy_test"}
    for split in ("train", "dev", "test", "page"):
        built = (tmp_path / f"{split}.jsonl").read_bytes()
        assert built == (GOLD / f"{split}.jsonl").read_bytes(), f"{split}.jsonl is stale"
        assert len(list(read_gold(GOLD / f"{split}.jsonl"))) == counts[split]


def test_committed_sources_are_in_printed_form() -> None:
    for path, article in zip(
        sorted((GOLD / "source").glob("*.txt")), read_articles(GOLD / "source"), strict=True
    ):
        assert print_article(article) == path.read_text(encoding="utf-8"), path.name
        assert path.stem == article.document.id


def test_the_page_is_annotated_over_its_clean_copy() -> None:
    documents = list(read_gold(GOLD / "page.jsonl"))
    assert documents
    for document in documents:
        clean = (GOLD / "pages" / f"{document.id}.txt").read_text(encoding="utf-8")
        assert document.text == clean.strip("\n")


@pytest.mark.parametrize("split", ["dev", "test"])
def test_noisy_gold_is_the_same_gold_on_raw_pages(split: str) -> None:
    clean = list(read_gold(GOLD / f"{split}.jsonl"))
    noisy = list(read_gold(GOLD / f"noisy_{split}.jsonl"))
    assert sum("\n" in page.text for page in noisy) == len(noisy)
    for document, page in zip(clean, noisy, strict=True):
        assert page.id == document.id
        assert page.triples[: len(document.triples)] == document.triples
        assert document.text in (page.clean_text or "")
        furniture = page.entities[len(document.entities) :]  # the page's editor, where it has one
        assert len(furniture) in {0, 2}
        assert len(page.triples) - len(document.triples) == len(furniture) // 2
        for (start, end, label), (first, last, same) in zip(
            document.entities, page.entities, strict=False
        ):
            raw = iter(page.text[first:last])
            assert same is label
            assert all(character in raw for character in document.text[start:end])
