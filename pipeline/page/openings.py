"""How paragraphs open that no line wraps into: datelines (电头), bullets, items, rosters."""

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
    | (常\s*务|执\s*行|第\s*一)?\s*副?\s*  # 副组长：
      (组\s*长|主\s*任|主\s*席|成\s*员|委\s*员|顾\s*问|总\s*指\s*挥|指\s*挥\s*长|召\s*集\s*人
      |秘\s*书\s*长|会\s*长|理\s*事\s*长|队\s*长|团\s*长|联\s*络\s*员)\s*[：:]
    """,
    re.VERBOSE,
)


def opens_paragraph(line: str) -> bool:
    """Whether a line begins like a paragraph: a dateline, an item number, a bullet, 组长：."""
    return _OPENING.match(line) is not None
