"""Spans put right by rules/spans.toml: the rules' own examples, countries, titles, properties."""

from __future__ import annotations

import re

import pytest
import spacy
from hypothesis import example, given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipeline.components.extensions import register_extensions
from pipeline.components.recogniser import make_recogniser
from pipeline.components.recogniser.conjuncts import with_conjuncts
from pipeline.components.recogniser.countries import with_short_countries
from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.declared import with_declared
from pipeline.components.recogniser.forms import FormRule, form_rules, formed
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.titles import with_titles

MARK = re.compile(r"\[([^\[\]|]+)\|([A-Z]+)\]")
RULES = form_rules()
EXAMPLES = [(rule, *example) for rule in RULES for example in rule.examples]
COUNTER_EXAMPLES = [(rule, text) for rule in RULES for text in rule.counter_examples]


def read(marked: str) -> tuple[str, list[ScoredSpan]]:
    """Read a text whose spans stand in brackets."""
    text, spans, position = "", [], 0
    for mark in MARK.finditer(marked):
        text += marked[position : mark.start()]
        start = len(text)
        text += mark[1]
        spans.append(ScoredSpan(start, len(text), LABELS.index(mark[2]), 0.9))
        position = mark.end()
    return text + marked[position:], spans


def write(text: str, spans: list[ScoredSpan]) -> str:
    """Put brackets round the spans of a text."""
    for span in reversed(spans):
        name = text[span.start : span.end]
        text = f"{text[: span.start]}[{name}|{LABELS[span.label]}]{text[span.end :]}"
    return text


def shaped(marked: str, rules: tuple[FormRule, ...] = RULES) -> str:
    text, spans = read(marked)
    return write(text, formed(text, spans, rules))


def test_every_rule_has_examples_of_both_kinds_and_a_name_of_its_own() -> None:
    assert all(rule.examples and rule.counter_examples for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(("rule", "given", "wanted"), EXAMPLES, ids=lambda x: str(x)[:24])
def test_an_example_needs_its_rule(rule: FormRule, given: str, wanted: str) -> None:
    assert shaped(given) == wanted
    assert shaped(given, tuple(other for other in RULES if other is not rule)) != wanted


@pytest.mark.parametrize(("rule", "text"), COUNTER_EXAMPLES, ids=lambda x: str(x)[:24])
def test_a_counter_example_stays(rule: FormRule, text: str) -> None:
    assert shaped(text, (rule,)) == text


def test_a_name_does_not_grow_over_part_of_another() -> None:
    text = "“蓝鹭”飞行队"
    spans = [ScoredSpan(0, 3, LABELS.index("ORG"), 0.9), ScoredSpan(4, 7, LABELS.index("ORG"), 0.9)]
    assert formed(text, spans) == spans


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("[老挝|LOC]外长说，中老两国", "[老挝|LOC]外长说，[中|LOC][老|LOC]两国"),
        ("[老挝|LOC]外长愿同老方合作", "[老挝|LOC]外长愿同[老|LOC]方合作"),
        ("[老挝革命党|ORG]推动老[中|LOC]关系", "[老挝革命党|ORG]推动[老|LOC][中|LOC]关系"),
        ("[加拿大|LOC][美国|LOC][加美|LOC]贸易", "[加拿大|LOC][美国|LOC][加|LOC][美|LOC]贸易"),
    ],
)
def test_countries_named_in_full_are_found_by_their_letter(given: str, wanted: str) -> None:
    text, spans = read(given)
    assert write(text, with_short_countries(text, spans)) == wanted


@pytest.mark.parametrize(
    "marked",
    [
        "中老年两国选手与老方",  # no country is named
        "[南非|LOC]推动南南合作",
        "[老挝|LOC]的中老年人合作，用老方法",  # other words
        "[南非|LOC]在全球南方中作用重要",
        "[老挝|LOC]的[中老年协会|ORG]",  # inside a longer name
        "[印度尼西亚|LOC]又称[印尼|LOC]",
    ],
)
def test_letters_that_name_no_country_stay(marked: str) -> None:
    text, spans = read(marked)
    assert write(text, with_short_countries(text, spans)) == marked


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            "到了肾脏内科、[骨科|ORG]、眼科和CT室，",
            "到了[肾脏内科|ORG]、[骨科|ORG]、[眼科|ORG]和CT室，",
        ),
        ("来自我院骨科以及[儿科|ORG]", "来自我院[骨科|ORG]以及[儿科|ORG]"),
        ("[CT室|ORG]及手术室的医生", "[CT室|ORG]及[手术室|ORG]的医生"),
        ("成立骨科与[儿科|ORG]", "成立[骨科|ORG]与[儿科|ORG]"),
        ("由骨科和[儿科|ORG]负责", "由[骨科|ORG]和[儿科|ORG]负责"),
        ("[青石医院骨科|ORG]、儿科2个科室", "[青石医院骨科|ORG]、[儿科|ORG]2个科室"),
        ("骨科、[青石医院眼科|ORG]、儿科", "[骨科|ORG]、[青石医院眼科|ORG]、[儿科|ORG]"),
        ("[骨科|ORG]（东院）、眼科等", "[骨科|ORG]（东院）、[眼科|ORG]等"),
        ("[骨科|ORG]、眼科等多学科合作", "[骨科|ORG]、[眼科|ORG]等多学科合作"),
        ("[骨科|ORG]、眼科，重点专科", "[骨科|ORG]、[眼科|ORG]，重点专科"),
        ("[骨科|ORG]、[眼科|ORG]等12个专科", "骨科、眼科等12个专科"),
        ("[骨科|ORG]、眼科（近视方向），共24个培训专业", "骨科、眼科（近视方向），共24个培训专业"),
        ("[青石医院骨科|ORG]、[眼科|ORG]两个学科", "[青石医院骨科|ORG]、眼科两个学科"),
        ("[骨科|ORG]、[眼科|ORG]方向", "骨科、眼科方向"),
    ],
)
def test_departments_of_a_list_are_organisations_together(given: str, wanted: str) -> None:
    text, spans = read(given)
    found = with_conjuncts(text, spans)
    assert write(text, found) == wanted
    assert with_conjuncts(text, found) == found
    assert all(span.probability < 0.9 for span in found if span not in spans)


@pytest.mark.parametrize(
    "marked",
    [
        "[骨科|ORG]等12个专科",  # no list
        "[骨科|ORG]、眼科医生",
        "[骨科|ORG]、本科、全科、各科",
        "[骨科|ORG]、[眼科|LOC]",
        "[骨科|ORG]、[青石眼|PER]科",
        "[骨科|ORG]在眼科",
        "[财政局|ORG]、教育局",
        "骨科、眼科",
    ],
)
def test_lists_that_stay_as_they_are(marked: str) -> None:
    text, spans = read(marked)
    assert write(text, with_conjuncts(text, spans)) == marked


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("[青石县教育局|ORG]有关负责人说", "[青石县教育局|ORG]有关[负责人|TITLE]说"),
        (
            "[蓝石公司|ORG]等三家民营企业负责人到会",
            "[蓝石公司|ORG]等三家民营企业[负责人|TITLE]到会",
        ),
        ("[青石县|LOC]有关负责人说", "[青石县|LOC]有关[负责人|TITLE]说"),
        ("派相关[负责人|TITLE]到会", "派相关负责人到会"),
        ("这名[发言人|TITLE]没有透露", "这名发言人没有透露"),
        ("[青石县|LOC]的[负责人|TITLE]", "[青石县|LOC]的负责人"),
        ("[教育局|ORG]说，学校[负责人|TITLE]", "[教育局|ORG]说，学校负责人"),
        ("全体委员到会", "全体[委员|TITLE]到会"),
        ("护士长、主诊医师到会", "护士长、[主诊医师|TITLE]到会"),
        ("护士长、副主诊医师到会", "护士长、[副主诊医师|TITLE]到会"),
        ("有主任护师1人、副主任护师6人", "有[主任护师|TITLE]1人、[副主任护师|TITLE]6人"),
        ("主管护师和主管药师", "[主管护师|TITLE]和[主管药师|TITLE]"),
        ("主任药师、副主任药师", "[主任药师|TITLE]、[副主任药师|TITLE]"),
        ("硕士研究生导师1人", "[硕士研究生导师|TITLE]1人"),
        ("博士研究生导师1人", "[博士研究生导师|TITLE]1人"),
        ("绩效考核、科主任任期", "绩效考核、[科主任|TITLE]任期"),
        ("各科主任到会", "各[科主任|TITLE]到会"),
        ("当年的农民[李四|PER]", "当年的[农民|TITLE][李四|PER]"),
        ("一位当地的[摄影师|TITLE]说", "一位当地的摄影师说"),
        ("[摄影师|TITLE]和[李四|PER]", "[摄影师|TITLE]和[李四|PER]"),
        ("[青石晨报|ORG][摄影师|TITLE]到场", "[青石晨报|ORG][摄影师|TITLE]到场"),
        ("[李四|PER]说，[讲解员|TITLE]到了", "[李四|PER]说，讲解员到了"),
        ("讲解员[李四|PER]", "讲解员[李四|PER]"),
    ],
)
def test_titles_by_what_stands_beside_them(given: str, wanted: str) -> None:
    text, spans = read(given)
    assert write(text, with_titles(text, spans)) == wanted


@pytest.mark.parametrize(
    "marked",
    [
        "[负责人|TITLE][李四|PER]到会",
        "[新闻发言人|TITLE]说",
        "[青石县负责人培训班|PROGRAMME]",
        "各委员会到会",
        "主诊医师负责制",
        "科主任负责制",
        "骨科主任医师",
        "村民[李四|PER]说",
        "[大学教师|TITLE][李四|PER]",
        "农民说",
    ],
)
def test_titles_that_stay_as_they_are(marked: str) -> None:
    text, spans = read(marked)
    assert write(text, with_titles(text, spans)) == marked


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            "[蓝石粮油有限公司|ORG]（以下简称“蓝石粮油”）说，[蓝石|LOC]粮油与[蓝石粮油总厂|ORG]",
            "[蓝石粮油有限公司|ORG]（以下简称“[蓝石粮油|ORG]”）说，[蓝石粮油|ORG]与[蓝石粮油总厂|ORG]",
        ),
        (
            "成立[青石县治水领导小组|ORG](下称领导小组)。领导小组下设",
            "成立[青石县治水领导小组|ORG](下称[领导小组|ORG])。[领导小组|ORG]下设",
        ),
        (
            "[蓝石铜业公司|ORG]（以下简称公司）。公司与子公司",
            "[蓝石铜业公司|ORG]（以下简称[公司|ORG]）。[公司|ORG]与子公司",
        ),
        (
            "公司说，“[蓝石铜业|ORG]”（下称“[公司|LOC]”）",
            "公司说，“[蓝石铜业|ORG]”（下称“[公司|ORG]”）",
        ),
    ],
)
def test_a_declared_short_name_is_a_name_from_there_on(given: str, wanted: str) -> None:
    text, spans = read(given)
    found = with_declared(text, spans)
    assert write(text, found) == wanted
    assert with_declared(text, found) == found


@pytest.mark.parametrize(
    "marked",
    [
        "[蓝石公司|ORG]（简称）",
        "[蓝石公司|ORG]（以下简称甲方，[李四|PER]为乙方）甲方说",
        "[蓝石公司|ORG]（蓝石）蓝石说",
        "[蓝石县|LOC]（以下简称蓝石）蓝石说",
        "[蓝石公司|ORG]（以下[简称蓝石|ORG]）",
    ],
)
def test_brackets_that_declare_no_organisation(marked: str) -> None:
    text, spans = read(marked)
    assert write(text, with_declared(text, spans)) == marked


WORDS = [
    "两岸",
    "新",
    "中国",
    "成立",
    "老挝",
    "老",
    "中",
    "方",
    "两国",
    "美军",
    "突击队",
    "驻",
    "伊",
    "常委会",
    "本级",
    "武警",
    "部队",
    "“",
    "”",
    "飞行队",
    "青石",
    "有关",
    "负责人",
    "全体",
    "委员",
    "农民",
    "李四",
    "，",
    "、",
    "骨科",
    "眼科",
    "等3个专业",
    "（以下简称青石）",
]


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([*LABELS, "", ""])), max_size=30))
@example([("农民", "TITLE"), ("农民", "TITLE")])
def test_spans_stay_disjoint_in_order_and_inside_the_text(
    pieces: list[tuple[str, str]],
) -> None:
    marked = "".join(f"[{word}|{label}]" if label else word for word, label in pieces)
    text, spans = read(marked)
    listed = with_declared(text, with_conjuncts(text, formed(text, spans)))
    found = with_titles(text, with_short_countries(text, listed))
    ends = [0]
    for span in found:
        assert ends[-1] <= span.start < span.end <= len(text)
        ends.append(span.end)
    again = with_titles(text, with_short_countries(text, found))
    assert again == found


class Found:
    """Stands for a model that has found these spans."""

    def __init__(self, spans: list[ScoredSpan]) -> None:
        self.spans = spans

    def find(self, texts: list[str], words: object = None) -> list[list[ScoredSpan]]:
        del words
        return [self.spans for _ in texts]


def test_a_name_that_a_rule_drops_does_not_come_back_as_a_repeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, spans = read("[青政部|ORG]说，当地[青政部|ORG]门和[投身空军|ORG]")
    component = make_recogniser(spacy.blank("zh"), "recogniser", "native", list(LABELS))
    monkeypatch.setattr(component, "_recogniser", Found(spans))
    doc = Doc(Vocab(), words=list(text), spaces=[False] * len(text))
    register_extensions()
    found = component.match([doc])[0]
    assert write(text, found) == "[青政部|ORG]说，当地青政部门和投身[空军|ORG]"


def test_no_name_begins_or_ends_with_a_line_end(monkeypatch: pytest.MonkeyPatch) -> None:
    text, spans = read("[梁\n|PER]文博说，[\u3000青石县\r\n|LOC]和[\x85|PER]下雨")
    component = make_recogniser(spacy.blank("zh"), "recogniser", "native", list(LABELS))
    monkeypatch.setattr(component, "_recogniser", Found(spans))
    doc = Doc(Vocab(), words=list(text), spaces=[False] * len(text))
    register_extensions()
    found = component.match([doc])[0]
    assert write(text, found) == "[梁|PER]\n文博说，\u3000[青石县|LOC]\r\n和\x85下雨"
