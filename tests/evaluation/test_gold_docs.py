from __future__ import annotations

import pytest
import spacy
from spacy.language import Language

from pipeline.annotations.native import GoldDocument
from pipeline.components.tokenizer import CharTokenizer
from pipeline.evaluation.gold_docs import bare_title, gold_doc, on_repaired_text
from pipeline.schema import Label


@pytest.fixture(scope="module")
def nlp() -> Language:
    language = spacy.blank("zh")
    language.tokenizer = CharTokenizer(language.vocab)
    return language


def test_gold_mentions_become_flat_entities_and_roles(nlp: Language) -> None:
    text = "滨河市委书记李大明"
    mentions = ((0, 4, Label.ORG), (2, 6, Label.ROLE), (6, 9, Label.PER))
    doc = gold_doc(nlp, GoldDocument("d", text, mentions, meta={"home_place": "滨河市"}))
    assert doc.text == text
    assert [(e.text, e.label_) for e in doc.ents] == [
        ("滨河市委", "ORG"),
        ("书记", "TITLE"),
        ("李大明", "PER"),
    ]
    assert [(s.text, s.label_) for s in doc.spans["roles"]] == [("市委书记", "ROLE")]
    assert doc._.meta["home_place"] == "滨河市"
    assert [2, 6, "ROLE", 1.0, "gold"] in doc._.mention_scores


def test_a_token_is_split_where_a_mention_ends_inside_it(nlp: Language) -> None:
    doc = gold_doc(nlp, GoldDocument("d", "在ABCD开会", ((1, 3, Label.ORG),)))
    assert [token.text for token in doc] == ["在", "AB", "CD", "开", "会"]
    assert doc.ents[0].text == "AB"


@pytest.mark.parametrize(
    ("role", "orgs", "title"),
    [
        ((2, 6), [(0, 4)], (4, 6)),
        ((0, 4), [(0, 3)], (3, 4)),
        ((0, 2), [(5, 9)], (0, 2)),
        ((1, 3), [(0, 5)], None),
    ],
)
def test_bare_title(
    role: tuple[int, int], orgs: list[tuple[int, int]], title: tuple[int, int] | None
) -> None:
    assert bare_title(role, orgs) == title


def test_mentions_of_a_raw_page_move_to_the_repaired_text() -> None:
    from pipeline.page.alignment import Alignment

    raw, clean = "李\n大明 来", "李大明来"
    alignment = Alignment(tuple(i for i, c in enumerate(raw) if not c.isspace()))
    gold = GoldDocument("d", raw, ((0, 4, Label.PER), (4, 5, Label.LOC)))
    assert on_repaired_text(gold, clean, alignment).entities == ((0, 3, Label.PER),)
