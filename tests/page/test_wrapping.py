from __future__ import annotations

from pipeline.page.repair import repair

LOST_INDENT = """\
昨日上午，青山县委书
记陈立新到城关镇调研春耕
备耕和秋粮收购工作，县委常
委、宣传部部长、副县长何

静一同参加调研。
陈立新先后走进种粮大
户和农机合作社，详细了解种
子、化肥、农药的储备情况，并
同村民亲切交谈，鼓励大家多
种粮、种好粮。
他强调，各乡镇要早谋
划、早安排，把各项措施落到
实处。"""


def test_joins_inside_words_and_names_and_over_column_breaks() -> None:
    paragraphs = repair(LOST_INDENT).text.split("\n")
    assert len(paragraphs) == 3
    assert "县委书记陈立新" in paragraphs[0]
    assert "副县长何静一同" in paragraphs[0]
    assert paragraphs[1].startswith("陈立新先后")
    assert paragraphs[2].startswith("他强调")


def test_an_indent_starts_a_paragraph_even_after_a_full_line() -> None:
    raw = (
        "\u3000\u3000今年以来，白河区多措并举\n推进老旧小区改造，居民的生活\n"
        "环境明显改善，群众纷纷点赞。\n"
        "\u3000\u3000下一步，区住建局将继续倾\n听民意，把好事办好，把实事办\n实，让更多居民受益。"
    )
    assert repair(raw).text.split("\n") == [
        "今年以来，白河区多措并举推进老旧小区改造，居民的生活环境明显改善，群众纷纷点赞。",
        "下一步，区住建局将继续倾听民意，把好事办好，把实事办实，让更多居民受益。",
    ]


def test_a_full_line_that_ends_a_sentence_goes_on_in_an_indented_page() -> None:
    raw = (
        "\u3000\u3000今年以来，白河区多措并举\n推进老旧小区改造，进展很顺利。\n区住建局负责人周海燕说，今年\n"
        "将改造四十个小区。\n\u3000\u3000居民吴大爷告诉记者，他家\n的窗户换了新的，冬天再也不冷\n了。"
    )
    assert len(repair(raw).text.split("\n")) == 2


def test_latin_words_are_not_glued() -> None:
    raw = (
        "本次论坛由白河区的企业Blue\nSky公司承办，来自全国各地的\n专家围绕人工智能和大数据的\n应用展开讨论，"
        "并参观了公司\n的展厅和实验室。"
    )
    text = repair(raw).text
    assert "Blue\nSky公司承办，来自全国各地的专家" in text
    assert text.count("\n") == 1


def test_verse_stays_in_lines() -> None:
    verse = (
        "春风吹绿青山岸，\n小麦拔节菜花黄。\n干部进村问冷暖，\n"
        "渠水流到地头旁。\n家家户户齐努力，\n今年又是好收成。"
    )
    assert repair(verse).text == verse


def test_table_stays_in_rows() -> None:
    table = "单位  人数  金额\n城关镇  12  35.6\n白河镇  8  21.4\n青山乡  15  40.2\n合计  35  97.2"
    assert repair(table).text == table


def test_the_rows_of_a_roster_stay_rows() -> None:
    raw = (
        "为切实加强组织领导，经县政府研究，决定成立青山县治水工作领导小组。\n"
        "组　长：陈立新　县委副书记、县长\n副组长：虎占彪　副县长\n"
        "　　　　何静一　县农业农村局局长\n成　员：李　强　县财政局局长\n"
        "　　　　王红梅　县自然资源局局长\n　　　　姬向东　市生态环境局青山分局局长\n"
        "领导小组下设办公室，何静一同志兼任办公室主任，负责有关方案的落实。"
    )
    assert repair(raw).text.split("\n")[1:-1] == [
        "组长：陈立新　县委副书记、县长",
        "副组长：虎占彪　副县长",
        "何静一　县农业农村局局长",
        "成员：李强　县财政局局长",
        "王红梅　县自然资源局局长",
        "姬向东　市生态环境局青山分局局长",
    ]


def test_a_narrow_blank_parts_a_name_from_its_title() -> None:
    raw = (
        "为切实加强组织领导，经县政府研究，决定成立青山县抗旱指挥部。\n"
        "　　副指挥长：李国强 县委常委、常务副县长\n          张  敏 副县长\n"
        "成　　员：刘  洋 县应急管理局党委书记、局长\n          黄小龙 县消防救援大队大队长\n"
        "各成员单位要认真履行职责，密切配合，形成合力，确保各项工作落到实处。"
    )
    assert repair(raw).text.split("\n")[1:-1] == [
        "副指挥长：李国强 县委常委、常务副县长",
        "张敏 副县长",
        "成员：刘洋 县应急管理局党委书记、局长",
        "黄小龙 县消防救援大队大队长",
    ]


def test_lists_of_short_lines_stay() -> None:
    names = "参会单位\n县教育局\n县财政局\n县水利局\n县农业局\n县交通局\n县卫生局"
    assert repair(names).text == names


def test_paragraphs_one_a_line_are_untouched() -> None:
    text = (
        "白河区召开春季造林动员会\n"
        "3月5日，白河区召开春季造林动员会，区委书记沈国华出席并讲话，区长罗敏主持。\n"
        "沈国华指出，造林绿化是一项长期任务，要坚持不懈抓下去。\n"
        "一、提高认识\n"
        "各镇要充分认识造林绿化的重要意义，确保苗木成活。\n"
    )
    assert repair(text).text == text.rstrip("\n")


def test_headlines_stay_lines() -> None:
    raw = "白河区启动造林行动\n\n全年计划造林三万亩\n\n" + LOST_INDENT
    assert repair(raw).text.split("\n")[:2] == ["白河区启动造林行动", "全年计划造林三万亩"]
