from __future__ import annotations

import pytest

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.evaluation.scorer import (
    Accuracy,
    Counts,
    PredictedDocument,
    PredictedTriple,
    Scores,
    score,
)
from pipeline.schema import Label, RelationType

HOLDS = RelationType.HOLDS_POST


def gold(text: str, mentions: str, *triples: tuple[str, str, str, dict[str, str]]) -> GoldDocument:
    """Mentions are written "LABEL:surface", each taken at its first occurrence."""
    spans = []
    for item in mentions.split():
        label, surface = item.split(":")
        start = text.index(surface)
        spans.append((start, start + len(surface), Label(label)))
    rows = tuple(GoldTriple(h, RelationType(r), t, q) for h, r, t, q in triples)
    return GoldDocument("d", text, tuple(spans), rows)


def found(
    document: GoldDocument, *triples: tuple[str, str, str, dict[str, str]]
) -> PredictedDocument:
    rows = [PredictedTriple(h, RelationType(r), t, q) for h, r, t, q in triples]
    return PredictedDocument(document.entities, rows)


def test_entities_need_their_exact_span_and_label() -> None:
    document = gold("滨河市委书记李大明来了", "ORG:滨河市委 ROLE:市委书记 PER:李大明")
    predicted = PredictedDocument([(0, 4, Label.ORG), (3, 6, Label.ROLE), (6, 9, Label.LOC)])
    scores = score([document], [predicted])
    assert scores.entity(Label.ORG) == Counts(1, 0, 0)
    assert scores.entity(Label.ROLE) == Counts(0, 1, 1)
    assert scores.entity(Label.PER) == Counts(0, 0, 1)
    assert scores.entity(Label.LOC) == Counts(0, 1, 0)
    assert scores.all_entities == Counts(1, 2, 2)


def test_a_triple_counts_once_a_document_under_any_surface_of_its_ends() -> None:
    document = gold(
        "滨河市委书记李大明来了。李书记说，市委放心。",
        "ORG:滨河市委 ROLE:市委书记 PER:李大明 PER:李 ORG:市委",
        ("李大明", "affiliated_with", "滨河市委", {}),
    )
    predicted = found(
        document,
        ("李", "affiliated_with", "市委", {}),
        ("李大明", "affiliated_with", "滨河市委", {}),
    )
    assert score([document], [predicted]).relation(RelationType.AFFILIATED_WITH) == Counts(1, 0, 0)


def test_the_mentions_surface_decides_where_the_name_is_not_in_the_gold() -> None:
    document = gold(
        "市委书记李大明", "ORG:市委 ROLE:市委书记 PER:李大明", ("市委书记", "post_of", "市委", {})
    )
    row = PredictedTriple("市委书记", RelationType.POST_OF, "滨河市委", {}, "市委书记", "市委")
    scores = score([document], [PredictedDocument(document.entities, [row])])
    assert scores.relation(RelationType.POST_OF) == Counts(1, 0, 0)


def test_a_name_that_only_a_post_spells_out_is_no_end_of_a_triple() -> None:
    document = gold(
        "滨河市委书记李大明、青州市委书记王小强到会。市委赵立说。",
        "ORG:滨河市委 ROLE:市委书记 PER:李大明 ORG:青州市委 PER:王小强 ORG:市委 PER:赵立",
        ("李大明", "holds_post", "市委书记", {"org": "中共云山市委"}),
        ("赵立", "affiliated_with", "市委", {}),
    )
    triple = PredictedTriple(
        "赵立", RelationType.AFFILIATED_WITH, "中共云山市委", {}, tail_surface="市委"
    )
    scores = score([document], [PredictedDocument(document.entities, [triple])])
    assert scores.relation(RelationType.AFFILIATED_WITH) == Counts(1, 0, 0)


@pytest.mark.parametrize(
    ("wanted", "given", "right", "full"),
    [
        ({"org": "滨河市委"}, {"org": "滨河市委"}, 1, 1),
        ({"org": "滨河市委"}, {"org": "市委"}, 1, 0),
        ({"org": "滨河市委"}, {"org": "中共滨河市委"}, 1, 0),
        ({"org": "滨河市"}, {"org": "滨河市人民政府"}, 1, 1),
        ({"org": "滨河市"}, {"org": "市政府"}, 1, 0),
        ({"org": "滨河市"}, {"org": "省政府"}, 0, 0),
        ({"org": "滨河市委"}, {}, 0, 0),
        ({}, {"org": "滨河市委"}, 0, 0),
        ({}, {"org": None}, 1, 1),
    ],
)
def test_organisation_is_scored_over_right_triples(
    wanted: dict[str, str], given: dict[str, str], right: int, full: int
) -> None:
    document = gold(
        "市委放心。滨河市委书记李大明来了。滨河市",
        "ORG:市委 ORG:滨河市委 ROLE:市委书记 PER:李大明 LOC:滨河市",
        ("李大明", "holds_post", "市委书记", wanted),
    )
    scores = score([document], [found(document, ("李大明", "holds_post", "市委书记", given))])
    assert scores.org == Accuracy(right, 1)
    assert scores.org_full == Accuracy(full, 1)


def test_status_defaults_to_current_and_wrong_triples_have_none() -> None:
    document = gold(
        "李大明任局长，王小红原任院长。",
        "PER:李大明 ROLE:局长 PER:王小红 ROLE:院长",
        ("李大明", "holds_post", "局长", {}),
        ("王小红", "holds_post", "院长", {"status": "former"}),
    )
    predicted = found(
        document,
        ("李大明", "holds_post", "局长", {"status": "current"}),
        ("王小红", "holds_post", "院长", {"status": "current"}),
        ("王小红", "holds_post", "局长", {"status": "former"}),
    )
    scores = score([document], [predicted])
    assert scores.relation(HOLDS) == Counts(2, 1, 0)
    assert scores.status == Accuracy(1, 2)


def test_one_post_in_two_organisations_counts_both_and_the_invented_one() -> None:
    document = gold(
        "李大明任甲公司、乙公司经理",
        "PER:李大明 ORG:甲公司 ORG:乙公司 ROLE:经理",
        ("李大明", "holds_post", "经理", {"org": "甲公司"}),
        ("李大明", "holds_post", "经理", {"org": "乙公司"}),
    )
    one = found(document, ("李大明", "holds_post", "经理", {"org": "甲公司"}))
    assert score([document], [one]).org == Accuracy(1, 2)
    both = [
        ("李大明", "holds_post", "经理", {"org": org}) for org in ("甲公司", "乙公司", "丙公司")
    ]
    assert score([document], [found(document, *both)]).org == Accuracy(2, 3)


def test_an_alias_is_compared_by_its_two_surfaces() -> None:
    document = gold(
        "城建工程研究中心（以下简称研发部）成立，研发部开会",
        "ORG:城建工程研究中心 ORG:研发部",
        ("研发部", "alias_of", "城建工程研究中心", {}),
    )
    name = "城建工程研究中心"
    right = PredictedTriple(name, RelationType.ALIAS_OF, name, {}, "研发部", name)
    wrong = PredictedTriple(name, RelationType.ALIAS_OF, name, {}, name, "研发部")
    scores = score([document], [PredictedDocument(document.entities, [right, wrong])])
    assert scores.relation(RelationType.ALIAS_OF) == Counts(1, 1, 0)


def test_scores_add_up_over_documents() -> None:
    document = gold("李大明", "PER:李大明")
    empty = PredictedDocument()
    both = score([document, document], [found(document), empty])
    assert both.entity(Label.PER) == Counts(1, 0, 1)
    assert both == score([document], [found(document)]) + score([document], [empty])
    assert both.entity(Label.PER).f1 == pytest.approx(2 / 3)
    assert Scores().all_entities.precision == 0.0


def test_white_space_of_a_page_break_does_not_matter() -> None:
    document = gold(
        "李大\n明任局 长",
        "",
        ("李大明", "holds_post", "局长", {}),
    )
    row = ("李大\n明", "holds_post", "局 长", {})
    assert score([document], [found(document, row)]).relation(HOLDS) == Counts(1, 0, 0)
