from __future__ import annotations

import spacy
from spacy.tokens import Doc, Span

from pipeline.components import relations
from pipeline.components.extensions import register_extensions

register_extensions()


def doc_of(text, ents, roles, posts):
    nlp = spacy.blank("zh")
    doc = Doc(nlp.vocab, words=list(text), spaces=[False] * len(text))
    doc.ents = [Span(doc, s, e, label) for s, e, label in ents]
    doc.spans["roles"] = [Span(doc, s, e, "ROLE") for s, e in roles]
    doc._.posts = posts
    return doc


def test_component_writes_plain_rows():
    text = "云山市委组织部部长李海明讲话。"
    org = [0, 7]
    post = {"start": 4, "end": 9, "title": [7, 9], "unit": [4, 7], "org": org, "place": None,
            "org_name": "云山市委组织部", "status": "current", "cues": []}  # fmt: skip
    doc = doc_of(text, [(0, 7, "ORG"), (9, 12, "PER")], [(4, 9)], [post])
    doc = spacy.blank("zh").add_pipe("relations")(doc)
    rows = {row["relation"]: row for row in doc._.triples}
    assert set(rows) == {"holds_post", "post_of", "affiliated_with"}
    held = rows["holds_post"]
    assert held["head"] == [9, 12, "PER"]
    assert held["tail"] == [4, 9, "ROLE"]
    assert held["org"] == "云山市委组织部"
    assert held["org_span"] == org
    assert held["status"] == "current"
    assert held["evidence"] == [0, 12]


def test_doc_with_triples_survives_bytes():
    doc = doc_of("李海明书记", [(0, 3, "PER")], [(3, 5)], [])
    doc = spacy.blank("zh").add_pipe("relations")(doc)
    copy = Doc(doc.vocab).from_bytes(doc.to_bytes())
    assert copy._.triples == doc._.triples
    assert len(copy._.triples) == 1


def test_min_score_silences():
    doc = doc_of("李海明书记", [(0, 3, "PER")], [(3, 5)], [])
    component = spacy.blank("zh").add_pipe("relations", config={"min_score": 0.999})
    assert component(doc)._.triples == []


def test_empty_doc():
    doc = doc_of("", [], [], [])
    assert spacy.blank("zh").add_pipe("relations")(doc)._.triples == []


def test_default_threshold_is_stricter_for_offices():
    component = spacy.blank("zh").add_pipe("relations")
    assert component.threshold("holds_post") > component.threshold("comments_on")
    assert relations.Relations(component.rules, min_score=0.7).threshold("held_at") == 0.7


def test_long_text_without_a_sentence_end():
    unit = "云山市委组织部部长李海明和副部长王新竹参加读书会，"
    ents, roles = [], []
    for start in range(0, 400 * len(unit), len(unit)):
        ents += [(start, start + 7, "ORG"), (start + 9, start + 12, "PER")]
        ents.append((start + 16, start + 19, "PER"))
        roles += [(start + 7, start + 9), (start + 13, start + 16)]
    doc = doc_of(unit * 400, ents, roles, [])
    rows = spacy.blank("zh").add_pipe("relations").match(doc)
    held = [row for row in rows if row["relation"] == "holds_post"]
    assert len(held) == 2  # once a document, however often it is said
