from __future__ import annotations

import pytest

from pipeline.page.bylines import closing_names, find_names, is_byline, opening_names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("本报记者 王红梅", ["王红梅"]),
        ("(通讯员 周平 记者 李建国 )", ["周平", "李建国"]),
        ("记者李建国 通讯员王明 张华 报道", ["李建国", "王明", "张华"]),
        ("□记者 王明 通讯员 张华", ["王明", "张华"]),
        ("本报记者 欧阳明 买买提·艾力 摄影报道", ["欧阳明", "买买提·艾力"]),
        ("（记者 王明、李建国）", ["王明", "李建国"]),
        ("本报通讯员 王明", ["王明"]),
    ],
)
def test_reads_bylines(line: str, names: list[str]) -> None:
    assert is_byline(line)
    assert [line[s:e] for s, e in find_names(line, 0, len(line))] == names


@pytest.mark.parametrize(
    "line",
    [
        "记者在会上了解到",
        "记者调查后发现，此前价格",
        "记者从市教育局获悉",
        "(记者 王",
        "王明",
        "记者",
        "记者王明昨日走进车间",
    ],
)
def test_is_no_byline(line: str) -> None:
    assert not is_byline(line)


def test_names_at_the_start_and_end_of_paragraphs() -> None:
    text = "本报讯（记者王明 通讯员李建国）昨日，全县召开会议。"
    assert [text[s:e] for s, e in opening_names(text, 3, len(text))] == ["王明", "李建国"]
    text = "央广网1月15日消息（李建国王明）近日，"
    assert [text[s:e] for s, e in opening_names(text, 10, len(text))] == ["李建国", "王明"]
    text = "活动圆满结束。（记者 王明）"
    assert [text[s:e] for s, e in closing_names(text, 0, len(text))] == ["王明"]
    text = "记者王明昨日走进车间（见图）"
    assert opening_names(text, 0, len(text)) == closing_names(text, 0, len(text)) == []
