"""Close numbers that the text layer split: ``1 2 1名``, ``337 . 6公里``, ``12 %``."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.page.alignment import Repaired, delete
from pipeline.page.glyphs import is_han, is_latin
from pipeline.schema import Span

__all__ = ["close_numbers"]

_GAP = "[ \xa0\u2002-\u200a\u202f]"
_POINT = re.compile(rf"(?<=\d)({_GAP}+)[.．]({_GAP}*)(?=\d)|(?<=\d)[.．]({_GAP}+)(?=\d)")
_GROUP = re.compile(rf"(?<=\d)({_GAP}+)[,，]({_GAP}*)(?=\d\d\d(?!\d))")
_SIGN = re.compile(rf"(?<=\d)({_GAP}+)(?=[%％‰℃])")
_DIGITS = re.compile(rf"(?<![\d.．])\d+(?:{_GAP}\d+)+(?![\d.．])")
_GAPS = re.compile(f"{_GAP}+")


def close_numbers(text: str) -> Repaired:
    """Delete the spaces inside a number, never those between the numbers of a list or a table."""
    spans: list[Span] = []
    for pattern in (_POINT, _GROUP, _SIGN):
        for match in pattern.finditer(text):
            if match.re is _POINT and match.group(1) is None and _may_be_item_number(text, match):
                continue
            spans.extend(span for span in match.regs[1:] if span != (-1, -1))
    for match in _DIGITS.finditer(text):
        if _is_one_number(text, match):
            spans.extend(gap.span() for gap in _GAPS.finditer(text, *match.span()))
    return delete(text, spans)


def _may_be_item_number(text: str, match: re.Match[str]) -> bool:
    """Whether ``1. 50个村`` could be item one of a list: the number opens its line."""
    start = match.start()
    while start and text[start - 1].isdigit():
        start -= 1
    return start == 0 or not is_han(text[start - 1])


def _is_one_number(text: str, match: re.Match[str]) -> bool:
    """Whether digits with single spaces between them are one number.

    They are when a Chinese unit or a per cent sign follows at once and they are single digits, or
    stand inside a Chinese sentence. Counting up (1 2 3) and years are lists.
    """
    rest = text[match.end() : match.end() + 4]
    after = rest.lstrip("\r\n")[:1]
    if not (after and (is_han(after) or after in "%％‰℃")):
        return False
    parts = _GAPS.split(match.group())
    if len(parts) > 2 and all(int(b) == int(a) + 1 for a, b in pairwise(parts)):
        return False
    before = text[max(0, match.start() - 4) : match.start()].rstrip(" ")[-1:] or " "
    if all(len(part) == 1 for part in parts):
        return not is_latin(before) if rest[0] == after else is_han(before)
    long = [part for part in parts if len(part) > 1]
    return rest[0] == after and is_han(before) and len(long) == 1 and len("".join(parts)) <= 7
