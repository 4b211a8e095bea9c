"""How paragraphs of a newspaper open and how bylines look (电头, 署名): patterns over one line."""

from __future__ import annotations

import re

__all__ = ["is_byline", "opens_paragraph"]

_OPENING = re.compile(
    r"""
    (本报|本刊|本网)[一-鿿\d]{0,14}?(讯|电|消息)(?![一-鿿]{0,2}(息|话|器|力|脑))
    | (新华社|中新社|新华网|中新网|人民网|央广网|本报)[一-鿿]{0,10}\d{1,2}月\d{1,2}日(电|讯|消息)
    | [□■◆▲△●○◎★☆▶►※]
    | [（(][一二三四五六七八九十\d]{1,3}[）)]
    | [一二三四五六七八九十]{1,3}、
    | \d{1,2}[、．](?!\d)
    """,
    re.VERBOSE,
)
_BYLINE = re.compile(
    r"""
    [（(□■◎\s]*
    (本报|本刊|本网|新华社|全媒体|首席|见习|实习|特约|驻[一-鿿]{1,6})*
    (记者|通讯员|评论员|摄影|撰稿|文/图|图/文|文／图|图／文)[\s:：/／]*
    ([一-鿿·]{2,4}[\s、，,]*|(记者|通讯员|实习生|摄影|报道|文/图|摄影报道|(摄|文|图)$)[\s:：]*){1,8}
    [）)]?
    """,
    re.VERBOSE,
)


def opens_paragraph(line: str) -> bool:
    """Whether a line begins like a paragraph: a dateline, an item number, a bullet."""
    return _OPENING.match(line) is not None


def is_byline(line: str) -> bool:
    """Whether a whole line is a byline, such as 本报记者 王小明."""
    return len(line) <= 40 and _BYLINE.fullmatch(line) is not None
