from __future__ import annotations

from made_annotations import annotation_of, gold_of

from pipeline.annotations.native import GoldDocument
from pipeline.evaluation.errors import Case, Kind, Piece, cases
from pipeline.schema import Label

TEXT = "昨天，滨河市委书记李大明到乐安县调研。"


def kinds(found: list[Case]) -> list[tuple[str, str, str | None, str | None]]:
    return [(str(case.kind), case.subject, case.gold, case.found) for case in found]


def test_right_answers_make_no_case() -> None:
    mentions = "ORG:滨河市委 ROLE:市委书记 PER:李大明"
    triple = ("李大明", "holds_post", "市委书记", {"org": "滨河市委"})
    assert cases(gold_of(TEXT, mentions, triple), annotation_of(TEXT, mentions, [triple])) == []


def test_boundary_type_missed_and_invented_mentions() -> None:
    gold = gold_of(TEXT, "ORG:滨河市委 PER:李大明 LOC:乐安县 ROLE:市委书记")
    found = annotation_of(TEXT, "ORG:河市委 LOC:李大明 PER:昨天 ROLE:市委书记")
    assert sorted(kinds(cases(gold, found))) == [
        ("boundary", "entity", "ORG 滨河市委", "ORG 河市委"),
        ("invented", "entity", None, "PER 昨天"),
        ("missed", "entity", "LOC 乐安县", None),
        ("type", "entity", "PER 李大明", "LOC 李大明"),
    ]


def test_a_role_over_an_organisation_is_no_type_error() -> None:
    gold = gold_of(TEXT, "ORG:滨河市委")
    found = annotation_of(TEXT, "ROLE:市委书记")
    assert [case.kind for case in cases(gold, found)] == [Kind.MISSED, Kind.INVENTED]


def test_each_case_has_its_sentence_its_maker_and_its_place() -> None:
    text = "前一句。" + TEXT + "后一句。"
    [case] = cases(gold_of(text, "ORG:滨河市委"), annotation_of(text, "ORG:河市委书"))
    assert (case.by, case.score, case.start, case.document) == ("ner", 0.9, 7, "d1")
    assert case.sentence == (
        Piece("昨天，", ""),
        Piece("滨", "gold"),
        Piece("河市委", "both"),
        Piece("书", "found"),
        Piece("记李大明到乐安县调研。", ""),
    )


def test_a_wrong_triple_of_a_wrong_mention_has_its_kind() -> None:
    triple = ("李大明", "affiliated_with", "滨河市委", {})
    gold = gold_of(TEXT, "ORG:滨河市委 PER:李大明", triple)
    found = annotation_of(
        TEXT, "ORG:河市委 PER:李大明", [("李大明", "affiliated_with", "河市委", {})]
    )
    of_triples = [case for case in cases(gold, found) if case.subject == "triple"]
    assert [(case.kind, case.by) for case in of_triples] == [
        (Kind.BOUNDARY, "a-rule"),
        (Kind.BOUNDARY, None),
    ]
    assert of_triples[1].note == "滨河市委 was not found"


def test_crossed_triples_say_what_the_gold_joins() -> None:
    text = "局长李大明和副局长王小红到会。"
    mentions = "ROLE:局长 PER:李大明 ROLE:副局长 PER:王小红"
    gold = gold_of(text, mentions, ("李大明", "holds_post", "局长", {}))
    found = annotation_of(text, mentions, [("王小红", "holds_post", "局长", {})])
    invented, missed = cases(gold, found)
    assert (invented.kind, invented.note) == (Kind.INVENTED, "the gold joins 李大明 → 局长")
    assert missed.kind is Kind.MISSED


def test_a_mention_tied_to_the_wrong_entity_is_a_link_error() -> None:
    text = "滨河市委和乐安县委开会。市委书记李大明讲话。乐安市委"
    mentions = "ORG:滨河市委 ORG:乐安市委 ORG:市委 ROLE:市委书记 PER:李大明"
    gold = gold_of(text, mentions, ("市委书记", "post_of", "市委", {}))
    found = annotation_of(
        text, mentions, [("市委书记", "post_of", "市委", {})], names={"市委": "乐安市委"}
    )
    assert [case.kind for case in cases(gold, found)] == [Kind.LINK, Kind.LINK]


def test_wrong_organisation_and_status_of_a_right_triple() -> None:
    mentions = "ORG:滨河市委 ROLE:市委书记 PER:李大明"
    wanted = ("李大明", "holds_post", "市委书记", {"org": "滨河市委", "status": "former"})
    given = ("李大明", "holds_post", "市委书记", {"org": "乐安县委"})
    found = cases(gold_of(TEXT, mentions, wanted), annotation_of(TEXT, mentions, [given]))
    assert [(case.kind, case.note) for case in found] == [
        (Kind.LINK, "wrong organisation"),
        (Kind.STATUS, "wrong status"),
    ]
    assert found[0].gold == "李大明 holds_post 市委书记 (org: 滨河市委, status: former)"
    assert found[0].found == "李大明 holds_post 市委书记 (org: 乐安县委)"


def test_a_name_that_repair_failed_to_join_is_a_repair_error() -> None:
    raw = "书记李大\n明到会"
    gold = GoldDocument("d1", raw, ((2, 6, Label.PER),))
    found = annotation_of(raw, "PER:李大", text=raw)
    [case] = cases(gold, found)
    assert (case.kind, case.note) == (Kind.REPAIR, "repair left white space inside the name")


def test_with_a_clean_text_the_slip_is_named() -> None:
    raw, repaired = "局长李大 大明到会", "局长李大大明到会"
    mentions = ((0, 2, Label.ROLE), (2, 7, Label.PER))
    gold = GoldDocument("d1", raw, mentions, meta={"clean_text": "局长李大明到会"})
    found = annotation_of(raw, "ROLE:局长 PER:李大大明", text=repaired)
    assert cases(gold, found) == []
    missed = annotation_of(raw, "ROLE:局长", text=repaired)
    [case] = cases(gold, missed)
    assert case.kind is Kind.REPAIR
    assert case.note == "repair left “大” where “” is right"
