"""Telling people of one name apart: evidence, thresholds, order, and the size of a block."""

from __future__ import annotations

import random
import time

import pytest

from pipeline.graph.identity import Judgement, Profile, Verdict, resolve_block
from pipeline.graph.names import bare_title, is_single, organisation, person_name, place

BINZHOU, BOZHOU = "滨州市|山东省", "亳州市|安徽省"


def profile(name: str, org: str | None = None, title: str = "局长", **facts: object) -> Profile:
    if org is None:
        return Profile(name, **facts)
    place_key = org.partition("#")[0]
    day = facts.pop("day", None)
    return Profile(
        name,
        posts=frozenset({(org, title)}),
        organisations=frozenset({org}),
        titles=frozenset({title}),
        places=frozenset({place_key} if place_key else ()),
        held=((place_key, day, day),) if day else (),
        days=(day, day) if day else (),
        **facts,
    )


def people(name: str, *profiles: Profile) -> list[list[str]]:
    groups, _ = resolve_block(name, profiles)
    return [sorted(profiles[index].name for index in group) for group in groups]


def test_one_organisation_is_one_person():
    found = people(
        "林知远", profile("a", f"{BINZHOU}#教育局"), profile("b", f"{BINZHOU}#教育局", "书记")
    )
    assert found == [["a", "b"]]


def test_two_cities_are_two_people():
    found = people("林知远", profile("a", f"{BINZHOU}#委"), profile("b", f"{BOZHOU}#委"))
    assert found == [["a"], ["b"]]


def test_a_name_alone_joins_the_one_of_its_home():
    found = people(
        "林知远",
        profile("a", f"{BINZHOU}#委", home=BINZHOU, paper="滨州日报"),
        profile("b", f"{BOZHOU}#委", home=BOZHOU),
        profile("c", home=BINZHOU, paper="滨州日报"),
    )
    assert found == [["a", "c"], ["b"]]


def test_a_name_alone_joins_nobody_where_two_fit():
    found = people(
        "林知远",
        profile("a", f"{BINZHOU}#教育局", day=735000, home=BINZHOU, paper="滨州日报"),
        profile("b", f"{BINZHOU}#第一人民医院", day=735000, home=BINZHOU, paper="滨州日报"),
        profile("c", home=BINZHOU, paper="滨州日报"),
    )
    assert found == [["a"], ["b"], ["c"]]


def test_colleagues_tell_whom_a_transfer_brought():
    moved = people(
        "林知远",
        profile("a", f"{BINZHOU}#教育局", day=733000, company=frozenset({"周望舒", "何映雪"})),
        profile("b", f"{BINZHOU}#财政局", day=734500, company=frozenset({"周望舒", "何映雪"})),
    )
    assert moved == [["a", "b"]]


def test_heads_of_state_are_one_by_two_posts():
    found = people("林知远", profile("a", "#中共中央", "总书记"), profile("b", "#中国", "国家主席"))
    assert found == [["a", "b"]]


def test_every_decision_says_its_features():
    profiles = [
        profile("a", f"{BINZHOU}#委", day=735000),
        profile("b", f"{BINZHOU}#教育局", day=735001),
    ]
    _, (decision,) = resolve_block("林知远", profiles)
    assert decision.judgement is Judgement.UNSURE
    assert dict(decision.features)["same_place"] > 0
    assert decision.score == pytest.approx(sum(points for _, points in decision.features))


def test_the_order_of_profiles_does_not_matter():
    chance = random.Random(3)
    orgs = [f"{where}#{unit}" for where in (BINZHOU, BOZHOU) for unit in ("委", "教育局", "财政局")]
    profiles = [
        profile(f"m{i:03}", chance.choice(orgs), day=733000 + chance.randrange(2000))
        if chance.random() < 0.7
        else profile(f"m{i:03}", home=chance.choice((BINZHOU, BOZHOU)), paper="晚报")
        for i in range(60)
    ]
    expected = people("林知远", *profiles)
    for _ in range(5):
        chance.shuffle(profiles)
        assert people("林知远", *profiles) == expected


def test_a_person_overrules_both_ways():
    profiles = [
        profile("a", f"{BINZHOU}#委"),
        profile("b", f"{BINZHOU}#委"),
        profile("c", f"{BOZHOU}#委"),
    ]
    groups, _ = resolve_block(
        "林知远",
        profiles,
        [Verdict("a", "b", Judgement.NOT_SAME), Verdict("b", "c", Judgement.SAME)],
    )
    assert groups == [[0], [1, 2]]


def test_a_block_of_many_thousand_profiles_is_not_quadratic():
    def seconds(size: int) -> float:
        profiles = [
            profile(
                f"m{i:06}", home=f"h{i % 5}|省", paper=f"p{i % 7}", company=frozenset({f"c{i}"})
            )
            for i in range(size)
        ]
        start = time.process_time()
        resolve_block("林知远", profiles)
        return time.process_time() - start

    assert seconds(8000) < 30 * max(seconds(1000), 0.02)  # 64 times were quadratic


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("滨州市委", "中共滨州市委"),
        ("滨州市委", "山东省滨州市委"),
        ("滨州市政府", "滨州市人民政府"),
        ("滨州市教育局", "滨州教育局"),
        ("滨州市委", "中国共产党滨州市委员会"),
    ],
)
def test_spellings_of_one_organisation(one, other):
    assert organisation(one).key == organisation(other).key


@pytest.mark.parametrize(
    ("one", "other"), [("滨州市委", "滨州市政府"), ("滨州市委", "亳州市委"), ("市委", "滨州市委")]
)
def test_organisations_that_are_two(one, other):
    assert organisation(one, scope="甲").key != organisation(other, scope="甲").key


def test_relative_names_stay_at_home():
    assert organisation("市委", scope="甲").key != organisation("市委", scope="乙").key
    assert organisation("国务院", scope="甲").key == organisation("国务院", scope="乙").key


def test_places_know_what_they_lie_in():
    assert place("滨州").key == "滨州市|山东省"
    assert place("鼓楼区", frozenset({"南京市"})).above == ("南京市", "江苏省")
    assert place("鼓楼区", frozenset(), "甲").key != place("鼓楼区", frozenset(), "乙").key


@pytest.mark.parametrize(
    ("title", "org", "bare"),
    [
        ("市委书记", "滨州市委", "书记"),
        ("市人大常委会主任", "滨州市人大常委会", "主任"),
        ("商务部长", "商务部", "部长"),
        ("市人民政府副市长", "滨州市政府", "副市长"),
        ("国家主席", "中国", "国家主席"),
        ("记者", None, "记者"),
    ],
)
def test_bare_titles(title, org, bare):
    assert bare_title(title, org) == bare


def test_posts_with_one_holder():
    assert is_single("书记")
    assert is_single("市长")
    assert not is_single("副市长")
    assert not is_single("第一书记")
    assert not is_single("记者")


def test_names_are_folded():
    assert person_name("林 知 远") == person_name("林知远") == "林知远"
    assert person_name("阿卜杜拉•侯赛因") == person_name("阿卜杜拉·侯赛因")
