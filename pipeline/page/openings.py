"""How paragraphs open that no line wraps into: datelines (电头), bullets, numbered items."""

from __future__ import annotations

import re

__all__ = ["opens_paragraph"]

_OPENING = re.compile(
    r"""
    (本报|本刊|本网)([一-鿿]{2,6})?(\d{1,2}月\d{1,2}日)?(讯|电|消息)(?=[\s(（：:，,\d一-鿿]|$)
    | (新华社|中新社|新华网|中新网|人民网|央广网|本报)[一-鿿]{0,10}\d{1,2}月\d{1,2}日(电|讯|消息)
    | [□■◆▲△●○◎★☆▶►※]
    | [（(][一二三四五六七八九十\d]{1,3}[）)]
    | [一二三四五六七八九十]{1,3}、(?=[一-鿿])
    | \d{1,2}[、．](?!\d)
    """,
    re.VERBOSE,
)


def opens_paragraph(line: str) -> bool:
    """Whether a line begins like a paragraph: a dateline, an item number, a bullet."""
    return _OPENING.match(line) is not None
