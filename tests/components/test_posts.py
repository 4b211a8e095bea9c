from __future__ import annotations

import re
import time

import pytest
import spacy
from spacy.tokens import Doc

from pipeline.components import identity
from pipeline.components.extensions import register_extensions
from pipeline.components.posts import Mention, compose_posts, post_row

MARK = re.compile(r"\[([^|\]]+)\|(PER|ORG|LOC|TITLE|PROGRAMME)\]")


def marked(line: str) -> tuple[str, list[Mention]]:
    """Text and mentions of a line such as [海州市委|ORG][书记|TITLE]."""
    text, mentions, position = "", [], 0
    for match in MARK.finditer(line):
        text += line[position : match.start()]
        mentions.append(Mention(len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        position = match.end()
    return text + line[position:], mentions


def posts_of(line: str) -> list[tuple[str, str | None]]:
    """ROLE texts, each with the text of its organisation, place or owner word."""
    text, mentions = marked(line)
    found = []
    for post in compose_posts(text, mentions):
        owner = post.org or post.place or post.owner
        found.append((text[post.start : post.end], text[slice(*owner)] if owner else None))
    return found


UNITS = [
    ("[市委|ORG][书记|TITLE]", "市委书记"),
    ("[海州市委|ORG][书记|TITLE]", "市委书记"),
    ("[中共海州市委|ORG][副书记|TITLE]", "市委副书记"),
    ("[海州市委组织部|ORG][部长|TITLE]", "组织部部长"),
    ("[山东省教育厅|ORG][厅长|TITLE]", "省教育厅厅长"),
    ("[西藏教育厅|ORG][厅长|TITLE]", "教育厅厅长"),
    ("[市人大常委会|ORG][主任|TITLE]", "市人大常委会主任"),
    ("[盐城市人民政府|ORG][副市长|TITLE]", "市人民政府副市长"),
    ("[中央军委|ORG][副主席|TITLE]", "中央军委副主席"),
    ("[中共中央|ORG][总书记|TITLE]", "总书记"),
    ("[中共中央政治局|ORG][委员|TITLE]", "政治局委员"),
    ("[中共中央统战部|ORG][副部长|TITLE]", "统战部副部长"),
    ("[国务院|ORG][总理|TITLE]", "总理"),
    ("[北京大学|ORG][校长|TITLE]", "校长"),
    ("[北京大学教务处|ORG][处长|TITLE]", "教务处处长"),
    ("[商务部|ORG][长|TITLE]", "商务部长"),
    ("[海州“疾病管制局|ORG][副局长|TITLE]", "疾病管制局副局长"),
    ("[海州“云山市卫生局|ORG][局长|TITLE]", "市卫生局局长"),
    ("[市“双拥”工作领导小组|ORG][组长|TITLE]", "领导小组组长"),
    ("[卫生署|ORG][长|TITLE]", "卫生署长"),
    ("[中国商务部|ORG][副部长|TITLE]", "商务部副部长"),
    ("[美国防部|ORG][发言人|TITLE]", "国防部发言人"),
    ("[省委党校廉政教育中心|ORG][主任|TITLE]", "主任"),
    ("[海州市滨河医院骨科|ORG][主任|TITLE]", "骨科主任"),
    ("[全国人大|ORG][代表|TITLE]", "全国人大代表"),
    ("[江苏省邳州市官湖镇武装部|ORG][部长|TITLE]", "镇武装部部长"),
    ("[普洱市市委|ORG][常委|TITLE]", "市委常委"),
    ("[农工党海州市委|ORG][主委|TITLE]", "市委主委"),
    ("[团市委|ORG][书记|TITLE]", "团市委书记"),
    ("[滨河实业公司|ORG][总经理|TITLE]", "总经理"),
    ("[国际山地委员会|ORG][主席|TITLE]", "主席"),
    ("[教育部|ORG][党组书记|TITLE]", "党组书记"),
    ("[海州市环保局|ORG][高级工程师|TITLE]", "高级工程师"),
    ("[海州纺织城管理委员会|ORG][副主任|TITLE]", "管理委员会副主任"),
    ("[市林业局|ORG][总工程师|TITLE]", "市林业局总工程师"),
    ("[市审计局投资审计股|ORG][股长|TITLE]", "投资审计股股长"),
    ("[国家“五好”工作领导小组|ORG][组长|TITLE]", "领导小组组长"),
    ("[海州市政府驻江北联络处|ORG][主任|TITLE]", "联络处主任"),
    ("[海州市纪委第三派驻纪检组|ORG][组长|TITLE]", "纪检组组长"),
    ("[海州市纪委第三派驻纪检监察组|ORG][组长|TITLE]", "纪检监察组组长"),
    ("[江北省委督导组|ORG][副组长|TITLE]", "督导组副组长"),
    ("[江北省委第二指导组|ORG][组长|TITLE]", "指导组组长"),
    ("[海州医院内科学系|ORG][副主任|TITLE]", "副主任"),
]


@pytest.mark.parametrize(("line", "role"), UNITS)
def test_role_takes_the_last_generic_unit(line, role):
    ((text, org),) = posts_of(line + "[李海明|PER]讲话")
    assert text == role
    assert org == MARK.match(line)[1]


LISTS = [
    (
        "[海州市委|ORG][副书记|TITLE]、[市长|TITLE][李海明|PER]",
        [("市委副书记", "海州市委"), ("市长", "海州市委")],
    ),
    (
        "[教育部|ORG][党组书记|TITLE]、[部长|TITLE][李海明|PER]",
        [("党组书记", "教育部"), ("部长", "教育部")],
    ),
    (
        "会上，院[党委委员|TITLE]、[副院长|TITLE]、[工会主席|TITLE][李海明|PER]",
        [("党委委员", "院"), ("副院长", "院"), ("工会主席", "院")],
    ),
    (
        "[市委|ORG][书记|TITLE]、[市人大常委会|ORG][主任|TITLE][李海明|PER]",
        [("市委书记", "市委"), ("市人大常委会主任", "市人大常委会")],
    ),
    (
        "[海河学会|ORG][副会长|TITLE]兼[秘书长|TITLE][李海明|PER]",
        [("副会长", "海河学会"), ("秘书长", "海河学会")],
    ),
    (
        "[海河大学|ORG][李海明|PER][校长|TITLE]、[王新竹|PER][副校长|TITLE]",
        [("校长", "海河大学"), ("副校长", "海河大学")],
    ),
    (
        "[市委|ORG][书记|TITLE][李海明|PER]，[记者|TITLE][王新竹|PER]",
        [("市委书记", "市委"), ("记者", None)],
    ),
    (
        "任[省卫生厅医政处|ORG][副处长|TITLE]，[副院长|TITLE][李海明|PER]",
        [("医政处副处长", "省卫生厅医政处"), ("副院长", None)],
    ),
    (
        "[海州市委|ORG][书记|TITLE]、[国家主席|TITLE]、[市政协主席|TITLE]",
        [("市委书记", "海州市委"), ("国家主席", None), ("市政协主席", None)],
    ),
    (
        "[海河局|ORG][局长|TITLE][李海明|PER]、[副局长|TITLE][王新竹|PER]",
        [("海河局局长", "海河局"), ("副局长", "海河局")],
    ),
    (
        "会见[海河协会|ORG][主席|TITLE][李海明|PER]和[名誉主席|TITLE][王新竹|PER]",
        [("主席", "海河协会"), ("名誉主席", "海河协会")],
    ),
    (
        "[海河网|ORG]1月26日消息（[李海明|PER][记者|TITLE][王新竹|PER]）今日",
        [("记者", "海河网")],
    ),
    ("[海河公司|ORG]党组成员、[副总经理|TITLE]", [("副总经理", "海河公司")]),
    ("来自[海河公司|ORG]的[司机|TITLE][李海明|PER]", [("司机", "海河公司")]),
    ("[海河|LOC][李海明|PER][总统|TITLE]", [("总统", "海河")]),
    ("[市档案局|ORG]（馆）[局长|TITLE]", [("局长", "市档案局")]),
    ("[海州市|LOC][市长|TITLE][李海明|PER]", [("市长", "海州市")]),
]


DISTANT = [
    # Some words stand between the organisation and a title with its holder behind it.
    ("[海州集团|ORG]派[巡视员|TITLE][李海明|PER]到会。", [("巡视员", "海州集团")]),
    (
        "[海州集团|ORG]方阵在[副总裁|TITLE]、[工会主席|TITLE][李海明|PER]带领下",
        [("副总裁", "海州集团"), ("工会主席", "海州集团")],
    ),
    ("[海州集团|ORG]成立，[法定代表人|TITLE]为[李海明|PER]。", [("法定代表人", "海州集团")]),
    ("[海州集团|ORG]成立。[法定代表人|TITLE]为[李海明|PER]。", [("法定代表人", None)]),
    ("[海州集团|ORG]派人看望[巡视员|TITLE]。", [("巡视员", None)]),
    ("[海州集团|ORG][李海明|PER]看望[巡视员|TITLE][王新竹|PER]。", [("巡视员", None)]),
    ("[海州|LOC]失联[教师|TITLE][李海明|PER]", [("教师", None)]),
    ("《[海州集团|ORG]之歌》响起，[队长|TITLE][李海明|PER]到会。", [("队长", None)]),
    (f"[海州集团|ORG]{'开会' * 20}，[队长|TITLE][李海明|PER]到会。", [("队长", None)]),
    # Nobody's by standing there: heads of a place or a state, and who files the report.
    ("[海州指挥部|ORG]成立，由[市长|TITLE][李海明|PER]主持。", [("市长", None)]),
    ("[海州集团|ORG]人士对[记者|TITLE][李海明|PER]说", [("记者", None)]),
    ("我们[海州台|ORG]另一路[特派记者|TITLE][李海明|PER]", [("特派记者", "海州台")]),
    ("[海州社|ORG]获悉，[队长|TITLE][李海明|PER]到会。", [("队长", None)]),
    # An organ has its own posts alone, and who comes to a house holds none there.
    ("[海州公司董事会|ORG]收到[总经理|TITLE][李海明|PER]的信。", [("总经理", None)]),
    ("[海州公司董事会|ORG]收到[董事|TITLE][李海明|PER]的信。", [("董事", "海州公司董事会")]),
    ("救援队开进[海州医院|ORG]，[队长|TITLE][李海明|PER]说", [("队长", None)]),
    ("[海州医院|ORG]派人，[队长|TITLE][李海明|PER]说", [("队长", "海州医院")]),
    # Words that join any title to its organisation, held or not.
    ("[海州学会|ORG]的各位[理事|TITLE]到会。", [("理事", "海州学会")]),
    ("[海州学会|ORG]全体[委员|TITLE]到会。", [("委员", "海州学会")]),
    # A verb of taking office.
    ("后赴[海州大学|ORG]任[研究员|TITLE]。", [("研究员", "海州大学")]),
    ("[海州学会|ORG]换届，[李海明|PER]当选[会长|TITLE]。", [("会长", "海州学会")]),
    ("[海州学会|ORG]的[李海明|PER]曾任[会长|TITLE]。", [("会长", None)]),
    ("[海州学会|ORG]的[李海明|PER]看望[会长|TITLE]。", [("会长", None)]),
    # What a list does not carry on.
    (
        "[海州大学|ORG][院长|TITLE]、[博士生导师|TITLE][李海明|PER]",
        [("院长", "海州大学"), ("博士生导师", None)],
    ),
    (
        "[海州党|ORG][主席|TITLE]、[联邦副总理|TITLE][李海明|PER]",
        [("主席", "海州党"), ("联邦副总理", None)],
    ),
    ("[海州|LOC][总统|TITLE]兼[总理|TITLE][李海明|PER]", [("总统", "海州"), ("总理", "海州")]),
    # 电 of a dateline, not of 电话.
    (
        "[海州县委|ORG][书记|TITLE][李海明|PER]通过电话告诉[记者|TITLE]",
        [("县委书记", "海州县委"), ("记者", None)],
    ),
    (  # 讯 of a name is no word of a dateline
        "[海州县委|ORG][书记|TITLE][李讯|PER]告诉[记者|TITLE]",
        [("县委书记", "海州县委"), ("记者", None)],
    ),
    # A word of its kind names an organisation again, 其 the mention before it.
    (
        "[海州在线|ORG]上线，[李海明|PER]担任这家网站的[总编|TITLE]",
        [("总编", "海州在线")],
    ),
    ("[海州网|ORG]开张，其[创办人|TITLE][李海明|PER]到会", [("创办人", "海州网")]),
    ("[海州党|ORG]证实该组织[指挥官|TITLE][李海明|PER]身亡", [("指挥官", "海州党")]),
    ("[海州网|ORG][李海明|PER]和其[助理|TITLE][王新竹|PER]", [("助理", None)]),
    ("[海州网|ORG]开张。其[创办人|TITLE][李海明|PER]到会", [("创办人", None)]),
    # A profession is nobody else's department's; 主任医师 and 医师 are one profession.
    (
        "[体外循环组|ORG][组长|TITLE][李海明|PER]、[主任医师|TITLE][王新竹|PER]",
        [("组长", "体外循环组"), ("主任医师", None)],
    ),
    (
        "[海州医院|ORG][主任医师|TITLE][李海明|PER]、[医师|TITLE][王新竹|PER]",
        [("主任医师", "海州医院"), ("医师", "海州医院")],
    ),
    # Places between a firm and a title say for where; the head of a place is of the place.
    ("[海州集团|ORG][亚洲|LOC]及[中国|LOC][总经理|TITLE]", [("总经理", "海州集团")]),
    ("[海州集团|ORG][江北省|LOC][经理|TITLE]", [("经理", "海州集团")]),
    ("[江北省委|ORG][海州市|LOC][市长|TITLE]", [("市长", "海州市")]),
    ("[海州集团|ORG]在[江北省|LOC][经理|TITLE]", [("经理", "江北省")]),
    (
        "[海州医院|ORG][李海明|PER][教授|TITLE]及[王新竹|PER][教授|TITLE]",
        [("教授", "海州医院"), ("教授", "海州医院")],
    ),
    # 该省 is the last province that the sentence named.
    (
        "[江北省|LOC][海州市|LOC]受灾，该省[农业部长|TITLE][李海明|PER]赶到",
        [("农业部长", "江北省")],
    ),
    ("[江北省|LOC]受灾。该省[农业部长|TITLE][李海明|PER]赶到", [("农业部长", "省")]),
    ("[李海明|PER]曾是[海州局|ORG]的一名[干部|TITLE]", [("干部", "海州局")]),
    ("[李海明|PER]到[海州研究所|ORG]当[研究员|TITLE]", [("研究员", "海州研究所")]),
    # Who takes office in the next clause does so in the same organisation.
    (
        "[海州信托|ORG]宣布，[李海明|PER]出任[董事长|TITLE]，[王新竹|PER]担任[总裁|TITLE]",
        [("董事长", "海州信托"), ("总裁", "海州信托")],
    ),
    (
        "[海州信托|ORG]宣布，[李海明|PER]出任[董事长|TITLE]，[王新竹|PER]担任[省长|TITLE]",
        [("董事长", "海州信托"), ("省长", None)],
    ),
    (
        "[海州信托|ORG]宣布，[李海明|PER]出任[董事长|TITLE]，[王新竹|PER]见了[总裁|TITLE]",
        [("董事长", "海州信托"), ("总裁", None)],
    ),
    # A bracketed variant and 的 are both passed over.
    ("[海州医院门诊部|ORG]（北区）的[护士长|TITLE][李海明|PER]", [("护士长", "海州医院门诊部")]),
    ("[海州医院门诊部|ORG]（北区）[护士长|TITLE][李海明|PER]", [("护士长", "海州医院门诊部")]),
    # Whom somebody is said to head stands behind the title, and 的 alone says nothing.
    (
        "由[李海明|PER]担任[主任委员|TITLE]的[海州药学会|ORG]获奖",
        [("主任委员", "海州药学会")],
    ),
    ("这位[主任委员|TITLE]的[海州药学会|ORG]获奖", [("主任委员", None)]),
    ("由[李海明|PER]担任[主任委员|TITLE]后[海州药学会|ORG]获奖", [("主任委员", None)]),
    ("由[李海明|PER]担任[主任委员|TITLE]的[海州|LOC]获奖", [("主任委员", None)]),
    # A reporter is posted to a place, and is not of it; an ambassador is of who sends him.
    ("本报驻[海州|LOC][特约记者|TITLE][李海明|PER]", [("特约记者", None)]),
    ("[海州|LOC][特约记者|TITLE][李海明|PER]", [("特约记者", "海州")]),
    ("驻[海州|LOC][大使|TITLE][李海明|PER]", [("大使", "海州")]),
    ("[江北国|LOC]驻[海州|LOC][大使|TITLE][李海明|PER]", [("大使", "江北国")]),
]


@pytest.mark.parametrize(("line", "posts"), DISTANT)
def test_a_body_some_words_before_its_title(line, posts):
    assert posts_of(line) == posts


@pytest.mark.parametrize(("line", "posts"), LISTS)
def test_stacked_posts_share_their_organisation(line, posts):
    assert posts_of(line) == posts


@pytest.mark.parametrize(
    ("line", "status", "cue"),
    [
        ("原[海州市|LOC][市长|TITLE][李海明|PER]", "former", "原"),
        ("[海州市委|ORG]原[书记|TITLE][李海明|PER]", "former", "原"),
        ("时任[海州市委|ORG][书记|TITLE]的[李海明|PER]", "former", "时任"),
        ("拟任[市长|TITLE]", "proposed", "拟任"),
        ("[海州市|LOC][代市长|TITLE][李海明|PER]", "acting", "代"),
        ("前“[海州|LOC][市长|TITLE]”[李海明|PER]", "former", "前"),
        ("前驻[海州组织|ORG][执行董事|TITLE][李海明|PER]", "former", "前"),
        ("[海州市|LOC][市长|TITLE][李海明|PER]", "current", None),
        ("现任[市长|TITLE]", "current", "现任"),
        ("[海原|LOC][县长|TITLE]", "current", None),
    ],
)
def test_status_words_stay_outside(line, status, cue):
    text, mentions = marked(line)
    (post,) = compose_posts(text, mentions)
    assert post.status == status
    assert [text[slice(*span)] for span in post.cues] == ([cue] if cue else [])


def test_component_writes_spans_posts_and_scores():
    register_extensions()
    text, mentions = marked("[海州市委组织部|ORG][部长|TITLE][李海明|PER]")
    nlp = spacy.blank("xx")
    posts = nlp.add_pipe("posts")
    doc = Doc(nlp.vocab, words=list(text), spaces=[False] * len(text))
    doc.ents = [doc.char_span(m.start, m.end, label=m.label) for m in mentions]
    doc._.mention_scores = [[7, 9, "TITLE", 0.9, "ner"]]
    posts(doc)
    assert [span.text for span in doc.spans["roles"]] == ["组织部部长"]
    (row,) = doc._.posts
    assert (row["start"], row["end"], row["title"], row["unit"], row["org"]) == (
        4, 9, [7, 9], [4, 7], [0, 7],
    )  # fmt: skip
    assert [4, 9, "ROLE", 0.9, "posts"] in doc._.mention_scores
    assert doc.ents[1].label_ == "TITLE"


def test_cost_is_linear():
    text, mentions = marked("[海州市委|ORG][书记|TITLE]、[市长|TITLE][李海明|PER]讲话。" * 5000)
    begun = time.process_time()
    assert len(compose_posts(text, mentions)) == 10_000
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("text", "flat", "role"),
    [
        ("大会执行主席韩立山", [(4, 6, "TITLE"), (6, 9, "PER")], "执行主席"),
        ("一级军士长韩立山", [(2, 5, "TITLE"), (5, 8, "PER")], "一级军士长"),
        ("特派随行记者韩立山", [(4, 6, "TITLE"), (6, 9, "PER")], "特派随行记者"),
        ("名誉馆长韩立山", [(2, 4, "TITLE"), (4, 7, "PER")], "名誉馆长"),
    ],
)
def test_a_title_takes_the_modifiers_before_it(
    text: str, flat: list[tuple[int, int, str]], role: str
) -> None:
    (post,) = compose_posts(text, [Mention(*row) for row in flat])
    assert text[post.start : post.end] == role


def test_a_title_takes_no_character_of_the_mention_before_it() -> None:
    text = "青石市一级主任"
    posts = compose_posts(text, [Mention(0, 5, "ORG"), Mention(5, 7, "TITLE")])
    assert [(post.start, post.end) for post in posts] == [(5, 7)]


@pytest.mark.parametrize(
    "text", ["在主席台前", "随代表团来访", "出席记者会", "开董事会", "当好宣传员"]
)
def test_the_beginning_of_another_word_is_no_post(text: str) -> None:
    start = 2 if text.startswith(("出席", "当好")) else 1
    assert compose_posts(text, [Mention(start, start + 2, "TITLE")]) == []


@pytest.mark.parametrize(
    ("line", "organisations"),
    [
        # What the word before the first post of a list tells is of the whole list.
        ("[海州支队|ORG]出发，支队[政委|TITLE]、[副政委|TITLE][李海明|PER]到会", ["海州支队"] * 2),
        # Where somebody learnt is not whose posts the article speaks of.
        ("他毕业于[海州大学|ORG]。[校长|TITLE][李海明|PER]到会", [None]),
        ("他曾在[海州大学|ORG]进修。[校长|TITLE][李海明|PER]到会", [None]),
        ("他曾在[海州大学|ORG]讲课。[校长|TITLE][李海明|PER]到会", ["海州大学"]),
    ],
)
def test_the_institution_that_the_text_is_about(line, organisations):
    text, mentions = marked(line)
    posts = compose_posts(text, mentions)
    found = identity.read_document(
        text,
        [identity.Mention(m.start, m.end, m.label, text[m.start : m.end]) for m in mentions],
        [post_row(post) for post in posts],
    )
    assert [row["org_name"] for row in found.posts] == organisations
