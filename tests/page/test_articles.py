from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.page import ArticleSpan, repair, split_articles

ROOT = Path(__file__).parents[2]


def names(text: str, article: ArticleSpan) -> list[str]:
    return [text[start:end] for start, end in article.byline_spans]


def test_example_page_holds_three_pieces() -> None:
    raw = (ROOT / "corpus/pages/binzhou-daily-2014-04-25.txt").read_text("utf-8")
    text = repair(raw).text
    first, second, third = split_articles(text, "2014-04-25", "滨州日报")
    assert first.title == "焦裕禄精神图片展滨州开展"
    assert first.dateline_date == second.dateline_date == "2014-04-24"
    assert names(text, first) == ["周杰", "王忠才"]
    assert second.title is not None
    assert second.title.startswith("滨州启动党员干部全员联户工作")
    assert names(text, second) == names(text, third) == ["王晓霜"]
    assert third.title == "首批“第一书记”两年助村增收1507.97万"
    assert text[third.start :].startswith("会议上，")
    assert text[: third.end].endswith("本报记者 王晓霜")


ORDERLY = """\
第3版
白河区启动老旧小区改造
本报5月8日讯（记者 李建国 通讯员 张平）昨日，白河区召开老旧小区改造动员会，区长罗敏出席。
今年全区将改造四十个小区，惠及居民三万人。
青山县苹果丰收
本报青山5月7日讯 记者王红梅 青山县的苹果今年丰收，果农乐开了花。
县农业局局长何静介绍，今年苹果产量达15.6万吨。
责任编辑：周海燕"""


def test_articles_in_their_order() -> None:
    first, second = split_articles(ORDERLY, "2016-05-09", "白河日报")
    assert (first.title, second.title) == ("白河区启动老旧小区改造", "青山县苹果丰收")
    assert (first.dateline_place, second.dateline_place) == (None, "青山")
    assert (first.dateline_date, second.dateline_date) == ("2016-05-08", "2016-05-07")
    assert names(ORDERLY, first) == ["李建国", "张平"]
    assert names(ORDERLY, second) == ["王红梅"]
    assert ORDERLY[first.start : first.end].endswith("三万人。")
    assert ORDERLY[second.start : second.end].endswith("15.6万吨。")


def test_without_an_issue_date_the_day_has_no_year() -> None:
    assert [article.dateline_date for article in split_articles(ORDERLY)] == [None, None]


def test_headlines_at_the_top_find_their_bodies() -> None:
    text = (
        "青山县苹果丰收\n白河区启动老旧小区改造\n柳林镇举办广场舞大赛\n"
        "本报5月8日讯（记者 李建国）昨日，白河区召开老旧小区改造动员会。\n"
        "本报5月8日讯（记者 王红梅）柳林镇的广场舞大赛昨晚落幕，"
        "12支舞蹈队参赛。\n"
        "本报5月8日讯（记者 张平）青山县的苹果今年大丰收。"
    )
    titles = [article.title for article in split_articles(text, "2016-05-09")]
    assert titles == ["白河区启动老旧小区改造", "柳林镇举办广场舞大赛", "青山县苹果丰收"]


def test_headline_after_its_article() -> None:
    text = (
        "本报5月8日讯（记者 李建国）昨日，白河区召开老旧小区改造动员会。\n"
        "青山县的苹果今年大丰收，果农笑开了颜。\n本报记者 王红梅\n"
        "白河区启动老旧小区改造\n青山县苹果丰收果农笑"
    )
    first, second = split_articles(text, "2016-05-09")
    assert (first.title, second.title) == ("白河区启动老旧小区改造", "青山县苹果丰收果农笑")
    assert names(text, first) == ["李建国"]
    assert names(text, second) == ["王红梅"]


def test_byline_line_under_the_headline_and_bracketed_at_the_end() -> None:
    text = (
        "白河区启动老旧小区改造\n本报记者 李建国 通讯员 欧阳明\n"
        "昨日，白河区召开老旧小区改造动员会。\n居民纷纷叫好。\n"
        "青山县苹果丰收在望\n青山县的苹果今年丰收在望，果农喜上眉梢。（王红梅 张平）\n"
        "柳林镇举办广场舞大赛\n柳林镇的广场舞大赛昨晚落幕。（记者 何静）"
    )
    articles = split_articles(text, "2016-05-09")
    assert [article.title for article in articles] == [
        "白河区启动老旧小区改造",
        "青山县苹果丰收在望",
        "柳林镇举办广场舞大赛",
    ]
    assert [names(text, article) for article in articles] == [
        ["李建国", "欧阳明"],
        ["王红梅", "张平"],
        ["何静"],
    ]


def test_subheads_stay_in_their_article() -> None:
    text = (
        "白河区老旧小区改造见闻\n"
        "本报5月8日讯（记者 李建国）白河区老旧小区改造进展顺利，居民满意。\n"
        "小区里的新变化\n走进白河区幸福小区，楼道里的新变化让居民满意。\n"
        "二、经验\n区住建局总结了小区改造的经验。"
    )
    (article,) = split_articles(text, "2016-05-09")
    assert article.title == "白河区老旧小区改造见闻"
    assert text[article.start : article.end].endswith("经验。")


def test_plain_texts_are_one_article() -> None:
    text = "青山县召开会议\n3月12日，青山县召开会议，县长罗敏出席。\n会议要求抓好落实。"
    (article,) = split_articles(text)
    assert (article.title, article.start, article.end) == ("青山县召开会议", 8, len(text))
    (article,) = split_articles("县长罗敏")
    assert (article.title, article.start, article.end) == (None, 0, 4)
    assert split_articles("") == []
    assert split_articles("第3版\n责任编辑：周海燕") == []


@given(
    st.lists(
        st.sampled_from([
            "本报5月8日讯（记者 李建国）昨日，白河区召开会议。",
            "青山县苹果丰收",
            "第3版",
            "本报记者 王红梅",
            "会议要求抓好落实。",
            "果农喜上眉梢。（张平）",
            "（",
            "5 6",
        ]),
        max_size=9,
    ).map("\n".join)
)
@settings(max_examples=120)
def test_articles_never_overlap(text: str) -> None:
    end = 0
    for article in split_articles(text, "2016-05-09"):
        assert end <= article.start < article.end <= len(text)
        end = article.end
        assert all(article.start <= s < e <= article.end for s, e in article.byline_spans)
        if article.title_start is not None and article.title_end is not None:
            title = text[article.title_start : article.title_end].replace("\n", "")
            assert title == article.title
