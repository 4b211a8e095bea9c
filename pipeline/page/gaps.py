"""Close the stray spaces of justified column lines: ``包括 50个村``, ``王小明 ) 近日``.

Only lines that fill a column are touched. Spaces between Latin words stay, and so do those that
tell a byline's role from a name and a name from the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.page.alignment import Repaired, delete
from pipeline.page.bylines import is_role
from pipeline.page.columns import Line, column_slack, page_lines
from pipeline.page.glyphs import SPACES, is_han, is_latin
from pipeline.page.names import looks_like_name
from pipeline.schema import Span

__all__ = ["close_column_gaps"]

_GAP = re.compile(f"(?<![{re.escape(SPACES)}])[{re.escape(SPACES)}](?![{re.escape(SPACES)}])")
_STICKS_LEFT = "，。、；：？！）)》〉”’】…％%"  # never after a space
_STICKS_RIGHT = "（(《〈“‘【"
_PAUSES = "，、；：）)"  # never before a space; one after a full stop may part paragraphs
_DATELINE_END = ("电", "讯", "消息")
_HAN_END = re.compile(r"[一-鿿·]+$")
_HAN_START = re.compile(r"[一-鿿·]+")


def close_column_gaps(text: str) -> Repaired:
    """Delete the spaces inside the body lines of columns that part no words."""
    if not any(gap in text for gap in SPACES):
        return delete(text, [])
    page = page_lines(text)
    slack = column_slack(page)
    spans: list[Span] = []
    for i, line in enumerate(page):
        if slack[i] is not None and not line.tabular and _in_body(page, slack, i):
            spans += [
                (line.start + match.start(), line.start + match.end())
                for match in _GAP.finditer(line.text)
                if "\t" not in match.group() and _is_stray(line.text, *match.span())
            ]
    return delete(text, spans)


def _in_body(page: Sequence[Line], slack: Sequence[float | None], i: int) -> bool:
    """Whether a column line is of a paragraph and no headline: punctuation, or it carries on."""
    if not page[i].bare:
        return True
    return i > 0 and not page[i].blank and page[i - 1].broken_off and slack[i - 1] is not None


def _is_stray(line: str, start: int, end: int) -> bool:
    before, after = line[start - 1], line[end]
    if is_latin(before) or is_latin(after):
        return False
    if after in _STICKS_LEFT or before in _STICKS_RIGHT or before in _PAUSES:
        return True
    if is_han(before) and is_han(after):
        return _is_inside_phrase(line, start, end)
    return (is_han(before) and after in _STICKS_RIGHT) or (
        before.isdigit() != after.isdigit() and (is_han(before) or is_han(after))
    )


def _is_inside_phrase(line: str, start: int, end: int) -> bool:
    """Whether the words on both sides are neither names, nor bylines' roles, nor a dateline."""
    left, right = _HAN_END.search(line[:start]), _HAN_START.match(line, end)
    if left is None or right is None or left.group().endswith(_DATELINE_END):
        return False
    words = (left.group(), right.group())
    return not any(looks_like_name(word) or is_role(word) for word in words)
