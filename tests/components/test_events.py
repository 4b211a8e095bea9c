"""Which event an article reports, where its report ends, and lists of people in it."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.components.relations.echoes import add_echoes
from pipeline.components.relations.events import event_at, with_reports
from pipeline.components.relations.examples import parse_example
from pipeline.components.relations.mentions import fold
from pipeline.components.relations.patterns import compile_pattern
from pipeline.components.relations.rules import load_rules

RULES = load_rules()


def folded(marked, articles=(0,)):
    example = parse_example(marked)
    mentions = add_echoes(example.text, example.mentions, RULES.lexicon)
    return with_reports(fold(example.text, mentions, {}), RULES.lexicon, articles)


def told(marked, articles=(0,)):
    """The events that the articles of a marked text report."""
    return [report.event.text for report in folded(marked, articles).reports]


@pytest.mark.parametrize(
    "marked",
    [
        "首届[云山歌会|PROGRAMME]昨晚在广场举行。",
        "[云山歌会|PROGRAMME]快到了。本届歌会日前举办。[云山歌会|PROGRAMME]昨天启动。",
        "[市文联|ORG]昨天组织了[云山歌会|PROGRAMME]。",
        "在[云山歌会|PROGRAMME]现场，人很多。",
        "[市文联|ORG]依托“[艺术节|PROGRAMME]”成功举办了首届[云山歌会|PROGRAMME]。",
    ],
)
def test_event_is_the_one_put_on(marked):
    assert told(marked) == ["云山歌会"]


@pytest.mark.parametrize(
    "marked",
    [
        "[节水条例|PROGRAMME]昨天启动。",
        "[市教育局|ORG]开展[党史学习教育实践活动|PROGRAMME]。",
        "[市教育局|ORG]开展“[师德年|PROGRAMME]”活动。",
        "[市教育局|ORG]开展[“师德年”活动|PROGRAMME]。",
        "[市文联|ORG]举行[云山歌会|PROGRAMME]新闻发布会。",
        "大家谈论[云山歌会|PROGRAMME]。",
        "一。二。三。四。[云山歌会|PROGRAMME]昨晚举行。",
    ],
)
def test_laws_campaigns_and_mere_topics_are_no_event(marked):
    assert told(marked) == []


def test_quoted_week_is_an_event():
    assert told("我院开展[“感控宣传周”活动|PROGRAMME]。") == ["“感控宣传周”活动"]


def test_each_article_has_its_own_event():
    first = "[云山歌会|PROGRAMME]昨晚举行。\\n"
    marked = first + "[海州书展|PROGRAMME]今天开幕。"
    cut = len(parse_example(first).text)
    assert told(marked, (0, cut)) == ["云山歌会", "海州书展"]
    text = folded(marked, (0, cut))
    assert event_at(text, cut, cut).text == "海州书展"


def test_another_event_nearer_by_stands_before():
    text = folded("[云山歌会|PROGRAMME]昨晚举行。\\n去年的[海州书展|PROGRAMME]人少。\\n今天人多。")
    assert event_at(text, text.code.index("人少"), text.code.index("人少") + 2) is None
    assert event_at(text, text.code.index("人多"), text.code.index("人多") + 2).text == "云山歌会"


def test_report_ends_some_way_behind_its_event():
    text = folded("[云山歌会|PROGRAMME]昨晚举行。\\n" + "天气很好。" * 300)
    near, far = 100, len(text.code) - 1
    assert event_at(text, near, near + 1).text == "云山歌会"
    assert event_at(text, far, far + 1) is None


def test_short_name_of_an_event_stands_for_the_full_one():
    text = folded("[全国运动会|PROGRAMME]开幕。[全运会|PROGRAMME]精彩。[中国全运会|PROGRAMME]好。")
    assert [m.refers_to for m in text.mentions] == [None, 0, 0]


@pytest.mark.parametrize("other", ["全国代表会", "全国运动展", "读书会", "全运会"])
def test_other_names_stand_for_themselves(other):
    text = folded(f"[全国运动会|PROGRAMME]开幕。[{other}|PROGRAMME]精彩。")
    expected = 0 if other == "全运会" else None
    assert [m.refers_to for m in text.mentions] == [None, expected]


def test_short_name_of_two_events_stands_for_neither():
    marked = "[全国运动会|PROGRAMME]、[全省运动会|PROGRAMME]。[全运会|PROGRAMME]。"
    assert [m.refers_to for m in folded(marked).mentions] == [None, None, None]


@pytest.mark.parametrize(
    ("marked", "meant"),
    [
        ("[云山歌会|PROGRAMME]。[读书行动|PROGRAMME]。本次活动", "云山歌会"),
        ("[云山歌会|PROGRAMME]。[党史学习教育|PROGRAMME]。本次活动", "云山歌会"),
        ("[云山歌会|PROGRAMME]。[读书行动|PROGRAMME]。此次行动", "读书行动"),
        ("[读书行动|PROGRAMME]。本次活动", None),
    ],
)
def test_activity_echoes_no_campaign_with_a_noun_of_its_own(marked, meant):
    assert echoed(marked) == meant


@pytest.mark.parametrize(
    ("marked", "meant"),
    [
        ("我院开会。[云山医院|ORG]很忙。", "云山医院"),
        ("[云山医院|ORG]邀请专家。我院开会。", "云山医院"),
        ("我院特邀了[海州医院|ORG][王新竹|PER]。", None),
        (
            "我院很忙。邀请了[海州医院|ORG][甲|PER]、[海州医院|ORG][乙|PER]。[云山医院|ORG]好。",
            "云山医院",
        ),
        ("我院聘请专家。\\n[云山医院|ORG]很忙。", "云山医院"),
        ("我院聘请" + "各地专家" * 40 + "[云山医院|ORG]很忙。", "云山医院"),
    ],
)
def test_own_house_is_not_that_of_a_guest(marked, meant):
    assert echoed(marked) == meant


def echoed(marked):
    """What the only echo in a marked text refers to; None without an echo."""
    example = parse_example(marked)
    found = add_echoes(example.text, example.mentions, RULES.lexicon)
    echoes = [mention for mention in found if mention.refers_to is not None]
    return found[echoes[0].refers_to].text if echoes else None


LIST = compile_pattern("{PER*:head}致辞", RULES.lexicon, "clause").expression


def listed(marked):
    text = folded(marked)
    match = LIST.search(text.code)
    return [m.text for m in text.mentions_in(*match.span("head")) if m.label == "PER"]


def test_list_of_people_holds_posts_before_and_behind():
    marked = (
        "[云山市|LOC][市长|ROLE][甲|PER]、[海州局|ORG][乙|PER][副局长|ROLE]，"
        "[江北学会|ORG]候任[会长|ROLE]、[江北学院|ORG][丙|PER][教授|ROLE]和[丁|PER]致辞"
    )
    assert listed(marked) == ["甲", "乙", "丙", "丁"]


def test_list_of_people_ends_where_another_clause_begins():
    assert listed("[会长|ROLE][甲|PER]走了，[乙|PER]致辞") == ["乙"]
    assert listed("感谢[会长|ROLE][甲|PER]，[乙|PER]致辞") == ["乙"]


def test_list_is_matched_from_its_first_name_only():
    text = folded("[会长|ROLE][甲|PER]致辞")
    assert LIST.search(text.code, 1) is None


@given(st.integers(1, 60), st.booleans())
def test_long_list_without_its_verb_costs_little(length, commas):
    one = "[云山局|ORG][局长|ROLE]、[海州局|ORG][主任|ROLE][甲|PER][教授|ROLE]"
    text = folded(("，" if commas else "、").join([one] * length) + "走了")
    begun = time.perf_counter()
    assert LIST.search(text.code) is None
    assert time.perf_counter() - begun < 0.5


WORDS = st.sampled_from([
    "[云山歌会|PROGRAMME]",
    "[海州书展|PROGRAMME]",
    "举行",
    "。",
    "\\n",
    "[甲|PER]",
    "致辞",
    "，",
])


@given(st.lists(WORDS, max_size=40))
def test_reports_lie_in_the_text_and_name_their_event(words):
    check_reports(folded("".join(words)))


def test_a_report_lies_in_its_article_and_names_its_event():
    text = folded(
        "[云山歌会|PROGRAMME]举行。[海州书展|PROGRAMME]很好。[甲|PER]致辞，[云山歌会|PROGRAMME]。"
    )
    check_reports(text)
    assert [(len(report.own), len(report.others)) for report in text.reports] == [(2, 1)]


def check_reports(text):
    for report in text.reports:
        assert 0 <= report.start < report.end <= len(text.code)
        assert report.own
        assert not set(report.own) & set(report.others)
        assert all(re.match("[\ue003\ue005]", text.code[at]) for at in report.own)
