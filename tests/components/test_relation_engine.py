"""What the engine makes of what the rules find: posts told twice, short titles, two bodies."""

from __future__ import annotations

import pytest

from pipeline.components.relations.engine import find_relations
from pipeline.components.relations.examples import parse_example
from pipeline.components.relations.mentions import fold
from pipeline.components.relations.rules import build_rules, load_rules, parse_rule_file
from pipeline.errors import ConfigError
from pipeline.relation_ends import ENDS, heads, may_join, tails
from pipeline.schema import Label, RelationType

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


ALIAS = {
    "id": "called",
    "relation": "alias_of",
    "pattern": "{ORG|PROGRAMME:tail}又叫{ORG|PROGRAMME:head}",
    "score": 0.9,
    "examples": ["one", "two"],
    "counter_examples": ["three"],
}
ONCE = {"id": "once", "status": "former", "words": ["曾任"], "where": "match"}


def rules_of(**tables):
    return build_rules([("a.toml", parse_rule_file(tables, "a.toml"))])


@pytest.mark.parametrize(("label", "count"), [("ORG", 1), ("PROGRAMME", 0)])
def test_a_pair_that_the_relation_does_not_join_is_left_out(label, count):
    example = parse_example(f"[云山市人民医院|ORG]又叫[市一院|{label}]。")
    folded = fold(example.text, example.mentions, {})
    assert len(find_relations(folded, rules_of(rule=[ALIAS]))) == count


def test_ends_that_the_relation_never_has_are_an_error():
    rule = ALIAS | {"pattern": "{PER:tail}又叫{ORG:head}"}
    with pytest.raises(ConfigError, match="the tail of alias_of cannot be PER"):
        rules_of(rule=[rule])


def test_a_status_that_comes_twice_is_an_error():
    with pytest.raises(ConfigError, match="status 'once' is defined twice"):
        rules_of(status=[ONCE, ONCE])
    file = parse_rule_file({"status": [ONCE]}, "a.toml")
    with pytest.raises(ConfigError, match=r"b\.toml: status 'once' is defined twice"):
        build_rules([("a.toml", file), ("b.toml", file)])


def test_a_status_of_an_unknown_rule_is_an_error():
    with pytest.raises(ConfigError, match="status 'once': no rule 'no-such-rule'"):
        rules_of(status=[ONCE | {"rules": ["no-such-rule"]}])
    known = rules_of(rule=[ALIAS], status=[ONCE | {"rules": ["called"]}])
    assert [spec.id for spec in known.statuses] == ["once"]


def test_every_relation_has_its_pairs_of_labels():
    assert set(ENDS) == set(RelationType)
    assert heads(RelationType.ALIAS_OF) == tails(RelationType.ALIAS_OF)
    assert not may_join(RelationType.ALIAS_OF, Label.ORG, Label.PROGRAMME)
    assert tails(RelationType.HELD_AT) == (Label.LOC, Label.ORG)
