from __future__ import annotations

import random

import pytest
from typeset import Sheet

from pipeline.sources.columns import reading_order

SPRING = (
    "清河县水利局局长何启明在会上介绍了春灌工作的情况。他说，全县已经修好渠道三百二十公里，"
    "新打机井八十六眼，十二个乡镇的春灌用水有了保障。"
)
SCHOOL = (
    "县教育局副局长郭晓莉昨日看望了山区学校的老师。她要求各学校把取暖设备检查一遍，"
    "不让一个孩子受冻，并把困难家庭的名单报到局里来。"
)
ROAD = (
    "环城公路二期工程昨日开工，工程全长十一公里，计划明年十月通车。"
    "施工单位表示，将在保证质量的前提下加快进度，早日造福百姓。"
)


def read(sheet: Sheet) -> str:
    return sheet.text(reading_order(sheet.glyphs()))


def test_columns_are_read_one_after_the_other() -> None:
    sheet = Sheet()
    for x, text in ((50, SPRING), (230, SCHOOL), (410, ROAD)):
        sheet.column(x, 100, text)
    assert read(sheet) == f"{SPRING}|{SCHOOL}|{ROAD}"


def test_columns_whose_lines_stand_at_different_heights() -> None:
    sheet = Sheet()
    for x, y, text in ((50, 100, SPRING), (230, 104, SCHOOL), (410, 97, ROAD)):
        sheet.column(x, y, text)
    assert read(sheet) == f"{SPRING}|{SCHOOL}|{ROAD}"


def test_a_headline_across_the_columns_comes_first() -> None:
    sheet = Sheet()
    sheet.line(60, 60, "全县春灌工作全面展开", size=40)
    for x, text in ((50, SPRING), (230, SCHOOL), (410, ROAD)):
        sheet.column(x, 100, text)
    assert read(sheet) == f"全县春灌工作全面展开|{SPRING}|{SCHOOL}|{ROAD}"


def test_a_headline_over_two_of_three_columns_belongs_to_them() -> None:
    sheet = Sheet()
    sheet.line(60, 60, "春灌工作全面展开", size=36)
    for x, text in ((50, SPRING), (230, SCHOOL)):
        sheet.column(x, 100, text)
    sheet.column(410, 40, ROAD * 2)
    assert read(sheet) == f"春灌工作全面展开|{SPRING}|{SCHOOL}|{ROAD * 2}"


def test_two_stories_above_each_other_with_different_columns() -> None:
    sheet = Sheet()
    y = max(sheet.column(50, 60, SPRING, width=24), sheet.column(310, 60, SCHOOL, width=24))
    sheet.line(60, y + 30, "环城公路二期开工", size=30)
    for x, text in ((50, ROAD), (230, SPRING), (410, SCHOOL)):
        sheet.column(x, y + 60, text)
    assert read(sheet) == f"{SPRING}|{SCHOOL}|环城公路二期开工|{ROAD}|{SPRING}|{SCHOOL}"


def test_the_letters_of_a_spaced_headline_are_no_columns() -> None:
    sheet = Sheet()
    sheet.line(60, 60, "焦点访谈", size=20, gap=40)
    sheet.line(60, 90, "群众满意", size=20, gap=40)
    assert read(sheet) in {"焦点访谈群众满意", "焦点访谈|群众满意"}


def test_a_spaced_headline_above_columns_is_not_cut_by_their_gutter() -> None:
    sheet = Sheet()
    sheet.line(55, 60, "春灌工作展开了", size=24, gap=24)
    sheet.column(50, 100, SPRING)
    sheet.column(230, 100, SCHOOL)
    assert read(sheet) == f"春灌工作展开了|{SPRING}|{SCHOOL}"


def test_a_table_is_read_row_by_row() -> None:
    sheet = Sheet()
    rows = (("何启明", "水利局局长"), ("郭晓莉", "教育局副局长"), ("于得水", "县志办主任"))
    for number, (person, post) in enumerate(rows):
        sheet.line(60, 100 + 18 * number, person)
        sheet.line(160, 100 + 18 * number, post)
    assert read(sheet).replace("|", "") == "".join(person + post for person, post in rows)


def test_an_overprinted_headline_keeps_each_pair_together() -> None:
    sheet = Sheet()
    sheet.line(60, 60, "春灌展开", size=30, shadow=1.2)
    assert read(sheet) == "春春灌灌展展开开"


def test_an_upright_headline_is_one_line() -> None:
    sheet = Sheet()
    sheet.upright(50, 100, "春灌工作展开")
    sheet.column(90, 97, SPRING)
    assert read(sheet) == f"春灌工作展开|{SPRING}"


def test_a_short_last_line_and_a_short_column() -> None:
    sheet = Sheet()
    sheet.column(50, 100, SPRING + "完。")
    sheet.column(230, 100, SCHOOL[:40])
    assert read(sheet) == f"{SPRING}完。|{SCHOOL[:40]}"


def test_every_glyph_is_read_once_whatever_the_page() -> None:
    luck = random.Random(3)
    for _ in range(30):
        sheet = Sheet()
        for _ in range(luck.randrange(1, 12)):
            x, y = luck.uniform(0, 500), luck.uniform(20, 800)
            sheet.line(x, y, "某" * luck.randrange(1, 30), luck.choice([8, 10, 24]))
        order = [i for block in reading_order(sheet.glyphs()) for line in block for i in line]
        assert sorted(order) == list(range(len(sheet.marks)))


def test_an_empty_page() -> None:
    assert reading_order([]) == []


@pytest.mark.timeout(20)
def test_a_dense_page_takes_reasonable_time() -> None:
    sheet = Sheet()
    for x in range(5):
        sheet.column(20 + 115 * x, 30, SPRING * 7, width=10, pitch=13)
    blocks = reading_order(sheet.glyphs())
    assert sheet.text(blocks).replace("|", "") == SPRING * 35


def text_of(sheet: Sheet) -> list[str]:
    blocks = reading_order(sheet.glyphs())
    return ["/".join(sheet.text([[line]]) for line in block) for block in blocks]


def test_a_vertical_headline_beside_columns_is_a_block_in_its_turn() -> None:
    sheet = Sheet()
    sheet.column(50, 100, SPRING)
    sheet.upright(228, 100, "春灌工作")
    sheet.column(260, 97, SCHOOL)
    sheet.column(440, 100, ROAD, width=12)
    assert read(sheet) == f"{SPRING}|春灌工作|{SCHOOL}|{ROAD}"


def test_a_vertical_headline_that_stands_higher_than_its_columns_is_not_cut() -> None:
    sheet = Sheet()
    sheet.upright(50, 60, "春灌工作全面展开")
    for x, text in ((90, SPRING), (270, SCHOOL)):
        sheet.column(x, 120, text)
    assert read(sheet) == f"春灌工作全面展开|{SPRING}|{SCHOOL}"


def test_a_vertical_headline_close_to_its_text() -> None:
    sheet = Sheet()
    sheet.upright(50, 100, "春灌工作", size=24)
    sheet.column(77, 97, SPRING)
    assert read(sheet) == f"春灌工作|{SPRING}"


def test_vertical_lines_are_read_from_right_to_left() -> None:
    sheet = Sheet()
    sheet.line(200, 60, "春灌工作", size=24)
    sheet.upright(320, 100, "何启明介绍了情况", size=20)
    for x, text in (
        (290, "清河县水利局局长何启明"),
        (275, "介绍了春灌工作的情况他"),
        (260, "说完"),
    ):
        sheet.upright(x, 100, text, size=10)
    assert text_of(sheet) == [
        "春灌工作",
        "何启明介绍了情况",
        "清河县水利局局长何启明/介绍了春灌工作的情况他/说完",
    ]


def test_two_tiers_of_vertical_lines_are_read_one_after_the_other() -> None:
    sheet = Sheet()
    for y in (60, 300):
        for x in (316, 300, 200, 184):
            sheet.upright(x, y, f"{'甲' if y == 60 else '乙'}清河县水利局{x % 10}", size=10)
    tiers = (
        f"{tier}清河县水利局6/{tier}清河县水利局0|{tier}清河县水利局0/{tier}清河县水利局4"
        for tier in "甲乙"
    )
    assert "|".join(text_of(sheet)) == "|".join(tiers)


def test_two_digits_side_by_side_and_double_printing_stay_in_a_vertical_line() -> None:
    sheet = Sheet()
    sheet.upright(50, 100, "四月二", size=10)
    for number, digit in enumerate("24"):
        sheet.line(50 + 5 * number, 136, digit)
    sheet.upright(50, 148, "日春灌", size=10)
    sheet.upright(50.8, 100.8, "四月二", size=10)
    assert text_of(sheet) == ["四四月月二二24日春灌"]


@pytest.mark.parametrize("by_columns", [True, False])
@pytest.mark.parametrize("pitch", [12.0, 18.0])
def test_a_table_of_single_characters_is_read_row_by_row(by_columns: bool, pitch: float) -> None:
    rows = ("甲男一", "乙女二", "丙男三", "丁女四")
    cells = [(x, y) for y in range(4) for x in range(3)]
    sheet = Sheet()
    for x, y in sorted(cells) if by_columns else cells:
        sheet.line(100 + 45 * x, 100 + pitch * y, rows[y][x])
    assert read(sheet).replace("|", "") == "".join(rows)


def test_the_numbers_before_the_rows_of_a_table_are_no_vertical_line() -> None:
    sheet = Sheet()
    names = ("何启明", "郭晓莉", "于得水")
    sheet.upright(60, 100, "一二三", size=10)
    for number, name in enumerate(names):
        sheet.line(90, 100 + 12 * number, name)
    assert read(sheet).replace("|", "") == "一何启明二郭晓莉三于得水"


def test_every_glyph_is_read_once_where_lines_run_both_ways() -> None:
    luck = random.Random(5)
    for _ in range(60):
        sheet = Sheet()
        for _ in range(luck.randrange(1, 14)):
            x, y = luck.randrange(0, 500, 12), luck.randrange(20, 800, 12)
            set_ = luck.choice([sheet.line, sheet.upright])
            set_(x, y, "某" * luck.randrange(1, 20), luck.choice([8, 10, 24]))
        order = [i for block in reading_order(sheet.glyphs()) for line in block for i in line]
        assert sorted(order) == list(range(len(sheet.marks)))
