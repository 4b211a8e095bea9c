"""What the engine makes of what the rules find: posts told twice, short titles, two bodies."""

from __future__ import annotations

from pipeline.components.relations.engine import find_relations
from pipeline.components.relations.examples import parse_example
from pipeline.components.relations.mentions import fold
from pipeline.components.relations.rules import load_rules

RULES = load_rules()


def found(marked, relation):
    """(head, tail, organisation) of every finding of a relation in a marked sentence."""
    example = parse_example(marked)
    folded = fold(example.text, example.mentions, example.posts)
    return sorted(
        (f.head.text, f.tail.text, f.org)
        for f in find_relations(folded, RULES)
        if f.relation == relation
    )


def test_one_title_in_two_bodies_is_two_posts():
    text = (
        "[李海明|PER]任[云山学会|ORG#o][委员|ROLE@o]、[海州协会|ORG#p][委员|ROLE@p]。"
        "[李海明|PER]是[云山学会|ORG#q][委员|ROLE@q]。"
    )
    assert found(text, "holds_post") == [
        ("李海明", "委员", "云山学会"),
        ("李海明", "委员", "海州协会"),
    ]


def test_short_name_of_a_body_is_no_second_body():
    text = (
        "[江北人民学会|ORG#o][会长|ROLE@o][李海明|PER]到会。"
        "[江学会|ORG#p][会长|ROLE@p][李海明|PER]说。"
    )
    assert found(text, "holds_post") == [("李海明", "会长", "江北人民学会")]


def test_title_without_body_is_the_post_told_before():
    text = (
        "[会长|ROLE][李海明|PER]到会。[云山学会|ORG#o][会长|ROLE@o][李海明|PER]说。"
        "[会长|ROLE][李海明|PER]走了。"
    )
    assert found(text, "holds_post") == [("李海明", "会长", "云山学会")]


SHORT = "[云山纪委|ORG#o][纪委书记|ROLE@o][李海明|PER]到会。[李海明|PER][书记|ROLE@o]说。"


def test_short_title_belongs_to_nobody():
    assert found(SHORT, "holds_post") == [("李海明", "纪委书记", "云山纪委")]
    assert found(SHORT, "post_of") == [("纪委书记", "云山纪委", None)]


def test_short_title_stays_where_another_mention_tells_it():
    text = SHORT + "[云山纪委|ORG#p]选举[书记|ROLE@p]。"
    assert found(text, "post_of") == [("书记", "云山纪委", None), ("纪委书记", "云山纪委", None)]


FACTS = "任命[李海明|PER]为[院长|ROLE]。{}免去[王新竹|PER]的[院长|ROLE]职务。"


def test_two_facts_far_apart_tell_of_no_succession():
    near, far = (FACTS.format("会议还有别的事。" * times) for times in (2, 30))
    assert found(near, "succeeds") == [("李海明", "王新竹", None)]
    assert found(far, "succeeds") == []
