"""Datelines (电头): where and when a report was filed, 本报4月24日讯 or 新华社北京4月24日电.

A date is resolved against the issue's date only: the latest day of that name that is not after the
day after the issue. Without an issue date only a written year counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.schema import Span

__all__ = ["DatelineSpan", "find_dateline"]

_MEDIUM = (
    "本报|本刊|本网|本台|新华社|新华网|中新社|中新网|中国新闻网|人民网|央广网|央视网|光明网|中国网|"
    "[一-鿿]{2,8}?(?:日报|晚报|早报|晨报|时报|都市报|商报|网|讯|社|电台|客户端|融媒体中心|通讯社)"
)
_NUMERAL = "[〇零一二三四五六七八九十]"
_DAY = (
    rf"(?:(?P<year>\d{{4}}|{_NUMERAL}{{4}})年)?"
    rf"(?P<month>\d{{1,2}}|{_NUMERAL}{{1,3}})月(?P<day>\d{{1,2}}|{_NUMERAL}{{1,3}})日"
)
_DATELINE = re.compile(
    rf"[□■●◎\s(（【]*(?P<medium>{_MEDIUM})(?P<place>[一-鿿]{{2,12}}?)?[\s，,]*"
    rf"(?:{_DAY})?[\s，,]*(?P<kind>讯|电|消息|综合消息)(?=[\s(（　：:】)）]|$|[一-鿿\d“《])"
)
_AFTER = " \u3000\t(（:：】)）"
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"零": 0}


@dataclass(frozen=True)
class DatelineSpan:
    """A dateline found: its place name, its ISO date as far as known, and its characters."""

    place: str | None
    date: str | None
    span: Span


def find_dateline(text: str, start: int, end: int, issue_date: str | None) -> DatelineSpan | None:
    """Find the dateline that the paragraph text[start:end] opens with.

    issue_date: ISO date of the issue, of reduced precision or None.
    """
    match = _DATELINE.match(text, start, min(end, start + 60))
    if match is None:
        return None
    when = None
    if match["month"]:
        when = _resolve(match["year"], _number(match["month"]), _number(match["day"]), issue_date)
    elif (match["kind"] == "电" and not match["place"]) or text[
        match.end() : match.end() + 1
    ] not in _AFTER:
        return None  # without a date, 本报讯 must stand apart: 本报电话 and 本报消息灵通 do not
    return DatelineSpan(match["place"], when, match.span())


def _number(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    if "十" in numeral:
        tens, _, units = numeral.partition("十")
        return (_DIGITS.get(tens, 1)) * 10 + _DIGITS.get(units, 0)
    return int("".join(str(_DIGITS[digit]) for digit in numeral))


def _resolve(year: str | None, month: int, day: int, issue_date: str | None) -> str | None:
    if year is not None:
        return _iso(_number(year), month, day)
    if issue_date is None:
        return None
    if len(issue_date) < 10:
        same = _iso(int(issue_date[:4]), month, day)
        return same if same and same.startswith(issue_date) else None
    issue = date.fromisoformat(issue_date)
    for candidate in (issue.year + 1, issue.year, issue.year - 1):
        found = _iso(candidate, month, day)
        if found and date.fromisoformat(found) <= issue + timedelta(days=1):
            return found
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
